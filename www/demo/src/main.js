// The shop starts: catalog, pages, and after them the recommender.

import { hang } from './art/hang.js';
import { loadCatalog } from './catalog.js';
import { desk, onDesk } from './desk.js';
import { failed, ready, start } from './engine.js';
import { $, html, render, script } from './html.js';
import { idle, turn } from './later.js';
import { markLoaded, watchRequests } from './requests.js';
import { redraw, route, startRouter } from './router.js';
import { clearNote } from './ui/announce.js';
import { startConsent } from './ui/consent.js';
import { startExplain } from './ui/explain.js';
import { markPlace, startHeader } from './ui/header.js';
import { startTheme } from './ui/theme.js';
import { about } from './views/about.js';
import { ask } from './views/ask.js';
import { basketPage } from './views/basket.js';
import { checkout } from './views/checkout.js';
import { department } from './views/department.js';
import { home } from './views/home.js';
import { oncall } from './views/oncall.js';
import { product } from './views/product.js';
import { search } from './views/search.js';

/** The folder of the shop: this script lies two below it. */
const ROOT = new URL('../../', import.meta.url);

watchRequests();
startTheme();
const main = $('#main');

try {
  await loadCatalog(new URL('catalog.json', ROOT));
  await open();
} catch {
  render(main, html`<header class="page-head"><h1>The shelves did not arrive</h1><p class="lead">The catalog could not be loaded. Please <a href="">try again</a>.</p></header>`);
  delete document.documentElement.dataset.elsewhere;
  document.documentElement.dataset.shop = 'closed';
}

/** The catalog is there: pages, then what can wait for them. */
async function open() {
  await turn();
  startHeader();
  startConsent();
  route('/', home);
  route('/d/:slug', department);
  route('/p/:id', product);
  route('/search', search);
  route('/basket', basketPage);
  route('/checkout', checkout);
  route('/about', about);
  route('/ask', ask);
  route('/oncall', oncall);
  startExplain();
  await turn();
  startRouter(main, ROOT, (path) => {
    clearNote();
    markPlace(path);
    hang();
  });

  let stock = desk().stock;
  onDesk(() => {
    if (stock === desk().stock) return;
    stock = desk().stock;
    redraw();
  });

  // The page stands. Now the engine; then its full tier and the offline copy; from then on the network is not asked again.
  await idle();
  await start(new URL('models/online-retail.safetensors', ROOT));
  await ready();
  await offline();
  document.documentElement.dataset.shop = failed() ? 'plain' : 'ready';
  markLoaded();
}

/** Keeps a copy of everything for a visit without a network. Resolves when it is complete, or cannot be. */
async function offline() {
  if (!('serviceWorker' in navigator) || !isSecureContext) return;
  try {
    const { installing } = await navigator.serviceWorker.register(script(new URL('sw.js', ROOT)));
    // `ready` would wait for ever for a worker that could not fetch all of its files.
    if (installing) await new Promise((resolve) => installing.addEventListener('statechange', () => /activated|redundant/.test(installing.state) && resolve()));
  } catch {
    // A host without service workers still has a shop.
  }
}
