// A bundle whose graph has an operator that tract alone has: the binary with tract comes for it, and for no other bundle.
// tests/fixtures/make.py makes the bundle: the mean of the session's vectors through ScaledTanh.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { test } from 'node:test';
import { load } from 'nearhand';
import { load as slim } from 'nearhand/slim';
import { edited } from './bundles.mjs';
import { asked, serveOne } from './workerd.mjs';

const root = process.env.NEARHAND_ROOT;
const here = import.meta.dirname;
const dist = `${here}/node_modules/nearhand/dist`;
const usual = readFileSync(process.env.NEARHAND_BUNDLE);
const rare = readFileSync(`${root}/tests/fixtures/query_rare.safetensors`);
/** As packed before bundles said which engine they need. */
const unsaid = edited(rare, (manifest) => delete manifest.model.engine).bytes;
const wasm = (name) => readFileSync(`${dist}/${name}`);

/** What a shop of the rare bundle answers, whoever runs it: apple's vector is bowl's but for a tenth. */
async function answers(shop) {
  assert.deepEqual(shop.info().full, { state: 'ready', engine: 'tract' });
  shop.observe({ kind: 'view', item: 'a' });
  const { tier, source, items } = await shop.recommend({ k: 2 });
  assert.deepEqual([tier, source, items.map(({ item }) => item)], ['full', 'model', ['b', 'c']]);
  shop.close();
}

test('Node: a bundle that asks for tract is answered by it', async () => {
  await answers(await load(rare));
  await answers(await load(`${root}/tests/fixtures/query_rare.safetensors`, { tier: 'progressive' }));
});

test('Node: another bundle never touches that binary', async () => {
  const nowhere = { tract: `${here}/no-such.wasm` };
  const shop = await load(usual, { wasm: nowhere });
  assert.deepEqual(shop.info().full, { state: 'ready', engine: 'nearhand' });
  // A swap to one that needs it looks for it, and the shop goes on with what it had.
  await assert.rejects(shop.swap(rare), { code: 'fetch-failed' });
  assert.equal((await shop.recommend()).tier, 'full');
  shop.close();
  await assert.rejects(load(rare, { wasm: nowhere }), { code: 'fetch-failed' });
});

test('Node: a swap to a bundle that asks for tract brings it, and one that the full binary refuses leaves it', async () => {
  const shop = await load(unsaid, { tier: 'progressive' });
  assert.equal(shop.info().tier, 'lite');
  await shop.swap(rare);
  assert.deepEqual(shop.info().full, { state: 'ready', engine: 'tract' });
  await assert.rejects(shop.swap(unsaid), { code: 'model-operator-unsupported' });
  await answers(shop);
});

test('the full binary refuses the graph by its operator, and says which binary may take it', async () => {
  const refused = (error) => {
    assert.deepEqual([error.code, error.details.operator], ['model-operator-unsupported', 'ScaledTanh']);
    assert.match(error.message, /nearhand-tract\.wasm/);
    return true;
  };
  await assert.rejects(load(rare, { wasm: { tract: wasm('nearhand.wasm') } }), refused);
  await assert.rejects(load(unsaid), refused);
  const shop = await load(unsaid, { tier: 'progressive' });
  const { state, error } = shop.info().full;
  assert.deepEqual([shop.info().tier, state, error.code], ['lite', 'failed', 'model-operator-unsupported']);
  assert.match(error.message, /ScaledTanh|operator/);
  shop.close();
});

test('slim: the host passes the binary, or is told which', async () => {
  const own = { lite: wasm('nearhand-lite.wasm'), full: wasm('nearhand.wasm') };
  await assert.rejects(slim(rare, { tier: 'full', wasm: own }), (error) => {
    assert.deepEqual([error.code, error.details.option], ['wasm-missing', 'load.wasm.tract']);
    return /pass `wasm\.tract`/.test(error.message);
  });
  await answers(await slim(rare, { wasm: { ...own, tract: wasm('nearhand-tract.wasm') } }));
  await answers(await slim(rare, { wasm: { lite: own.lite, tract: wasm('nearhand-tract.wasm') } }));
});

test('a page fetches the one binary or the other, in its worker', async (t) => {
  const { launch, openPage } = await import(`${root}/tools/chromium.mjs`);
  const browser = await launch();
  t.after(() => browser.close());
  let paths = [];
  const types = { '.js': 'text/javascript', '.wasm': 'application/wasm', '.html': 'text/html' };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://x');
    paths.push(pathname.split('/').at(-1));
    const bodies = { '/': '<!doctype html><link rel="icon" href="data:,"><script type="module">globalThis.n = await import("/dist/browser.js")</script>', '/usual': usual, '/rare': rare, '/unsaid': unsaid };
    const body = bodies[pathname] ?? readFileSync(dist + pathname.replace('/dist', ''));
    response.writeHead(200, { 'content-type': pathname === '/' ? 'text/html' : (types[extname(pathname)] ?? 'application/octet-stream') }).end(body);
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  t.after(() => (server.closeAllConnections(), server.close()));
  const page = await openPage(await browser.newContext());
  /** What a fresh page tells of a bundle, and what it fetched. */
  const visit = async (name, options) => {
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page.waitForFunction(() => globalThis.n);
    paths = [];
    const told = await page.evaluate(
      async ([name, options]) => {
        const shop = await globalThis.n.load(`/${name}`, options);
        await shop.ready;
        const [first] = shop.items().items;
        shop.observe({ kind: 'view', item: name === 'usual' ? first.item : 'a' });
        const { tier, source, items } = await shop.recommend({ k: 2 });
        const { full } = shop.info();
        shop.close();
        return { tier, source, items: items.map(({ item }) => item), full };
      },
      [name, options],
    );
    return { ...told, fetched: paths.filter((path) => path.endsWith('.wasm')).sort() };
  };
  const { items, ...ordinary } = await visit('usual', { thread: 'page' });
  assert.deepEqual(ordinary, { tier: 'full', source: 'model', full: { state: 'ready', thread: 'page', engine: 'nearhand' }, fetched: ['nearhand-lite.wasm', 'nearhand.wasm'] });
  assert.equal(items.length, 2);
  const want = { tier: 'full', source: 'model', items: ['b', 'c'], full: { state: 'ready', engine: 'tract', thread: 'worker' } };
  assert.deepEqual(await visit('rare', {}), { ...want, fetched: ['nearhand-lite.wasm', 'nearhand-tract.wasm'] });
  // Who waits for the full tier has its binary fetched ahead, which is the other one then.
  const { fetched, ...pinned } = await visit('rare', { tier: 'full' });
  assert.deepEqual(pinned, want);
  assert.ok(fetched.includes('nearhand-tract.wasm'));
  const here = await visit('rare', { thread: 'page' });
  assert.deepEqual([here.full, here.items], [{ state: 'ready', thread: 'page', engine: 'tract' }, want.items]);
  const old = await visit('unsaid', {});
  assert.deepEqual([old.tier, old.full.state, old.full.error.code], ['lite', 'failed', 'model-operator-unsupported']);
  assert.ok(!old.fetched.includes('nearhand-tract.wasm'));
  // The worker that was made ahead for the full binary is ended while it loads.
  assert.deepEqual(page.faults.filter((fault) => !/worker\.js net::ERR_ABORTED/.test(fault)), []);
});

test('workerd: the host imports the binary where a bundle needs it', async (t) => {
  const files = { 'nearhand-lite.wasm': 'nearhand-lite.wasm', 'nearhand.wasm': 'nearhand.wasm', 'nearhand/nearhand-tract.wasm': 'nearhand-tract.wasm' };
  for (const name of Object.keys(files)) files[name] = `${dist}/${files[name]}`;
  files['rare.bin'] = `${root}/tests/fixtures/query_rare.safetensors`;
  const workerd = await serveOne(`${here}/dist-tract`, `${here}/edge/tract.js`, files);
  t.after(workerd.stop);
  const { withIt, without } = await asked(workerd, '');
  assert.deepEqual(withIt, { full: { state: 'ready', engine: 'tract' }, tier: 'full', source: 'model', items: ['b', 'c'] });
  assert.deepEqual(without, ['wasm-missing', 'load.wasm.tract']);
});
