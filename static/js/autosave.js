// @ts-check
// Listens to what happens on a question's page, and sees to it that what is typed is saved.
(() => {
  "use strict";
  // @ts-ignore - made by the scripts before
  const { byId, sentence, announce, banner, fields, Saver } = window.parley;

  /** @type {any} The question on the page, while it takes an answer. */
  let saver = null;
  /** @type {Map<number, any>} Of every question that was on the page: it may come back from memory. */
  const savers = new Map();

  /** A question has come onto the page. */
  function adopt() {
    const form = byId("response-form");
    if (saver && saver.form === form) return saver;
    saver?.retire();
    saver = form instanceof HTMLFormElement && !("locked" in form.dataset) ? saverOf(form) : null;
    return saver;
  }

  /** @param {HTMLFormElement} form */
  function saverOf(form) {
    const known = [...savers.values()].find((one) => one.form === form);
    if (known) return known;
    const made = new Saver(form);
    savers.set(made.number, made);
    if (document.querySelector("#conflict .conflict")) made.stop = "conflict";
    made.restore().then(() => made.changed(true));
    return made;
  }

  /** @param {Event} event */
  function onChange(event) {
    const field = event.target;
    adopt();
    const isField = field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement || field instanceof HTMLSelectElement;
    if (!saver || !isField || field.form !== saver.form) return;
    const yours = document.querySelector("#conflict [data-yours]");
    if (yours && field.id === "value") yours.textContent = field.value;
    saver.changed(event.type === "input" && !field.matches("[type=radio], [type=checkbox], select"));
  }
  document.addEventListener("input", onChange);
  document.addEventListener("change", onChange);

  document.addEventListener("submit", (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (form.dataset.keep === "yours" && saver) {
      event.preventDefault();
      saver.keepMine();
      /** @type {HTMLElement | null} */ (saver.form.querySelector("[name=value]"))?.focus();
    } else if (form.matches(".languages") && saver?.hasUnsaved) {
      // The page comes back in another language: what was typed goes first, or nobody leaves.
      event.preventDefault();
      const { submitter } = event;
      saver.saveAll().then((/** @type {boolean} */ isSaved) => isSaved && form.requestSubmit(submitter));
    } else if (form === saver?.form && !event.defaultPrevented) {
      isLeaving = true; // without htmx the form itself carries the text
    }
  });
  document.addEventListener("click", async (event) => {
    const link = /** @type {Element} */ (event.target).closest("[data-keep=theirs]");
    if (!(link instanceof HTMLAnchorElement) || !saver) return;
    event.preventDefault();
    isLeaving = true;
    await saver.keepTheirs();
    location.assign(link.href);
  });

  // What the list of questions says about this one

  document.addEventListener("parley:saved", (event) => {
    const { target, detail } = /** @type {CustomEvent} */ (event);
    const number = /** @type {HTMLElement} */ (target).closest("[data-number]")?.getAttribute("data-number");
    const dot = document.querySelector(`.dot[value="${number}"]`);
    if (!(dot instanceof HTMLElement) || dot.classList.contains("is-answered") === detail.isAnswered) return;
    dot.classList.toggle("is-answered", detail.isAnswered);
    const [was, is] = [sentence(detail.isAnswered ? "empty" : "answered"), sentence(detail.isAnswered ? "answered" : "empty")];
    dot.title = dot.title.split(sentence("comma")).map((word) => (word === was ? is : word)).join(sentence("comma"));
    dot.setAttribute("aria-label", dot.title);
  });

  // Sent from behind while another question was on the page
  document.addEventListener("parley:sent", (event) => {
    const { number, revision, text } = /** @type {CustomEvent} */ (event).detail;
    savers.get(number)?.learned(text, revision);
  });

  // Leaving, coming back

  let isLeaving = false;
  addEventListener("beforeunload", (event) => {
    if (saver?.hasUnsaved && !isLeaving) event.preventDefault();
  });
  addEventListener("pagehide", () => {
    if (!isLeaving) saver?.lastWords();
  });
  addEventListener("pageshow", (event) => {
    isLeaving = false;
    if (!event.persisted) return;
    // Back from the browser's memory: what it shows may be old. Unsent text goes first; its revision is checked.
    if (saver?.hasUnsaved) saver.save();
    else location.reload();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" || saver?.failures) saver?.save();
  });
  addEventListener("online", () => {
    banner("");
    saver?.save();
  });
  addEventListener("offline", () => {
    banner(sentence("offline-banner"));
    announce(sentence("offline-banner"));
    if (saver?.hasUnsaved) saver.show("offline");
  });

  // Another device has taken over: what is unsent here is sent to be kept, and the page says where the attempt is now.

  document.addEventListener("parley:told", async (event) => {
    if (!(/** @type {CustomEvent} */ (event).detail?.is_elsewhere) || !saver || saver.stop) return;
    if (saver.hasUnsaved) return void saver.save();
    const response = await fetch(location.pathname, { credentials: "same-origin", cache: "no-store" }).catch(() => null);
    const panel = response?.ok && new DOMParser().parseFromString(await response.text(), "text/html").querySelector("[data-elsewhere]");
    if (panel) saver.leftElsewhere(panel);
  });

  document.addEventListener("parley:told", (event) => {
    if (!(/** @type {CustomEvent} */ (event).detail.paused)) for (const one of savers.values()) one.runsAgain();
  });

  // The bell

  document.addEventListener("parley:bell", async () => {
    const form = saver?.form;
    if (saver) await saver.freeze();
    showMoves(false);
    const notice = byId("time-up");
    if (!notice) return;
    isOverHere = notice.hidden; // else somebody came to read
    notice.hidden = false;
    sayLastSaved();
    goOnSoon();
    notice.scrollIntoView({ block: "center" });
    notice.focus({ preventScroll: true });
    queueMicrotask(() => announce(notice.innerText.replace(/\s+/g, " ").trim())); // when its time has words
    form?.addEventListener("parley:saved", () => queueMicrotask(() => (sayLastSaved(), goOnSoon())));
  });
  document.addEventListener("parley:extended", () => {
    isOverHere = false;
    goOnSoon();
    saver?.thaw();
    showMoves(true);
    const notice = byId("time-up");
    if (notice) notice.hidden = true;
  });

  // Nothing is left to do here. Told first, and put off by whatever is done on the page meanwhile.
  const GOES_ON_AFTER_MS = 10_000;
  let isOverHere = false;
  let goesOn = 0;

  /** Never before the last words are acknowledged. */
  function goOnSoon() {
    clearTimeout(goesOn);
    const words = byId("goes-on");
    if (!words) return;
    words.hidden = !isOverHere || !!saver?.stop || [...savers.values()].some((one) => one.hasUnsaved);
    if (!words.hidden) goesOn = setTimeout(() => location.replace(`${words.dataset.to}#time-over`), GOES_ON_AFTER_MS);
  }
  for (const done of ["keydown", "pointerdown", "wheel", "touchmove"]) addEventListener(done, () => isOverHere && goOnSoon(), { passive: true });

  /** @param {boolean} isShown */
  function showMoves(isShown) {
    for (const element of document.querySelectorAll(".moves, .moves + .row, #flag-button")) /** @type {HTMLElement} */ (element).hidden = !isShown;
    for (const element of document.querySelectorAll(".dots")) /** @type {HTMLElement} */ (element).inert = !isShown;
  }

  function sayLastSaved() {
    const place = document.querySelector("#time-up [data-last-saved]");
    const savedAt = byId("save-state")?.dataset.savedAt;
    if (!place) return;
    if (saver?.hasUnsaved) {
      place.textContent = sentence("last-unsaved");
    } else if (savedAt) {
      const time = Object.assign(document.createElement("time"), { dateTime: savedAt });
      time.dataset.local = "time";
      const [before, after] = sentence("last-saved", { time: "\u0000" }).split("\u0000");
      place.replaceChildren(before, time, after ?? "");
    }
  }

  Object.assign(/** @type {any} */ (window).parley, { adopt, lock: fields.lock, isLeavingNow: () => (isLeaving = true) });
  adopt();
})();
