// Runs before the first paint, so that a page in the dark does not begin with a flash of white.
(function () {
  try {
    const kept = JSON.parse(localStorage.getItem("parley.preferences") || "{}");
    if (kept.theme === "dark" || kept.theme === "light") document.documentElement.dataset.theme = kept.theme;
  } catch {
    // Storage may be forbidden: then the system's theme it is.
  }
})();
