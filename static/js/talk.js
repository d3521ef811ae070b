// @ts-check
// What the scripts of a seat say and send in the same way: sentences from the page, the live region, the banner, tokens.
(() => {
  "use strict";

  /** @param {string} id */
  const byId = (id) => document.getElementById(id);

  /** A sentence in the page's language, with `%(name)s` filled in. @param {string} name @param {Record<string, string | number>} [facts] */
  function sentence(name, facts = {}) {
    const place = /** @type {HTMLTemplateElement | null} */ (byId("sentences"));
    const text = place?.content.querySelector(`[data-name="${name}"]`)?.textContent ?? "";
    return text.replace(/%\((\w+)\)s/g, (whole, key) => String(facts[key] ?? whole));
  }

  /** To those who listen; the same words again would be no change. @param {string} words */
  function announce(words) {
    const place = byId("announcer");
    if (!place) return;
    const isAgain = place.textContent === words;
    place.textContent = isAgain ? "" : words;
    if (isAgain) setTimeout(() => (place.textContent ||= words), 100);
  }

  /** To those who look. @param {string} words */
  function banner(words) {
    const place = byId("seat-banner");
    if (place && place.textContent !== words) place.textContent = words;
  }

  /** Also where `crypto.randomUUID` is missing: on plain http. */
  function uuid() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  /** Read at the moment of each request: a sign-in in another tab changes it. */
  const csrfToken = () => /(?:^|;\s*)(?:__Host-)?csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";

  /** @param {string | null} header */
  function retryAfterMs(header) {
    if (!header) return 0;
    const seconds = Number(header);
    const wait = Number.isNaN(seconds) ? Date.parse(header) - Date.now() : seconds * 1000;
    return Math.min(Math.max(wait || 0, 0), 120_000);
  }

  Object.assign(window, { parley: { byId, sentence, announce, banner, uuid, csrfToken, retryAfterMs } });
})();
