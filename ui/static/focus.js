/* Brings a person to what a page has to say first: the list of what is missing in a form. */
(() => {
  "use strict";
  document.querySelector("[data-focus]")?.focus();
})();
