// @ts-check
// Judging by the keyboard: a level's key chooses it and goes on to the next criterion, Ctrl+Enter saves and goes on to the next response.
(() => {
  "use strict";
  const form = document.querySelector("form.judging");
  const judgement = form?.querySelector(".judgement");
  const judged = form?.querySelector(".judged");
  const next = form?.querySelector("input[name=_next]");
  if (!(form instanceof HTMLFormElement) || !(judgement instanceof HTMLElement) || !(judged instanceof HTMLElement) || !(next instanceof HTMLInputElement)) return;
  const groups = [...judgement.querySelectorAll("fieldset")];
  const undecided = () => groups.find((one) => !one.querySelector(":checked"));

  /** @param {Element | undefined} group */
  function goTo(group) {
    const target = group ? (group.querySelector("input:checked") ?? group.querySelector("input")) : next;
    if (target instanceof HTMLElement) target.focus();
  }

  /** @param {Element} target @param {string} key */
  function choose(target, key) {
    const group = target.closest("fieldset") ?? undecided();
    const radio = group?.querySelector(`input[data-key="${CSS.escape(key)}"]`);
    if (!group || !(radio instanceof HTMLInputElement)) return false;
    radio.click();
    goTo(groups[groups.indexOf(/** @type {HTMLFieldSetElement} */ (group)) + 1]);
    return true;
  }

  form.addEventListener("keydown", (event) => {
    const { key, target, altKey, ctrlKey, metaKey } = event;
    if (event.defaultPrevented || event.isComposing || event.repeat || altKey || !(target instanceof Element)) return;
    if (ctrlKey || metaKey) {
      if (key !== "Enter") return;
      form.requestSubmit(next);
    } else if (!judgement.contains(target) || target.matches("textarea, input:not([type=radio], [type=submit])") || !choose(target, key)) return;
    event.preventDefault();
  });

  // Where the response stands beside it, whoever goes from one to the next has their hands where they need them.
  const first = undecided()?.querySelector("input") ?? judgement.querySelector("input[name=points]");
  if (first instanceof HTMLElement && document.activeElement === document.body && judged.offsetTop === judgement.offsetTop) {
    first.focus({ preventScroll: true });
  }
})();
