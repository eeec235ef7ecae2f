// "Clear what I looked at": it wins over every report still to come, in every copy and tab.
import assert from 'node:assert/strict';
import { EVERYWHERE } from '../engines.mjs';
import { html } from '../site.mjs';

const shopOf = "globalThis.shop = await n.load('/shop.safetensors', { tier: 'lite', consent: new URLSearchParams(location.search).get('consent') });";
const product = {
  body: '<main data-nearhand-view="85123A"><h1>A lantern</h1></main>',
  script: `${shopOf} globalThis.stop = signals((s) => shop.observe(s));`,
};
const next = html({ script: `globalThis.stored = { ...sessionStorage, ...localStorage }; ${shopOf}` });

const leaving = (act, consent) => async (ctx) => {
  const { site, page } = await ctx.shop({ ...product, routes: { '/next.html': next }, path: `/index.html?consent=${consent}` });
  await ctx.sleep(1300);
  assert.equal(await page.evaluate(() => (stop.flush(), shop.session().length)), 1, 'the view counts at first');
  await page.evaluate(act);
  await ctx.sleep(1200);
  await page.goto(`${site.url}/next.html?consent=${consent}`);
  await page.until(() => globalThis.ready_);
  assert.deepEqual(await page.evaluate(() => shop.session().map(({ kind, item }) => `${kind} ${item}`)), []);
};

export const cases = [
  ...['session', 'persistent'].map((consent) => ({
    name: `then-leave-${consent}`,
    part: consent === 'session' ? EVERYWHERE : [],
    what: 'cleared on a product page: the time spent there, told when the page is left, does not bring it back',
    on: EVERYWHERE,
    run: leaving(() => shop.forget(), consent),
  })),
  {
    name: 'withdrawn-then-leave',
    what: 'consent withdrawn on a product page: leaving it writes nothing',
    on: EVERYWHERE,
    run: leaving(() => shop.setConsent('none'), 'persistent'),
  },
  {
    name: 'in-another-tab',
    part: EVERYWHERE,
    what: 'cleared in one tab while another has a product open: the other does not write it again when it is left',
    on: EVERYWHERE,
    async run(ctx) {
      const { site, page } = await ctx.shop({ ...product, routes: { '/next.html': next }, path: '/index.html?consent=persistent' });
      await ctx.sleep(1300);
      await page.evaluate(() => stop.flush());
      const other = await page.tab(`${site.url}/next.html?consent=persistent`);
      await other.until(() => globalThis.ready_);
      assert.equal(await other.evaluate(() => shop.session().length), 1, 'the other tab knows of it');
      await other.evaluate(() => shop.forget());
      await page.front();
      await ctx.sleep(1100);
      await page.goto(`${site.url}/next.html?consent=persistent`);
      await page.until(() => globalThis.ready_);
      assert.deepEqual(await page.evaluate(() => shop.session().map(({ item }) => item)), []);
    },
  },
  {
    name: 'in-another-copy',
    what: 'two copies of the package on one page: what one forgets, the other does not know, nor does it write it again',
    on: EVERYWHERE,
    async run(ctx) {
      const { page } = await ctx.shop({ routes: { '/copy/': ctx.dist } });
      for (const consent of ['session', 'persistent']) {
        const out = await page.evaluate(async (consent) => {
          const copy = await import('/copy/browser.js');
          const options = { tier: 'lite', consent };
          const [one, two] = [await n.load('/shop.safetensors', options), await copy.load('/shop.safetensors', options)];
          const at = Date.now();
          one.observe({ kind: 'view', item: '85123A', at });
          two.observe({ kind: 'view', item: '22423', at });
          one.forget();
          const after = two.session().length;
          // The dwell of a view of before.
          two.observe({ kind: 'view', item: '22423', at, dwellMs: 4000 });
          const late = [one.session().length, two.session().length];
          const again = (two.observe({ kind: 'view', item: '21212' }), one.session().map(({ item }) => item));
          one.forget();
          one.close();
          two.close();
          return { after, late, again };
        }, consent);
        assert.deepEqual(out, { after: 0, late: [0, 0], again: ['21212'] }, consent);
      }
    },
  },
  {
    name: 'while-a-slate-is-made',
    what: 'cleared while the full tier makes a slate: the slate comes, and nothing is kept or comes back',
    on: ['chromium'],
    async run(ctx) {
      const { page } = await ctx.shop();
      const out = await page.evaluate(async () => {
        const shop = await n.load('/shop.safetensors', { consent: 'persistent' });
        await shop.ready;
        shop.observe({ kind: 'view', item: '85123A' });
        const asked = shop.recommend();
        shop.forget();
        const slate = await asked;
        return { items: slate.items.length, session: shop.session().length, next: (await shop.recommend()).events };
      });
      assert.deepEqual(out, { items: 5, session: 0, next: 0 });
    },
  },
];
