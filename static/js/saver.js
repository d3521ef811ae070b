// @ts-check
// The answer on the page. One save is on its way, under one key until it is answered; the newest text waits behind it. Why:
// docs/explanation/how-saving-works.md
(() => {
  "use strict";
  // @ts-ignore - made by the scripts before
  const { byId, sentence, announce, banner, uuid, retryAfterMs, drafts, fields, post, send } = window.parley;

  /** @typedef {{text: string, values: string[], fields: string[], key: string, base: number}} Save */

  const TYPING_PAUSE_MS = 900;
  const LONGEST_WAIT_MS = 2000; // whoever types without a pause is saved, too
  const RETRY_LIMIT_MS = 15_000;

  class Saver {
    /** @param {HTMLFormElement} form */
    constructor(form) {
      this.form = form;
      this.url = form.action;
      this.number = Number(/** @type {HTMLElement} */ (form.closest("[data-number]"))?.dataset.number);
      this.base = Number(this.hidden("base_revision").value);
      /** @type {string[] | null} What the bell found; nothing typed later counts. */
      this.frozen = null;
      this.savedText = JSON.stringify(fields.sent(form)); // not what is there now: somebody may have typed already
      /** @type {string | null} A text the server has refused: sent again only when it has changed. */
      this.refusedText = null;
      /** @type {Save | null} May or may not have arrived. */
      this.outstanding = null;
      /** @type {Save | null} The newest text, with the key it will be sent under. */
      this.newest = null;
      this.isBusy = false;
      /** @type {"" | "conflict" | "closed" | "elsewhere" | "still"} */
      this.stop = "";
      this.failures = 0;
      this.timer = 0;
      /** By performance.now(): since when something waits to be sent; 0: nothing does. */
      this.waitsSince = 0;
      /** @type {Element | null | undefined} What the bar said when this was saved last. */
      this.lastState = byId("save-state")?.cloneNode(true);
    }

    /** @param {string} name */
    hidden(name) {
      return /** @type {HTMLInputElement} */ (this.form.elements.namedItem(name));
    }

    get fields() {
      return this.frozen ?? fields.read(this.form);
    }

    get text() {
      return JSON.stringify(fields.filled(this.fields));
    }

    get isOver() {
      return this.stop === "closed" || this.stop === "elsewhere";
    }

    get hasUnsaved() {
      return !this.isOver && (this.outstanding !== null || this.text !== this.savedText);
    }

    /** @param {number} wait */
    saveIn(wait) {
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => this.save(false), wait);
    }

    /** After a pause in typing, or when it has waited long enough. */
    saveSoon() {
      this.waitsSince ||= performance.now();
      this.saveIn(Math.max(0, Math.min(TYPING_PAUSE_MS, this.waitsSince + LONGEST_WAIT_MS - performance.now())));
    }

    /** The answer has changed. @param {boolean} isTyping */
    changed(isTyping) {
      this.keep();
      if (this.stop || !this.hasUnsaved || this.text === this.refusedText) return;
      if (this.failures === 0) this.show("saving");
      if (!isTyping) this.saveIn(0);
      else if (this.failures === 0) this.saveSoon();
    }

    /** The newest text under a name of its own, which it keeps on the device and on its way. */
    named() {
      const { text } = this;
      if (this.newest?.text !== text) {
        this.newest = { text, values: fields.filled(this.fields), fields: this.fields, key: uuid(), base: this.base };
      }
      this.newest.base = this.outstanding && this.outstanding !== this.newest ? this.outstanding.base + 1 : this.base;
      return this.newest;
    }

    /** Keep on the device what is not acknowledged; remove what is. */
    keep() {
      if (this.isOver) return; // what is to stay was said when it ended; a field that leaves the page still reports a change
      const unsent = this.outstanding ? [this.outstanding] : [];
      if (this.text !== this.savedText && this.outstanding?.text !== this.text) unsent.push(this.named());
      drafts.keep(this.number, unsent);
    }

    /** What an earlier page could not send any more, with the keys it had for it: the server may know them. */
    async restore() {
      const saves = /** @type {Save[]} */ (await drafts.of(this.number));
      const last = saves.at(-1);
      if (!last || this.outstanding || this.stop) return;
      if (last.text === this.savedText) return this.keep(); // it had arrived
      const isUntouched = this.text === this.savedText;
      this.outstanding = saves[0];
      if (saves.length > 1) this.newest = last;
      if (isUntouched) {
        fields.fill(this.form, last.fields);
        byId("restored")?.removeAttribute("hidden");
        announce(sentence("restored"));
      }
      this.save();
    }

    /** What to send next: first what may or may not have arrived, with its key; then the newest text. */
    next() {
      if (this.outstanding) return this.outstanding;
      const text = this.text;
      if (text === this.savedText || text === this.refusedText) return null;
      return this.begin();
    }

    /** It stays outstanding until the server has answered for certain. @returns {Save} */
    begin() {
      this.outstanding = this.named();
      this.keep();
      return this.outstanding;
    }

    /** Send until nothing is left to send; unless it `isUrgent`, what was typed meanwhile waits for its own pause. True if all is saved. */
    async save(isUrgent = true) {
      clearTimeout(this.timer);
      if (this.isBusy || this.stop) return false;
      this.isBusy = true;
      this.waitsSince = 0;
      try {
        for (let save = this.next(); save; save = this.next()) {
          this.show(this.failures ? (navigator.onLine ? "unsaved" : "offline") : "saving");
          if (!(await this.sent(save))) return false;
          if (!isUrgent && this.hasUnsaved) {
            if (!this.stop) this.saveSoon();
            return false;
          }
        }
      } finally {
        this.isBusy = false;
      }
      return !this.hasUnsaved;
    }

    /** Send one, and act on the answer. True if it is saved. @param {Save} save */
    async sent(save) {
      const { outcome, page, status, retryAfter } = await post(this.url, save);
      if (outcome === "saved") return this.saved(save, page.getElementById("save-state"));
      if (outcome === "conflict") return this.conflicted(page.querySelector(".conflict"));
      if (outcome === "closed") return this.closed(page.getElementById("question-panel"));
      if (outcome === "still") return this.stoodStill();
      if (outcome === "elsewhere") return this.leftElsewhere(page.getElementById("question-panel"));
      if (outcome === "refused") return this.refused(save, page.getElementById("response-error"));
      return this.failed(status, retryAfter);
    }

    /** @param {Save} save @param {HTMLElement} state */
    saved(save, state) {
      const wasFailing = this.failures > 0;
      this.accept(save, Number(state.dataset.revision));
      const isAnswered = fields.isAnswered(this.form, save.values);
      this.form.dispatchEvent(new CustomEvent("parley:saved", { bubbles: true, detail: { ...state.dataset, isAnswered } }));
      this.lastState = document.importNode(state, true);
      if (!this.form.isConnected) return true;
      byId("response-error")?.replaceChildren();
      if (wasFailing) announce(sentence("saved"));
      if (this.text === save.text) {
        this.say();
        byId("restored")?.setAttribute("hidden", "");
        banner(navigator.onLine ? "" : sentence("offline-banner"));
      }
      return true;
    }

    /** The server has this text. @param {{text: string}} save @param {number} revision */
    accept(save, revision) {
      this.base = revision;
      this.hidden("base_revision").value = String(revision);
      this.hidden("key").value = uuid();
      this.savedText = save.text;
      this.refusedText = this.outstanding = null;
      if (this.newest?.text === save.text) this.newest = null; // its name is used up
      this.failures = 0;
      this.keep();
    }

    /** Another part of this page has had it saved. @param {string} text @param {number} revision */
    learned(text, revision) {
      this.accept({ text }, revision);
    }

    /** @param {Element | null} [notice] Both texts. */
    conflicted(notice) {
      if (notice) byId("conflict")?.replaceChildren(notice);
      this.stop = "conflict";
      this.show("conflict");
      announce(sentence("conflict-found"));
      byId("conflict")?.scrollIntoView({ block: "center" });
      return false;
    }

    /** Time stands still: what arrived was set aside. The text stays here, and goes under a fresh name when time runs again. */
    stoodStill() {
      this.stop = "still";
      this.outstanding = this.newest = null;
      this.keep();
      this.show("still");
      document.dispatchEvent(new CustomEvent("parley:still"));
      return false;
    }

    runsAgain() {
      if (this.stop !== "still") return;
      this.stop = "";
      this.save();
    }

    /** The candidate keeps what is on this page, as it is now: it follows the version saved elsewhere. */
    keepMine() {
      this.base = Number(document.querySelector("#conflict [data-base-revision]")?.getAttribute("data-base-revision"));
      this.leaveConflict();
      this.begin();
      return this.save();
    }

    /** The version saved elsewhere stays; this one is in the record. */
    keepTheirs() {
      this.stop = "closed";
      return drafts.keep(this.number, []);
    }

    leaveConflict() {
      this.stop = "";
      this.outstanding = this.newest = null;
      byId("conflict")?.replaceChildren();
    }

    /** @param {HTMLElement | null} panel What the server says about it, in place of the question. */
    closed(panel) {
      this.stop = "closed";
      drafts.keep(this.number, []); // kept aside by the server, or refused for good
      this.replaced("closed", panel);
      return false;
    }

    /** Another device has taken the attempt over. The text keeps a fresh name: under the old one the server has set it aside. @param {HTMLElement | null} panel */
    leftElsewhere(panel) {
      const { fields: found, text } = this;
      this.stop = "elsewhere";
      this.outstanding = null;
      const kept = { text, values: fields.filled(found), fields: found, key: uuid(), base: this.base };
      drafts.keep(this.number, text === this.savedText ? [] : [kept]);
      this.replaced("elsewhere", panel);
      return false;
    }

    /** @param {"closed" | "elsewhere"} state @param {HTMLElement | null} panel */
    replaced(state, panel) {
      this.show(state);
      banner("");
      if (panel) byId("question-panel")?.replaceWith(panel);
      byId("question-heading")?.focus();
      document.dispatchEvent(new CustomEvent(`parley:${state}`));
    }

    /** @param {Save} save @param {Element | null} [error] */
    refused(save, error) {
      if (error) byId("response-error")?.replaceWith(error);
      this.refusedText = save.text;
      this.outstanding = this.newest = null; // should the same text be sent again, then under another name
      this.keep();
      this.show("refused");
      return false;
    }

    /** Nobody knows whether it arrived: it keeps its key and is sent again. @param {number} status @param {string | null} retryAfter */
    failed(status, retryAfter) {
      this.failures += 1;
      const isLost = status === 401 || status === 403 || status === 404;
      const state = isLost ? "lost" : navigator.onLine ? "unsaved" : "offline";
      this.show(state);
      const isSaid = state === "offline" && byId("seat-banner")?.textContent; // perhaps in more particular words
      if (!isSaid && (state !== "unsaved" || this.failures > 1)) banner(sentence(`${state}-banner`));
      if (this.failures === 1) announce(sentence(`${state}-banner`));
      const limit = isLost ? RETRY_LIMIT_MS : Math.min(RETRY_LIMIT_MS, 1000 * 2 ** this.failures);
      const wait = retryAfterMs(retryAfter) * 1.5 || limit;
      this.saveIn(Math.max(1000, wait * (2 + Math.random()) / 3)); // a third is chance: not everybody comes back at once
      return false;
    }

    /** @param {string} state */
    show(state) {
      const place = byId("save-state");
      if (!place || !this.form.isConnected || place.dataset.state === state) return;
      place.dataset.state = state;
      place.textContent = sentence(state);
    }

    /** No save is on its way, and it is known what became of the last one. */
    async isSettled() {
      while (this.isBusy) await new Promise((resolve) => setTimeout(resolve, 25));
      if (this.outstanding) await this.save();
      return !this.outstanding && !this.stop;
    }

    /** True if all is saved, whatever is on its way at the moment. */
    async saveAll() {
      return (await this.isSettled()) && (!this.hasUnsaved || this.save());
    }

    /** What is true of this answer, on a bar that spoke of another. */
    say() {
      if (this.hasUnsaved) return this.show(navigator.onLine ? "unsaved" : "offline");
      if (this.lastState) byId("save-state")?.replaceWith(this.lastState.cloneNode(true));
    }

    /** The bell: what is there now counts, and nothing after it. */
    freeze() {
      this.frozen = this.fields;
      this.form.dataset.locked = "";
      fields.lock(this.form, true);
      return this.saveAll();
    }

    thaw() {
      this.frozen = null;
      delete this.form.dataset.locked;
      fields.lock(this.form, false);
    }

    /** The page is going: one last try that may outlive it. */
    lastWords() {
      if (!this.hasUnsaved || this.stop) return;
      this.keep();
      const last = this.outstanding?.text === this.text ? this.outstanding : this.named();
      send(this.url, last).catch(() => {});
    }

    /** Off the page, and perhaps back later; what is unsent is kept, and sent without it. */
    retire() {
      clearTimeout(this.timer);
    }
  }

  if ("parley" in window) Object.assign(/** @type {object} */ (window.parley), { Saver });
})();
