// Keeps small things for tools, each for its own origin (1EdTech, LTI postMessage Storage). Strict: answers go to the
// origin that asked and nowhere else.
"use strict";
{
  const LONGEST = 4096; // characters of a key or a value
  const MOST = 100; // keys of one tool
  const tools = document.currentScript.dataset.tools.split(" ");
  const kept = new Map(tools.map((origin) => [origin, new Map()]));

  const put = (mine, { key, value }) => {
    if (value === null || value === undefined) { mine.delete(key); return { key, value: null }; }
    if (typeof value !== "string" || value.length > LONGEST) return fault("bad_request", "value is a text of at most 4096 characters");
    if (mine.size >= MOST && !mine.has(key)) return fault("storage_exhaustion", "at most 100 keys");
    mine.set(key, value);
    return { key, value };
  };
  const get = (mine, { key }) => ({ key, value: mine.get(key) ?? null });
  const fault = (code, message) => ({ error: { code, message } });
  const verbs = { "lti.put_data": put, "lti.get_data": get };

  window.addEventListener("message", (event) => {
    const asked = event.data;
    if (!asked || typeof asked !== "object" || !Object.hasOwn(verbs, asked.subject)) return;
    if (typeof asked.message_id !== "string" || event.source?.parent !== window.parent) return;
    const mine = kept.get(event.origin);
    const named = typeof asked.key === "string" && asked.key && asked.key.length <= LONGEST;
    const said = !mine ? fault("wrong_origin", "no tool of ours")
      : named ? verbs[asked.subject](mine, asked) : fault("bad_request", "key is missing");
    event.source.postMessage({ subject: `${asked.subject}.response`, message_id: asked.message_id, ...said }, event.origin);
  });
}
