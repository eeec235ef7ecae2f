// A running shop takes another bundle, with the real engines: in Node, in a page and in its service worker.
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { load } from 'nearhand';
import { load as slim } from 'nearhand/slim';
import { edited } from './bundles.mjs';
import { host, lay } from './nights.mjs';

const { launch, openPage } = await import(`${process.env.NEARHAND_ROOT}/tools/chromium.mjs`);
const old = readFileSync(process.env.NEARHAND_BUNDLE);
const wasm = (name) => readFileSync(new URL(import.meta.resolve(`nearhand/${name}`)));
const view = (item) => ({ kind: 'view', item });
const ids = ({ items }) => items.map(({ item }) => item);

/** Rarely seen, in no golden session; the next night it has another id. */
let gone;
const CAME = 'NEWID';
let next;
before(async () => {
  const shop = await load(old, { tier: 'lite' });
  const head = new TextDecoder().decode(old.subarray(0, 40_000));
  gone = ids(shop.items({ offset: 2_000, limit: 1000 })).find((id) => id.length === CAME.length && !head.includes(id));
  assert.ok(gone);
  shop.close();
  next = edited(old, (m) => (m.version = '2'), { [gone]: CAME });
});

for (const [what, open, options] of [
  ['node, full', load, {}],
  ['node, lite', load, { tier: 'lite' }],
  ['node, progressive', load, { tier: 'progressive' }],
  ['slim, full', slim, { wasm: { lite: wasm('nearhand-lite.wasm'), full: wasm('nearhand.wasm') } }],
  ['slim, lite', slim, { wasm: { lite: wasm('nearhand-lite.wasm') } }],
]) {
  test(`${what}: after the swap the shop answers as one that has loaded the new bundle`, async () => {
    const shop = await open(old, options);
    await shop.ready;
    const popular = ids(shop.items({ limit: 5 }));
    shop.observe(view(popular[0]));
    shop.observe(view(CAME));
    shop.observe(view(gone));
    const { tier } = await shop.recommend();
    const { bundle, notes } = await shop.swap(next.bytes, { digest: next.digest });
    assert.deepEqual([bundle.version, bundle.digest, notes], ['2', next.digest, []]);
    assert.deepEqual(shop.info().bundle, bundle);
    assert.deepEqual(shop.session().map(({ item, known }) => [item, known]), [[popular[0], true], [CAME, true], ['', false]]);

    const fresh = await open(next.bytes, options);
    await fresh.ready;
    fresh.restore(shop.snapshot());
    for (const asked of [{ k: 20 }, { placement: 'product', source: popular[1] }, { source: gone }, { rules: [{ pin: 1, items: [CAME] }], exclude: [] }]) {
      const [one, other] = [await shop.recommend({ ...asked, explain: true }), await fresh.recommend({ ...asked, explain: true })];
      assert.deepEqual([one.items, one.source, one.tier, one.notes], [other.items, other.source, tier, other.notes]);
    }
    // And back: the session is whole.
    await shop.swap(old);
    assert.deepEqual(shop.session().map(({ item }) => item), [popular[0], '', gone]);
    fresh.close();
    shop.close();
  });
}

test('what the real engines refuse: the old bundle goes on', async () => {
  const shop = await load(old);
  const item = ids(shop.items({ limit: 1 }))[0];
  shop.observe(view(item));
  const flipped = Uint8Array.from(next.bytes);
  flipped[flipped.length >> 1] ^= 1;
  const blended = edited(old, (m) => (m.blend.temperature *= 3));
  for (const [bundle, options, code] of [
    [flipped, {}, 'bundle-digest-mismatch'],
    [next.bytes, { digest: '0'.repeat(64) }, 'bundle-digest-mismatch'],
    [next.bytes.subarray(0, 300_000), {}, 'bundle-digest-mismatch'],
    [new Uint8Array(5000), {}, 'bundle-foreign'],
    [new Uint8Array(0), {}, 'bundle-foreign'],
    [next.bytes, { maxBytes: 1000 }, 'bundle-too-large'],
    ['/no/such/file', {}, 'fetch-failed'],
    [blended.bytes, {}, 'golden-mismatch'],
  ]) {
    await assert.rejects(shop.swap(bundle, options), { name: 'NearhandError', code }, `${code}`);
    const slate = await shop.recommend();
    assert.deepEqual([slate.tier, slate.events, slate.items.length, shop.info().bundle.version], ['full', 1, 5, '1']);
  }
  shop.close();
});

test('deltas that came between, with the real engines', async () => {
  const shop = await load(old);
  const [first, second] = ids(shop.items({ limit: 2 }));
  shop.updateCatalog({
    add: [
      { item: CAME, title: 'It came by the feed', price: 4.5, stock: 3, like: first },
      { item: 'beside', title: 'WHITE METAL LANTERN', like: gone },
      { item: 'vector', title: 'RED RETROSPOT BAG', vector: Array(48).fill(0.1) },
    ],
    update: [{ item: gone, price: 1 }, { item: second, stock: 0 }],
  });
  const { notes } = await shop.swap(next.bytes);
  assert.deepEqual(notes.map(({ note, item }) => `${note} ${item}`), [`unknown ${gone}`, `known ${CAME}`, 'placed beside', 'placed vector']);
  assert.deepEqual([shop.item(CAME).title, shop.item(CAME).stock, shop.item(second).stock, shop.item(gone)], ['It came by the feed', 3, 0, undefined]);
  shop.observe(view('beside'));
  const slate = await shop.recommend({ k: 10, where: { inStock: true } });
  assert.deepEqual([slate.tier, slate.items.length, ids(slate).includes(second)], ['full', 10, false]);
  assert.deepEqual((await shop.swap(old)).notes.map(({ note, item }) => `${note} ${item}`), ['placed vector']);
  assert.equal(shop.item(gone).price, 1);
  shop.close();
});

test('a process that swaps all day holds no more memory than one that swapped a few times', async () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc');
  const shop = await load(old, { tier: 'lite' });
  const used = async (swaps) => {
    for (let i = 0; i < swaps; i++) {
      await shop.swap(i % 2 ? old : next.bytes);
      await shop.recommend();
    }
    for (let i = 0; i < 3; i++) {
      await new Promise((done) => setTimeout(done, 20));
      gc();
    }
    return process.memoryUsage.rss() / 1e6;
  };
  const few = await used(20);
  const many = await used(80);
  // Each holds 3 MB of wasm and a copy of the bundle: 80 that are kept are more than 250 MB.
  assert.ok(many < few + 80, `${Math.round(few)} MB after 20 swaps, ${Math.round(many)} MB after 100`);
  shop.close();
});

let browser;
after(() => browser?.close());

/** A page with the package as it lies on a server, docs/nightly.md's follow.js beside it, and a console that is empty. */
async function visiting(act, { worker, allowed = /(?!)/ } = {}) {
  browser ??= await launch();
  const dir = `${import.meta.dirname}/dist-swap`;
  lay(dir);
  const site = `${dir}/site`;
  const point = (serial, { digest }, name = `shop.${digest.slice(0, 12)}.safetensors`) => {
    writeFileSync(`${site}/shop.json`, JSON.stringify({ serial, bundle: name, digest }));
    return name;
  };
  const first = edited(old, () => {});
  writeFileSync(`${site}/${point(1, first)}`, first.bytes);
  writeFileSync(`${site}/index.html`, `<!doctype html><meta charset="utf-8"><title>night</title><link rel="icon" href="data:,">
    <script type="importmap">{"imports":{"nearhand":"/nearhand/browser.js"}}</script>
    <script type="module">import { follow } from '/follow.js';
      globalThis.open = (options) => follow(new URL('/shop.json', location.href).href, { every: 0, ...options });</script>`);
  copyFileSync(`${dir}/follow.js`, `${site}/follow.js`);
  if (worker) writeFileSync(`${site}/sw.js`, worker);
  const web = await host(site, { folders: { '/nearhand/': `${import.meta.dirname}/node_modules/nearhand/dist/` } });
  const context = await browser.newContext();
  try {
    const page = await openPage(context);
    await page.goto(`${web.url}/index.html`);
    await page.waitForFunction(() => globalThis.open);
    if (worker) {
      await page.evaluate(async () => {
        await navigator.serviceWorker.register('/sw.js');
        await navigator.serviceWorker.ready;
        if (!navigator.serviceWorker.controller) await new Promise((done) => navigator.serviceWorker.addEventListener('controllerchange', done));
      });
    }
    await act(page, { web, site, first, point });
    assert.deepEqual(page.faults.filter((fault) => !allowed.test(fault)), [], 'the console is empty');
  } finally {
    await context.close();
    await web.close();
  }
}

/** The browser tells of a worker's end a little later. */
async function workers(page, left) {
  for (let tries = 0; page.workers().length !== left && tries < 100; tries++) await new Promise((done) => setTimeout(done, 20));
  assert.equal(page.workers().length, left, 'workers left');
}

for (const [thread, left] of [['page', 0], ['worker', 1]])
test(`chromium: an open page moves over between two slates, in its ${thread}; ${left} workers are left; the next page finds the session`, () =>
  visiting(async (page, { site, point }) => {
    const begun = await page.evaluate(async (thread) => {
      globalThis.following = await open({ consent: 'session', thread });
      globalThis.shop = following.shop;
      await shop.ready;
      shop.observe({ kind: 'view', item: shop.items({ limit: 1 }).items[0].item });
      return { version: shop.info().bundle.version, keys: Object.keys(sessionStorage) };
    }, thread);
    assert.equal(begun.version, '1');
    assert.deepEqual(begun.keys.length, 1);
    writeFileSync(`${site}/${point(2, next)}`, next.bytes);
    const out = await page.evaluate(async () => {
      let done = false;
      const turning = following.turn().then(() => (done = true));
      const slates = [];
      while (!done) {
        slates.push(await shop.recommend());
        await new Promise((turn) => setTimeout(turn, 5));
      }
      await turning;
      slates.push(await shop.recommend());
      const { bundle, full, counts, restarts } = shop.info();
      return {
        slates: slates.map(({ tier, source, events, notes }) => [tier, source, events, notes.length].join()),
        version: bundle.version,
        full,
        counts,
        restarts: restarts.count,
        keys: Object.keys(sessionStorage),
      };
    });
    assert.ok(out.slates.length > 2, `${out.slates.length} slates meanwhile`);
    assert.deepEqual(new Set(out.slates), new Set(['full,model,1,0']));
    assert.deepEqual([out.version, out.full.state, out.counts.fallbacks, out.restarts, out.keys], ['2', 'ready', 0, 0, begun.keys]);
    assert.equal(out.full.thread, thread);
    await workers(page, left);
    await page.reload();
    await page.waitForFunction(() => globalThis.open);
    const again = await page.evaluate(async () => {
      const { shop } = await open({ tier: 'lite', consent: 'session' });
      return [shop.info().bundle.version, shop.session().length];
    });
    assert.deepEqual(again, ['2', 1]);
  }));

test('chromium: swapped while the full tier is on its way, closed while a swap is', () =>
  visiting(async (page, { site, point, web }) => {
    const name = point(2, next);
    writeFileSync(`${site}/${name}`, next.bytes);
    // A bundle that never ends: the closed shop outlives its last handle by half a second.
    web.answer = (path, response) => path === '/slow' && response.writeHead(200).write('{') !== undefined;
    const out = await page.evaluate(async (name) => {
      const { load } = await import('nearhand');
      const shop = await load(`/${name}`);
      const first = await shop.recommend();
      const swapping = shop.swap(`/${name}`);
      const ready = await shop.ready;
      await swapping;
      const slate = await shop.recommend();
      const leaving = shop.swap('/slow').catch(({ code }) => code);
      shop.close();
      return [first.tier, ready, slate.tier, slate.items.length, await leaving];
    }, name);
    assert.deepEqual(out, ['lite', 'full', 'full', 5, 'closed']);
    await workers(page, 0);
    // What was fetched when the shop was closed is broken off.
  }, { allowed: /^request: .*ERR_ABORTED$/ }));

test('chromium: a file above an engine\'s memory is refused by its announced length, with both sizes; lite or old go on', () =>
  visiting(
    async (page, { web, first }) => {
      web.answer = (path, response) => path === '/huge' && response.writeHead(200, { 'content-length': 4.5e9 }).write('{') !== undefined;
      const out = await page.evaluate(async (name) => {
        const { load } = await import('nearhand');
        const refusal = (loading) => loading.then(() => 'not refused', ({ code, details }) => [code, details]);
        const shop = await load(`/${name}`);
        await shop.ready;
        const all = [await refusal(load('/huge')), await refusal(load('/huge', { maxBytes: 2 ** 31 })), await refusal(shop.swap('/huge', { maxBytes: 2 ** 31 }))];
        const progressive = await load(`/${name}`, { model: '/huge' });
        const tier = await progressive.ready;
        return { all, tier, full: progressive.info().full.error.code, old: (await shop.recommend()).tier };
      }, `shop.${first.digest.slice(0, 12)}.safetensors`);
      const refused = (maxBytes) => ['bundle-too-large', { bytes: 4.5e9, maxBytes }];
      assert.deepEqual(out, { all: [refused(2 ** 26), refused(2 ** 31), refused(2 ** 31)], tier: 'lite', full: 'bundle-too-large', old: 'full' });
    },
    // What a refused load was fetching beside is broken off.
    { allowed: /^request: .* net::ERR_ABORTED$/ },
  ));

const CACHE_FIRST = (what) => `
  self.addEventListener('install', () => self.skipWaiting());
  self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
  self.addEventListener('fetch', (event) => {
    const { pathname } = new URL(event.request.url);
    if (!(${what})) return;
    event.respondWith(caches.open('v1').then(async (cache) => {
      const kept = await cache.match(pathname);
      if (kept) return kept;
      const fresh = await fetch(event.request);
      await cache.put(pathname, fresh.clone());
      return fresh;
    }));
  });`;

test('chromium: a service worker that keeps bundles for ever and leaves the pointer alone', () =>
  visiting(
    async (page, { web, site, point, first }) => {
      const look = () =>
        page.evaluate(async () => {
          globalThis.following ??= await open({ tier: 'lite', onerror: (error) => (globalThis.told = error.code) });
          await following.turn();
          return following.shop.info().bundle.digest;
        });
      assert.equal(await look(), first.digest);
      writeFileSync(`${site}/${point(2, next)}`, next.bytes);
      assert.equal(await look(), next.digest);
      // Back: the old bundle comes from the cache.
      web.asked.length = 0;
      const name = point(3, first);
      assert.equal(await look(), first.digest);
      assert.ok(!web.asked.includes(`/${name}`));
      assert.equal(await page.evaluate(() => globalThis.told), undefined);
    },
    { worker: CACHE_FIRST("pathname.endsWith('.safetensors')") },
  ));

test('chromium: a service worker that keeps a bundle under a name that is written over: refused, the old one goes on', () =>
  visiting(
    async (page, { site, point, first }) => {
      writeFileSync(`${site}/shop.safetensors`, first.bytes);
      point(1, first, 'shop.safetensors');
      const look = () =>
        page.evaluate(async () => {
          globalThis.following ??= await open({ tier: 'lite', onerror: (error) => (globalThis.told = error.code) });
          await following.turn();
          return [following.shop.info().bundle.digest, globalThis.told];
        });
      assert.deepEqual(await look(), [first.digest, undefined]);
      writeFileSync(`${site}/shop.safetensors`, next.bytes);
      point(2, next, 'shop.safetensors');
      assert.deepEqual(await look(), [first.digest, 'bundle-digest-mismatch']);
    },
    { worker: CACHE_FIRST("pathname.endsWith('.safetensors')") },
  ));

test('chromium: a service worker that keeps the pointer: nothing moves and nothing breaks', () =>
  visiting(
    async (page, { site, point, first }) => {
      const look = () =>
        page.evaluate(async () => {
          globalThis.following ??= await open({ tier: 'lite', onerror: (error) => (globalThis.told = error.code) });
          await following.turn();
          return [following.shop.info().bundle.digest, globalThis.told];
        });
      assert.deepEqual(await look(), [first.digest, undefined]);
      writeFileSync(`${site}/${point(2, next)}`, next.bytes);
      assert.deepEqual(await look(), [first.digest, undefined]);
    },
    { worker: CACHE_FIRST("pathname === '/shop.json'") },
  ));
