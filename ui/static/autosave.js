/* Saves what is typed. A form with data-autosave="<address>" is posted there a moment after the last change, and when
   the page is left. The answer is JSON {status, time}; its sentence is shown in the form's [role=status]. Without this
   script the form's own button saves. */
(() => {
  "use strict";
  const PAUSE = 900, RETRY = 10000; // milliseconds

  for (const form of document.querySelectorAll("form[data-autosave]")) {
    const status = form.querySelector("[role=status]");
    const words = status && (status.querySelector("span") || status);
    let timer = 0, dirty = false, busy = false, leaving = false;
    let time = form.dataset.savedAt || "";

    const show = (text) => { if (words && text && words.textContent !== text) words.textContent = text; };
    const fail = (why) => {
      const sentence = time ? form.dataset.notSavedSince.replace("{time}", time) : form.dataset.notSaved;
      show(sentence.replace("{why}", why));
      later(RETRY);
    };
    const later = (wait) => { clearTimeout(timer); timer = setTimeout(save, wait); };
    const body = () => new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    const post = (keepalive) => fetch(form.dataset.autosave, {
      method: "POST", body: body(), keepalive, credentials: "same-origin", headers: { "X-Autosave": "1", "Accept": "application/json" },
    });

    async function save() {
      if (busy || leaving || !dirty) return;
      busy = true;
      dirty = false;
      try {
        const response = await post(false);
        const answer = await response.json().catch(() => ({}));
        if (response.ok) {
          time = answer.time || time;
          show(answer.status);
        } else {
          dirty = true;
          fail(answer.status || form.dataset.whyBroken);
        }
      } catch {
        dirty = true;
        fail(form.dataset.whyOffline);
      } finally {
        busy = false;
        if (dirty && !timer) later(RETRY);
      }
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
