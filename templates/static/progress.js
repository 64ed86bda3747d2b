// Follows a sync without loading the page again; when it ends, the page is loaded once to show what came of it.
(function () {
  "use strict";
  var card = document.querySelector("[data-progress]");
  if (!card || !window.fetch) return;
  var bar = card.querySelector("progress");
  var failures = 0;
  function show(progress) {
    if (progress.stage) card.querySelector("[data-stage]").textContent = progress.stage;
    if (progress.expected > 0) {
      bar.max = progress.expected;
      bar.value = Math.min(progress.done, progress.expected);
      card.querySelector("[data-note]").textContent =
        progress.done.toLocaleString("en-US") + " of " + progress.expected.toLocaleString("en-US") + " done.";
    } else {
      bar.removeAttribute("value");
      if (progress.done > 0) {
        card.querySelector("[data-note]").textContent = progress.done.toLocaleString("en-US") + " done.";
      }
    }
  }
  function ask() {
    fetch(card.dataset.progress, { credentials: "same-origin", headers: { Accept: "application/json" } })
      .then(function (response) {
        if (!response.ok) throw new Error(String(response.status));
        return response.json();
      })
      .then(function (run) {
        failures = 0;
        if (run.status !== "queued" && run.status !== "running") return window.location.reload();
        if (run.status === "running" && run.progress) show(run.progress);
        setTimeout(ask, 2000);
      })
      .catch(function () {
        failures += 1;
        // Somebody signed out, or we are away: slower, and in the end not at all.
        if (failures < 10) setTimeout(ask, 5000);
      });
  }
  setTimeout(ask, 1000);
})();
