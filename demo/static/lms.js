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
  const keeper = document.querySelector("iframe[name=post_message_forwarding]");
  if (keeper && message.subject === "lti.capabilities" && event.origin === frame.dataset.toolFrame) {
    const ways = ["lti.put_data", "lti.get_data"].map((subject) => ({ subject, frame: keeper.name }));
    const answer = { subject: "lti.capabilities.response", message_id: message.message_id };
    const here = ["lti.capabilities", "lti.frameResize"].map((subject) => ({ subject }));
    event.source.postMessage({ ...answer, supported_messages: [...here, ...ways] }, event.origin);
  }
  const after = document.querySelector("[data-after-registration]");
  if (message.subject === "org.imsglobal.lti.close" && after) window.location.href = after.href;
});
