// @ts-check
// Runs before the first paint: says that scripts work, and applies what this device remembers about looks.
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");
  try {
    Object.assign(root.dataset, JSON.parse(localStorage.getItem("parley.preferences") || "{}"));
  } catch {
    // Storage is off or unreadable: the page looks as it does for everybody.
  }
})();
