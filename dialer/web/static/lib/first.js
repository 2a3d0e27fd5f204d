// Runs before the first paint, so that no page flashes in the wrong colours or language.
(() => {
  const kept = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  const root = document.documentElement;
  const theme = kept("cadence.theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  const wanted = kept("cadence.language") || navigator.language || "en";
  root.lang = wanted.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
})();
