// Several copies, shops, frames and tabs: every read sees what was written last.
import assert from 'node:assert/strict';
import { EVERYWHERE } from '../engines.mjs';
import { html } from '../site.mjs';

const script = "globalThis.shop = await n.load('/shop.safetensors', { tier: 'lite', consent: 'persistent' });";
const ids = () => shop.session().map(({ item }) => item);

/** Tabs may be in processes of their own, and hear of each other some milliseconds late. */
async function settled(tab, items) {
  await tab.until((count) => shop.session().length >= count, [items.length], 3_000).catch(() => {});
  return tab.evaluate(ids);
}

export const cases = [
  {
    name: 'two-tabs',
    what: 'two tabs with lasting consent, events in turns: each sees all, in their order',
    on: EVERYWHERE,
    async run(ctx) {
      const { site, page } = await ctx.shop({ script });
      const other = await page.tab(`${site.url}/index.html`);
      await other.until(() => globalThis.ready_);
      const items = await page.evaluate(() => shop.items({ limit: 8 }).items.map(({ item }) => item));
      for (const [i, item] of items.entries()) await (i % 2 ? other : page).evaluate((item) => shop.observe({ kind: 'view', item }), item);
      for (const tab of [page, other]) assert.deepEqual(await settled(tab, items), items);
    },
  },
  {
    name: 'two-tabs-at-once',
    what: 'two tabs with lasting consent, events in both at the same time, what one has written unseen by the other: none is lost',
    on: EVERYWHERE,
    async run(ctx) {
      const { site, page } = await ctx.shop({ script });
      const other = await page.tab(`${site.url}/index.html`);
      await other.until(() => globalThis.ready_);
      const items = await page.evaluate(() => shop.items({ limit: 24 }).items.map(({ item }) => item));
      for (let i = 0; i < items.length; i += 2) {
        await Promise.all([page, other].map((tab, at) => tab.evaluate((item) => shop.observe({ kind: 'view', item }), items[i + at])));
      }
      const [one, two] = [await settled(page, items), await settled(other, items)];
      assert.deepEqual(new Set(one), new Set(items));
      assert.deepEqual(one, two);
    },
  },
  ...['session', 'persistent'].map((consent) => ({
    name: `two-copies-${consent}`,
    what: 'two copies of the package on one page (two teams, a hot reload): each reads and answers from what the other wrote',
    on: EVERYWHERE,
    async run(ctx) {
      const { page } = await ctx.shop({ routes: { '/copy/': ctx.dist } });
      const out = await page.evaluate(async (consent) => {
        const copy = await import('/copy/browser.js');
        const options = { tier: 'lite', consent };
        const [one, two] = [await n.load('/shop.safetensors', options), await copy.load('/shop.safetensors', options)];
        one.observe({ kind: 'view', item: '85123A' });
        const recent = await two.recommend({ placement: 'recently-viewed' });
        two.observe({ kind: 'view', item: '22423' });
        return { recent: recent.items.map(({ item }) => item), one: one.session().map(({ item }) => item), two: two.session().map(({ item }) => item) };
      }, consent);
      assert.deepEqual(out, { recent: ['85123A'], one: ['85123A', '22423'], two: ['85123A', '22423'] });
    },
  })),
  {
    name: 'one-shop-a-page',
    what: 'two widgets that load the same bundle with the same options share one shop: one download, one worker',
    on: EVERYWHERE,
    async run(ctx) {
      const { site, page } = await ctx.shop({
        before: 'globalThis.workers = 0; globalThis.Worker = class extends Worker { constructor(...a) { super(...a); workers++; } };',
      });
      const out = await page.evaluate(async () => {
        const [a, b] = await Promise.all([n.load('/shop.safetensors', { thread: 'worker' }), n.load('/shop.safetensors', { thread: 'worker' })]);
        await Promise.all([a.ready, b.ready]);
        a.observe({ kind: 'view', item: '85123A' });
        const seen = b.session().map(({ item }) => item);
        // One of them goes; the other goes on.
        a.close();
        return { seen, workers, after: (await b.recommend({ k: 3 })).items.length };
      });
      assert.deepEqual(out, { seen: ['85123A'], workers: 1, after: 3 });
      assert.equal(site.requests.filter(({ path }) => path === '/shop.safetensors').length, 1);
    },
  },
  {
    name: 'frame-of-the-same-origin',
    what: 'a frame of the same origin with a copy of its own: what it observes is in the session of the page',
    on: EVERYWHERE,
    async run(ctx) {
      const { page } = await ctx.shop({ script, routes: { '/frame.html': html({ script }) }, body: '<iframe src="/frame.html" width="300" height="200"></iframe>' });
      await page.until(() => frames[0]?.ready_);
      const out = await page.evaluate(() => {
        frames[0].shop.observe({ kind: 'view', item: '85123A' });
        shop.observe({ kind: 'cart-add', item: '22423' });
        return [shop, frames[0].shop].map((one) => one.session().map(({ item }) => item));
      });
      assert.deepEqual(out, [['85123A', '22423'], ['85123A', '22423']]);
    },
  },
  {
    name: 'another-bundle-of-the-page',
    what: 'two shops with two storage keys on one page do not know of each other',
    on: ['chromium'],
    async run(ctx) {
      const { page } = await ctx.shop();
      const out = await page.evaluate(async () => {
        const load = (storageKey) => n.load('/shop.safetensors', { tier: 'lite', consent: 'session', storageKey });
        const [a, b] = [await load('a'), await load('b')];
        a.observe({ kind: 'view', item: '85123A' });
        return [a.session().length, b.session().length, Object.keys(sessionStorage).map((key) => key.replace(/@\d+$/, ''))];
      });
      assert.deepEqual(out, [1, 0, ['a']]);
    },
  },
  {
    name: 'garbage-in-the-store',
    what: 'whatever another script or an older release left under the key: the shop begins anew and says nothing in the console',
    on: EVERYWHERE,
    async run(ctx) {
      const { page } = await ctx.shop();
      const out = await page.evaluate(async () => {
        const counts = [];
        for (const [i, value] of ['', 'null', '{}', 'undefined', '\u0000\u0001', 'é'.repeat(3000), 'AAAA', '<script>', btoa('x'.repeat(900))].entries()) {
          localStorage.setItem(`k${i}`, value);
          const shop = await n.load('/shop.safetensors', { tier: 'lite', consent: 'persistent', storageKey: `k${i}` });
          shop.observe({ kind: 'view', item: '85123A' });
          counts.push([shop.session().length, (await shop.recommend()).items.length].join());
          shop.close();
        }
        return [...new Set(counts)];
      });
      assert.deepEqual(out, ['1,5']);
    },
  },
];
