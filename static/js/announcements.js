// @ts-check
// What the team says while the page is open: shown as soon as the clock's answer names it, read with one press, nothing reloads.
(() => {
  "use strict";
  const region = () => document.getElementById("announcements");
  const { announce, csrfToken } = window.parley;
  const HEADERS = { "HX-Request": "true", "HX-Target": "announcements" };

  /** @param {string} url @param {RequestInit} [how] */
  async function fetchRegion(url, how = {}) {
    const response = await fetch(url, {
      credentials: "same-origin",
      cache: "no-store",
      signal: AbortSignal.timeout(10_000),
      ...how,
      headers: { ...HEADERS, ...how.headers },
    });
    if (!response.ok) return null;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    return page.getElementById("announcements");
  }

  /** @param {HTMLElement | null} fresh */
  function show(fresh) {
    const place = region();
    if (!place || !fresh) return;
    const known = (place.dataset.ids ?? "").split(" ");
    place.replaceWith(document.adoptNode(fresh));
    for (const section of fresh.querySelectorAll("section")) {
      const id = section.getAttribute("aria-labelledby")?.slice("announcement-".length) ?? "";
      if (!known.includes(id)) announce([...section.querySelectorAll("h2, .words")].map((part) => part.textContent?.trim()).join(": "));
    }
  }

  document.addEventListener("parley:told", async (event) => {
    const told = /** @type {string[] | undefined} */ (/** @type {CustomEvent} */ (event).detail.announcements);
    const place = region();
    if (!told || !place || told.join(" ") === (place.dataset.ids ?? "").trim()) return;
    try {
      show(await fetchRegion(place.dataset.url ?? ""));
    } catch {
      // The clock asks again, and so does this.
    }
  });

  // In the capturing phase: the button belongs to the answer's form, which is not to be sent.
  document.addEventListener(
    "click",
    async (event) => {
      const button = /** @type {Element} */ (event.target).closest("[data-acknowledge]");
      if (!(button instanceof HTMLButtonElement)) return;
      event.preventDefault();
      event.stopPropagation();
      button.disabled = true;
      try {
        const fresh = await fetchRegion(button.formAction, { method: "POST", headers: { "X-CSRFToken": csrfToken() } });
        if (!fresh) throw new Error("refused");
        show(fresh);
        document.getElementById("question-heading")?.focus({ preventScroll: true });
      } catch {
        button.disabled = false; // it can be pressed again
      }
    },
    true,
  );
})();
