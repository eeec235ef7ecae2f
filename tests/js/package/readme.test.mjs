// The package's README as it stands: its scripts run in one page of a shop, its server in Node, its commands in a shell.
import assert from 'node:assert/strict';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { log, run } from './nights.mjs';

const root = process.env.NEARHAND_ROOT;
const { launch, openPage } = await import(`${root}/tools/chromium.mjs`);
const { serve } = await import(`${root}/tools/serve.mjs`);
const here = import.meta.dirname;
const dist = `${here}/node_modules/nearhand/dist`;
const readme = readFileSync(`${here}/node_modules/nearhand/README.md`, 'utf8');

const blocks = [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language, text]) => ({ language, text }));
const of = (wanted) => blocks.filter(({ language }) => language === wanted).map(({ text }) => text);
const scripts = of('js');
const server = scripts.filter((text) => text.startsWith('// server.mjs'));
const inPage = scripts.filter((text) => !server.includes(text));

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** Where bare names lead: as a bundler would. */
const imports = Object.fromEntries(
  ['', '/sample', '/signals'].map((entry) => [`nearhand${entry}`, `/nearhand/${entry.slice(1) || 'browser'}.js`]),
);

test('every script of the page, one after the other, in one page', async () => {
  const dir = `${here}/dist-readme`;
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(`${dir}/models`, { recursive: true });
  cpSync(dist, `${dir}/nearhand`, { recursive: true });
  copyFileSync(process.env.NEARHAND_BUNDLE, `${dir}/models/shop.safetensors`);
  const [markup, preloads] = of('html');
  writeFileSync(`${dir}/app.js`, `${inPage.join('\n')}\nglobalThis.shown = { shop, slate, also, home, safe, watch, agreed, refused };\n`);
  writeFileSync(
    `${dir}/index.html`,
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>shop</title><link rel="icon" href="data:,">
<script type="importmap">${JSON.stringify({ imports })}</script>${preloads}${markup}<footer id="after">Footer</footer><script type="module" src="/app.js"></script></html>`,
  );
  const site = await serve({ '/': dir }, {});
  const context = await browser.newContext();
  try {
    const page = await openPage(context);
    await page.addInitScript(() => {
      globalThis.shift = 0;
      new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => (globalThis.shift += value))).observe({ type: 'layout-shift', buffered: true });
    });
    await page.goto(`${site.url}/index.html`);
    await page.waitForFunction(() => globalThis.shown, undefined, { timeout: 30_000 });
    const found = await page.evaluate(() => ({
      first: shown.slate.items.map(({ item, reasons }) => [item, reasons[0].kind]),
      cards: [...document.querySelectorAll('#also-like > li > a')].map((a) => [a.getAttribute('href'), a.dataset.nearhandClick]),
      session: shown.shop.session().map(({ kind, item }) => `${kind} ${item}`),
      stock: shown.shop.item('85123A').stock,
      fresh: shown.shop.item('NEW-1').title,
      gone: shown.shop.item('20685'),
      pinned: shown.home.items[0].item,
      both: shown.also.items.filter(({ item }) => shown.home.items.some((other) => other.item === item)).length,
      cheap: shown.also.items.every(({ price }) => price < 20),
      tier: shown.safe.info().tier,
      stored: Object.keys(localStorage),
      shift: globalThis.shift,
    }));
    assert.equal(found.first.length, 5);
    assert.equal(found.first[0][1], 'this-page');
    assert.equal(found.cards.length, 5);
    for (const [href, item] of found.cards) assert.ok(item && href.includes(item), href);
    assert.ok(found.session.includes('view 85123A') && found.session.includes('cart-add 22423'), String(found.session));
    assert.ok(!found.session.includes('dismiss 84879'), 'it was taken back');
    assert.deepEqual([found.stock, found.fresh, found.gone, found.both, found.cheap], [0, 'Mug with a robin', undefined, 0, true]);
    // The first of them that does not stand in the slate before.
    assert.ok(['20725', '21931', '22386'].includes(found.pinned), found.pinned);
    assert.deepEqual(found.stored, [], 'nothing is written before consent');
    assert.equal(found.shift, 0, 'nothing moves');

    await page.evaluate(() => shown.agreed());
    assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), [`nearhand:${await page.evaluate(() => shown.shop.info().bundle.name)}`]);
    const [card] = found.cards;
    await page.click('#also-like > li > button');
    await page.waitForFunction((item) => !document.querySelector(`[data-nearhand-click="${item}"]`), card[1]);
    await page.click('[data-nearhand-cart-add]');
    assert.ok((await page.evaluate(() => shown.shop.session())).some(({ kind, item }) => kind === 'cart-add' && item === '85123A'));
    await page.evaluate(() => shown.refused());
    assert.deepEqual(await page.evaluate(() => [Object.keys(localStorage).length, shown.shop.session().length]), [0, 0]);
    assert.deepEqual(page.faults, []);
  } finally {
    await context.close();
    await site.close();
  }
});

test('the server of the page: a slate in HTML and a cookie', async () => {
  assert.equal(server.length, 1);
  process.env.SESSION_KEY = 'k'.repeat(32);
  writeFileSync(`${here}/readme-server.mjs`, server[0]);
  const { alsoLike } = await import(pathToFileURL(`${here}/readme-server.mjs`).href);
  const url = 'https://shop.example/p/85123A';
  assert.deepEqual((await alsoLike(new Request(url), '85123A')).cookies, [], 'not before consent');
  const { html, cookies } = await alsoLike(new Request(url, { headers: { cookie: 'nearhand-consent=session' } }), '85123A');
  assert.match(html, /<ol class="nearhand-slate"[\s\S]*href="\/p\/[\s\S]*data-nearhand="head-start"/);
  assert.equal(cookies.length, 1);
});

test('the commands that make a bundle', async () => {
  const [install, made] = of('sh');
  assert.equal(install.trim(), 'npm install nearhand');
  const dir = `${here}/readme-train`;
  mkdirSync(dir, { recursive: true });
  log(dir);
  const ids = [...new Set(readFileSync(`${dir}/log.csv`, 'utf8').match(/sku\d+/g))];
  writeFileSync(`${dir}/items.csv`, `item,title,price\n${ids.map((id) => `${id},Item ${id},2.50`).join('\n')}\n`);
  const { status, out } = await run(dir, 'sh', '-ec', made);
  assert.equal(status, 0, out);
  assert.ok(existsSync(`${dir}/shop.safetensors`));
});

test('what it points to is in the package', () => {
  const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)\)/g)].map(([, path]) => path);
  assert.ok(links.length > 10);
  for (const path of links) assert.ok(existsSync(`${here}/node_modules/nearhand/${path}`), path);
});
