// While scripts try something better, the page says to wait; what it offered at first comes back on "otherwise".
// Browsers without scripts show that from the start.
(() => {
  "use strict";
  const title = document.querySelector("[data-meanwhile]");
  const first = title.textContent;
  const show = (offered) => {
    for (const part of document.querySelectorAll("[data-otherwise]")) part.hidden = !offered;
    title.textContent = offered ? first : title.dataset.meanwhile;
  };
  document.addEventListener("DOMContentLoaded", () => { if (title.textContent !== first) show(false); }); // what came later
  document.addEventListener("otherwise", () => show(true));
  show(false);
})();
