// Event to slate over large catalogs, nearhand and onnxruntime-web in turns in one Chromium.
// Usage: node tools/bench/slate.mjs [KIND-ITEMS …]   kinds real and gaussian, see slate.py   BLOCKS=n
// The peer runs the same encoder with the catalog product inside the graph (f32), and its best five are taken in JavaScript.
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { launch, openPage } from '../chromium.mjs';
import { lib, root } from '../face.mjs';
import { serve } from '../serve.mjs';
import { readBundle } from './pages/bundle.js';
import { line, median, quantile, significant } from './stats.mjs';

const bundle = `${root}/models/online-retail/online-retail.safetensors`;
const site = `${root}/target/bench/slate-site`;
const made = `${root}/target/bench/slate`;
const BLOCKS = Number(process.env.BLOCKS ?? 15);
/** Visits a session; a session is a block. */
const VISITS = 20;
/** Sessions before it counts. */
const WARM = 3;
/** Isolated pages have a clock of 5 µs instead of 100. */
const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
const CASES = ['real-4000', 'real-43000', 'real-100000', 'real-1000000', 'gaussian-1000000'];

function prepare(name) {
  const [kind, items] = name.split('-');
  if (!['real', 'gaussian'].includes(kind) || !(Number(items) > 0)) throw new Error(`no case "${name}"; there are ${CASES.join(', ')}`);
  const script = `${root}/tools/bench/slate.py`;
  const file = `${made}/${name}/peer.onnx`;
  if (existsSync(file) && statSync(file).mtimeMs > Math.max(statSync(script).mtimeMs, statSync(bundle).mtimeMs)) return;
  const [whole, shop, model] = ['whole', 'shop', 'model'].map((part) => `${made}/${name}/${part}.safetensors`);
  const run = (command, ...args) => execFileSync(`${root}/${command}`, args, { stdio: 'inherit' });
  run('.venv/bin/python', script, 'make', bundle, whole, items, kind);
  // In two files, as a large catalog is served.
  run('target/release/nearhand', 'split', whole, '--out', shop, '--model', model);
  run('.venv/bin/python', script, 'peer', model, file);
}

function lay() {
  mkdirSync(`${site}/nearhand`, { recursive: true });
  mkdirSync(`${site}/ort`, { recursive: true });
  cpSync(`${root}/tools/bench/pages`, site, { recursive: true });
  // As docs/builds.md has it for pages without a bundler.
  for (const name of readdirSync(`${lib}/dist`)) if (/\.(js|wasm)$/.test(name)) copyFileSync(`${lib}/dist/${name}`, `${site}/nearhand/${name}`);
  const ort = `${root}/node_modules/onnxruntime-web/dist`;
  for (const name of ['ort.wasm.bundle.min.mjs', 'ort-wasm-simd-threaded.wasm']) copyFileSync(`${ort}/${name}`, `${site}/ort/${name}`);
}

/** Sessions of items, by index and id: each starts anywhere and follows the transition table, as visitors do; the same ones for all engines. */
function* sessions(name) {
  const { buffer } = readFileSync(`${made}/${name}/shop.safetensors`);
  const { 'table.next': next, 'table.weights': weights, 'table.counts': counts, 'catalog.ids': text } = readBundle(buffer).tensors;
  const ids = new TextDecoder().decode(text).split('\n');
  const items = Number(name.split('-')[1]);
  // Where a row of the table begins: without counts all are equally long.
  const starts = [0];
  for (let item = 0; item < items; item++) starts.push(starts[item] + (counts ? counts[item] : next.length / items));
  let state = 1;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  for (;;) {
    let item = Math.floor(random() * items);
    const session = [];
    while (session.length < VISITS) {
      session.push({ item, id: ids[item] });
      const row = weights.subarray(starts[item], starts[item + 1]);
      let left = random() * row.reduce((sum, w) => sum + w, 0);
      const place = row.findIndex((w) => (left -= w) < 0);
      item = place < 0 ? Math.floor(random() * items) : next[starts[item] + place];
      if (!(item >= 0 && item < items)) throw new Error(`${name}: a session of item ${item}`);
    }
    yield session;
  }
}

async function open(browser, url, engine, dir) {
  const context = await browser.newContext();
  const page = await openPage(context);
  await page.addInitScript({ path: `${root}/tools/bench/pages/memory.js` });
  await context.route('**/worker.js', async (route) => {
    const response = await route.fetch();
    const body = `${readFileSync(`${root}/tools/bench/pages/memory.js`, 'utf8')}\n${await response.text()}`;
    await route.fulfill({ response, body });
  });
  await page.goto(`${url}/slate.html?engine=${engine}&dir=${dir}`);
  await page.waitForFunction(() => globalThis.firstMs, undefined, { timeout: 300_000 }).catch((error) => {
    throw new Error(`${engine} ${dir}: ${page.faults.join('; ') || error.message}`);
  });
  return page;
}

async function wasmMiB(page) {
  let bytes = await page.evaluate(() => globalThis.wasmBytes());
  for (const worker of page.workers()) bytes += await worker.evaluate(() => globalThis.wasmBytes?.() ?? 0);
  return bytes / 2 ** 20;
}

/** The full tier in its worker, the same in the page's own thread, the lite tier, the peer in the page's thread. */
const ENGINES = ['full', 'thread', 'lite', 'ort'];

async function measure(browser, url, name) {
  const pages = {};
  for (const engine of ENGINES) pages[engine] = await open(browser, url, engine, name);
  const times = Object.fromEntries(ENGINES.map((engine) => [engine, []]));
  const list = sessions(name);
  let warm;
  for (let block = -WARM; block < BLOCKS; block++) {
    const { value: session } = list.next();
    for (const engine of block % 2 ? ENGINES : ENGINES.toReversed()) {
      const took = await pages[engine].evaluate((items) => globalThis.visits(items), session);
      if (block >= 0) times[engine].push(took);
    }
    if (block === -1) warm = await wasmMiB(pages.full);
  }
  const memory = {};
  for (const engine of ENGINES) memory[engine] = await wasmMiB(pages[engine]);
  for (const tier of ['full', 'thread', 'lite']) {
    const p50 = (engine) => times[engine].map((took) => median(took));
    console.log(line('slate', `${name}/${tier}/p50`, p50(tier), p50('ort'), 'ms', { paired: true }));
    // Of all visits together: a session alone is too short for it.
    const p99 = (engine) => quantile(times[engine].flat(), 0.99);
    const [a, b] = [p99(tier), p99('ort')];
    console.log(`bench slate ${name}/${tier}/p99 nearhand=${significant(a)}ms onnxruntime-web=${significant(b)}ms ratio=${significant(a / b)} visits=${BLOCKS * VISITS}`);
    const firstMs = (engine) => pages[engine].evaluate(() => globalThis.firstMs);
    console.log(line('slate', `${name}/${tier}/ready`, [await firstMs(tier)], [await firstMs('ort')], 'ms'));
    console.log(line('slate', `${name}/${tier}/wasm-memory`, [memory[tier]], [memory.ort], 'MiB'));
  }
  console.log(`bench slate ${name}/full/growth wasm-memory=${memory.full - warm}MiB slates=${BLOCKS * VISITS}`);
  for (const page of Object.values(pages)) await page.context().close();
}

const asked = process.argv.slice(2);
const cases = asked.length ? asked : CASES;
lay();
for (const name of cases) prepare(name);
const server = await serve({ '/': site, '/slate/': made }, { headers: ISOLATED });
const browser = await launch();
try {
  for (const name of cases) await measure(browser, server.url, name);
} finally {
  await browser.close();
  await server.close();
}
