// What a shop remembers of a visitor, and for how long: the cart in the shop's words, dismissals that can be undone.
import assert from 'node:assert/strict';
import { EVERYWHERE } from '../engines.mjs';

const script = "globalThis.shop = await n.load('/shop.safetensors', { tier: 'lite', consent: 'persistent' });";

export const cases = [
  {
    name: 'cart-in-the-shops-words',
    what: 'setCart says what the cart holds now: out of the slates, of the next page too; an empty cart and a line told twice are fine',
    on: EVERYWHERE,
    async run(ctx) {
      const { page } = await ctx.shop({ script });
      const wanted = await page.evaluate(async () => {
        shop.observe({ kind: 'view', item: '85123A' });
        const { item } = (await shop.recommend({ source: '85123A' })).items[0];
        // The events of before do not know what the shop knows.
        shop.observe({ kind: 'cart-add', item: '22423' });
        shop.setCart([{ item, quantity: 2 }]);
        return item;
      });
      await page.reload();
      await page.until(() => globalThis.ready_);
      const out = await page.evaluate(async () => {
        const has = (await shop.recommend({ source: '85123A', k: 100 })).items.map(({ item }) => item);
        const kept = shop.session().length;
        shop.setCart([]);
        shop.setCart([{ item: '85123A' }, { item: '85123A', quantity: 3 }]);
        return { has, kept, after: (await shop.recommend({ k: 5 })).items.length };
      });
      assert.ok(!out.has.includes(wanted), 'what the cart holds is not suggested');
      assert.ok(out.kept >= 2);
      assert.equal(out.after, 5);
    },
  },
  {
    name: 'dismissed-and-undone',
    what: 'what was waved away stays away on the next page and on another day; undone, it may come again',
    on: EVERYWHERE,
    async run(ctx) {
      const { page } = await ctx.shop({
        before: "globalThis.late = Number(sessionStorage.getItem('late') ?? 0);",
        script: script.replace("consent: 'persistent'", "consent: 'persistent', now: () => Date.now() + late"),
      });
      const wanted = await page.evaluate(async () => {
        const { item } = (await shop.recommend({ source: '85123A' })).items[0];
        shop.observe({ kind: 'dismiss', item });
        sessionStorage.setItem('late', 3 * 86_400_000);
        return item;
      });
      await page.reload();
      await page.until(() => globalThis.ready_);
      const out = await page.evaluate(async (wanted) => {
        const has = async () => (await shop.recommend({ source: '85123A' })).items.some(({ item }) => item === wanted);
        const dismissed = await has();
        shop.undismiss(wanted);
        return { dismissed, undone: await has() };
      }, wanted);
      assert.deepEqual(out, { dismissed: false, undone: true });
    },
  },
  {
    name: 'fifty-events-in-a-kilobyte',
    what: 'a long visit with cart, dismissals and purchases: the snapshot has at most 1 KB, session() lists what counts',
    on: ['chromium'],
    async run(ctx) {
      const { page } = await ctx.shop({ script });
      const out = await page.evaluate(() => {
        const ids = shop.items({ limit: 120 }).items.map(({ item }) => item);
        ids.forEach((item, i) => shop.observe({ kind: ['view', 'view', 'cart-add', 'dismiss', 'purchase', 'impression'][i % 6], item, ...(i % 6 === 0 && { dwellMs: 5000 }) }));
        shop.setCart(ids.slice(0, 20).map((item) => ({ item, quantity: 3 })));
        return { bytes: shop.snapshot().length, events: shop.session().length };
      });
      assert.ok(out.bytes <= 1024, `${out.bytes} bytes`);
      assert.ok(out.events > 20, `${out.events} events`);
    },
  },
];
