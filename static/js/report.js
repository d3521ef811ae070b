// @ts-check
// A report that is being written stays on the device as an unsent answer does, until the team has it.
(() => {
  "use strict";
  // @ts-ignore - made by the scripts before
  const { byId, sentence, announce, drafts } = window.parley;

  const field = byId("text");
  const place = `problem-${document.querySelector("[data-problem]")?.getAttribute("data-problem")}`;

  /** @param {string} text */
  const keep = (text) => drafts.keep(place, text ? [{ text, values: [], fields: [text], key: "", base: 0 }] : []);

  async function restore() {
    const [kept] = await drafts.of(place);
    if (!(field instanceof HTMLTextAreaElement)) return keep(""); // the team has it
    if (!kept || field.value) return;
    field.value = kept.text;
    byId("restored")?.removeAttribute("hidden");
    announce(sentence("restored"));
  }

  field?.addEventListener("input", () => keep(/** @type {HTMLTextAreaElement} */ (field).value));
  restore();
})();
