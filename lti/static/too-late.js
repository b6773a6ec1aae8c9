// A one-time code lives for a minute: what offers it gives way to what to do then.
for (const offer of document.querySelectorAll("[data-seconds]")) {
  setTimeout(() => {
    if (offer.hidden) return;
    offer.hidden = true;
    document.querySelector("[data-too-late]").hidden = false;
  }, Number(offer.dataset.seconds) * 1000);
}
