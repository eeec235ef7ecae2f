// The shop starts: catalog, pages, and beside them the recommender.

import { loadCatalog } from './catalog.js';
import { failed, ready, start } from './engine.js';
import { $, html, render } from './html.js';
import { markLoaded, watchRequests } from './requests.js';
import { route, startRouter } from './router.js';
import { clearNote } from './ui/announce.js';
import { startExplain } from './ui/explain.js';
import { markPlace, startHeader } from './ui/header.js';
import { startTheme } from './ui/theme.js';
import { about } from './views/about.js';
import { basketPage } from './views/basket.js';
import { checkout } from './views/checkout.js';
import { department } from './views/department.js';
import { home } from './views/home.js';
import { product } from './views/product.js';
import { search } from './views/search.js';

watchRequests();
startTheme();
const main = $('#main');

try {
  await loadCatalog('catalog.json');
} catch {
  render(main, html`<header class="page-head"><h1>The shelves did not arrive</h1><p class="lead">The catalog could not be loaded. Please <a href="">try again</a>.</p></header>`);
}

startHeader();
route('/', home);
route('/d/:slug', department);
route('/p/:id', product);
route('/search', search);
route('/basket', basketPage);
route('/checkout', checkout);
route('/about', about);

// The engine first gets its listeners, then the page its first slate; neither waits for the other.
const started = start(new URL('models/online-retail.safetensors', document.baseURI));
startExplain();
startRouter(main, (path) => {
  clearNote();
  markPlace(path);
});

// The full tier and the offline copy come with the first load; from then on the network is not asked again.
await started;
await Promise.allSettled([ready(), offline()]);
document.documentElement.dataset.shop = failed() ? 'plain' : 'ready';
markLoaded();

/** Keeps a copy of everything for a visit without a network. Resolves when it is complete, or cannot be. */
async function offline() {
  if (!('serviceWorker' in navigator) || !isSecureContext) return;
  try {
    const { installing } = await navigator.serviceWorker.register('sw.js');
    // `ready` would wait for ever for a worker that could not fetch all of its files.
    if (installing) await new Promise((resolve) => installing.addEventListener('statechange', () => /activated|redundant/.test(installing.state) && resolve()));
  } catch {
    // A host without service workers still has a shop.
  }
}
