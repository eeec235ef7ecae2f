// An edge worker that follows a pointer over many requests, by docs/nightly.md's own edge.js. The clock is the request's.
import { shopOf } from '../dist-edge/edge.js';

let later = 0;
const now = Date.now.bind(Date);
Date.now = () => now() + later;

export default {
  async fetch(request, _, ctx) {
    const { searchParams } = new URL(request.url);
    later += Number(searchParams.get('later') ?? 0);
    const waits = [];
    try {
      const shop = await shopOf(searchParams.get('pointer'), { waitUntil: (work) => (waits.push(work), ctx.waitUntil(work)) });
      const { version } = shop.info().bundle;
      shop.observe({ kind: 'view', item: shop.items({ limit: 1 }).items[0].item });
      const { items, tier } = await shop.recommend();
      return Response.json({ version, tier, items: items.length, events: shop.session().length, looked: waits.length });
    } catch (error) {
      return Response.json({ error: `${error.name} ${error.code}: ${error.message}\n${error.stack}` }, { status: 500 });
    }
  },
};
