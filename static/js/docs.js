// @ts-check
// Draws the API's description with the Swagger UI that is served from here. Nothing is asked of any other host.
(() => {
  "use strict";
  const root = document.documentElement;
  const place = /** @type {HTMLElement} */ (document.getElementById("docs"));
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");

  function dress() {
    const theme = root.dataset.theme || (prefersDark.matches ? "dark" : "light");
    root.classList.toggle("dark-mode", theme === "dark");
  }
  dress();
  prefersDark.addEventListener("change", dress);

  /** @param {string} name */
  const cookie = (name) =>
    document.cookie
      .split("; ")
      .find((pair) => pair.startsWith(`${name}=`))
      ?.slice(name.length + 1);

  // @ts-ignore: a global of the vendored bundle
  SwaggerUIBundle({
    url: place.dataset.description,
    domNode: place,
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    validatorUrl: null,
    /** @param {{url: string, headers: Record<string, string>}} request */
    requestInterceptor: (request) => {
      const token = cookie("csrftoken");
      const isOurs = new URL(request.url, location.href).origin === location.origin;
      if (token && isOurs) request.headers["X-CSRFToken"] = token;
      return request;
    },
  });
})();
