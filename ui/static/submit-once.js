/* A second press while the first is under way sends nothing. The buttons are marked, not disabled: a disabled button
   would not send its name and value, and would lose the focus. A form with data-stays is answered by a file, beside
   which the page stays: it can be sent again soon. */
(() => {
  "use strict";
  const GIVE_UP = 15000; // milliseconds until a press counts again, if no answer came
  const SOON = 2000; // of a form that stays: a double click is over
  const sent = new WeakSet();
  const buttons = (form) => [...form.elements].filter((control) => control.type === "submit");
  const open = (form) => {
    sent.delete(form);
    buttons(form).forEach((button) => button.removeAttribute("aria-disabled"));
  };

  addEventListener("submit", (event) => {
    const form = event.target;
    const target = event.submitter?.formTarget || form.target;
    if (event.defaultPrevented || form.method !== "post" || (target && target !== "_self")) return;
    if (sent.has(form)) {
      event.preventDefault();
      return;
    }
    sent.add(form);
    buttons(form).forEach((button) => button.setAttribute("aria-disabled", "true"));
    setTimeout(open, form.hasAttribute("data-stays") ? SOON : GIVE_UP, form);
  });
  addEventListener("pageshow", () => [...document.forms].forEach(open));
})();
