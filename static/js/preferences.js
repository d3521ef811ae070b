// @ts-check
// Looks and comfort, remembered on this device: the page comes with what was chosen. Never a word of an answer.
(() => {
  "use strict";
  const root = document.documentElement;
  /** @type {NodeListOf<HTMLInputElement>} */
  const inputs = document.querySelectorAll("[data-preference]");

  /** @param {HTMLInputElement} input */
  const nameOf = (input) => input.dataset.preference || "";

  function remember() {
    const chosen = new URLSearchParams();
    for (const input of inputs) if (input.checked && input.value) chosen.set(nameOf(input), input.value);
    document.cookie = `parley_preferences=${chosen}; path=/; max-age=31536000; SameSite=Lax${location.protocol === "https:" ? "; Secure" : ""}`;
  }

  for (const input of inputs) {
    input.checked = (root.dataset[nameOf(input)] || "") === input.value;
    input.addEventListener("change", () => {
      if (input.checked && input.value) root.dataset[nameOf(input)] = input.value;
      else delete root.dataset[nameOf(input)];
      remember();
    });
  }

  /** @type {HTMLDetailsElement | null} */
  const menu = document.querySelector("details.menu");
  /** @param {boolean} withFocus */
  const closeMenu = (withFocus) => {
    if (!menu?.open) return;
    menu.open = false;
    if (withFocus) menu.querySelector("summary")?.focus();
  };
  document.addEventListener("keydown", (event) => event.key === "Escape" && closeMenu(true));
  document.addEventListener("click", (event) => {
    if (!menu?.contains(/** @type {Node} */ (event.target))) closeMenu(false);
  });

  document.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest("[data-opens], [data-prints]");
    if (!(button instanceof HTMLElement)) return;
    if ("prints" in button.dataset) return window.print();
    closeMenu(false);
    const dialog = document.getElementById(button.dataset.opens || "");
    if (dialog instanceof HTMLDialogElement) dialog.showModal();
  });
})();
