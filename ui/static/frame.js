/* Tells the LMS how tall this page is, so that its frame fits (Canvas and others listen; Moodle does not). The message
   holds a height and nothing else, hence any parent may read it. */
(() => {
  "use strict";
  const main = document.querySelector("main");
  if (parent === window || !main) return;
  let told = 0;
  const tell = () => {
    // The end of the content, not of the document: that is at least as tall as the frame and would never shrink.
    const height = Math.ceil(main.getBoundingClientRect().bottom + scrollY);
    if (Math.abs(height - told) < 2) return;
    told = height;
    parent.postMessage({ subject: "lti.frameResize", height }, "*");
  };
  new ResizeObserver(tell).observe(main);
  addEventListener("load", tell);
  addEventListener("htmx:afterSettle", tell);
})();
