// Routes in the fragment: the shop works from any folder of any static host, and offline.

const routes = [];
let leave;

export const route = (pattern, view) => routes.push({ pattern: new RegExp(`^${pattern.replace(/:(\w+)/g, '(?<$1>[^/?]+)')}$`), view });

export const link = {
  home: () => '#/',
  department: (slug) => `#/d/${encodeURIComponent(slug)}`,
  product: (id) => `#/p/${encodeURIComponent(id)}`,
  search: (query) => `#/search?q=${encodeURIComponent(query)}`,
  basket: () => '#/basket',
  checkout: () => '#/checkout',
  about: () => '#/about',
};

/** Draws the view of the address now and on every change. A view returns `{ title, leave? }`. */
export function startRouter(main, onRoute) {
  const go = (first) => {
    const [path, query = ''] = (location.hash.slice(1) || '/').split('?');
    leave?.();
    leave = undefined;
    const hit = routes.map(({ pattern, view }) => [pattern.exec(path), view]).find(([match]) => match);
    const params = Object.fromEntries(Object.entries(hit?.[0].groups ?? {}).map(([key, value]) => [key, decode(value)]));
    const view = hit?.[1] ?? routes[0].view;
    const page = view(main, params, new URLSearchParams(query)) ?? {};
    leave = page.leave;
    document.title = page.title ? `${page.title} · Plum & Parcel` : 'Plum & Parcel';
    onRoute(path);
    if (first) return;
    scrollTo({ top: 0, behavior: 'instant' });
    // A screen reader hears the new page by its heading; the skip link stays one Tab before it.
    main.querySelector('h1')?.focus({ preventScroll: true });
  };
  addEventListener('hashchange', () => go(false));
  go(true);
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
