// @ts-check
// The time left, counted on by differences from what the server sends: a wrong device clock changes nothing.
(() => {
  "use strict";
  const { announce, byId, sentence } = window.parley;
  const ASK_AFTER_MS = 10_000; // since it last asked, whatever was saved since: what staff do is on the page within 15 seconds
  const NEWS_MS = 60_000;
  const ENDING_MS = 5 * 60_000;
  const ANNOUNCED_MIN = [10, 5, 1];

  /** @typedef {{remaining_ms: string | number | null | undefined, paused?: string, break_remaining_ms?: string | number | null, given_back?: string}} Facts */

  let bellAt = Infinity; // by performance.now()
  let breakEndsAt = Infinity;
  let stoodAt = 0; // how much was left when time began to stand still
  let paused = "";
  let hasRung = false;
  let isAsking = false;
  let timer = 0;
  let asker = 0;
  let newsTimer = 0;
  let warnedMs = Infinity;

  const clock = () => byId("clock");
  /** @returns {HTMLElement | null} Where it says that time is over and that the receipt follows. */
  const waiting = () => document.querySelector("[data-awaits-receipt]");
  const left = () => (paused ? stoodAt : bellAt - performance.now());

  /** @param {string | number | null | undefined} figure Milliseconds, or nothing. @param {number} at When that was true. */
  const momentOf = (figure, at) => (figure === "" || figure === null || figure === undefined ? Infinity : at + Number(figure));

  /** @param {Facts} facts @param {number} at When they were true, by performance.now() */
  function sync(facts, at) {
    const wasLeft = left();
    bellAt = momentOf(facts.remaining_ms, at);
    stoodAt = bellAt - at;
    if (facts.paused !== undefined) stand(facts.paused, momentOf(facts.break_remaining_ms, at));
    const isTold = facts.given_back !== undefined && tellGivenBack(facts.given_back);
    if (!isTold && left() > wasLeft + 30_000 && wasLeft !== Infinity) tellMore(sentence("more", { time: words(left()) }));
    if (hasRung && left() > 1000) {
      hasRung = false;
      showBell(false);
      document.dispatchEvent(new CustomEvent("parley:extended"));
    }
    show();
  }

  /** Time stands still, or runs again: what is asked is covered, and what is typed there stays typed. @param {string} now @param {number} until */
  function stand(now, until) {
    breakEndsAt = until;
    if (now === paused) return;
    const was = paused;
    paused = now;
    const panel = byId("paused");
    const main = byId("main");
    if (!panel || !main) return;
    if (main.contains(panel)) {
      if (was && !now) location.replace(panel.dataset.continue || location.href); // a page that shows nothing else
      return;
    }
    panel.hidden = !now;
    main.hidden = Boolean(now);
    for (const part of panel.querySelectorAll("[data-paused]")) /** @type {HTMLElement} */ (part).hidden = /** @type {HTMLElement} */ (part).dataset.paused !== now;
    announce(sentence(now ? "stopped" : "running"));
    if (now) /** @type {HTMLElement | null} */ (panel.querySelector("[data-paused]:not([hidden]) h1"))?.focus();
    else byId("question-heading")?.focus({ preventScroll: true });
  }

  /** True if it was news. @param {string} told */
  function tellGivenBack(told) {
    const place = byId("given-back");
    if (!place || place.textContent === told) return false;
    place.textContent = told;
    place.hidden = !told;
    announce(told);
    return true;
  }

  /** For a minute: the bar shows the new time anyway. @param {string} told */
  function tellMore(told) {
    announce(told);
    const place = byId("more-time");
    if (!place) return;
    place.textContent = told;
    place.hidden = false;
    clearTimeout(newsTimer);
    newsTimer = window.setTimeout(() => (place.hidden = true), NEWS_MS);
  }

  /** @param {number} ms */
  function words(ms) {
    const seconds = Math.max(0, Math.ceil(ms / 1000));
    if (ms <= ENDING_MS) return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`; // "1:00 min" would be neither
    const minutes = Math.round(seconds / 60);
    const hours = Math.floor(minutes / 60);
    const parts = [hours ? sentence("hours", { count: hours }) : "", minutes % 60 || !hours ? sentence("minutes", { count: minutes % 60 }) : ""];
    return parts.filter(Boolean).reduce((longer, shorter) => sentence("both", { longer, shorter }));
  }


  function show() {
    clearTimeout(timer);
    if (paused) return showBreak();
    const place = clock();
    if (!place || bellAt === Infinity) return;
    const ms = left();
    put(place.querySelector("[data-clock-words]"), hasRung ? sentence("over") : sentence("left", { time: words(ms) }));
    place.classList.toggle("is-ending", ms <= ENDING_MS && !hasRung);
    place.classList.toggle("is-over", hasRung);
    warn(ms);
    if (ms <= 0 && !hasRung) ring();
    if (!hasRung) timer = window.setTimeout(show, ms > ENDING_MS ? 1000 : ms % 1000 || 1000);
  }

  /** What is left of the break; at its end the server says how the time goes on. */
  function showBreak() {
    if (breakEndsAt === Infinity) return;
    const ms = breakEndsAt - performance.now();
    put(document.querySelector("[data-break-words]"), sentence("left", { time: words(ms) }));
    if (ms <= 0) ask();
    else timer = window.setTimeout(show, Math.min(1000, ms));
  }

  /** @param {Element | null} place @param {string} text */
  function put(place, text) {
    if (place && place.textContent !== text) place.textContent = text;
  }

  /** Says 10, 5 and 1 minutes once each, as they pass. @param {number} ms */
  function warn(ms) {
    const passed = ANNOUNCED_MIN.find((minutes) => warnedMs > minutes * 60_000 && ms <= minutes * 60_000 && ms > minutes * 60_000 - 5000);
    if (passed) announce(sentence(`left-${passed}`));
    warnedMs = ms;
  }

  /** Asks once more before it rings: time may have been added. If nobody answers, it rings. */
  async function ring() {
    await ask();
    if (left() > 0 || hasRung || paused) return;
    hasRung = true;
    show();
    showBell(true);
    document.dispatchEvent(new CustomEvent("parley:bell"));
    const next = document.querySelector("[data-at-bell]")?.getAttribute("data-at-bell");
    if (next) goOn(next);
  }

  /** A question's page has a notice of its own, which knows what was saved last. @param {boolean} isShown */
  function showBell(isShown) {
    const notice = byId("bell");
    if (!notice || byId("time-up") || waiting()) return;
    notice.hidden = !isShown;
    if (isShown) announce(notice.querySelector("p")?.textContent?.replace(/\s+/g, " ").trim() ?? "");
  }

  /** There is nothing left to do on this page. @param {string} url */
  function goOn(url) {
    const to = new URL(url, location.href);
    if (to.pathname !== location.pathname) return location.replace(to);
    history.replaceState(null, "", to);
    location.reload();
  }

  async function ask() {
    const url = clock()?.dataset.url;
    if (!url || isAsking) return;
    isAsking = true;
    const sentAt = performance.now();
    try {
      const response = await fetch(url, { credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout(5000) });
      if (!response.ok) return;
      const told = await response.json();
      sync(told, (sentAt + performance.now()) / 2);
      document.dispatchEvent(new CustomEvent("parley:told", { detail: told }));
    } catch {
      // The save state tells about the network; the clock counts on.
    } finally {
      isAsking = false;
      askLater();
    }
  }

  /** Not while the page is in the background: it asks at once when it is looked at again. */
  function askLater() {
    clearTimeout(asker);
    asker = window.setTimeout(() => (document.visibilityState === "visible" ? ask() : undefined), ASK_AFTER_MS);
  }

  /** @returns {Facts} As the page brought them. */
  function written() {
    const { remainingMs, paused: kind, breakMs } = clock()?.dataset ?? {};
    return { remaining_ms: remainingMs, paused: kind ?? "", break_remaining_ms: breakMs };
  }

  /** Another question, perhaps another section: its time is not news about this one's. */
  function readPage() {
    bellAt = warnedMs = Infinity;
    hasRung = false;
    showBell(false);
    sync(written(), performance.now());
  }

  document.addEventListener("parley:saved", (event) => sync({ remaining_ms: /** @type {CustomEvent} */ (event).detail.remainingMs }, performance.now()));
  document.addEventListener("parley:closed", () => clearTimeout(timer));
  document.addEventListener("htmx:oobAfterSwap", (event) => {
    if (/** @type {CustomEvent} */ (event).detail.target?.id === "clock") readPage();
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && ask());
  document.addEventListener("parley:still", ask);
  document.addEventListener("parley:told", (event) => {
    if (waiting() && /** @type {CustomEvent} */ (event).detail.status !== "in_progress") location.reload();
  });
  document.addEventListener("parley:extended", () => waiting() && location.reload());

  // The page's figure was true when its answer began to arrive, not when this line runs.
  const [navigation] = performance.getEntriesByType("navigation");
  sync(written(), /** @type {PerformanceNavigationTiming | undefined} */ (navigation)?.responseStart || performance.now());
  askLater();
  waiting()?.focus();
})();
