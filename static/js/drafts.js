// @ts-check
// Text the server has not acknowledged yet, kept encrypted on this device until it has, the attempt is over, or a week is:
// docs/adr/0022. Without encryption (plain http) or storage it is kept in the page's memory.
(() => {
  "use strict";

  /** @typedef {{text: string, values: string[], fields: string[], key: string, base: number}} Save */
  /** @typedef {number | string} Place A question by its number; what else is written, by a name: it is kept alike, and sent by its own page. */
  /** @typedef {{id: string, attempt: string, number: Place, until: number, iv: Uint8Array, sealed: ArrayBuffer}} Row */

  const LIFETIME_MS = 7 * 24 * 3600_000;
  const about = /** @type {HTMLMetaElement | null} */ (document.querySelector("meta[name=parley-drafts]"));
  const attempt = about?.dataset.attempt ?? "";

  /** @type {Map<Place, Save[]>} What is unsent, as this page knows it; the storage follows. */
  const known = new Map();
  /** @type {Map<Place, Promise<void>>} One write per place at a time; the newest state is written last. */
  const writing = new Map();
  /** @type {Set<Place>} Those whose next write has not begun: it will take the newest state anyway. */
  const pending = new Set();

  /** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
  const done = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });

  /** @returns {Promise<IDBDatabase | null>} Without one, everything still works, in memory. */
  async function open() {
    try {
      const request = indexedDB.open("parley", 1);
      request.onupgradeneeded = () => request.result.createObjectStore("drafts", { keyPath: "id" });
      return await done(request);
    } catch {
      return null;
    }
  }

  /** @returns {Promise<CryptoKey | null>} */
  async function importKey() {
    if (!about?.content || !crypto.subtle) return null;
    const raw = Uint8Array.from(atob(about.content), (letter) => letter.charCodeAt(0));
    return crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
  }

  const opened = open();
  const imported = importKey();

  /** Ask the storage for something, and wait until it is on the disk. @template T @param {(store: IDBObjectStore) => IDBRequest<T>} ask @returns {Promise<T | undefined>} */
  async function stored(ask) {
    const transaction = (await opened)?.transaction("drafts", "readwrite", { durability: "strict" });
    if (!transaction) return undefined;
    const written = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
    const answer = done(ask(transaction.objectStore("drafts")));
    await written;
    return answer;
  }

  /** @param {Place} place */
  const name = (place) => `${attempt}/${place}`;
  /** A row moved to another question opens nothing. @param {Place} place */
  const bound = (place) => new TextEncoder().encode(name(place));

  /** @param {Place} place @param {Save[]} saves @returns {Promise<Row | null>} */
  async function seal(place, saves) {
    const key = await imported;
    if (!key) return null;
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const plain = new TextEncoder().encode(JSON.stringify(saves));
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: bound(place) }, key, plain);
    return { id: name(place), attempt, number: place, until: Date.now() + LIFETIME_MS, iv, sealed };
  }

  /** @param {Row} row @returns {Promise<Save[]>} */
  async function unseal(row) {
    const key = await imported;
    if (!key) return [];
    try {
      const how = { name: "AES-GCM", iv: row.iv, additionalData: bound(row.number) };
      return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt(how, key, row.sealed)));
    } catch {
      return []; // of another key: the server's has changed, and nobody can read it any more
    }
  }

  /** Write what is known of a question now, whatever it is by the time it is its turn. @param {Place} place */
  async function write(place) {
    const saves = known.get(place);
    try {
      if (saves?.length) {
        const row = await seal(place, saves);
        if (row) await stored((store) => store.put(row));
      } else {
        await stored((store) => store.delete(name(place)));
      }
    } catch {
      // Storage is full or was taken away: the page has the text, and keeps sending it.
    }
  }

  /** These saves of a question are not acknowledged; none: all are. @param {Place} place @param {Save[]} saves @returns {Promise<void>} When it is written. */
  function keep(place, saves) {
    const wasKnown = known.has(place);
    if (saves.length) known.set(place, saves);
    else known.delete(place);
    const last = writing.get(place) ?? loaded;
    if (pending.has(place) || !(wasKnown || saves.length)) return last;
    pending.add(place);
    const next = last.then(() => {
      pending.delete(place);
      return write(place);
    });
    writing.set(place, next);
    return next;
  }

  /** @param {Place} place @returns {Promise<Save[]>} */
  async function of(place) {
    await loaded;
    return known.get(place) ?? [];
  }

  /** @returns {Promise<number[]>} The questions something is unsent for. */
  async function numbers() {
    await loaded;
    return [...known.keys()].filter((place) => typeof place === "number");
  }

  /** @returns {Promise<Row[]>} */
  async function rows() {
    try {
      return (await stored((store) => store.getAll())) ?? [];
    } catch {
      return [];
    }
  }

  /** @param {(row: Row) => boolean} isGone */
  async function remove(isGone) {
    for (const row of (await rows()).filter(isGone)) await stored((store) => store.delete(row.id));
  }

  /** What an earlier page of this attempt has left; what this page knows already is newer. */
  async function load() {
    await remove((row) => row.until < Date.now());
    for (const row of (await rows()).filter((one) => one.attempt === attempt)) {
      const saves = await unseal(row);
      if (saves.length && !known.has(row.number)) known.set(row.number, saves);
      if (!saves.length && (await imported)) await stored((store) => store.delete(row.id));
    }
  }
  const loaded = load().catch(() => {});

  /** Nothing of this attempt stays: it is over. */
  const wipe = () => remove((row) => row.attempt === attempt);

  if ("parley" in window) Object.assign(/** @type {object} */ (window.parley), { drafts: { keep, of, numbers, wipe } });
})();
