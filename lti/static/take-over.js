// In the new window: takes the one-time code from the page of ours that opened it, and posts it.
(() => {
  "use strict";
  const PATIENCE = 10_000; // milliseconds
  const form = document.querySelector("form[data-take-over]");
  const otherwise = () => document.dispatchEvent(new Event("otherwise"));
  if (!window.opener) { otherwise(); return; }
  window.addEventListener("message", (event) => {
    // Nobody else may give one: it would sign this browser in as whoever they like.
    if (event.source !== window.opener || event.origin !== location.origin) return;
    if (event.data?.subject !== "third_option.hand_over") return;
    form.elements.code.value = event.data.code;
    form.submit();
  });
  window.opener.postMessage({ subject: "third_option.ready" }, location.origin);
  setTimeout(otherwise, PATIENCE);
})();
