// @ts-check
// Whether this device is ready for an attempt: each finding a plain sentence that the page holds, in its language.
(() => {
  "use strict";
  const ROUNDS = 5;
  const SLOW_MS = 1500;
  const TOLERATED_MS = 5000;
  const list = document.getElementById("system-check");
  if (!list) return;

  /** @param {string} name @param {string} state @param {number} [time] */
  function tell(name, state, time = 0) {
    const line = list?.querySelector(`[data-check="${name}"]`);
    if (!(line instanceof HTMLElement)) return;
    line.textContent = (line.dataset[state] ?? "").replace("%(time)s", time.toLocaleString(document.documentElement.lang, { numberingSystem: "latn" }));
    line.dataset.state = state;
  }

  function hasCookies() {
    document.cookie = "parley_check=1; path=/rehearsal/; SameSite=Lax";
    const isThere = document.cookie.includes("parley_check=1");
    document.cookie = "parley_check=; path=/rehearsal/; SameSite=Lax; Max-Age=0";
    return isThere;
  }

  function hasStorage() {
    try {
      localStorage.setItem("parley.check", "1");
      localStorage.removeItem("parley.check");
      return "indexedDB" in window;
    } catch {
      return false;
    }
  }

  /** One round trip: how long it took, and how far the device's clock is ahead of the server's. */
  async function round() {
    const before = performance.now();
    const response = await fetch(list?.dataset.clock ?? "", { cache: "no-store", signal: AbortSignal.timeout(10_000) });
    const { now_ms: now } = await response.json();
    const took = performance.now() - before;
    return { took, ahead: Date.now() - took / 2 - now };
  }

  /** @param {number[]} numbers */
  const median = (numbers) => numbers.sort((one, other) => one - other)[Math.floor(numbers.length / 2)];

  async function lookAtServer() {
    const rounds = [];
    try {
      for (let count = 0; count < ROUNDS; count += 1) rounds.push(await round());
    } catch {
      tell("connection", "bad");
      return tell("clock", "bad");
    }
    const took = Math.round(median(rounds.map((one) => one.took)));
    tell("connection", took < SLOW_MS ? "ok" : "slow", took);
    const ahead = median(rounds.map((one) => one.ahead));
    const seconds = Math.round(Math.abs(ahead) / 1000);
    tell("clock", Math.abs(ahead) < TOLERATED_MS ? "ok" : ahead > 0 ? "ahead" : "behind", seconds);
  }

  tell("scripts", "ok");
  tell("cookies", hasCookies() ? "ok" : "bad");
  tell("storage", hasStorage() ? "ok" : "bad");
  lookAtServer();
})();
