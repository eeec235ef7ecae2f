// Where a page runs the full tier, in Chromium with the real engines: measured, on a slow device, in a tab that nobody sees, after
// traps, and with a second file that is still on its way. The console stays empty.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { after, before, test } from 'node:test';
import { limited, leastPages, trapping } from './broken-wasm.mjs';
import { edited, split } from './bundles.mjs';

const { launch, openPage } = await import(`${process.env.NEARHAND_ROOT}/tools/chromium.mjs`);
const dist = `${import.meta.dirname}/node_modules/nearhand/dist`;
const bundle = readFileSync(process.env.NEARHAND_BUNDLE);
const wasm = readFileSync(`${dist}/nearhand.wasm`);
const TYPES = { '.js': 'text/javascript', '.wasm': 'application/wasm' };
const { shop, model } = split(bundle);
const FILES = {
  '/whole': bundle,
  '/shop': shop,
  '/model': model,
  '/other': split(edited(bundle, (manifest) => (manifest.version = '2')).bytes).model.map((byte, at, all) => (at === all.length - 1 ? byte ^ 1 : byte)),
  '/trapping.wasm': trapping(wasm, 'engine_recommend'),
  '/limited.wasm': limited(wasm, leastPages(wasm) + 2),
};
const memory = readFileSync(`${process.env.NEARHAND_ROOT}/tools/faults/memory.mjs`, 'utf8');
FILES['/memory.js'] = memory;
// The package's own, whose memory can be written over from outside.
FILES['/dist/damaged-worker.js'] = `${memory.replaceAll('export ', '')}
watch();
const hears = new BroadcastChannel('damage');
hears.onmessage = ({ data }) => hears.postMessage(damage(data, (bytes) => bytes.fill(7)));
${readFileSync(`${dist}/worker.js`, 'utf8')}`;

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** A page of the package's files and `FILES`; `held` comes when `release()` is called. Gives what `act` gives, with the paths that were fetched. */
async function visit(act, { given, prepare, headers = {}, held } = {}) {
  const paths = [];
  let release;
  const free = new Promise((done) => (release = done));
  const server = createServer(async (request, response) => {
    const { pathname: path } = new URL(request.url, 'http://x');
    if (path === '/release') {
      release();
      return response.writeHead(204).end();
    }
    paths.push(path);
    if (path === held) await free;
    if (path === '/') return response.writeHead(200, { 'content-type': 'text/html', ...headers }).end('<!doctype html><link rel="icon" href="data:,"><script type="module" src="/main.js"></script>');
    if (path === '/main.js') return response.writeHead(200, { 'content-type': 'text/javascript' }).end('import * as n from "/dist/browser.js"; globalThis.n = n;');
    const body = FILES[path] ?? (path.startsWith('/dist/') ? readFileSync(dist + path.replace('/dist', '')) : undefined);
    if (!body) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' }).end(body);
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const context = await browser.newContext();
  try {
    const page = await openPage(context);
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page.waitForFunction(() => globalThis.n);
    await prepare?.(page, context);
    const out = await page.evaluate(act, given);
    return { out, paths, faults: page.faults, workers: page.workers().length };
  } finally {
    await context.close();
    server.closeAllConnections();
    server.close();
  }
}
const count = (paths, end) => paths.filter((path) => path.endsWith(end)).length;

/** Loads, and tells of a slate, and of what info says. */
const told = async ({ url = '/whole', options } = {}) => {
  const shop = await n.load(url, { timeouts: { slateMs: 20_000 }, ...options });
  await shop.ready;
  const [{ item }] = shop.items({ limit: 1 }).items;
  shop.observe({ kind: 'view', item });
  const { tier, source, notes, items } = await shop.recommend();
  const { full, timings, counts } = shop.info();
  return { tier, source, notes, items: items.map(({ item }) => item), full, slateMs: timings.slate, events: counts.events };
};

test('by default: measured, told, one binary, and the same slate in either thread', async () => {
  const slates = {};
  for (const thread of ['auto', 'page', 'worker']) {
    const { out, paths, faults, workers } = await visit(told, { given: { options: thread === 'auto' ? {} : { thread } } });
    assert.deepEqual(faults, [], thread);
    assert.deepEqual([out.tier, out.source, out.notes, out.full.state, out.full.engine, out.events], ['full', 'model', [], 'ready', 'nearhand', 1]);
    assert.equal(count(paths, '/nearhand.wasm'), 1, `${thread}: the binary comes once`);
    assert.equal(out.slateMs !== undefined, thread !== 'worker');
    if (thread !== 'auto') assert.equal(out.full.thread, thread);
    // On a busy machine it may be a worker after all.
    else if (out.slateMs <= 2) assert.equal(out.full.thread, 'page');
    if (thread === 'page' || out.slateMs <= 2) assert.deepEqual([workers, count(paths, '/worker.js')], [0, 0]);
    slates[thread] = out.items;
  }
  assert.deepEqual(slates.page, slates.worker);
  assert.deepEqual(slates.auto, slates.worker);
});

test('a slow device: the page is measured, and a worker takes over', async () => {
  // Its clock runs 40 times as fast: what the browser's own throttling does, in quanta that a golden slips through.
  const slow = (page) =>
    page.evaluate(() => {
      const real = performance.now.bind(performance);
      performance.now = () => 40 * real();
    });
  const { out, paths, faults } = await visit(
    async () => {
      const shop = await n.load('/whole', { timeouts: { slateMs: 20_000 } });
      await shop.ready;
      for (let tries = 0; shop.info().full.thread !== 'worker' && tries < 1_500; tries++) await new Promise((done) => setTimeout(done, 20));
      return { full: shop.info().full, slateMs: shop.info().timings.slate, tier: (await shop.recommend()).tier };
    },
    { prepare: slow },
  );
  assert.deepEqual([out.full.state, out.full.thread, out.tier, faults], ['ready', 'worker', 'full', []]);
  assert.ok(out.slateMs > 2, `${out.slateMs} ms`);
  assert.equal(count(paths, '/nearhand.wasm'), 1, 'the worker has the page\'s module');
});

test('a tab that nobody sees has no timers: the full tier comes by messages', async () => {
  const { out, faults } = await visit(async () => {
    const shop = await n.load('/shop', { thread: 'page', model: '/model' });
    const early = await shop.recommend();
    let timers = 0;
    const real = globalThis.setTimeout;
    // Only what opens in turns; a deadline is a timer, too.
    globalThis.setTimeout = (act, ms = 0) => (ms < 1000 && timers++, real(act, ms));
    Object.defineProperty(document, 'hidden', { value: true });
    await fetch('/release');
    const tier = await shop.ready;
    return { early: [early.tier, early.notes], tier, timers };
  }, { held: '/model' });
  assert.deepEqual([out, faults], [{ early: ['lite', ['full-loading']], tier: 'full', timers: 0 }, []]);
});

test('a bundle in two: the table answers until the second file is there, then the model, in the same shop and session', async () => {
  for (const thread of ['page', 'worker']) {
    const { out, paths, faults } = await visit(
      async (thread) => {
        const shop = await n.load('/shop', { thread, model: '/model', timeouts: { slateMs: 20_000 } });
        const [{ item }] = shop.items({ limit: 1 }).items;
        shop.observe({ kind: 'view', item });
        const early = await shop.recommend();
        const { state } = shop.info().full;
        await fetch('/release');
        const tier = await shop.ready;
        const late = await shop.recommend();
        const whole = await n.load('/whole', { thread, timeouts: { slateMs: 20_000 } });
        await whole.ready;
        whole.observe({ kind: 'view', item });
        const same = await whole.recommend();
        const told = (slate) => [slate.tier, slate.source, slate.events, slate.notes.join()];
        // Of how many events the catalog may have had no item: the last number. The lite engine has seen the only one.
        const events = shop.info().monitor.rates.at(-1);
        return { early: told(early), state, tier, late: told(late), same: JSON.stringify(late.items) === JSON.stringify(same.items), thread: shop.info().full.thread, events };
      },
      { given: thread, held: '/model' },
    );
    assert.deepEqual(out, { early: ['lite', 'table', 1, 'full-loading'], state: 'loading', tier: 'full', late: ['full', 'model', 1, ''], same: true, thread, events: 1 });
    assert.deepEqual([faults, count(paths, '/shop'), count(paths, '/model')], [[], 1, 1]);
  }
});

test('a second file of another bundle, one that is not there, one that comes after close: the table goes on', async () => {
  for (const [url, code] of [['/other', 'bundle-digest-mismatch'], ['/gone', 'fetch-failed']]) {
    const { out, faults } = await visit(told, { given: { url: '/shop', options: { thread: 'page', model: url } } });
    assert.deepEqual([out.tier, out.source, out.notes, out.full.state, out.full.error.code, out.items.length], ['lite', 'table', ['full-failed'], 'failed', code, 5]);
    assert.deepEqual(faults.filter((fault) => !/404|\/gone/.test(fault)), []);
  }
  const { out, paths, faults } = await visit(
    async () => {
      const shop = await n.load('/shop', { thread: 'page', model: '/model' });
      shop.close();
      await new Promise((done) => setTimeout(done, 600));
      await fetch('/release');
      await new Promise((done) => setTimeout(done, 100));
      return shop.recommend().catch(({ code }) => code);
    },
    { held: '/model' },
  );
  assert.deepEqual([out, count(paths, '/worker.js')], ['closed', 0]);
  assert.deepEqual(faults.filter((fault) => !/ERR_ABORTED/.test(fault)), []);
});

test('a swap while the second file is on its way: the new bundle serves, and the late file is nobody\'s', async () => {
  const { out, faults } = await visit(
    async () => {
      const shop = await n.load('/shop', { thread: 'page', model: '/model' });
      shop.observe({ kind: 'view', item: shop.items({ limit: 1 }).items[0].item });
      await shop.swap('/whole');
      const slate = await shop.recommend();
      await fetch('/release');
      await new Promise((done) => setTimeout(done, 100));
      const after = await shop.recommend();
      return [slate.tier, slate.events, after.tier, after.notes, shop.info().full, shop.info().restarts.count];
    },
    { held: '/model' },
  );
  assert.deepEqual(out, ['full', 1, 'full', [], { state: 'ready', thread: 'page', engine: 'nearhand' }, 0]);
  assert.deepEqual(faults.filter((fault) => !/ERR_ABORTED/.test(fault)), []);
});

test('the full engine traps in the page at every slate: lite answers in the same call, and from then on', async () => {
  const { out, faults } = await visit(async () => {
    const shop = await n.load('/whole', { thread: 'page', wasm: { full: '/trapping.wasm' } });
    const before = await shop.ready;
    shop.observe({ kind: 'view', item: shop.items().items[0].item });
    const slates = [];
    while (shop.info().full.state === 'ready' && slates.length < 9) slates.push(await shop.recommend().catch(({ code }) => code));
    const last = await shop.recommend();
    return { before, last: [last.tier, last.items.length, last.events, last.notes], full: shop.info().full, answered: slates.at(-1).tier, lost: slates.filter((slate) => typeof slate === 'string').length };
  });
  assert.deepEqual([out.before, out.last, out.full.state, out.full.error.code], ['full', ['lite', 5, 1, ['full-failed']], 'failed', 'engine-trapped']);
  assert.deepEqual([out.answered, out.lost, faults], ['lite', 0, []]);
});

test('an engine with too little memory in the page: lite goes on and says why', async () => {
  const { out, faults } = await visit(told, { given: { options: { thread: 'page', wasm: { full: '/limited.wasm' } } } });
  assert.deepEqual([out.tier, out.full.state, out.full.error.code, out.notes], ['lite', 'failed', 'engine-trapped', ['full-failed']]);
  assert.deepEqual(faults, []);
});

test('a visitor who saves data has the lite tier alone, in whatever thread', async () => {
  const saving = (page) => page.evaluate(() => Object.defineProperty(navigator, 'connection', { value: { saveData: true } }));
  const { out, paths, faults } = await visit(told, { given: { options: { thread: 'page' } }, prepare: saving });
  assert.deepEqual([out.tier, out.full, faults], ['lite', { state: 'off', reason: 'save-data' }, []]);
  assert.equal(count(paths, '/nearhand.wasm') + count(paths, '/full-host.js'), 0);
});

test('a thread that there is none of is refused by name', async () => {
  const { out } = await visit(() => n.load('/whole', { thread: 'main' }).catch(({ code, message, details }) => [code, message, details.option]));
  assert.deepEqual([out[0], out[2]], ['invalid-option', 'load.thread']);
  assert.match(out[1], /auto, page, worker/);
});

test('memory that turns bad: no thread serves by it for more than 256 slates, and both go on with another engine', async () => {
  const { part } = (await import(`${process.env.NEARHAND_ROOT}/tools/faults/bundle.mjs`)).opened(bundle);
  const vectors = Array.from(part('items.vectors'));
  for (const thread of ['page', 'worker']) {
    const { out, faults } = await visit(
      async ({ thread, vectors }) => {
        const { damage, watch } = await import('/memory.js');
        watch();
        const shop = await n.load('/whole', { thread, timeouts: { slateMs: 20_000 }, ...(thread === 'worker' && { worker: '/dist/damaged-worker.js' }) });
        await shop.ready;
        shop.observe({ kind: 'view', item: shop.items({ limit: 1 }).items[0].item });
        const slate = async () => {
          const { items, tier, notes } = await shop.recommend();
          return { items: items.map(({ item }) => item), tier, notes };
        };
        const before = await slate();
        const bytes = Uint8Array.from(vectors);
        const told = new BroadcastChannel('damage');
        const there = thread === 'page' ? damage(bytes, (some) => some.fill(7)) : await new Promise((done) => ((told.onmessage = ({ data }) => done(data)), told.postMessage(bytes)));
        told.close();
        let after = 0;
        let seen;
        do seen = await slate();
        while (++after < 600 && !seen.notes.length);
        for (let tries = 0; shop.info().full.state !== 'ready' && tries < 1_500; tries++) await new Promise((done) => setTimeout(done, 20));
        return { there, after, seen, before, then: await slate(), info: shop.info() };
      },
      { given: { thread, vectors } },
    );
    assert.deepEqual(faults, [], thread);
    assert.ok(out.there > 0 && out.after <= 256, `${thread}: ${out.there} places, after ${out.after}`);
    assert.deepEqual([out.seen.tier, out.seen.notes], thread === 'page' ? ['full', ['engine-restarted']] : ['lite', ['full-failed']]);
    assert.deepEqual(out.then, out.before);
    assert.match((thread === 'page' ? out.info.restarts : out.info.full).error.message, /golden sessions/);
  }
});
