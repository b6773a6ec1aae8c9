// Everything here is comfort: each page works without it.
"use strict";

// A launch form goes by itself; without scripts its button does it.
for (const form of document.querySelectorAll("form[data-goes-by-itself]")) form.submit();

// After deep linking the dialogue's frame gives way to the course page.
const leave = document.querySelector("[data-leaves-frame]");
if (leave) window.top.location.href = leave.href;

// The tool says how high it is (lti.frameResize) and, when registering, that it is done (org.imsglobal.lti.close).
window.addEventListener("message", (event) => {
  const frame = [...document.querySelectorAll("iframe.tool")].find((one) => one.contentWindow === event.source);
  if (!frame) return;
  let message = event.data;
  if (typeof message === "string") try { message = JSON.parse(message); } catch { return; }
  if (!message || typeof message !== "object") return;
  if (message.subject === "lti.frameResize" && event.origin === frame.dataset.toolFrame) {
    const height = Number(message.height);
    if (height > 0 && height < 20000) frame.style.height = `${Math.ceil(height)}px`;
  }
  const after = document.querySelector("[data-after-registration]");
  if (message.subject === "org.imsglobal.lti.close" && after) window.location.href = after.href;
});
