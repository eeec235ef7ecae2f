// Runs before the first paint: a dark page must not flash white. The rest of the theme is in ui/theme.js.
try {
  const kept = JSON.parse(localStorage.getItem('plum:theme'));
  if (kept === 'dark' || kept === 'light') document.documentElement.dataset.theme = kept;
} catch {
  // Storage is blocked: the system's choice holds.
}
