// @ts-check
// The time left. The server sends how much; the page only counts on by differences, so a wrong device clock changes nothing.
(() => {
  "use strict";
  const ASK_EVERY_MS = 30_000;
  const ENDING_MS = 5 * 60_000;
  const ANNOUNCED_MIN = [10, 5, 1];

  let bellAt = Infinity; // by performance.now()
  let syncedAt = 0;
  let hasRung = false;
  let isAsking = false;
  let timer = 0;
  let warnedMs = Infinity;

  const clock = () => document.getElementById("clock");
  const left = () => bellAt - performance.now();

  /** @param {string} words */
  function announce(words) {
    const announcer = document.getElementById("announcer");
    if (announcer) announcer.textContent = words;
  }

  /** @param {string | number | null | undefined} remaining Milliseconds, or nothing when there is no bell. @param {number} at When that was true, by performance.now() */
  function sync(remaining, at) {
    const wasLeft = left();
    syncedAt = performance.now();
    bellAt = remaining === "" || remaining === null || remaining === undefined ? Infinity : at + Number(remaining);
    if (left() > wasLeft + 30_000 && wasLeft !== Infinity) announce(`You have more time now: ${words(left())} left.`);
    if (hasRung && left() > 1000) {
      hasRung = false;
      document.dispatchEvent(new CustomEvent("parley:extended"));
    }
    show();
  }

  /** @param {number} ms */
  function words(ms) {
    const seconds = Math.max(0, Math.ceil(ms / 1000));
    if (ms <= ENDING_MS) return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} min`;
    const minutes = Math.round(seconds / 60);
    return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60} min` : ""}`;
  }

  function show() {
    clearTimeout(timer);
    const place = clock();
    if (!place || bellAt === Infinity) return;
    const ms = left();
    const text = hasRung ? "Time is up" : `${words(ms)} left`;
    const shown = place.querySelector("[data-clock-words]");
    if (shown && shown.textContent !== text) shown.textContent = text;
    place.classList.toggle("is-ending", ms <= ENDING_MS && !hasRung);
    place.classList.toggle("is-over", hasRung);
    warn(ms);
    if (ms <= 0 && !hasRung) ring();
    if (!hasRung) timer = window.setTimeout(show, ms > ENDING_MS ? 1000 : ms % 1000 || 1000);
  }

  /** Says 10, 5 and 1 minutes once each, as they pass. @param {number} ms */
  function warn(ms) {
    const passed = ANNOUNCED_MIN.find((minutes) => warnedMs > minutes * 60_000 && ms <= minutes * 60_000 && ms > minutes * 60_000 - 5000);
    if (passed) announce(`${passed} minute${passed === 1 ? "" : "s"} left.`);
    warnedMs = ms;
  }

  /** Asks once more before it rings: time may have been added. If nobody answers, it rings. */
  async function ring() {
    await ask();
    if (left() > 0 || hasRung) return;
    hasRung = true;
    show();
    document.dispatchEvent(new CustomEvent("parley:bell"));
  }

  async function ask() {
    const url = clock()?.dataset.url;
    if (!url || isAsking) return;
    isAsking = true;
    const sentAt = performance.now();
    try {
      const response = await fetch(url, { credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout(5000) });
      if (!response.ok) return;
      const { remaining_ms: remaining } = await response.json();
      sync(remaining, (sentAt + performance.now()) / 2);
    } catch {
      // The save state tells about the network; the clock counts on.
    } finally {
      isAsking = false;
    }
  }

  /** Another question, perhaps another section: its time is not news about this one's. */
  function readPage() {
    bellAt = warnedMs = Infinity;
    hasRung = false;
    sync(clock()?.dataset.remainingMs, performance.now());
  }

  document.addEventListener("parley:saved", (event) => sync(/** @type {CustomEvent} */ (event).detail.remainingMs, performance.now()));
  document.addEventListener("parley:closed", () => clearTimeout(timer));
  document.addEventListener("htmx:oobAfterSwap", (event) => {
    if (/** @type {CustomEvent} */ (event).detail.target?.id === "clock") readPage();
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && ask());
  setInterval(() => {
    if (document.visibilityState === "visible" && performance.now() - syncedAt >= ASK_EVERY_MS - 1000) ask();
  }, ASK_EVERY_MS);

  // The page's figure was true when its answer began to arrive, not when this line runs.
  const [navigation] = performance.getEntriesByType("navigation");
  sync(clock()?.dataset.remainingMs, /** @type {PerformanceNavigationTiming | undefined} */ (navigation)?.responseStart || performance.now());
})();
