// @ts-check
// What this assessment switched on and its notice named, and nothing else: how long the page was not in front, how long a paste was.
// Never what was pasted. Sent in batches, so that it costs next to nothing.
(() => {
  "use strict";
  const SEND_EVERY_MS = 15_000;
  const LEAST_SECONDS = 2;
  const LEAST_CHARACTERS = 200;
  const { kinds = "", url = "" } = /** @type {HTMLScriptElement} */ (document.currentScript ?? document.querySelector("script[data-kinds]")).dataset;
  const watched = new Set(kinds.split(" "));
  const { csrfToken, uuid } = window.parley;

  /** @type {Record<string, unknown>[]} */
  let waiting = [];
  let hiddenAt = 0;

  const number = () => Number(document.getElementById("question-panel")?.dataset.number) || null;

  /** @param {string} kind @param {Record<string, number>} facts */
  function note(kind, facts) {
    if (watched.has(kind)) waiting.push({ kind, key: uuid(), number: number(), ...facts });
  }

  async function send() {
    if (!waiting.length) return;
    const batch = waiting.splice(0, 50);
    try {
      const response = await fetch(url, {
        method: "POST",
        credentials: "same-origin",
        keepalive: true,
        headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
        body: JSON.stringify({ signals: batch }),
      });
      if (response.status >= 500 || response.status === 429) waiting = [...batch, ...waiting].slice(0, 50);
    } catch {
      waiting = [...batch, ...waiting].slice(0, 50); // the server knows each by its key
    }
  }

  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") {
      hiddenAt = performance.now();
      send();
    } else if (hiddenAt) {
      const seconds = Math.round((performance.now() - hiddenAt) / 1000);
      hiddenAt = 0;
      if (seconds >= LEAST_SECONDS) note("focus_lost", { seconds });
    }
  });

  document.addEventListener("paste", (event) => {
    const characters = event.clipboardData?.getData("text").length ?? 0;
    if (characters >= LEAST_CHARACTERS) note("large_paste", { characters });
  });

  setInterval(send, SEND_EVERY_MS);
  addEventListener("pagehide", send);
})();
