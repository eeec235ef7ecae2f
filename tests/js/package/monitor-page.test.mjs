// nearhand/monitor in Chromium: all traffic of a visit in each consent mode, reports when the page is hidden or left, clicks of scripts, a challenger in idle time.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { createCollector, learnReference } from 'nearhand/monitor';
import { fieldsOf } from './monitor/reports.mjs';

const root = process.env.NEARHAND_ROOT;
const { launch, openPage } = await import(`${root}/tools/chromium.mjs`);
const dist = `${import.meta.dirname}/node_modules/nearhand/dist`;
const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>monitor</title><link rel="icon" href="data:,"><a id="item" href="#">item</a>
  <script type="module">import { load } from '/dist/browser.js'; import * as monitor from '/dist/monitor.js'; Object.assign(globalThis, monitor, { load });</script></html>`;
const reference = await learnReference({
  streams: { 'slate.items': Array.from({ length: 500 }, () => 6), 'slate.score': { values: Array.from({ length: 500 }, (_, at) => at / 500), role: 'score' } },
  rates: { fallback: { events: 2, of: 500 } },
});
const FILES = {
  '/': ['text/html', () => PAGE],
  '/else': ['text/html', () => '<!doctype html><html lang="en"><title>else</title><link rel="icon" href="data:,"></html>'],
  '/shop.safetensors': ['application/octet-stream', () => readFileSync(process.env.NEARHAND_BUNDLE)],
  '/shop.reference': ['application/octet-stream', () => reference],
};

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** Opens the page and gives it to `act`, with all requests that come: method, path, body, and what else they carry. */
async function visit(act) {
  const traffic = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    const { pathname, search } = new URL(request.url, 'http://x');
    traffic.push({ method: request.method, path: pathname, search, cookie: request.headers.cookie, body });
    if (request.method === 'POST') return response.writeHead(204).end();
    try {
      const [type, read] = FILES[pathname] ?? [pathname.endsWith('.wasm') ? 'application/wasm' : 'text/javascript', () => readFileSync(`${dist}${pathname.replace(/^\/dist/, '')}`)];
      const found = read();
      response.writeHead(200, { 'content-type': type }).end(found);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const context = await browser.newContext();
  try {
    const page = await openPage(context);
    const address = `http://localhost:${server.address().port}`;
    await page.goto(`${address}/`);
    await page.waitForFunction(() => globalThis.createMonitor);
    await act(page, traffic, address);
    assert.deepEqual(page.faults, []);
  } finally {
    await context.close();
    server.closeAllConnections();
    server.close();
  }
}

/** What a visit does: a shop, slates, alerts; then the page is left. */
const session = (options) =>
  [async (options) => {
    const sink = options.sink && ((report) => navigator.sendBeacon('/monitor', report));
    globalThis.shop = await load('/shop.safetensors', { tier: 'lite', consent: options.consent ?? 'memory' });
    globalThis.monitor = await createMonitor({ reference: '/shop.reference', ...options, sink });
    for (let i = 0; i < 120; i++) {
      if (i % 10 === 0) shop.observe({ kind: 'view', item: shop.items({ offset: i, limit: 1 }).items[0].item });
      monitor.saw(await shop.recommend({ k: 6 }));
    }
    monitor.counted(shop.info());
    monitor.look();
    return [Object.keys(localStorage).length + Object.keys(sessionStorage).length, document.cookie, monitor.info().refused];
  }, options];
const settled = () => new Promise((done) => setTimeout(done, 300));
const posts = (traffic) => traffic.filter(({ method }) => method !== 'GET');

for (const [name, options] of Object.entries({
  'without a sink': { consent: 'persistent' },
  'by default, with a sink': { sink: true },
  'consent none, with a sink': { consent: 'none', sink: true },
  'consent memory, with a sink': { consent: 'memory', sink: true },
})) {
  test(`telemetry in a page: ${name}, nothing leaves it`, async () => {
    await visit(async (page, traffic, address) => {
      await page.evaluate(...session(options));
      const files = traffic.map(({ path }) => path);
      await page.evaluate(() => monitor.flush());
      await page.goto(`${address}/else`);
      await settled();
      assert.deepEqual(posts(traffic), []);
      // Files of the page and of the package, and no more than those.
      assert.ok(files.every((path) => path === '/' || path.startsWith('/shop.') || path.startsWith('/dist/')), files.join());
      assert.ok(traffic.every(({ search, cookie }) => search === '' && cookie === undefined));
    });
  });
}

for (const consent of ['session', 'persistent']) {
  test(`telemetry in a page: consent ${consent} with a sink, exactly the documented fields, once, when the page is left`, async () => {
    await visit(async (page, traffic, address) => {
      const [stored, cookie, refused] = await page.evaluate(...session({ consent, sink: true }));
      assert.ok(stored <= 1 && cookie === '' && refused === 0, 'what is stored is the shop’s');
      assert.deepEqual(posts(traffic), [], 'not before it is left');
      await page.goto(`${address}/else`);
      await settled();
      const sent = posts(traffic);
      assert.deepEqual(sent.map(({ method, path, search, cookie }) => [method, path, search, cookie]), [['POST', '/monitor', '', undefined]]);
      const [{ body }] = sent;
      assert.ok(body.length <= 1024);
      const collector = await createCollector({ reference });
      const bins = collector.streams().reduce((sum, { bins }) => sum + bins.length, 0);
      const fields = fieldsOf(new Uint8Array(body), { bins, rates: 1 });
      const doc = readFileSync(`${root}/docs/telemetry.md`, 'utf8');
      assert.deepEqual(Object.keys(fields), [.../\| field \|[\s\S]*?\n\n/.exec(doc)[0].matchAll(/^\| `([\w ]+)` \|/gm)].map(([, name]) => name));
      assert.deepEqual([fields.rates, fields.bins.reduce((a, b) => a + b), fields.sequence], [[{ events: 0, of: 120 }], 240, 0]);
      assert.ok(collector.add(new Uint8Array(body)) && collector.times().count === 120);
    });
  });
}

test('telemetry in a page: a page that is hidden sends what it has, and what is counted afterwards with the next', async () => {
  await visit(async (page, traffic) => {
    await page.evaluate(...session({ consent: 'session', sink: true }));
    const hide = () =>
      page.evaluate(() => {
        Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      });
    await hide();
    await hide();
    await settled();
    assert.equal(posts(traffic).length, 1, 'nothing is sent twice');
    await page.evaluate(() => monitor.happened('fallback', true));
    await hide();
    await settled();
    assert.equal(posts(traffic).length, 2);
    await page.evaluate(() => (monitor.happened('fallback', true), monitor.close()));
    await hide();
    await settled();
    assert.equal(posts(traffic).length, 2, 'nor after the end');
  });
});

test('feedback in a page: a click of a script has no credit, and an automated browser has none at all', async () => {
  await visit(async (page) => {
    const became = await page.evaluate(async () => {
      const attribution = await createAttribution();
      const shop = await load('/shop.safetensors', { tier: 'lite' });
      const slate = await shop.recommend({ k: 3 });
      const id = attribution.shown(slate);
      const event = await new Promise((done) => {
        document.getElementById('item').addEventListener('click', done, { once: true });
        document.getElementById('item').click();
      });
      const [{ item }] = slate.items;
      const of = (more) => attribution.clicked(item, { slate: id, ...more }).became;
      return [event.isTrusted, navigator.webdriver, of({ event }), of({ event: { isTrusted: true } }), of({ trusted: true })];
    });
    const [, automated, script, person, told] = became;
    assert.deepEqual([script, person, told], ['untrusted', automated ? 'untrusted' : 'credited', automated ? 'credited' : 'again']);
  });
});

test('shadow in a page: the challenger runs when the page is idle, and no slate waits for it', async () => {
  await visit(async (page) => {
    const told = await page.evaluate(async () => {
      const open = () => load('/shop.safetensors', { tier: 'lite' });
      const [shop, other] = [await load('/shop.safetensors', { tier: 'lite' }), await open()];
      const order = [];
      const slow = { recommend: (options) => (order.push('challenger'), new Promise((done) => setTimeout(() => done(other.recommend(options)), 50))) };
      const duel = await shadow(shop, slow, { share: 1, budgetMs: 60_000, spare: () => false });
      shop.observe({ kind: 'view', item: shop.items({ limit: 1 }).items[0].item });
      const alone = await shop.recommend({ k: 5 });
      const served = await duel.recommend({ k: 5 });
      order.push('served');
      await duel.settled();
      const { asked, failed, slates } = duel.report();
      return { order, same: JSON.stringify(served.items) === JSON.stringify(alone.items), asked, failed, pairs: slates.pairs, overlap: slates.overlap };
    });
    assert.deepEqual(told, { order: ['served', 'challenger'], same: true, asked: 1, failed: 0, pairs: 1, overlap: 1 });
  });
});
