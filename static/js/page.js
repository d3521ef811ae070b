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
  const words = { scrolls: document.body.dataset.wordsScrolls ?? "", shownIn: document.body.dataset.wordsShownIn ?? "" };
  const pageLanguage = document.documentElement.lang;
  const language = navigator.languages.find((one) => one.startsWith(pageLanguage)) || pageLanguage;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

  const DATE = ["day", "month"];
  const TIME = ["hour", "minute", "second", "dayPeriod", "timeZoneName"];

  /** A day and its month, a time and its zone are never parted at the end of a line. @param {Intl.DateTimeFormatPart[]} parts */
  function told(parts) {
    /** @param {number} n */
    const isWithin = (n) => [DATE, TIME].some((kinds) => kinds.includes(parts[n - 1]?.type) && (!parts[n + 1] || kinds.includes(parts[n + 1].type)));
    return parts.map(({ type, value }, n) => (type === "literal" && isWithin(n) ? value.replaceAll(" ", "\u00a0") : value)).join("");
  }

  /** Without scripts it stands there in the server's zone, which is named. @param {HTMLTimeElement} element */
  function localize(element) {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.getTime())) return;
    element.textContent = told(new Intl.DateTimeFormat(language, FORMATS[element.dataset.local || "moment"]).formatToParts(moment));
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
