// An edge worker that serves a bundle whose graph needs tract: the binary is a module that it imports itself.
import { load } from 'nearhand';
import tract from 'nearhand/nearhand-tract.wasm';
import rare from './rare.bin';

export default {
  async fetch() {
    try {
      const without = await load(rare).then(
        () => 'opened',
        ({ code, details }) => [code, details.option],
      );
      const shop = await load(rare, { wasm: { tract } });
      shop.observe({ kind: 'view', item: 'a' });
      const { tier, source, items } = await shop.recommend({ k: 2 });
      const { full } = shop.info();
      shop.close();
      return Response.json({ withIt: { full, tier, source, items: items.map(({ item }) => item) }, without });
    } catch (error) {
      return Response.json({ error: `${error.name} ${error.code}: ${error.message}\n${error.stack}` });
    }
  },
};
