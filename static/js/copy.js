// @ts-check
// Puts a "Copy" button behind every text marked with data-copy. Without JavaScript the text can be selected by hand.
(() => {
  "use strict";

  /** @param {HTMLElement} source */
  const addButton = (source) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button copy";
    button.textContent = "Copy";
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", async () => {
      const text = source instanceof HTMLInputElement ? source.value : source.textContent || "";
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = "Copied";
      } catch {
        // No permission, or a page without TLS: select it, so that one keystroke copies it.
        if (source instanceof HTMLInputElement) source.select();
        button.textContent = "Press Ctrl+C";
      }
    });
    source.insertAdjacentElement("afterend", button);
  };

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-copy]").forEach((one) => one instanceof HTMLElement && addButton(one));
  });
})();
