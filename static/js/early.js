// @ts-check
// Runs before the first paint, so that nothing jumps: says that scripts work.
document.documentElement.classList.add("js");
