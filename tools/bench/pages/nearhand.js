// nearhand as its README says, on the page of ?item
import { load } from './nearhand/browser.js';
import { clicks } from './clicks.js';

const { tier } = document.querySelector('[data-tier]').dataset;
const shop = await load('./shop.safetensors', { tier, consent: 'memory' });

async function visit(item) {
  shop.observe({ kind: 'view', item });
  const { items } = await shop.recommend({ k: 5 });
  return items.map(({ item }) => item);
}
globalThis.first = await visit(new URL(location.href).searchParams.get('item'));
globalThis.firstMs = performance.now();

const ids = clicks(shop.items({ limit: 1000 }).items.map(({ item }) => item));
globalThis.step = () => visit(ids.next().value);
