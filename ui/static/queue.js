/* The queue by keys, and the next idea in the answer to the last one. Single keys count outside fields only, and can be
   switched off; without this script every step is a button. */
(() => {
  "use strict";
  const STORE = "third-option-keys";
  const by = (id) => document.getElementById(id);
  const stored = () => { try { return localStorage.getItem(STORE); } catch { return null; } };
  const store = (value) => { try { localStorage.setItem(STORE, value); } catch { /* a frame may keep nothing */ } };
  let isOn = stored() !== "off";

  // What was said is read out by a region that is there before its words are.
  const said = document.createElement("p");
  said.className = "hidden";
  said.setAttribute("role", "status");
  document.body.append(said);
  const say = (words) => {
    said.textContent = words;
    document.querySelector(".toast")?.remove();
    const toast = document.createElement("div");
    toast.className = "toast";
    toast.setAttribute("aria-hidden", "true");
    toast.textContent = words;
    document.body.append(toast);
  };

  const prepare = () => {
    const keys = by("keys"), box = by("keys-on");
    if (!keys || !box) return;
    keys.hidden = false;
    box.checked = isOn;
  };
  const verdict = (value) => {
    const radio = document.querySelector(`#answer [name=decision][value=${value}]`);
    if (!radio) return false;
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
    return words();
  };
  const words = () => {
    const box = by("reply");
    box?.focus();
    return Boolean(box);
  };
  const go = (step) => {
    const ideas = [...document.querySelectorAll(".qrow[data-idea]")];
    const at = ideas.findIndex((row) => row.hasAttribute("aria-current"));
    const next = ideas[at + step];
    next?.click();
    return Boolean(next);
  };
  const show = () => {
    const keys = by("keys");
    if (!keys) return false;
    keys.open = !keys.open;
    keys.querySelector("summary").focus();
    return true;
  };
  const DOES = {
    1: () => verdict("accept"), y: () => verdict("accept"),
    2: () => verdict("revise"), c: () => verdict("revise"),
    3: () => verdict("back"), n: () => verdict("back"),
    r: words, j: () => go(1), k: () => go(-1), "?": show,
  };
  const isTyping = (target) => target.closest("textarea, select, input:not([type=radio], [type=checkbox]), [contenteditable]");

  addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey) return;
    const typing = isTyping(event.target);
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const form = by("answer");
      if (!form || !form.contains(event.target) && typing) return;
      event.preventDefault();
      form.querySelector("[name=go][value=next]").click(); // a click, since htmx asks which button it was
    } else if (event.key === "Escape" && typing && event.target.id === "reply") {
      event.target.blur();
    } else if (isOn && !typing && !event.ctrlKey && !event.metaKey && !event.repeat && DOES[event.key]?.()) {
      event.preventDefault();
    }
  });
  addEventListener("change", (event) => {
    if (event.target.id !== "keys-on") return;
    isOn = event.target.checked;
    store(isOn ? "on" : "off");
  });

  // A refusal is a page too. One of another kind, an ended sign-in for instance, is shown whole.
  addEventListener("htmx:beforeSwap", (event) => {
    const status = event.detail.xhr.status;
    if (event.detail.target.id === "main" && status >= 400) event.detail.shouldSwap = true;
  });
  addEventListener("htmx:sendError", () => say(by("keys")?.dataset.quiet || ""));
  addEventListener("said", (event) => say(event.detail.value));
  // In one task with the swap, since base.html lets nothing settle later: no key falls between the two.
  addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id !== "main") return;
    prepare();
    const target = document.querySelector("[data-focus]") || by("page-title") || by("main");
    target.tabIndex = -1;
    target.focus({ preventScroll: true });
  });

  prepare();
})();
