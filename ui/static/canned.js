/* Puts ready words into a box: <button data-fill="#reply" data-words="…">. They stay editable. Without this script the
   button sends the form, and the page comes back with the words in the box. */
(() => {
  "use strict";
  addEventListener("click", (event) => {
    const button = event.target.closest("[data-fill]");
    const box = button && document.querySelector(button.dataset.fill);
    if (!box) return;
    event.preventDefault();
    const words = button.dataset.words || button.textContent.trim();
    box.value = box.value.trim() ? `${box.value.trimEnd()} ${words}` : words;
    box.focus();
    box.setSelectionRange(box.value.length, box.value.length);
    box.dispatchEvent(new Event("input", { bubbles: true }));
  });
})();
