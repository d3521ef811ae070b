// @ts-check
// The fields of an answer: what they hold, what they held when the page came, and filling them again.
(() => {
  "use strict";

  /** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Field */

  /** @param {Element} field */
  const isChoice = (field) => field.matches("[type=radio], [type=checkbox]");
  /** @param {HTMLFormElement} form @returns {Field[]} */
  const fieldsOf = (form) => /** @type {Field[]} */ ([...form.querySelectorAll("[name=value]")]);
  /** @param {string[]} fields */
  const filled = (fields) => fields.filter((value) => value !== "");

  /** One entry a field, so that they can be filled again; a choice has one only where it is chosen. @param {HTMLFormElement} form */
  const read = (form) => fieldsOf(form).filter((field) => !isChoice(field) || /** @type {HTMLInputElement} */ (field).checked).map((field) => field.value);

  /** @param {Field} field */
  function sentValue(field) {
    if (field instanceof HTMLSelectElement) return [...field.options].find((option) => option.defaultSelected)?.value ?? "";
    return isChoice(field) ? field.value : field.defaultValue;
  }

  /** The values as the page brought them. @param {HTMLFormElement} form */
  const sent = (form) => filled(fieldsOf(form).filter((field) => !isChoice(field) || field.hasAttribute("checked")).map(sentValue));

  /** @param {HTMLFormElement} form @param {string[]} values As `read` gave them. */
  function fill(form, values) {
    const rest = [...values];
    for (const field of fieldsOf(form)) {
      if (isChoice(field)) /** @type {HTMLInputElement} */ (field).checked = values.includes(field.value);
      else if (field.getAttribute("type") === "hidden") rest.shift();
      else field.value = take(rest, field);
    }
    for (const list of form.querySelectorAll(".order")) inOrder(list);
    form.querySelector("[name=value]:not([type=hidden])")?.dispatchEvent(new Event("change", { bubbles: true }));
  }

  /** The next value that this field can hold: items of a list may have stood in another order. @param {string[]} rest @param {Field} field */
  function take(rest, field) {
    const options = field instanceof HTMLSelectElement ? [...field.options].map((option) => option.value) : null;
    const at = options ? rest.findIndex((value) => options.includes(value)) : 0;
    return at < 0 ? "" : rest.splice(at, 1)[0] ?? "";
  }

  /** Items stand as their positions say. @param {Element} list */
  function inOrder(list) {
    /** @param {Element} item */
    const position = (item) => /** @type {HTMLSelectElement} */ (item.querySelector("select")).selectedIndex;
    const items = [...list.children];
    if (items.every((item) => position(item) > 0)) list.append(...items.sort((one, other) => position(one) - position(other)));
  }

  /** Whether anything is answered: hidden fields only name the one after them. @param {HTMLFormElement} form @param {string[]} values */
  function isAnswered(form, values) {
    const names = fieldsOf(form).filter((field) => field.getAttribute("type") === "hidden").map((field) => field.value);
    return values.some((value) => !names.includes(value));
  }

  /** @param {HTMLFormElement} form @param {boolean} isLocked */
  function lock(form, isLocked) {
    for (const field of form.querySelectorAll("textarea, input[type=text]")) /** @type {HTMLInputElement} */ (field).readOnly = isLocked;
    for (const group of form.querySelectorAll(".options, .ordering, select")) /** @type {HTMLElement} */ (group).inert = isLocked;
  }

  if ("parley" in window) Object.assign(/** @type {object} */ (window.parley), { fields: { read, sent, filled, fill, isAnswered, lock } });
})();
