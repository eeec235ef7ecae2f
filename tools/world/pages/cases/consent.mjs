// What is kept on the device, and when: nothing before the host says so.
import assert from 'node:assert/strict';
import { EVERYWHERE } from '../engines.mjs';

/** Runs in the page: all that a shop could have left on the device. */
const left = async () => ({
  session: Object.keys(sessionStorage),
  local: Object.keys(localStorage),
  cookie: document.cookie,
  databases: ((await globalThis.indexedDB?.databases?.()) ?? []).map(({ name }) => name),
  caches: globalThis.caches ? await caches.keys() : [],
});
const NOTHING = { session: [], local: [], cookie: '', databases: [], caches: [] };
/** One key, as the docs name it: that of the bundle, and the version of the snapshots. */
const KEY = /^nearhand:online-retail(@\d+)?$/;
const product = '<main data-nearhand-view="85123A"><button data-nearhand-cart-add="22423">buy</button></main>';

export const cases = [
  {
    name: 'three-lines-write-nothing',
    part: EVERYWHERE,
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
  {
    name: 'given-later-keeps-this-page',
    part: EVERYWHERE,
    what: 'a banner answered after the page was looked at: the view of the page that is open is kept and found on the next page',
    on: EVERYWHERE,
    async run(ctx) {
      const { page } = await ctx.shop({
        body: product,
        script: "globalThis.shop = await n.load('/shop.safetensors', { tier: 'lite' }); globalThis.stop = signals((s) => shop.observe(s)); stop.flush();",
      });
      assert.deepEqual(await page.evaluate(left), NOTHING);
      await page.evaluate(() => shop.setConsent('persistent'));
      assert.match((await page.evaluate(() => Object.keys(localStorage))).join(' '), KEY);
      await page.reload();
      await page.until(() => globalThis.ready_);
      const kept = await page.evaluate(async () => {
        shop.setConsent('persistent');
        return shop.session().map(({ kind, item }) => `${kind} ${item}`);
      });
      assert.ok(kept.includes('view 85123A'), JSON.stringify(kept));
    },
  },
  {
    name: 'refused-then-given',
    what: "consent 'none' and signals paused until the banner is answered: then the page that is open counts",
    on: EVERYWHERE,
    async run(ctx) {
      const { page } = await ctx.shop({
        body: product,
        script: "globalThis.shop = await n.load('/shop.safetensors', { tier: 'lite', consent: 'none' }); globalThis.stop = signals((s) => shop.observe(s), { paused: true });",
      });
      const out = await page.evaluate(async () => {
        const before = shop.session().length;
        shop.setConsent('session');
        stop.resume();
        stop.flush();
        return { before, after: shop.session().map(({ kind, item }) => `${kind} ${item}`), keys: Object.keys(sessionStorage) };
      });
      assert.deepEqual([out.before, out.after], [0, ['view 85123A']]);
      assert.match(out.keys.join(' '), KEY);
    },
  },
  {
    name: 'withdrawn-leaves-nothing',
    what: 'consent withdrawn takes away all that was kept, and what is seen afterwards is not kept',
    on: EVERYWHERE,
    async run(ctx) {
      const { page } = await ctx.shop();
      const out = await page.evaluate(async () => {
        const told = {};
        for (const consent of ['session', 'persistent']) {
          const shop = await n.load('/shop.safetensors', { tier: 'lite', consent });
          shop.observe({ kind: 'view', item: '85123A' });
          const kept = sessionStorage.length + localStorage.length;
          shop.setConsent('none');
          shop.observe({ kind: 'view', item: '22423' });
          told[consent] = [kept, shop.session().length];
          shop.close();
        }
        return told;
      });
      assert.deepEqual(out, { session: [1, 0], persistent: [1, 0] });
      assert.deepEqual(await page.evaluate(left), NOTHING);
    },
  },
  {
    name: 'own-key',
    what: "a host's own storage key is the one in the browser, and the only one",
    on: ['chromium'],
    async run(ctx) {
      const { page } = await ctx.shop();
      const keys = await page.evaluate(async () => {
        const shop = await n.load('/shop.safetensors', { tier: 'lite', consent: 'session', storageKey: 'plum' });
        shop.observe({ kind: 'view', item: '85123A' });
        return [Object.keys(sessionStorage), Object.keys(localStorage)];
      });
      assert.match(keys[0].join(' '), /^plum(@\d+)?$/);
      assert.deepEqual(keys[1], []);
    },
  },
];
