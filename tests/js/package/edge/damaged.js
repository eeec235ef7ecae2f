// An edge worker whose memory is written over between two slates, and what it serves then.
import bundle from './shop.safetensors';
import { load } from 'nearhand';
import { damage, watch } from '#memory';

watch();

export default {
  async fetch(request) {
    const { searchParams } = new URL(request.url);
    const [tier, from, to] = ['tier', 'from', 'to'].map((name) => searchParams.get(name));
    try {
      const shop = await load(bundle.slice(0), { tier });
      shop.observe({ kind: 'view', item: shop.items({ limit: 1 }).items[0].item });
      const slate = async () => {
        const { items, tier, notes } = await shop.recommend();
        return { items: items.map(({ item }) => item), tier, notes };
      };
      const before = await slate();
      const places = damage(new Uint8Array(bundle, Number(from), to - from), (bytes) => bytes.fill(1));
      let after = 0;
      let seen;
      do seen = await slate();
      while (++after < 600 && !seen.notes.length);
      const { restarts } = shop.info();
      shop.close();
      return Response.json({ places, after, before, seen, restarts });
    } catch (error) {
      return Response.json({ error: `${error.name} ${error.code}: ${error.message}\n${error.stack}` }, { status: 500 });
    }
  },
};
