// Back and forward: the browser shows a page as it was left, its scripts go on from where they stood.
import assert from 'node:assert/strict';
import { EVERYWHERE } from '../engines.mjs';
import { html } from '../site.mjs';

const script = `globalThis.persisted = undefined;
addEventListener('pageshow', (event) => { globalThis.persisted = event.persisted; });
globalThis.shop = await n.load('/shop.safetensors', { tier: 'lite', consent: new URLSearchParams(location.search).get('consent') ?? 'persistent' });
globalThis.stop = signals((s) => shop.observe(s));`;
const body = '<main data-nearhand-view="85123A"><h1>A lantern</h1></main>';
const routes = { '/next.html': html({ script, body: '<main data-nearhand-view="22423"></main>' }) };
const launch = { bfcache: true };

/** To the second page, `act` there, and back. */
async function there(ctx, consent, act) {
  const { site, page } = await ctx.shop({ script, body, routes, path: `/index.html?consent=${consent}`, launch: ctx.engine === 'chromium' ? launch : {} });
  await page.evaluate(() => stop.flush());
  await page.goto(`${site.url}/next.html?consent=${consent}`);
  await page.until(() => globalThis.ready_);
  await page.evaluate(act);
  await page.back();
  await page.until(() => globalThis.ready_ && location.pathname === '/index.html');
  return page;
}

export const cases = [
  ...['session', 'persistent'].map((consent) => ({
    name: `back-knows-${consent}`,
    what: 'back from a product: the page before knows that it was looked at, and its slate is made of it',
    // A page out of Firefox's cache has the sessionStorage of when it was left, whatever a library does.
    on: consent === 'session' ? ['chromium', 'webkit'] : EVERYWHERE,
    async run(ctx) {
      const page = await there(ctx, consent, () => (stop.flush(), shop.observe({ kind: 'cart-add', item: '21212' })));
      const out = await page.evaluate(async () => ({ session: shop.session().map(({ item }) => item), events: (await shop.recommend()).events }));
      for (const item of ['85123A', '22423', '21212']) assert.ok(out.session.includes(item), `${item} in ${out.session}`);
      assert.ok(out.events >= 3);
    },
  })),
  {
    name: 'back-after-forget',
    what: 'cleared on the second page: the first, shown again, has forgotten as well',
    on: EVERYWHERE,
    async run(ctx) {
      const page = await there(ctx, 'persistent', () => shop.forget());
      // The page shown again is a view of its own; what lies before is gone.
      const items = await page.evaluate(() => shop.session().map(({ item }) => item));
      assert.ok(!items.includes('22423'), items.join());
      assert.equal(await page.evaluate(async () => (await shop.recommend({ placement: 'recently-viewed' })).items.some(({ item }) => item === '22423')), false);
    },
  },
  {
    name: 'stays-in-the-cache',
    what: 'a page with shop, worker and signals is kept by the back/forward cache: nothing of the package keeps it out',
    on: ['chromium'],
    async run(ctx) {
      const own = script.replace("tier: 'lite', ", '');
      const { site, page } = await ctx.shop({ script: `${own} await shop.ready;`, body, routes, launch });
      const before = await page.evaluate(async () => (await shop.recommend()).tier);
      await page.goto(`${site.url}/next.html`);
      await page.until(() => globalThis.ready_);
      await page.back();
      await page.until(() => globalThis.persisted !== undefined && location.pathname === '/index.html');
      const out = await page.evaluate(async () => ({ persisted, tier: (await shop.recommend()).tier }));
      assert.deepEqual(out, { persisted: true, tier: before });
    },
  },
];
