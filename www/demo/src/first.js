// Runs before the first paint, so that nothing has to be taken back: a dark page must not flash white, the shop window
// must not flash under the address of another page, and a slate that comes back has its room from the start.
(() => {
  const { dataset } = document.documentElement;
  const read = (area, key) => {
    try {
      return globalThis[area].getItem(key);
    } catch {
      // Storage is blocked: the system's choice holds.
      return null;
    }
  };
  const names = (area) => {
    try {
      return Object.keys(globalThis[area]);
    } catch {
      return [];
    }
  };
  const theme = read('localStorage', 'plum:theme');
  if (theme === '"dark"' || theme === '"light"') dataset.theme = theme.slice(1, -1);
  // Kept by nearhand: there will be something to suggest.
  if (['sessionStorage', 'localStorage'].some((area) => names(area).some((key) => key.startsWith('nearhand:online-retail')))) dataset.known = '';
  if (!/^#\/./.test(location.hash)) return;
  dataset.elsewhere = '';
  // The page is drawn from the catalog: it is asked for before the script that reads it.
  const early = document.createElement('link');
  Object.assign(early, { rel: 'preload', as: 'fetch', crossOrigin: 'anonymous', href: `${dataset.root}catalog.json` });
  document.head.append(early);
})();
