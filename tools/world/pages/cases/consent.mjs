// What is kept on the device, and when: nothing before the host says so.
import assert from 'node:assert/strict';
import { html } from '../site.mjs';

const EVERYWHERE = ['chromium', 'firefox', 'webkit'];
/** Runs in the page: all that a shop could have left on the device. */
const left = async () => ({
  session: Object.keys(sessionStorage),
  local: Object.keys(localStorage),
  cookie: document.cookie,
  databases: ((await globalThis.indexedDB?.databases?.()) ?? []).map(({ name }) => name),
  caches: globalThis.caches ? await caches.keys() : [],
});
const NOTHING = { session: [], local: [], cookie: '', databases: [], caches: [] };

export const cases = [
  {
    name: 'three-lines-write-nothing',
    what: 'load, observe and recommend without a word on consent answer from this page, and leave nothing on the device',
    on: EVERYWHERE,
    async run(ctx) {
      const { page } = await ctx.shop();
      const out = await page.evaluate(async () => {
        const shop = await n.load('/shop.safetensors');
        shop.observe({ kind: 'view', item: '85123A', dwellMs: 5200 });
        const slate = await shop.recommend({ k: 5, source: '85123A' });
        await shop.ready;
        return { items: slate.items.length, events: shop.session().length, storage: shop.info().storage.kind };
      });
      assert.deepEqual(out, { items: 5, events: 1, storage: 'memory' });
      assert.deepEqual(await page.evaluate(left), NOTHING);
    },
  },
];
