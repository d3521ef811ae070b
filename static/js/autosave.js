// @ts-check
// Saves what is typed, and says truthfully whether it is saved. "Saved" is shown only when the server has said so.
//
// At most one save is on its way. Until the server has answered it for certain it keeps its key, so that repeating it
// is harmless; the newest text waits behind it. Text lives in the page only: never in the browser's storage.
(() => {
  "use strict";

  /** @typedef {{text: string, values: string[], key: string, base: number}} Save */

  const TYPING_PAUSE_MS = 900;
  const REQUEST_LIMIT_MS = 15_000;
  const RETRY_LIMIT_MS = 15_000;
  const KEEPALIVE_LIMIT = 60_000; // browsers refuse to finish more than 64 KiB after the page has gone

  /** @type {Record<string, string>} */
  const WORDS = {
    saving: "Saving",
    unsaved: "Not saved, trying again",
    offline: "Offline, not sent yet",
    lost: "Not saved",
    refused: "Not saved",
    conflict: "Not saved, please choose",
    closed: "Closed",
  };
  /** @type {Record<string, string>} */
  const SENTENCES = {
    unsaved: "We could not reach the server. Your text is safe here and will be sent as soon as it answers.",
    offline: "You are offline. Keep typing: your text is safe here and will be sent when you are back online.",
    lost: "This browser has lost its way in. Your text is still here: open your link again in another tab, and it will be saved by itself.",
  };

  /** @param {string} id */
  const byId = (id) => document.getElementById(id);

  /** Also where `crypto.randomUUID` is missing: on plain http. */
  function uuid() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  /** Read at the moment of each request: a sign-in in another tab changes it. */
  const csrfToken = () => /(?:^|;\s*)(?:__Host-)?csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";

  /** @param {string} words */
  function announce(words) {
    const announcer = byId("announcer");
    if (announcer) announcer.textContent = words;
  }

  /** @param {string} words */
  function banner(words) {
    const place = byId("seat-banner");
    if (place && place.textContent !== words) place.textContent = words;
  }

  /** @param {string | null} header */
  function retryAfterMs(header) {
    if (!header) return 0;
    const seconds = Number(header);
    const wait = Number.isNaN(seconds) ? Date.parse(header) - Date.now() : seconds * 1000;
    return Math.min(Math.max(wait || 0, 0), 120_000);
  }

  class Saver {
    /** @param {HTMLFormElement} form */
    constructor(form) {
      this.form = form;
      this.url = form.action;
      this.base = Number(this.hidden("base_revision").value);
      /** @type {string[] | null} What the bell found; nothing typed later counts. */
      this.frozen = null;
      this.savedText = JSON.stringify(this.sentValues()); // not what is there now: somebody may have typed already
      /** @type {string | null} A text the server has refused: sent again only when it has changed. */
      this.refusedText = null;
      /** @type {Save | null} */
      this.outstanding = null;
      this.isBusy = false;
      /** @type {"" | "conflict" | "closed"} */
      this.stop = "";
      this.failures = 0;
      this.timer = 0;
    }

    /** @param {string} name */
    hidden(name) {
      return /** @type {HTMLInputElement} */ (this.form.elements.namedItem(name));
    }

    get values() {
      if (this.frozen) return this.frozen;
      return new FormData(this.form).getAll("value").map(String).filter((value) => value !== "");
    }

    /** The values as the page brought them. */
    sentValues() {
      const fields = [...this.form.querySelectorAll("[name=value]")];
      const sent = fields.filter((field) => !field.matches("[type=radio], [type=checkbox]") || field.hasAttribute("checked"));
      return sent.map(sentValue).filter((value) => value !== "");
    }

    get text() {
      return JSON.stringify(this.values);
    }

    get hasUnsaved() {
      return this.stop !== "closed" && (this.outstanding !== null || this.text !== this.savedText);
    }

    /** @param {number} wait */
    saveIn(wait) {
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => this.save(), wait);
    }

    /** The answer has changed. @param {boolean} isTyping */
    changed(isTyping) {
      if (this.stop || !this.hasUnsaved || this.text === this.refusedText) return;
      if (this.failures === 0) this.show("saving");
      if (this.failures === 0 || !isTyping) this.saveIn(isTyping ? TYPING_PAUSE_MS : 0);
    }

    /** What to send next: first what may or may not have arrived, with its key; then the newest text. */
    next() {
      if (this.outstanding) return this.outstanding;
      const text = this.text;
      if (text === this.savedText || text === this.refusedText) return null;
      return this.begin();
    }

    /** Name what is in the form now; it stays outstanding until the server has answered for certain. */
    begin() {
      this.outstanding = { text: this.text, values: this.values, key: uuid(), base: this.base };
      return this.outstanding;
    }

    /** Send until nothing is left to send. True if all is saved. */
    async save() {
      clearTimeout(this.timer);
      if (this.isBusy || this.stop) return false;
      this.isBusy = true;
      try {
        for (let save = this.next(); save; save = this.next()) {
          this.show(this.failures ? (navigator.onLine ? "unsaved" : "offline") : "saving");
          if (!(await this.send(save))) return false;
        }
      } finally {
        this.isBusy = false;
      }
      return !this.hasUnsaved;
    }

    /** @param {Save} save */
    async send(save) {
      try {
        let response = await this.post(save);
        if (response.status === 403) {
          await fetch(this.url, { credentials: "same-origin", cache: "no-store" }); // brings a fresh CSRF cookie
          response = await this.post(save);
        }
        return this.judge(save, response.status, await response.text(), response.headers.get("Retry-After"));
      } catch {
        return this.failed(0, null);
      }
    }

    /** @param {Save} save */
    post(save) {
      const body = new URLSearchParams({ base_revision: String(save.base), key: save.key, go: "stay" });
      for (const value of save.values) body.append("value", value);
      return fetch(this.url, {
        method: "POST",
        body,
        headers: { "HX-Request": "true", "HX-Target": "save-state", "X-CSRFToken": csrfToken() },
        credentials: "same-origin",
        redirect: "manual",
        keepalive: body.toString().length < KEEPALIVE_LIMIT,
        signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
      });
    }

    /** @param {Save} save @param {number} status @param {string} html @param {string | null} retryAfter */
    judge(save, status, html, retryAfter) {
      const page = new DOMParser().parseFromString(html, "text/html");
      const state = page.getElementById("save-state");
      if (status === 200 && state?.dataset.state === "saved") return this.saved(save, state);
      const conflict = page.querySelector(".conflict");
      if (status === 409 && conflict) {
        byId("conflict")?.replaceChildren(conflict);
        return this.conflicted();
      }
      if (status === 410) return this.closed(page.getElementById("question-panel"));
      if (status === 422) {
        const error = page.getElementById("response-error");
        if (error) byId("response-error")?.replaceWith(error);
        return this.refused(save);
      }
      return this.failed(status, retryAfter);
    }

    /** @param {Save} save @param {HTMLElement} state */
    saved(save, state) {
      const wasFailing = this.failures > 0;
      this.accept(save, Number(state.dataset.revision));
      this.form.dispatchEvent(new CustomEvent("parley:saved", { bubbles: true, detail: { ...state.dataset } }));
      const names = [...this.form.querySelectorAll("[type=hidden][name=value]")].map((field) => /** @type {HTMLInputElement} */ (field).value);
      markDot(save.values.some((value) => !names.includes(value)));
      byId("response-error")?.replaceChildren();
      if (wasFailing) announce("Saved.");
      if (this.text === save.text) {
        byId("save-state")?.replaceWith(document.importNode(state, true));
        banner(navigator.onLine ? "" : SENTENCES.offline);
      }
      return true;
    }

    /** The server has this text. @param {Save} save @param {number} revision */
    accept(save, revision) {
      this.base = revision;
      this.hidden("base_revision").value = String(revision);
      this.hidden("key").value = uuid();
      this.savedText = save.text;
      this.refusedText = this.outstanding = null;
      this.failures = 0;
    }

    conflicted() {
      this.stop = "conflict";
      this.outstanding = null;
      this.show("conflict");
      announce("This answer was also changed somewhere else. Please choose which one counts.");
      return false;
    }

    /** The candidate keeps what is on this page, as it is now: it follows the version saved elsewhere. */
    keepMine() {
      this.base = Number(document.querySelector("#conflict [data-base-revision]")?.getAttribute("data-base-revision"));
      this.leaveConflict();
      this.begin();
      return this.save();
    }

    leaveConflict() {
      this.stop = "";
      byId("conflict")?.replaceChildren();
    }

    /** @param {HTMLElement | null} panel What the server says about it, in place of the question. */
    closed(panel) {
      this.stop = "closed";
      this.show("closed");
      banner("");
      if (panel) byId("question-panel")?.replaceWith(panel);
      byId("question-heading")?.focus();
      document.dispatchEvent(new CustomEvent("parley:closed"));
      return false;
    }

    /** @param {Save} save */
    refused(save) {
      this.refusedText = save.text;
      this.outstanding = null;
      this.show("refused");
      return false;
    }

    /** Nobody knows whether it arrived: it keeps its key and is sent again. @param {number} status @param {string | null} retryAfter */
    failed(status, retryAfter) {
      this.failures += 1;
      const isLost = status === 401 || status === 403 || status === 404;
      const state = isLost ? "lost" : navigator.onLine ? "unsaved" : "offline";
      this.show(state);
      if (state !== "unsaved" || this.failures > 1) banner(SENTENCES[state]);
      if (this.failures === 1) announce(SENTENCES[state]);
      const limit = isLost ? RETRY_LIMIT_MS : Math.min(RETRY_LIMIT_MS, 1000 * 2 ** this.failures);
      const wait = retryAfterMs(retryAfter) * 1.5 || limit;
      this.saveIn(Math.max(1000, wait * (2 + Math.random()) / 3)); // a third is chance: not everybody comes back at once
      return false;
    }

    /** @param {string} state */
    show(state) {
      const place = byId("save-state");
      if (!place || place.dataset.state === state) return;
      place.dataset.state = state;
      place.textContent = WORDS[state];
    }

    /** The bell: what is there now counts, and nothing after it. */
    freeze() {
      this.frozen = this.values;
      this.form.dataset.locked = "";
      lock(this.form, true);
      return this.save();
    }

    thaw() {
      this.frozen = null;
      delete this.form.dataset.locked;
      lock(this.form, false);
    }

    /** The page is going: one last try that may outlive it. */
    lastWords() {
      if (!this.hasUnsaved || this.stop) return;
      const ahead = this.outstanding;
      if (ahead && ahead.text === this.text) return void this.post(ahead).catch(() => {});
      const base = ahead ? ahead.base + 1 : this.base; // behind the one that is on its way
      this.post({ text: this.text, values: this.values, key: uuid(), base }).catch(() => {});
    }
  }

  /** What a field held when the page came. @param {Element} field */
  function sentValue(field) {
    if (field instanceof HTMLSelectElement) return [...field.options].find((option) => option.defaultSelected)?.value ?? "";
    const input = /** @type {HTMLInputElement} */ (field);
    return input.matches("[type=radio], [type=checkbox]") ? input.value : input.defaultValue;
  }

  /** @param {HTMLFormElement} form @param {boolean} isLocked */
  function lock(form, isLocked) {
    for (const field of form.querySelectorAll("textarea, input[type=text]")) /** @type {HTMLInputElement} */ (field).readOnly = isLocked;
    for (const group of form.querySelectorAll(".options, .ordering, select")) /** @type {HTMLElement} */ (group).inert = isLocked;
  }

  /** @param {boolean} isAnswered */
  function markDot(isAnswered) {
    const dot = document.querySelector(".dot.is-current");
    if (!(dot instanceof HTMLElement) || dot.classList.contains("is-answered") === isAnswered) return;
    dot.classList.toggle("is-answered", isAnswered);
    dot.title = isAnswered ? dot.title.replace(/\bempty\b/, "answered") : dot.title.replace(/\banswered\b/, "empty");
    dot.setAttribute("aria-label", dot.title);
  }

  /** @type {Saver | null} */
  let saver = null;

  /** A question has come onto the page. */
  function adopt() {
    const form = byId("response-form");
    if (saver && saver.form === form) return saver;
    clearTimeout(saver?.timer);
    saver = form instanceof HTMLFormElement && !("locked" in form.dataset) ? new Saver(form) : null;
    if (saver && document.querySelector("#conflict .conflict")) saver.stop = "conflict";
    saver?.changed(true);
    return saver;
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
    } else if (form === saver?.form && !event.defaultPrevented) {
      isLeaving = true; // without htmx the form itself carries the text
    }
  });
  document.addEventListener("click", (event) => {
    if (/** @type {Element} */ (event.target).closest("[data-keep=theirs]")) isLeaving = true;
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
    banner(SENTENCES.offline);
    announce(SENTENCES.offline);
    if (saver?.hasUnsaved) saver.show("offline");
  });

  // The bell

  document.addEventListener("parley:bell", async () => {
    const form = saver?.form;
    if (saver) await saver.freeze();
    showMoves(false);
    const notice = byId("time-up");
    if (!notice) return;
    notice.hidden = false;
    sayLastSaved();
    announce(notice.textContent?.replace(/\s+/g, " ").trim() ?? "");
    form?.addEventListener("parley:saved", () => queueMicrotask(sayLastSaved));
  });
  document.addEventListener("parley:extended", () => {
    saver?.thaw();
    showMoves(true);
    const notice = byId("time-up");
    if (notice) notice.hidden = true;
  });

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
      place.textContent = "Your last words are not saved yet. We keep trying; please leave this page open.";
    } else if (savedAt) {
      const time = Object.assign(document.createElement("time"), { dateTime: savedAt });
      time.dataset.local = "time";
      place.replaceChildren("Your last words were saved at ", time, ".");
    }
  }

  Object.assign(window, { parley: { adopt, announce, banner, csrfToken, lock, retryAfterMs } });
  adopt();
})();
