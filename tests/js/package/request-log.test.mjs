// nearhand/request-log as it is installed: the recorded rows of both tiers, decisions, what docs/telemetry.md says of each field, and Chromium. What the rows
// are worth, cli/src/parity/slates/tests.rs says: it computes the recorded ones anew. RECORD=1 writes them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { load } from 'nearhand';
import { createAssessor } from 'nearhand/assess';
import * as all from 'nearhand/request-log';
import { rowsOf as transactionsOf } from './assess/log.mjs';
import { asked, serveOne } from './workerd.mjs';
import { clock, fed, rowsOf, visits } from './request-log/visits.mjs';

const { createRequestLog } = all;
const root = process.env.NEARHAND_ROOT;
const dist = `${import.meta.dirname}/node_modules/nearhand/dist`;
const golden = `${root}/tests/golden/request-log.jsonl`;
const recorded = () => rowsOf(readFileSync(golden, 'utf8'));
const ofTier = (tier) => recorded().filter((row) => row.nearhand.tier === tier);

/** What a log tells of visitors of a shop. */
async function told(tier, asks = visits) {
  const time = clock();
  const shop = await load(process.env.NEARHAND_BUNDLE, { tier, now: time.now });
  await shop.ready;
  let text = '';
  const log = createRequestLog({ consent: 'session', share: 1, now: time.now, sink: (rows) => void (text += rows) });
  const slates = await asks(shop, log, time);
  log.close();
  assert.deepEqual([log.info().failed, log.info().failure], [0, null]);
  shop.close();
  return { text, slates };
}

test('request-log: the recorded rows of both tiers, in modules and by require', async () => {
  const [lite, full] = [await told('lite'), await told('full')];
  if (process.env.RECORD) writeFileSync(golden, lite.text + full.text);
  assert.deepEqual(rowsOf(lite.text + full.text), recorded());
  assert.ok(full.slates.some(({ source }) => source === 'model') && lite.slates.every(({ source }) => source !== 'model'));
  assert.deepEqual(Object.keys(createRequire(import.meta.url)('nearhand/request-log')).filter((name) => name !== '__esModule').sort(), Object.keys(all).sort());
});

test('request-log: the recorded rows of a shop with a feed of which the log was not told', async () => {
  const feed = JSON.parse(readFileSync(`${root}/tests/golden/request-log-feed.json`, 'utf8'));
  const path = `${root}/tests/golden/request-log-fed.jsonl`;
  const asks = (shop, log, time) => fed(shop, log, time, feed);
  const text = (await told('lite', asks)).text + (await told('full', asks)).text;
  if (process.env.RECORD) writeFileSync(path, text);
  assert.deepEqual(rowsOf(text), rowsOf(readFileSync(path, 'utf8')));
});

test('request-log: a clock that was put back puts back the statement of the cart with the events', async () => {
  for (const own of [true, false]) {
    const { text } = await told('lite', async (shop, log, { wait }) => {
      const one = own ? shop : shop.page();
      one.observe({ kind: 'cart-add', item: '85123A', quantity: 3 });
      one.observe({ kind: 'purchase', item: '85123A', quantity: 1 });
      one.setCart([{ item: '85123A' }]);
      wait(-3_600_000);
      await log.recommend(shop, { k: 1 }, { visit: one });
    });
    const [{ stated, session }] = text.trimEnd().split('\n').map((line) => JSON.parse(line));
    assert.ok(stated > 0 && stated === session.at(-1).ago, `${stated} of ${JSON.stringify(session)}`);
  }
});

test('request-log: what it is imported into needs no page', () => {
  const script = "for (const name of ['document', 'navigator', 'addEventListener', 'TextEncoder', 'crypto', 'performance']) delete globalThis[name]; await import('nearhand/request-log');";
  execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: import.meta.dirname });
});

/** All keys of a value, lists passed through, joined by points. */
const keysOf = (value, path = '') =>
  Array.isArray(value) ? value.flatMap((one) => keysOf(one, path)) : value !== null && typeof value === 'object' ? Object.entries(value).flatMap(([key, one]) => [`${path}${key}`, ...(key === 'requests' ? [] : keysOf(one, `${path}${key}.`))]) : [];

test('request-log: every field that is written stands in docs/telemetry.md, and no other', async () => {
  const text = readFileSync(`${root}/docs/telemetry.md`, 'utf8').split('## The request log')[1];
  const documented = (kind) => [...text.matchAll(/^\| `([\w.]+)` \|(.*)$/gm)].filter(([, , rest]) => rest.startsWith(` ${kind}`) || rest.startsWith(' both')).map(([, name]) => name);
  const time = clock();
  const shop = await load(process.env.NEARHAND_BUNDLE, { tier: 'lite', now: time.now });
  const rows = [];
  const log = createRequestLog({ consent: 'session', share: 1, fed: true, lifetimes: { idleTimeoutMs: 1_800_000 }, now: time.now, sink: (text) => void rows.push(...text.trimEnd().split('\n').map((line) => JSON.parse(line))) });
  await visits(shop, log, time);
  log.flush();
  shop.close();
  const written = new Set(rows.flatMap((row) => keysOf(row)).map((key) => key.replace(/^nearhand\.lifetimes\..*/, 'nearhand.lifetimes')));
  assert.deepEqual([...written].sort(), documented('slates').sort());
  const assessor = await createAssessor({ bundle: readFileSync(`${root}/models/card-fraud/card-fraud.safetensors`), now: null });
  rows.length = 0;
  for (const { transaction } of transactionsOf(readFileSync(`${root}/tests/golden/card-fraud-log.csv`, 'utf8')).slice(0, 20)) log.assess(assessor, transaction);
  log.flush();
  const features = assessor.info().features;
  const judged = new Set(rows.flatMap((row) => keysOf(row)).filter((key) => !features.includes(key)));
  assert.deepEqual([...judged].sort(), documented('assess').sort());
  for (const row of rows) assert.deepEqual(Object.keys(row).slice(2), features);
});

test('request-log in workerd: the recorded rows', async () => {
  const files = { 'shop.safetensors': process.env.NEARHAND_BUNDLE, 'nearhand-lite.wasm': `${dist}/nearhand-lite.wasm`, 'nearhand.wasm': `${dist}/nearhand.wasm` };
  const workerd = await serveOne(`${import.meta.dirname}/dist-request-log-edge`, `${import.meta.dirname}/edge/request-log.js`, files);
  try {
    assert.deepEqual(rowsOf((await asked(workerd, 'rows')).text), ofTier('lite'));
  } finally {
    await workerd.stop();
  }
});

let browser;
before(async () => {
  const { launch } = await import(`${root}/tools/chromium.mjs`);
  browser = await launch();
});
after(() => browser?.close());

test('request-log in Chromium: nothing goes out below the consent `session`, then the recorded rows, when the page is left', async () => {
  const { openPage } = await import(`${root}/tools/chromium.mjs`);
  const posts = [];
  const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>log</title><link rel="icon" href="data:,"><script type="module">
    import { load } from '/dist/browser.js'; import { createRequestLog } from '/dist/request-log.js'; import { clock, visits } from '/visits.mjs';
    globalThis.run = async (consent) => {
      const time = clock();
      const shop = await load('/shop.safetensors', { tier: 'lite', now: time.now });
      globalThis.log = createRequestLog({ consent, share: 1, now: time.now, sink: (rows) => navigator.sendBeacon('/rows', rows) });
      await visits(shop, log, time);
      return log.info().held;
    };</script></html>`;
  const files = { '/': ['text/html', () => page], '/visits.mjs': ['text/javascript', () => readFileSync(`${import.meta.dirname}/request-log/visits.mjs`)], '/shop.safetensors': ['application/octet-stream', () => readFileSync(process.env.NEARHAND_BUNDLE)] };
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    if (request.method === 'POST') return posts.push(body), response.writeHead(204).end();
    try {
      const [type, read] = files[request.url] ?? [request.url.endsWith('.wasm') ? 'application/wasm' : 'text/javascript', () => readFileSync(`${dist}${request.url.replace(/^\/dist/, '')}`)];
      response.writeHead(200, { 'content-type': type }).end(read());
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const context = await browser.newContext();
  try {
    const view = await openPage(context);
    const address = `http://localhost:${server.address().port}/`;
    for (const consent of ['none', 'memory', 'session']) {
      await view.goto(address);
      await view.waitForFunction(() => globalThis.run);
      const held = await view.evaluate((consent) => run(consent), consent);
      assert.equal(held, consent === 'session' ? ofTier('lite').length : 0);
      assert.deepEqual(posts, []);
    }
    await view.goto('about:blank');
    for (let tries = 0; !posts.length && tries < 100; tries++) await new Promise((done) => setTimeout(done, 50));
    assert.deepEqual(rowsOf(posts.join('')), ofTier('lite'));
    assert.deepEqual(view.faults, []);
  } finally {
    await context.close();
    server.closeAllConnections();
    server.close();
  }
});
