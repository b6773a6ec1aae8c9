/* Saves what is typed. A form with data-autosave="<address>" is posted there a moment after the last change, and when
   the page is left. The answer is JSON {status, time}; its sentence is shown in the form's [role=status], and what else
   it says by a name in [data-saved="<name>"]. Without this script the form's own button saves. */
(() => {
  "use strict";
  const PAUSE = 900, RETRY = 10000; // milliseconds

  for (const form of document.querySelectorAll("form[data-autosave]")) {
    const status = form.querySelector("[role=status]");
    const words = status && (status.querySelector("span") || status);
    const say = form.dataset; // the sentences, in the page's language
    let timer = 0, dirty = false, busy = false, leaving = false, time = say.savedAt;

    const show = (text) => { if (words && text && words.textContent !== text) words.textContent = text; };
    const later = (wait) => { clearTimeout(timer); timer = setTimeout(save, wait); };
    const body = () => new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    const post = (keepalive) => fetch(say.autosave, {
      method: "POST", body: body(), keepalive, credentials: "same-origin",
      headers: { "X-Autosave": "1", "Accept": "application/json" },
    });

    async function save() {
      if (busy || leaving || !dirty) return;
      busy = true;
      dirty = false;
      const { why, again } = await attempt();
      busy = false;
      if (why) {
        show((time ? say.notSavedSince.replace("{time}", time) : say.notSaved).replace("{why}", why));
        dirty = true;
        if (again) later(RETRY);
      } else if (dirty) later(PAUSE); // typed on meanwhile
    }

    // Why it was not saved, "" if it was; and whether the same words may pass later.
    async function attempt() {
      let response;
      try { response = await post(false); } catch { return { why: say.whyOffline, again: true }; }
      const answer = await response.json().catch(() => null);
      if (!response.ok || !answer) {
        return { why: answer?.status || say.whyBroken, again: response.status >= 500 || response.status === 429 };
      }
      time = answer.time || time;
      show(answer.status);
      for (const part of form.querySelectorAll("[data-saved]")) {
        part.textContent = answer[part.dataset.saved] ?? part.textContent;
      }
      return { why: "" };
    }

    const changed = () => { dirty = true; later(PAUSE); };
    form.addEventListener("input", changed);
    form.addEventListener("change", changed);
    form.addEventListener("submit", (event) => {
      if (event.defaultPrevented) return;
      leaving = true; // the form itself carries everything now; a late draft must not overtake it
      clearTimeout(timer);
    });
    addEventListener("pageshow", () => { leaving = false; });
    addEventListener("online", () => { if (dirty) later(0); });
    addEventListener("pagehide", () => {
      if (!dirty || leaving) return;
      dirty = false;
      post(true).catch(() => { dirty = true; });
    });
  }
})();
