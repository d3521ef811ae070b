// @ts-check
// For every page: moments in the reader's own time zone, and wide code and tables that the keyboard can scroll.
(() => {
  "use strict";

  /** @type {Record<string, Intl.DateTimeFormatOptions>} */
  const FORMATS = {
    time: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
    moment: { dateStyle: "long", timeStyle: "short", hourCycle: "h23" },
    exact: { dateStyle: "long", timeStyle: "medium", hourCycle: "h23" },
    date: { dateStyle: "long" },
  };
  const words = { scrolls: document.body.dataset.wordsScrolls ?? "", shownIn: document.body.dataset.wordsShownIn ?? "" };
  const pageLanguage = document.documentElement.lang;
  const language = navigator.languages.find((one) => one.startsWith(pageLanguage)) || pageLanguage;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

  /** Without scripts it stands there in the server's zone, which is named. @param {HTMLTimeElement} element */
  function localize(element) {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.getTime())) return;
    element.textContent = new Intl.DateTimeFormat(language, FORMATS[element.dataset.local || "moment"]).format(moment);
    element.title = `${moment.toISOString().replace("T", " ").slice(0, 19)} UTC; ${words.shownIn} ${zone}`;
    delete element.dataset.local; // done
  }

  /** @param {HTMLElement} element */
  function makeReachable(element) {
    if (element.scrollWidth <= element.clientWidth || element.tabIndex >= 0) return;
    element.tabIndex = 0;
    if (element.matches("table")) return; // a role would take its rows and columns away
    element.setAttribute("role", "group");
    element.setAttribute("aria-label", words.scrolls);
  }

  function look() {
    for (const element of document.querySelectorAll("time[data-local]")) localize(/** @type {HTMLTimeElement} */ (element));
    for (const element of document.querySelectorAll(".prose pre, .prose table, .option-text pre")) makeReachable(/** @type {HTMLElement} */ (element));
  }

  look();
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
})();
