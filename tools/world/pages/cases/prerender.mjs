// A page that the browser makes ready and that the visitor may never see: nothing is counted and nothing stored.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { EVERYWHERE } from '../engines.mjs';
import { chromiumPath } from '../../../chromium.mjs';
import { body, html } from '../site.mjs';

const product = {
  body: '<main data-nearhand-view="85123A"><div style="height:80px" data-nearhand-impression="22423">card</div></main>',
  script: `globalThis.told = [];
    globalThis.tell = (what, more = {}) => fetch('/told', { method: 'POST', body: JSON.stringify({ what, prerendering: document.prerendering === true, stored: localStorage.length, ...more }) });
    globalThis.shop = await n.load('/shop.safetensors', { tier: 'lite', consent: 'persistent' });
    globalThis.stop = signals((s) => { shop.observe(s); told.push(s); tell('signal', s); }, { impressions: true });
    await tell('listening');`,
};

export const cases = [
  {
    name: 'emulated',
    what: 'document.prerendering until the page is shown: no signal before, one view afterwards, dated then',
    on: EVERYWHERE,
    async run(ctx) {
      const { page } = await ctx.shop({
        ...product,
        routes: { '/told': (_, response) => response.writeHead(204).end() },
        before: `globalThis.asleep = true;
          Object.defineProperty(Document.prototype, 'prerendering', { configurable: true, get: () => globalThis.asleep });
          Object.defineProperty(Document.prototype, 'visibilityState', { configurable: true, get: () => (globalThis.asleep ? 'hidden' : 'visible') });`,
      });
      await ctx.sleep(1300);
      assert.deepEqual(await page.evaluate(() => (stop.flush(), [told.length, shop.session().length, localStorage.length])), [0, 0, 0]);
      const shown = await page.evaluate(() => {
        globalThis.asleep = false;
        document.dispatchEvent(new Event('prerenderingchange'));
        document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
        return Date.now();
      });
      await ctx.sleep(1300);
      const views = await page.evaluate(() => (stop.flush(), told.filter(({ kind }) => kind === 'view').map(({ at }) => at)));
      assert.equal(views.length, 1);
      assert.ok(views[0] >= shown - 50, `dated ${views[0] - shown} ms after it was shown`);
    },
  },
  {
    name: 'by-the-browser',
    slow: true,
    what: "Chromium's own prerendering by speculation rules, without a driver, which would prevent it: nothing told, nothing stored",
    async run(ctx) {
      const told = [];
      const tell = async (request, response) => {
        told.push(JSON.parse(await body(request)));
        response.writeHead(204).end();
      };
      const list = html({ bare: true, body: '<a href="/product.html">a product</a><script type="speculationrules">{"prerender":[{"source":"list","urls":["/product.html"],"eagerness":"immediate"}]}</script>' });
      const site = await ctx.site({ '/list.html': list, '/product.html': html(product), '/told': tell });
      const profile = mkdtempSync(`${tmpdir()}/nearhand-prerender-`);
      ctx.atEnd(() => rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
      ctx.child(chromiumPath(), ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', `--user-data-dir=${profile}`, `${site.url}/list.html`]);
      for (let i = 0; i < 150 && !told.some(({ what }) => what === 'listening'); i++) await ctx.sleep(100);
      await ctx.sleep(1500);
      assert.ok(told.some(({ what, prerendering }) => what === 'listening' && prerendering), `the browser prerenders: ${JSON.stringify(told)}`);
      assert.deepEqual(told.filter(({ what, stored }) => what === 'signal' || stored > 0), []);
    },
  },
];
