// Tells the LMS that registration is over, so that it closes this window (LTI Dynamic Registration 1.0): Canvas and
// Moodle show us in a frame, others in a window that they opened. Not by itself: the result is to be read first.
const listeners = [window.opener, window.parent].filter((other) => other && other !== window);
for (const button of document.querySelectorAll("[data-close]")) {
  button.hidden = listeners.length === 0;
  button.addEventListener("click", () => {
    for (const listener of listeners) {
      listener.postMessage({ subject: "org.imsglobal.lti.close" }, "*"); // says nothing that anybody might not know
    }
    setTimeout(() => {
      for (const note of document.querySelectorAll("[data-still-here]")) note.hidden = false;
    }, 1000);
  });
}
