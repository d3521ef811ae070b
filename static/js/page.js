// @ts-check
// For every page: moments in the reader's own time zone, and wide code and tables that the keyboard can scroll.
(() => {
  "use strict";

  /** @type {Intl.DateTimeFormatOptions} */
  const DAY = { year: "numeric", month: "long", day: "numeric", numberingSystem: "latn" }; // the digits of the rest of the page
  /** @type {Intl.DateTimeFormatOptions} */
  const MINUTE = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  /** @type {Intl.DateTimeFormatOptions} */
  const SECOND = { ...MINUTE, second: "2-digit" };
  /** What stands with its day may be read on another day and in another place: it names its zone. @type {Record<string, Intl.DateTimeFormatOptions>} */
  const FORMATS = {
    time: { ...SECOND, numberingSystem: "latn" },
    moment: { ...DAY, ...MINUTE, timeZoneName: "short" },
    exact: { ...DAY, ...SECOND, timeZoneName: "short" },
    date: DAY,
  };
  const { wordsScrolls = "", wordsShownIn = "" } = document.body.dataset;
  const pageLanguage = document.documentElement.lang;
  const language = navigator.languages.find((one) => one.startsWith(pageLanguage)) || pageLanguage;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

  /** Lines end beside the year: never between a day and its month, or a time and its zone. @param {Intl.DateTimeFormatPart[]} parts */
  const told = (parts) => parts.map(({ value }, n) => ([n - 1, n + 1].some((at) => parts[at]?.type === "year") ? value : value.replaceAll(" ", "\u00a0"))).join("");

  /** Without scripts it stands there in the server's zone, which is named. @param {HTMLTimeElement} element */
  function localize(element) {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.getTime())) return;
    element.textContent = told(new Intl.DateTimeFormat(language, FORMATS[element.dataset.local || "moment"]).formatToParts(moment));
    element.title = `${moment.toISOString().replace("T", " ").slice(0, 19)} UTC; ${wordsShownIn} ${zone}`;
    delete element.dataset.local; // done
  }

  /** @param {HTMLElement} element */
  function makeReachable(element) {
    if (element.scrollWidth <= element.clientWidth || element.tabIndex >= 0) return;
    element.tabIndex = 0;
    if (element.matches("table")) return; // a role would take its rows and columns away
    element.setAttribute("role", "group");
    element.setAttribute("aria-label", wordsScrolls);
  }

  function look() {
    for (const element of document.querySelectorAll("time[data-local]")) localize(/** @type {HTMLTimeElement} */ (element));
    for (const element of document.querySelectorAll(".prose pre, .prose table, .option-text pre")) makeReachable(/** @type {HTMLElement} */ (element));
  }

  look();
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
})();
