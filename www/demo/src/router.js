// Routes in the fragment: the shop works from any folder of any static host, and offline. Some pages stand as documents
// of their own as well (p/22423/, d/christmas/), with their first view in the HTML; from there it goes on in the fragment.

const routes = [];
let leave;
/** Draws the page anew where it stands: something about its goods has changed. */
export let redraw = () => {};

export const route = (pattern, view) => routes.push({ pattern: new RegExp(`^${pattern.replace(/:(\w+)/g, '(?<$1>[^/?]+)')}$`), view });

export const link = {
  home: () => '#/',
  department: (slug) => `#/d/${encodeURIComponent(slug)}`,
  product: (id) => `#/p/${encodeURIComponent(id)}`,
  search: (query) => `#/search?q=${encodeURIComponent(query)}`,
  basket: () => '#/basket',
  checkout: () => '#/checkout',
  about: () => '#/about',
  ask: () => '#/ask',
  oncall: () => '#/oncall',
};

/**
 * Draws the view of the address now and on every change. A view gets the place, the address's parts, its query, and
 * whether the HTML came with it drawn; it returns `{ title, leave? }`.
 */
export function startRouter(main, root, onRoute) {
  const document_ = main.dataset.page ?? '/';
  const go = (first, quietly) => {
    const [path, query = ''] = (/^#\//.test(location.hash) ? location.hash.slice(1) : first ? document_ : '/').split('?');
    const drawn = first && path === document_;
    leave?.();
    leave = undefined;
    const hit = routes.map(({ pattern, view }) => [pattern.exec(path), view]).find(([match]) => match);
    const params = Object.fromEntries(Object.entries(hit?.[0].groups ?? {}).map(([key, value]) => [key, decode(value)]));
    const view = hit?.[1] ?? routes[0].view;
    const page = view(main, params, new URLSearchParams(query), drawn) ?? {};
    leave = page.leave;
    document.title = page.title ? `${page.title} · Plum & Parcel` : 'Plum & Parcel';
    onRoute(path);
    if (first || quietly) return;
    scrollTo({ top: 0, behavior: 'instant' });
    // A screen reader hears the new page by its heading; the skip link stays one Tab before it.
    main.querySelector('h1')?.focus({ preventScroll: true });
  };
  redraw = () => go(false, true);
  addEventListener('hashchange', () => go(false));
  if (document_ !== '/') moveTo(root, document_);
  go(true);
  // What the first view needed to be right before the script ran.
  delete main.dataset.page;
  delete document.documentElement.dataset.elsewhere;
}

/** A document of its own becomes a place in the shop: the address says so, and its links lead from there. */
function moveTo(root, page) {
  history.replaceState(history.state, '', `${root.pathname}${location.search}${/^#\//.test(location.hash) ? location.hash : `#${page}`}`);
  for (const a of document.querySelectorAll('a[href^="../"]')) a.setAttribute('href', a.getAttribute('href').replace(/^[./]+/, ''));
}

export function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
