// Puts a secret into the LMS's page, or gets it back (1EdTech, LTI postMessage Storage). What to do stands in the form's
// data attributes (lti/storage.py). 1.5 s in all; then the window that the page offers.
(() => {
  "use strict";
  const STEP = 500; // milliseconds
  const form = document.querySelector("form[data-subject]");
  const { subject, key, value, target, onward } = form.dataset;
  const origins = form.dataset.origins.split(" ");
  const host = window.parent === window ? window.opener : window.parent;
  const after = (time) => new Promise((resolve) => { setTimeout(resolve, time); });

  // An answer comes from the window asked, to the very message, and from an origin of this platform's: whoever frames us
  // could answer too, with a secret of theirs (login CSRF). `known` is null where an answer decides nothing.
  const ask = (asked, known, message) => new Promise((resolve) => {
    const id = crypto.randomUUID();
    window.addEventListener("message", (event) => {
      const said = event.data;
      if (event.source !== asked || (known && !known.includes(event.origin))) return;
      if (said?.message_id === id && said.subject === `${message.subject}.response`) resolve(said);
    });
    for (const origin of known ?? ["*"]) asked.postMessage({ ...message, message_id: id }, origin);
  });

  const frameNamed = (name) => {
    if (name === "_parent") return host;
    try {
      const frame = host.frames[name];
      return typeof frame?.postMessage === "function" ? frame : null;
    } catch {
      return null; // no frame of that name: the browser lets us see nothing else of the LMS's page
    }
  };

  const inStorage = async () => {
    const message = { subject, key, ...(value && { value }) };
    const can = await Promise.race([ask(host, null, { subject: "lti.capabilities" }), after(STEP)]);
    const list = can?.supported_messages;
    const way = Array.isArray(list) ? list.find((one) => one?.subject === subject) : null;
    if (can && !way) return null; // it speaks, and keeps nothing
    const name = way?.frame ?? target;
    const asked = frameNamed(name);
    const answers = [];
    if (asked) {
      answers.push(ask(asked, asked === host ? origins : origins.slice(0, 1), message));
      const early = await Promise.race([...answers, after(STEP)]);
      if (early) return early;
    }
    // Canvas's editor has no such frame, but its page keeps things itself. Canvas says to send there with "*"; to the
    // origins that it is known by is enough: no answer from elsewhere would be believed, so a secret sent is one lost.
    if (asked !== host) answers.push(ask(host, origins, message));
    return Promise.race([...answers, after(STEP)]);
  };

  const go = async () => {
    const said = host && (await inStorage());
    if (!said || said.error) throw new Error("nothing kept");
    if (onward) location.replace(onward);
    else {
      if (typeof said.value !== "string") throw new Error("nothing found");
      form.elements.proof.value = said.value;
      form.submit();
    }
  };
  go().catch(() => document.dispatchEvent(new Event("otherwise")));
})();
