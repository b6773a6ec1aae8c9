// After a launch proven without cookies: goes on here if the session is kept after all, else hands it to a new window.
(() => {
  "use strict";
  const button = document.querySelector("[data-code]");
  const { ask, mark, address, code, window: place } = button.dataset;
  const otherwise = () => document.dispatchEvent(new Event("otherwise"));
  const show = (name) => {
    button.closest("[data-seconds]").hidden = true; // all of the offer, so that its end is not told as well
    document.querySelector(`[data-${name}]`).hidden = false;
  };

  fetch(ask, { cache: "no-store" })
    .then((answer) => answer.json())
    .then((said) => { if (said.mark === mark) location.replace(address); else otherwise(); })
    .catch(otherwise);

  button.addEventListener("click", () => {
    const opened = window.open(place);
    if (!opened) { show("too-late"); return; }
    window.addEventListener("message", (event) => {
      // The window that we opened, while a page of ours is in it: the code is worth a sign-in.
      if (event.source !== opened || event.origin !== location.origin || event.data?.subject !== "third_option.ready") return;
      opened.postMessage({ subject: "third_option.hand_over", code }, location.origin);
      show("given");
    });
  });
})();
