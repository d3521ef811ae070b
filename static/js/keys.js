// @ts-check
// The keyboard: options by letter or number while nobody is typing, Alt with the arrows, ? for the list of keys.
(() => {
  "use strict";
  const IS_MAC = /Mac|iP(hone|ad|od)/.test(navigator.platform);

  /** @param {EventTarget | null} target */
  const isText = (target) =>
    target instanceof Element && target.matches("textarea, select, [contenteditable], input:not([type=radio], [type=checkbox])");

  /** @param {string} go */
  function press(go) {
    /** @type {HTMLButtonElement | null} */
    const button = document.querySelector(`.moves button[value="${go}"]`);
    button?.click();
    return Boolean(button);
  }

  const forward = () => press("next") || press("review");

  /** @param {string} key */
  function choose(key) {
    if (document.documentElement.dataset.keys === "off") return false;
    /** @type {HTMLInputElement[]} */
    const options = [...document.querySelectorAll("#response-form .option input:enabled")].map((input) => /** @type {HTMLInputElement} */ (input));
    const option = /^[1-9]$/.test(key) ? options[Number(key) - 1] : options.find((one) => one.dataset.letter === key.toUpperCase());
    option?.focus();
    option?.click();
    return Boolean(option);
  }

  /** @param {KeyboardEvent} event */
  function handle(event) {
    const { key, target, altKey } = event;
    if (altKey && (key === "ArrowRight" || key === "ArrowLeft")) {
      if (IS_MAC && isText(target)) return false; // there it moves the caret by a word
      const isForward = (key === "ArrowRight") === (document.documentElement.dir !== "rtl");
      return isForward ? forward() : press("previous");
    }
    if ((event.ctrlKey || event.metaKey) && key === "Enter") return forward();
    if (altKey || event.ctrlKey || event.metaKey || isText(target)) return false;
    if (key !== "?") return key.length === 1 && choose(key);
    const dialog = document.getElementById("keys-dialog");
    if (dialog instanceof HTMLDialogElement) dialog.showModal();
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.repeat || document.querySelector("dialog[open]")) return;
    if (handle(event)) event.preventDefault();
  });
})();
