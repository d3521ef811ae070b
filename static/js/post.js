// @ts-check
// One save on its way to the server, and what the server's answer means.
(() => {
  "use strict";
  // @ts-ignore - made by talk.js, which comes first
  const { csrfToken } = window.parley;

  /** @typedef {{text: string, values: string[], fields: string[], key: string, base: number}} Save */
  /**
   * What became of it. `saved`, `conflict`, `elsewhere`, `still`, `closed` and `refused` are certain; of `failed` nobody knows.
   * @typedef {{outcome: "saved" | "conflict" | "elsewhere" | "still" | "closed" | "refused" | "failed", status: number, page: Document | null, retryAfter: string | null}} Answer
   */

  const REQUEST_LIMIT_MS = 15_000;
  const KEEPALIVE_LIMIT = 60_000; // browsers refuse to finish more than 64 KiB after the page has gone

  /** @param {string} url @param {Save} save */
  function send(url, save) {
    const body = new URLSearchParams({ base_revision: String(save.base), key: save.key, go: "stay" });
    for (const value of save.values) body.append("value", value);
    return fetch(url, {
      method: "POST",
      body,
      headers: { "HX-Request": "true", "HX-Target": "save-state", "X-CSRFToken": csrfToken() },
      credentials: "same-origin",
      redirect: "manual",
      keepalive: body.toString().length < KEEPALIVE_LIMIT,
      signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
    });
  }

  /** @param {number} status @param {Document} page @returns {Answer["outcome"]} */
  function meaning(status, page) {
    if (status === 200 && page.getElementById("save-state")?.dataset.state === "saved") return "saved";
    if (status === 409 && page.querySelector(".conflict")) return "conflict";
    if (status === 409 && page.querySelector("[data-still]")) return "still";
    if (status === 423 && page.querySelector("[data-elsewhere]")) return "elsewhere";
    if (status === 410 && page.getElementById("question-panel")) return "closed";
    return status === 422 ? "refused" : "failed";
  }

  /** Send it; once more with a fresh CSRF cookie if that was what it wanted for. Never throws. @param {string} url @param {Save} save @returns {Promise<Answer>} */
  async function post(url, save) {
    try {
      let response = await send(url, save);
      if (response.status === 403) {
        await fetch(url, { credentials: "same-origin", cache: "no-store" }); // brings the cookie
        response = await send(url, save);
      }
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      return { outcome: meaning(response.status, page), status: response.status, page, retryAfter: response.headers.get("Retry-After") };
    } catch {
      return { outcome: "failed", status: 0, page: null, retryAfter: null };
    }
  }

  if ("parley" in window) Object.assign(/** @type {object} */ (window.parley), { post, send });
})();
