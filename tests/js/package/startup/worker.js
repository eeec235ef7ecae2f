// A worker that loads its shop at global scope, where an isolate has one second of CPU and no fetch.
import { load } from 'nearhand';
import bundle from 'shop.safetensors';
import tier from 'tier.txt';

const shop = await load(bundle, { tier });

export default {
  async fetch() {
    shop.observe({ kind: 'view', item: shop.items({ limit: 1 }).items[0].item });
    const { tier, items, source } = await shop.recommend({ k: 5 });
    return Response.json({ tier, items: items.length, source, error: shop.info().full.error });
  },
};
