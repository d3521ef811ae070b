// @ts-check
// Putting items into order: by dragging, by buttons, or by choosing a position. Each way sets the same lists of positions,
// which are what is sent, and which do without any of this.
(() => {
  "use strict";
  // Staff's preview has nobody to say it to.
  // @ts-ignore - made by talk.js, which comes first where there is one
  const { announce, sentence } = window.parley ?? { announce: () => {}, sentence: () => "" };

  const SCROLL_ZONE = 90; // pixels from the edge of the window in which dragging scrolls
  const SCROLL_STEP = 14;

  /** @param {Element} list @returns {HTMLElement[]} */
  const itemsOf = (list) => [...list.children].map((item) => /** @type {HTMLElement} */ (item));
  /** @param {Element} item */
  const positionOf = (item) => /** @type {HTMLSelectElement} */ (item.querySelector("select"));
  /** @param {EventTarget | null} target @param {string} selector */
  const closest = (target, selector) => (target instanceof Element ? /** @type {HTMLElement | null} */ (target.closest(selector)) : null);
  /** @param {Element} item */
  const isLocked = (item) => Boolean(item.closest("[inert], :disabled"));

  /** @param {Element} item */
  function words(item) {
    const text = item.querySelector(".option-text")?.textContent?.replace(/\s+/g, " ").trim() ?? "";
    return text.length > 60 ? `${text.slice(0, 59)}…` : text;
  }

  /** Take an item to a place. The others move around it: what stays in the page keeps its focus and its pointer. @param {HTMLElement} item @param {number} place */
  function take(item, place) {
    const list = /** @type {Element} */ (item.parentElement);
    let at = itemsOf(list).indexOf(item);
    for (; at < place; at++) item.before(/** @type {Element} */ (item.nextElementSibling));
    for (; at > place; at--) item.after(/** @type {Element} */ (item.previousElementSibling));
  }

  /** Say what the list now says: positions as the items stand, or none. @param {Element} list @param {boolean} hasOrder */
  function write(list, hasOrder) {
    const items = itemsOf(list);
    items.forEach((item, place) => {
      positionOf(item).selectedIndex = hasOrder ? place + 1 : 0;
      item.querySelector("[data-move='-1']")?.setAttribute("aria-disabled", String(place === 0));
      item.querySelector("[data-move='1']")?.setAttribute("aria-disabled", String(place === items.length - 1));
    });
    positionOf(items[0]).dispatchEvent(new Event("change", { bubbles: true }));
  }

  /** @param {HTMLElement} item */
  function settle(item) {
    const list = /** @type {Element} */ (item.parentElement);
    write(list, true);
    announce(sentence("order-position", { item: words(item), position: itemsOf(list).indexOf(item) + 1, count: list.children.length }));
  }

  /** @param {HTMLElement} list */
  const isWritten = (list) => itemsOf(list).every((item, place) => positionOf(item).selectedIndex === place + 1);
  /** @param {HTMLElement} list */
  const isEmpty = (list) => itemsOf(list).every((item) => positionOf(item).selectedIndex === 0);

  // A position chosen. Both events of a choice come here first, so that the one who saves finds a whole order.

  /** @param {Event} event */
  function choose(event) {
    const item = closest(event.target, ".order-item");
    const list = item?.parentElement;
    if (!item || !list || !(event.target instanceof HTMLSelectElement) || isWritten(list) || isEmpty(list)) return;
    const place = event.target.selectedIndex - 1;
    if (place < 0) {
      write(list, false);
      announce(sentence("order-cleared"));
    } else {
      take(item, place);
      settle(item);
    }
  }
  document.addEventListener("input", choose, { capture: true });
  document.addEventListener("change", choose, { capture: true });

  // The buttons

  document.addEventListener("click", (event) => {
    const button = closest(event.target, "[data-move], [data-order]");
    const list = closest(event.target, ".ordering")?.querySelector(".order");
    if (!button || !list || isLocked(list)) return;
    if (button.dataset.order) return void whole(list, button.dataset.order === "keep");
    const item = /** @type {HTMLElement} */ (button.closest(".order-item"));
    const place = itemsOf(list).indexOf(item) + Number(button.dataset.move);
    if (place < 0 || place >= list.children.length) return announce(sentence(place < 0 ? "order-first" : "order-last", { item: words(item) }));
    take(item, place);
    settle(item);
  });

  /** Keep the order as it stands, or take it back. @param {Element} list @param {boolean} isKept */
  function whole(list, isKept) {
    write(list, isKept);
    announce(sentence(isKept ? "order-kept" : "order-cleared"));
    positionOf(list.children[0]).focus(); // the button has gone
  }

  // Dragging

  /** @type {{item: HTMLElement, from: number} | null} */
  let drag = null;

  document.addEventListener("pointerdown", (event) => {
    const item = closest(closest(event.target, ".grip"), ".order-item");
    if (!item || event.button !== 0 || isLocked(item)) return;
    event.preventDefault();
    drag = { item, from: itemsOf(/** @type {Element} */ (item.parentElement)).indexOf(item) };
    item.classList.add("is-dragged");
  });

  document.addEventListener("pointermove", (event) => {
    if (!drag) return;
    if (!drag.item.isConnected || isLocked(drag.item)) return drop(false);
    const others = itemsOf(/** @type {Element} */ (drag.item.parentElement)).filter((other) => other !== drag?.item);
    take(drag.item, others.filter((other) => middle(other) < event.clientY).length);
    if (event.clientY < SCROLL_ZONE) scrollBy(0, -SCROLL_STEP);
    else if (event.clientY > innerHeight - SCROLL_ZONE) scrollBy(0, SCROLL_STEP);
  });

  /** @param {Element} item */
  function middle(item) {
    const { top, height } = item.getBoundingClientRect();
    return top + height / 2;
  }

  /** @param {boolean} isMeant */
  function drop(isMeant) {
    if (!drag) return;
    const { item, from } = drag;
    drag = null;
    item.classList.remove("is-dragged");
    if (!item.parentElement) return;
    if (!isMeant) return take(item, from);
    if (itemsOf(item.parentElement).indexOf(item) !== from) settle(item);
  }
  document.addEventListener("pointerup", () => drop(true));
  document.addEventListener("pointercancel", () => drop(false));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") drop(false);
  });
})();
