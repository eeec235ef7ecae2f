// What a new user does by the package's papers alone: an app of Vite and React in a folder of its own (tools/world/pages/app), the
// tarball installed, built, served, and used as a visitor does.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { root } from '../../../face.mjs';

const cards = (page) => page.until(() => {
  const items = [...document.querySelectorAll('.also-like a')].map((a) => a.getAttribute('data-nearhand-click'));
  return items.length === 4 && items;
});
const measured = (page, kind) => page.evaluate((kind) => globalThis.measured.filter((s) => s.kind === kind), kind);

export const cases = [
  {
    name: 'vite-react',
    slow: true,
    what: 'a new app by the papers alone: slate, consent, basket, dismissal, a click that is measured, and a first slate from the server without a flash',
    seconds: 120,
    async run(ctx) {
      const app = mkdtempSync(`${tmpdir()}/nearhand-app-`);
      ctx.atEnd(() => rmSync(app, { recursive: true, force: true }));
      cpSync(new URL('../app', import.meta.url).pathname, app, { recursive: true });
      // Offline: the tarball by npm, the tools out of the checkout.
      const install = ctx.child('npm', ['install', '--offline', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ctx.tarball], { cwd: app });
      assert.equal((await install.ended).code, 0, install.said());
      for (const name of ['react', 'react-dom', 'scheduler', 'vite']) symlinkSync(`${root}/node_modules/${name}`, `${app}/node_modules/${name}`);
      for (const args of [['build'], ['build', '--ssr', 'src/server.jsx', '--outDir', 'dist/server']]) {
        const built = ctx.child(process.execPath, ['node_modules/vite/bin/vite.js', ...args], { cwd: app });
        assert.equal((await built.ended).code, 0, built.said().slice(-1500));
      }
      const server = ctx.child(process.execPath, ['serve.mjs', ctx.bundle], { cwd: app, env: { ...process.env, SESSION_KEY: 'a secret of at least 32 bytes, please' } });
      for (let i = 0; !server.said().includes('"port"'); i++) {
        if (i > 100) throw new Error(`the server does not start: ${server.said()}`);
        await ctx.sleep(100);
      }
      const url = `http://localhost:${JSON.parse(server.said().trim().split('\n')[0]).port}`;

      // Without a server's help.
      const plain = await ctx.page(`${url}/static`, { engine: 'chromium' });
      await cards(plain);
      assert.deepEqual(await plain.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]), [0, 0, ''], 'nothing is written before consent');

      // The server's first slate: in the HTML, and not drawn anew.
      const first = await (await fetch(`${url}/p/85123A`)).text();
      assert.equal(first.match(/data-nearhand-click=/g)?.length, 4, 'the cards are in the HTML');
      const page = await ctx.page(undefined, { engine: 'chromium' });
      await page.driver.addInitScript(() => {
        globalThis.shift = 0;
        globalThis.redrawn = 0;
        new PerformanceObserver((list) => {
          for (const { value } of list.getEntries()) globalThis.shift += value;
        }).observe({ type: 'layout-shift', buffered: true });
        document.addEventListener('DOMContentLoaded', () => {
          const list = document.querySelector('.also-like');
          new MutationObserver((all) => (globalThis.redrawn += all.length)).observe(list, { childList: true, subtree: true, characterData: true });
        });
      });
      await page.goto(`${url}/p/85123A`);
      const shown = await cards(page);
      await ctx.sleep(2500);
      assert.deepEqual(await cards(page), shown);
      assert.deepEqual(await page.evaluate(() => [globalThis.shift, globalThis.redrawn]), [0, 0], 'no shift, nothing drawn anew');
      assert.deepEqual(await measured(page, 'view'), [], 'nothing is measured before consent');

      // Consent: the page that is open counts.
      await page.click('#yes');
      await page.until(() => globalThis.measured.some((s) => s.kind === 'view' && s.item === '85123A'));
      assert.ok((await page.until(() => Object.keys(localStorage).filter((key) => key.startsWith('nearhand:')).length)) > 0);

      // Waved away: another card comes.
      await page.click('.also-like li:first-child button');
      await page.until((gone) => {
        const items = [...document.querySelectorAll('.also-like a')].map((a) => a.getAttribute('data-nearhand-click'));
        // It stays under the pointer until that leaves.
        document.querySelector('.also-like').dispatchEvent(new PointerEvent('pointerout', { bubbles: true, relatedTarget: document.body }));
        document.activeElement?.blur();
        return items.length === 4 && !items.includes(gone);
      }, [shown[0]]);
      assert.equal((await measured(page, 'dismiss')).length, 1);
      await page.click('#buy');
      await page.until(() => globalThis.measured.some((s) => s.kind === 'cart-add' && s.quantity === 2));

      // A click, measured with its place, and the next page made of the session on the server.
      const [card] = await cards(page);
      await page.evaluate(() => addEventListener('pagehide', () => sessionStorage.setItem('told', JSON.stringify(globalThis.measured.filter((s) => s.kind === 'slate-click')))));
      await page.click('.also-like li:first-child a');
      await page.until((card) => location.pathname === `/p/${card}` && document.querySelectorAll('.also-like a').length === 4, [card]);
      const [click] = await page.evaluate(() => JSON.parse(sessionStorage.getItem('told')));
      assert.deepEqual([click.item, click.rank, click.placement], [card, 1, 'product']);
      assert.ok(click.slate);
      const next = await cards(page);
      for (const gone of ['85123A', shown[0], card]) assert.ok(!next.includes(gone), `${gone} was seen, bought or waved away`);
    },
  },
];
