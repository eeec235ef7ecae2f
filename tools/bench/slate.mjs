// Event to slate over large catalogs, nearhand and onnxruntime-web in turns in one Chromium.
// Usage: node tools/bench/slate.mjs [KIND-ITEMS …]   kinds real and gaussian, see slate.py   BLOCKS=n
// The peer runs the same encoder with the catalog product inside the graph (f32), and its best five are taken in JavaScript.
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { launch, openPage } from '../chromium.mjs';
import { lib, root } from '../face.mjs';
import { serve } from '../serve.mjs';
import { line, quantile } from './stats.mjs';

const bundle = `${root}/models/online-retail/online-retail.safetensors`;
const site = `${root}/target/bench/slate-site`;
const made = `${root}/target/bench/slate`;
const BLOCKS = Number(process.env.BLOCKS ?? 15);
/** Visits a block, and a session: the events of a block are one session. */
const VISITS = 20;
/** Isolated pages have a clock of 5 µs instead of 100. */
const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
const CASES = ['real-4000', 'real-43000', 'real-100000', 'real-1000000', 'gaussian-1000000'];

function prepare(name) {
  const [kind, items] = name.split('-');
  if (!['real', 'gaussian'].includes(kind) || !(Number(items) > 0)) throw new Error(`no case "${name}"; there are ${CASES.join(', ')}`);
  const script = `${root}/tools/bench/slate.py`;
  const file = `${made}/${name}/peer.onnx`;
  if (existsSync(file) && Math.min(statSync(file).mtimeMs) > Math.max(statSync(script).mtimeMs, statSync(bundle).mtimeMs)) return;
  execFileSync(`${root}/.venv/bin/python`, [script, bundle, `${made}/${name}`, items, kind], { stdio: 'inherit' });
}

function lay() {
  mkdirSync(`${site}/nearhand`, { recursive: true });
  mkdirSync(`${site}/ort`, { recursive: true });
  cpSync(`${root}/tools/bench/pages`, site, { recursive: true });
  for (const name of ['browser.js', 'worker.js', 'nearhand.wasm', 'nearhand-lite.wasm']) copyFileSync(`${lib}/dist/${name}`, `${site}/nearhand/${name}`);
  const ort = `${root}/node_modules/onnxruntime-web/dist`;
  for (const name of ['ort.wasm.bundle.min.mjs', 'ort-wasm-simd-threaded.wasm']) copyFileSync(`${ort}/${name}`, `${site}/ort/${name}`);
}

/** Popular and rare ones alike: a walk over all items. */
function* walk(items) {
  for (let i = 1; ; i++) yield (i * 7919 + ((i * i) % 101) * 31) % items;
}

async function open(browser, url, engine, dir) {
  const context = await browser.newContext();
  const page = await openPage(context);
  await page.addInitScript({ path: `${root}/tools/bench/pages/memory.js` });
  await context.route('**/worker.js', async (route) => {
    const response = await route.fetch();
    const body = `${(await import('node:fs')).readFileSync(`${root}/tools/bench/pages/memory.js`, 'utf8')}\n${await response.text()}`;
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

async function measure(browser, url, name) {
  const items = Number(name.split('-')[1]);
  const [ours, theirs] = [await open(browser, url, 'nearhand', name), await open(browser, url, 'ort', name)];
  const ids = walk(items);
  const block = () => Array.from({ length: VISITS }, () => ids.next().value);
  const visits = (page, list) => page.evaluate((l) => globalThis.visits(l), list);
  const times = { ours: [], theirs: [] };
  for (let i = -2; i < BLOCKS; i++) {
    const list = block();
    for (const [side, page] of i % 2 ? [['ours', ours], ['theirs', theirs]] : [['theirs', theirs], ['ours', ours]]) {
      const took = await visits(page, list);
      if (i >= 0) times[side].push(took);
    }
    if (i === -1) globalThis.warm = await wasmMiB(ours);
  }
  const memory = { ours: await wasmMiB(ours), theirs: await wasmMiB(theirs) };
  for (const [word, q] of [['p50', 0.5], ['p99', 0.99]]) {
    const of = (side) => (word === 'p50' ? times[side].map((t) => quantile(t, q)) : [quantile(times[side].flat(), q)]);
    console.log(line('slate', `${name}/${word}`, of('ours'), of('theirs'), 'ms', { paired: word === 'p50' }));
  }
  const load = await Promise.all([ours, theirs].map((page) => page.evaluate(() => globalThis.firstMs)));
  console.log(line('slate', `${name}/load`, [load[0]], [load[1]], 'ms'));
  console.log(line('slate', `${name}/wasm-memory`, [memory.ours], [memory.theirs], 'MiB'));
  console.log(`bench slate ${name}/growth wasm-memory after warm-up=${memory.ours - globalThis.warm} MiB in ${BLOCKS * VISITS} slates`);
  for (const page of [ours, theirs]) await page.context().close();
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
