// @ts-check
// Without network: questions that were opened before open again from what the page has; the others say why they do not.
(() => {
  "use strict";
  // @ts-ignore - made by the scripts before
  const { byId, sentence, announce, banner, adopt } = window.parley;

  /** @type {Map<number, HTMLElement>} Panels that have been on the page, with what was typed into them. */
  const visited = new Map();

  const shown = () => /** @type {HTMLElement | null} */ (byId("question-panel"));
  /** @param {HTMLElement | null} panel */
  const numberOf = (panel) => Number(panel?.dataset.number);

  /** A panel leaves the page: keep it, unless it is of a one-way section or takes no answer. */
  function stash() {
    const panel = shown();
    if (panel && !("oneWay" in panel.dataset) && panel.querySelector("#response-form")) visited.set(numberOf(panel), panel);
  }

  /** What the candidate asked for. @param {string} go @returns {number} 0: no question */
  function wanted(go) {
    const here = numberOf(shown());
    if (go === "next") return here + 1;
    if (go === "previous") return here - 1;
    return /^\d+$/.test(go) ? Number(go) : 0;
  }

  /** Go to a question from memory; false if that cannot be. @param {number} number @param {boolean} isNewStep */
  function open(number, isNewStep) {
    const [panel, here] = [visited.get(number), shown()];
    if (!panel || !here || number === numberOf(here)) return false;
    stash();
    const dots = here.querySelector(".dots");
    here.replaceWith(panel);
    panel.removeAttribute("aria-busy");
    /** @type {any} */ (window).htmx?.process(panel); // it let go of what left the page
    if (dots) carryOver(dots, panel, number);
    if (isNewStep) history.pushState({ offline: true }, "", location.pathname.replace(/\d+\/$/, `${number}/`));
    document.title = document.title.replace(/\d+/, String(number));
    adopt()?.say();
    banner(sentence("offline-banner"));
    byId("question-heading")?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
    document.dispatchEvent(new CustomEvent("parley:left")); // what is unsent for the other one is sent from behind
    return true;
  }

  /** The dots as they stood a moment ago, with the place moved on. @param {Element} dots @param {HTMLElement} panel @param {number} number */
  function carryOver(dots, panel, number) {
    const theirs = panel.querySelector(".dots");
    if (!theirs) return;
    dots.replaceWith(theirs.cloneNode(true)); // the panel that leaves may come back
    theirs.replaceWith(dots);
    for (const dot of dots.querySelectorAll(".dot")) {
      const isHere = dot.getAttribute("value") === String(number);
      dot.classList.toggle("is-current", isHere);
      if (isHere) dot.setAttribute("aria-current", "page");
      else dot.removeAttribute("aria-current");
    }
  }

  /** Say that it does not open now, and what does. @param {string} name */
  function refuse(name) {
    banner(sentence(name));
    announce(sentence(name));
  }

  /** True if the move was made here, or refused: nothing is to be sent. @param {string} go @param {boolean} isServerAway */
  function move(go, isServerAway) {
    if ((navigator.onLine && !isServerAway) || go === "flag" || go === "stay") return false;
    const number = wanted(go);
    if (number && open(number, true)) return true;
    if (navigator.onLine) return false; // somebody may answer this time
    refuse(number ? "unvisited" : "needs-network");
    return true;
  }

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (/** @type {CustomEvent} */ (event).detail.target?.id === "question-panel") stash();
  });

  // The browser's own back and forward: before htmx hears of it, which would load the page again and fail.
  addEventListener("popstate", (event) => {
    const number = Number(/\/questions\/(\d+)\/$/.exec(location.pathname)?.[1]);
    if (navigator.onLine && !event.state?.offline) return;
    event.stopImmediatePropagation();
    if (navigator.onLine) return location.reload();
    if (number !== numberOf(shown()) && !open(number, false)) {
      history.pushState({ offline: true }, "", location.pathname.replace(/\d+\/$/, `${numberOf(shown())}/`));
      refuse("unvisited");
    }
  }, { capture: true });

  Object.assign(/** @type {any} */ (window).parley, { moveOffline: move });
})();
