/* Renews the live board every fifteen seconds: not while it is out of sight, nor under somebody's hands. What was
   unfolded stays unfolded, and words typed but not sent keep the page as it is. */
(() => {
  "use strict";
  const EVERY = 15000;
  const board = () => document.getElementById("live");
  const typed = (box) => [...box.querySelectorAll("textarea, input")].some((field) => field.value !== field.defaultValue);
  const inUse = (box) => box.contains(document.activeElement) || typed(box);
  const look = () => {
    const box = board();
    if (box && !document.hidden && !inUse(box)) htmx.trigger(box, "look");
  };
  let unfolded = [];

  setInterval(look, EVERY);
  addEventListener("visibilitychange", look);
  addEventListener("htmx:beforeSwap", (event) => {
    const box = board();
    if (!box || event.detail.target !== box) return;
    if (inUse(box)) event.detail.shouldSwap = false; // somebody began to type while the answer was on its way
    unfolded = [...box.querySelectorAll("details[open]")].map((part) => part.id);
  });
  addEventListener("htmx:afterSettle", () => {
    unfolded.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
  });
})();
