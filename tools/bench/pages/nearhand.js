// nearhand as its README says. ?tier=lite|full
import { load } from './nearhand/browser.js';
import { clicks } from './clicks.js';

const tier = new URL(location.href).searchParams.get('tier');
const shop = await load('./shop.safetensors', { tier, consent: 'memory' });
const ids = clicks(shop.items({ limit: 1000 }).items.map(({ item }) => item));

globalThis.step = async () => {
  shop.observe({ kind: 'view', item: ids.next().value });
  const { items } = await shop.recommend({ k: 5 });
  return items.map(({ item }) => item);
};
globalThis.first = await step();
globalThis.firstMs = performance.now();
