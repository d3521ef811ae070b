// @ts-check
// Names the files that were dropped or chosen. The field itself takes them, without this as well.
(() => {
  "use strict";
  const field = document.querySelector(".drop");
  const input = /** @type {HTMLInputElement | null} */ (field?.querySelector('input[type="file"]') ?? null);
  const list = field?.querySelector(".chosen");
  if (!field || !input || !list) return;

  input.addEventListener("change", () => {
    const files = Array.from(input.files ?? []);
    list.replaceChildren(
      ...files.map((file) => {
        const item = document.createElement("li");
        item.textContent = file.name;
        return item;
      }),
    );
  });
  for (const name of ["dragenter", "dragover"]) input.addEventListener(name, () => field.classList.add("is-over"));
  for (const name of ["dragleave", "drop"]) input.addEventListener(name, () => field.classList.remove("is-over"));
})();
