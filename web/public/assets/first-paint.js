// Runs before the first paint, so that a dark page never flashes white and no text changes its size.
(function () {
  var root = document.documentElement;
  function kept(key) {
    try { return localStorage.getItem(key); } catch (_) { return null; }
  }
  var page = document.currentScript.dataset;
  var theme = kept("geo112.theme." + page.defaultTheme) || page.defaultTheme;
  root.dataset.theme = theme;
  root.dataset.defaultTheme = page.defaultTheme;
  root.style.setProperty("--scale", String((Number(kept("geo112.scale")) || 100) / 100));
  root.lang = kept("geo112.language") === "en" ? "en" : "id";
})();
