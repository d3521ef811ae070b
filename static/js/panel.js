// @ts-check
// Going from question to question with htmx, without losing or doubling what is typed, and without losing the place.
(() => {
  "use strict";
  // @ts-ignore - made by the scripts before
  const { byId, sentence, adopt, announce, csrfToken, lock, moveOffline } = window.parley;

  /** @type {{saver: any, save: any, go: string} | null} The move that is under way. */
  let move = null;

  /** @param {boolean} isBusy */
  function busy(isBusy) {
    byId("question-panel")?.toggleAttribute("aria-busy", isBusy);
  }

  // A move waits for the save that is on its way, then carries the newest text itself.
  document.addEventListener("htmx:confirm", async (event) => {
    const { detail } = /** @type {CustomEvent} */ (event);
    const saver = adopt();
    if (detail.elt.id !== "response-form" || !saver) return;
    event.preventDefault();
    if (saver.stop === "conflict") return byId("conflict-heading")?.focus();
    const go = detail.triggeringEvent?.submitter?.value || "next";
    if (move || saver.stop || moveOffline(go, saver.failures > 0)) return;
    move = { saver, save: null, go };
    busy(true);
    lock(saver.form, true);
    if (await saver.isSettled()) {
      saver.isBusy = true;
      move.save = saver.begin();
      detail.issueRequest(true);
    } else {
      ended();
      if (saver.stop === "conflict") byId("conflict-heading")?.focus();
    }
  });

  document.addEventListener("htmx:configRequest", (event) => {
    const { detail } = /** @type {CustomEvent} */ (event);
    if (!move?.save) return;
    detail.headers["X-CSRFToken"] = csrfToken();
    delete detail.parameters.csrfmiddlewaretoken; // it would win over the header, and may have grown old
    Object.assign(detail.parameters, { go: move.go, key: move.save.key, base_revision: String(move.save.base) });
  });

  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { xhr } = /** @type {CustomEvent} */ (event).detail;
    if (!move?.save) return;
    if (xhr.status < 200 || xhr.status >= 300) return;
    const goesTo = xhr.getResponseHeader("HX-Redirect") || xhr.getResponseHeader("HX-Push-Url");
    if (goesTo) move.saver.accept(move.save, move.save.base + 1);
    if (xhr.getResponseHeader("HX-Redirect") || xhr.responseText.includes('id="question-panel"')) return;
    event.preventDefault();
    if (goesTo) location.assign(goesTo); // a whole page stands before the next question: a section to begin
    // Else it is not from our server (a hotel's sign-in page), and nothing is known to be saved.
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    const { xhr } = /** @type {CustomEvent} */ (event).detail;
    if (!move?.save) return;
    const { saver, save } = move;
    saver.isBusy = false;
    ended();
    if (saver.outstanding !== save) return; // accepted
    if (xhr.status === 409 && xhr.responseText.includes("data-still")) {
      saver.stoodStill();
    } else if (xhr.status === 409) {
      saver.conflicted();
      byId("conflict-heading")?.focus();
    } else if (xhr.status === 410) {
      saver.closed(null);
    } else if (xhr.status === 423) {
      saver.leftElsewhere(null);
    } else if (xhr.status === 422) {
      saver.refused(save);
    } else {
      saver.failed(xhr.status, xhr.getResponseHeader("Retry-After"));
      announce(sentence("stayed"));
    }
  });

  // A flag leads back to where one is: no second entry in the history for it.
  document.addEventListener("htmx:beforeHistoryUpdate", (event) => {
    const { history } = /** @type {CustomEvent} */ (event).detail;
    if (history.path === location.pathname) history.type = "replace";
  });

  function ended() {
    busy(false);
    if (move && !move.saver.frozen) lock(move.saver.form, false);
    move = null;
  }

  let number = byId("question-panel")?.dataset.number;
  document.addEventListener("htmx:afterSwap", () => {
    adopt();
    count();
    const now = byId("question-panel")?.dataset.number;
    if (now === number) return;
    number = now;
    byId("question-heading")?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  });

  // How much has been written, for long texts

  function count() {
    const place = document.querySelector("[data-count]");
    const field = byId("value");
    if (!(place instanceof HTMLElement) || !(field instanceof HTMLTextAreaElement)) return;
    const words = field.value.match(/\S+/g)?.length ?? 0;
    const left = Number(place.dataset.limit) - field.value.length;
    const parts = [sentence("word-count", { count: words.toLocaleString(document.documentElement.lang, { numberingSystem: "latn" }) })];
    if (left < 500) parts.push(sentence(left < 0 ? "characters-over" : "characters-left", { count: Math.abs(left) }));
    place.textContent = parts.join(" · ");
  }
  for (const change of ["input", "change", "parley:left"]) document.addEventListener(change, count);
  count();
})();
