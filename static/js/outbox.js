// @ts-check
// Sends what is unsent for questions that are not on the page: left while offline, or by a browser that crashed.
(() => {
  "use strict";
  // @ts-ignore - made by the scripts before
  const { byId, sentence, announce, banner, uuid, drafts, post } = window.parley;

  /** @typedef {{text: string, values: string[], fields: string[], key: string, base: number}} Save */

  const AGAIN_MS = 10_000;
  const about = /** @type {HTMLMetaElement | null} */ (document.querySelector("meta[name=parley-drafts]"));
  let isSending = false;
  let isHeld = Boolean(byId("clock")?.dataset.paused); // until time runs again: what is sent before would only be set aside
  let timer = 0;

  /** The question on the page looks after itself. @param {number} number */
  const isOnPage = (number) => Number(byId("response-form")?.closest("[data-number]")?.getAttribute("data-number")) === number;

  /** A page that lists answers and holds nothing a new look would cost: a report being written, a code being typed elsewhere. */
  const isList = () => !byId("question-panel") && !document.querySelector("#main textarea, #main [data-stays]");

  /** The server has it. @param {number} number @param {string} text @param {Save[]} rest @param {Document} page */
  function accepted(number, text, rest, page) {
    const revision = Number(page.getElementById("save-state")?.dataset.revision);
    document.dispatchEvent(new CustomEvent("parley:sent", { detail: { number, revision, text } }));
    announce(sentence("sent-later", { number }));
    drafts.keep(number, rest.map((save) => ({ ...save, base: revision })));
    return true;
  }

  /** Send the first of them. True if the next may follow. @param {number} number @param {Save[]} saves */
  async function sendFirst(number, [first, ...rest]) {
    const { outcome, page } = await post(`${about?.dataset.root}questions/${number}/`, first);
    if (isOnPage(number)) return false; // opened in the meantime: it has the same names, and repeats them
    if (outcome === "saved") return accepted(number, first.text, rest, page);
    if (outcome === "closed") drafts.keep(number, rest);
    else if (outcome === "elsewhere" || outcome === "still") drafts.keep(number, [{ ...first, key: uuid() }, ...rest]);
    else if (outcome === "conflict") banner(sentence("conflict-at", { number }));
    else if (outcome === "refused") banner(sentence("refused-at", { number }));
    else again();
    isHeld ||= outcome === "still";
    return outcome === "closed";
  }

  function again() {
    clearTimeout(timer);
    timer = window.setTimeout(flush, AGAIN_MS * (0.7 + Math.random() * 0.6));
  }

  async function flush() {
    if (isSending || isHeld || !about) return;
    isSending = true;
    let sentSome = false;
    try {
      for (const number of await drafts.numbers()) {
        for (let saves = await drafts.of(number); saves.length && !isHeld && !isOnPage(number); saves = await drafts.of(number)) {
          if (!(await sendFirst(number, saves))) break;
          sentSome = true;
        }
      }
    } finally {
      isSending = false;
    }
    if (about.dataset.over !== undefined) await drafts.wipe();
    else if (sentSome && isList()) location.reload(); // it has changed
  }

  addEventListener("online", flush);
  document.addEventListener("parley:told", (event) => {
    const told = /** @type {CustomEvent} */ (event).detail;
    if (isSending) return;
    if (isHeld && !told.paused) {
      isHeld = false;
      flush();
    } else if (isList() && told.revision > Number(about?.dataset.revision)) {
      location.reload(); // the page before this one had a save on its way while the server wrote this list
    }
  });
  document.addEventListener("parley:left", flush);
  flush();
})();
