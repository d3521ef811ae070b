// @ts-check
// Shows moments in the reader's own time zone. Without scripts they stand there in the server's, which is named.
(() => {
  "use strict";

  /** @type {Record<string, Intl.DateTimeFormatOptions>} */
  const FORMATS = {
    time: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
    moment: { dateStyle: "long", timeStyle: "short", hourCycle: "h23" },
    date: { dateStyle: "long" },
  };
  const language = navigator.languages.find((one) => one.startsWith(document.documentElement.lang)) || document.documentElement.lang;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

  /** @param {HTMLTimeElement} element */
  function localize(element) {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.getTime())) return;
    const format = FORMATS[element.dataset.local || "moment"];
    element.textContent = new Intl.DateTimeFormat(language, format).format(moment);
    element.title = `${moment.toISOString().replace("T", " ").slice(0, 19)} UTC; shown in ${zone}`;
    delete element.dataset.local; // done
  }

  /** @param {ParentNode} place */
  const localizeIn = (place) => {
    for (const element of place.querySelectorAll("time[data-local]")) localize(/** @type {HTMLTimeElement} */ (element));
  };

  localizeIn(document);
  new MutationObserver(() => localizeIn(document)).observe(document.body, { childList: true, subtree: true });
})();
