// The head start in Chromium: the page goes on from the server's session and slate, on page two as on page one, without a flash.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { load } from 'nearhand';
import { slateHtml, visitors } from 'nearhand/server';

const here = import.meta.dirname;
const root = process.env.NEARHAND_ROOT;
const { launch, openPage } = await import(`${root}/tools/chromium.mjs`);
const installed = `${here}/node_modules/nearhand/dist`;
const KEY = 'a key of this test, of thirty-two bytes';
const FILES = { '/shop.safetensors': process.env.NEARHAND_BUNDLE, ...Object.fromEntries(['browser.js', 'head-start.js', 'server.js', 'signals.js', 'worker.js', 'nearhand.wasm', 'nearhand-lite.wasm'].map((name) => [`/nearhand/${name}`, `${installed}/${name}`])) };
const TYPES = { js: 'text/javascript', wasm: 'application/wasm' };
/** What a shop's page does: it goes on from the server's session, and tells what the visitor does. */
const blocks = [...readFileSync(`${root}/docs/servers.md`, 'utf8').matchAll(/^```html\n([\s\S]*?)^```$/gm)].map(([, block]) => block);
const docs = blocks.find((block) => block.startsWith('<div id="slate"'));
/** The page's half of the recipes for Express and Hono. */
const servers = readFileSync(`${root}/docs/servers.md`, 'utf8');
const [, PAGE_JS] = servers.match(/^```js\n\/\/ public\/page\.js\n([\s\S]*?)^```$/m);
const [, PAGE_TAGS] = servers.match(/^const script = `([^`]*)`;$/m);
/** The recipe, with the page's own item, and what it did to the slate counted. */
const SCRIPT = blocks
  .find((block) => block.includes('onward'))
  .replace("'85123A'", 'location.pathname.slice(3)')
  .replace('const start', `globalThis.changes = 0;
  new MutationObserver((all) => (changes += all.length)).observe(document.getElementById('slate'), { childList: true, subtree: true, characterData: true, attributes: true });
  const start`)
  .replace('sendSession(', 'globalThis.stop = sendSession(')
  .replace(/<\/script>\s*$/, 'Object.assign(globalThis, { shop, watch, start });</script>');

let server;
let site;
let browser;
const posts = [];
before(async () => {
  const shop = visitors({ open: () => load(process.env.NEARHAND_BUNDLE, { tier: 'lite' }), keys: [KEY], consent: 'session' });
  server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    if (pathname === '/static.html') return response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(`<!doctype html><link rel=icon href=data:,>${docs}`);
    if (pathname === '/page.js') return response.writeHead(200, { 'content-type': TYPES.js }).end(PAGE_JS);
    if (FILES[pathname]) return response.writeHead(200, { 'content-type': TYPES[pathname.split('.').at(-1)] ?? 'application/octet-stream' }).end(readFileSync(FILES[pathname]));
    if (pathname === '/nearhand/session') {
      const answer = await shop.receive({ method: request.method, headers: request.headers, body: request });
      posts.push(answer.status);
      return response.writeHead(answer.status, { 'set-cookie': answer.headers.getSetCookie() }).end();
    }
    const source = pathname.slice(3);
    const visitor = await shop.visit(request);
    visitor.view(source);
    const slate = await visitor.page.recommend({ source });
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'private, no-store', 'set-cookie': await visitor.cookies() });
    response.end(`<!doctype html><html><head><title>t</title><link rel=icon href=data:,></head><body><a id=next href="/p/22697">next</a><div id="slate">${slateHtml(slate, { href: '/p/{item}' })}</div>${visitor.headStart({ slate })}${pathname.startsWith('/r/') ? PAGE_TAGS : SCRIPT}</body></html>`);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  site = `http://localhost:${server.address().port}`;
  browser = await launch();
});
after(async () => {
  await browser?.close();
  server.closeAllConnections();
  server.close();
});

async function visiting(act) {
  const context = await browser.newContext();
  try {
    const page = await openPage(context);
    await act(page, context);
    assert.deepEqual(page.faults, []);
  } finally {
    await context.close();
  }
}
const go = async (page, path) => {
  await page.goto(`${site}${path}`);
  await page.waitForFunction(() => globalThis.start);
};
/** What stands in the page, what the head start says, and what the page's own shop answers. */
const seen = (page, source) =>
  page.evaluate(async (source) => ({
    shown: [...document.querySelectorAll('[data-nearhand-impression]')].map((one) => one.dataset.nearhandImpression),
    told: start.slates.slate.items.map(({ item }) => item),
    own: (await shop.recommend({ source })).items.map(({ item }) => item),
    session: shop.session().map(({ kind, item, dwellMs }) => `${kind} ${item}${dwellMs ? ' dwell' : ''}`),
    changes,
  }), source);

test('page one and page two: the same slate on server and client, the events between included, and nothing is redrawn', async () => {
  await visiting(async (page, context) => {
    await go(page, '/p/22423');
    const one = await seen(page, '22423');
    assert.equal(one.shown.length, 5);
    assert.deepEqual(one.told, one.shown);
    assert.deepEqual(one.own, one.shown);
    assert.deepEqual([one.session, one.changes], [['view 22423'], 0]);
    // The visitor does something: it is told within a second, without anything else happening.
    const before = posts.length;
    const posted = async (count) => {
      for (let tries = 0; posts.length < before + count && tries < 100; tries++) await new Promise((done) => setTimeout(done, 50));
      assert.deepEqual(posts.slice(before), Array(count).fill(204));
    };
    await page.evaluate(() => { watch.cartAdd('22423'); watch.cartAdd('85123A', 2); watch.flush(); shop.observe({ kind: 'dismiss', item: '22699' }); });
    await posted(1);
    await page.click('#next');
    await page.waitForFunction(() => location.pathname === '/p/22697' && globalThis.start);
    const two = await seen(page, '22697');
    assert.deepEqual(two.told, two.shown);
    assert.deepEqual(two.own, two.shown);
    assert.equal(two.changes, 0);
    const told = ['cart-add 22423', 'cart-add 85123A', 'dismiss 22699', 'view 22423', 'view 22697'];
    assert.deepEqual(two.session.toSorted(), told);
    assert.ok(!two.shown.includes('22699') && !two.shown.includes('85123A'));
    // The last word of page one, its dwell, comes when page two is there already: neither loses what the other knows.
    await posted(2);
    await go(page, '/p/20725');
    const three = await seen(page, '20725');
    assert.deepEqual(three.own, three.shown);
    assert.deepEqual(three.session.toSorted(), [...told.slice(0, 3), 'view 20725', 'view 22423 dwell', told[4]]);
    const [cookie, ...more] = (await context.cookies()).filter(({ name }) => name === '__Host-nearhand');
    assert.deepEqual([cookie.httpOnly, cookie.secure, cookie.sameSite, more.length], [true, true, 'Lax', 0]);
  });
});

test('forgetting takes the cookie away', async () => {
  await visiting(async (page, context) => {
    await go(page, '/p/22423');
    await page.evaluate(() => { shop.forget(); stop(); });
    for (let tries = 0; (await context.cookies()).length && tries < 60; tries++) await new Promise((done) => setTimeout(done, 50));
    assert.deepEqual(await context.cookies(), []);
    assert.deepEqual(await page.evaluate(() => Object.keys(localStorage).concat(Object.keys(sessionStorage))), [], 'nothing is written by default');
  });
});

test('without consent the page begins with the slate alone', async () => {
  await visiting(async (page, context) => {
    await context.addCookies([{ name: 'nearhand-consent', value: 'none', url: site }]);
    await go(page, '/p/22423');
    const { shown, own, session } = await seen(page, '22423');
    assert.equal(shown.length, 5);
    assert.deepEqual([own, session], [shown, []]);
    assert.equal(await page.evaluate(() => start.session), undefined);
    assert.deepEqual((await context.cookies()).map(({ name }) => name), ['nearhand-consent']);
  });
});

test('what is no head start is none, and a page’s own elements do not stand in the way', async () => {
  await visiting(async (page) => {
    await go(page, '/p/22423');
    const read = await page.evaluate(async () => {
      const { readHeadStart } = await import('nearhand/head-start');
      const script = document.querySelector('[data-nearhand="head-start"]');
      const of = (text) => {
        script.textContent = text;
        const found = readHeadStart();
        return found && { session: found.session && [...found.session], slates: Object.keys(found.slates) };
      };
      const clobber = document.createElement('img');
      clobber.name = 'querySelector';
      document.body.append(clobber);
      const good = { items: [] };
      const all = [
        of(JSON.stringify({ session: 'AQL_', slates: { a: good, b: 1, c: null, d: { items: 'x' } } })),
        of(JSON.stringify({ slates: { ['__proto__x']: good } })),
        of('{'), of(''), of('null'), of(JSON.stringify({ session: '%%%', slates: {} })), of(JSON.stringify({ session: 5 })), of(JSON.stringify({ slates: { a: good }, x: 'x'.repeat(300_000) })),
      ];
      script.remove();
      return [...all, readHeadStart(), readHeadStart(document.createElement('div')), readHeadStart(null), readHeadStart(document.createDocumentFragment())];
    });
    assert.deepEqual(read, [
      { session: [1, 2, 255], slates: ['a'] }, { session: undefined, slates: ['__proto__x'] },
      undefined, undefined, undefined, undefined, { session: undefined, slates: [] }, undefined, undefined, undefined, undefined, undefined,
    ]);
  });
});

test('the page script of the Express and Hono recipes brings the basket back', async () => {
  await visiting(async (page, context) => {
    await page.goto(`${site}/r/22423`);
    await page.waitForLoadState('networkidle');
    const cookie = async () => (await context.cookies()).find(({ name }) => name === '__Host-nearhand')?.value;
    const before = await cookie();
    await page.evaluate(() => {
      document.getElementById('slate').insertAdjacentHTML('beforeend', '<button id=add data-nearhand-cart-add="22697">add</button>');
    });
    const posted = page.waitForResponse(({ url }) => url().endsWith('/nearhand/session')).catch(() => {});
    await page.click('#add');
    await posted;
    for (let i = 0; i < 40 && (await cookie()) === before; i++) await page.waitForTimeout(50);
    await page.goto(`${site}/p/85123A`);
    await page.waitForFunction(() => globalThis.start);
    const seen = await page.evaluate(() => shop.session().map(({ kind, item }) => `${kind} ${item}`));
    assert.ok(seen.includes('cart-add 22697') && seen.filter((one) => one === 'view 22423').length === 1, seen.join());
  });
});

test('the static shop of docs/servers.md', async () => {
  await visiting(async (page) => {
    await page.goto(`${site}/static.html?item=22423`);
    await page.waitForSelector('.nearhand-item');
    assert.equal(await page.locator('.nearhand-item').count(), 5);
    assert.match(await page.locator('.nearhand-item a').first().getAttribute('href'), /^\?item=/);
  });
});
