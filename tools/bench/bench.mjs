// nearhand against onnxruntime-web (wasm only build) with the same bundle in one Chromium, page loads interleaved.
// Usage: node tools/bench/bench.mjs [cold|line|latency|bytes|memory …]   LOADS=n for fewer or more page loads
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { launch } from '../chromium.mjs';
import { lib, root } from '../face.mjs';
import { startLine } from './line.mjs';
import { readBundle } from './pages/bundle.js';
import { line, median, noise, quantile, significant } from './stats.mjs';

const bundle = process.env.NEARHAND_BUNDLE ?? `${root}/models/online-retail/online-retail.safetensors`;
if (!existsSync(bundle)) throw new Error(`${bundle} is missing: ./build.sh train makes it`);
const LOADS = Number(process.env.LOADS ?? 20);
const site = `${root}/target/bench/site`;
const cache = `${root}/target/bench/br`;
const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
/** Chrome's "fast 4G". */
const PHONE = { bytesPerSecond: 9e6 / 8, latencyMs: 85 };

/** The item of the page: the most popular one. Both pages know it from their address, as a product page does. */
function startItem() {
  const { buffer, byteOffset, byteLength } = readFileSync(bundle);
  const { tensors } = readBundle(buffer.slice(byteOffset, byteOffset + byteLength));
  const popularity = tensors['items.popularity'];
  const best = popularity.reduce((top, count, i) => (count > popularity[top] ? i : top), 0);
  return new TextDecoder().decode(tensors['catalog.ids']).split('\n')[best];
}
const item = encodeURIComponent(startItem());
const pages = { lite: `lite.html?item=${item}`, full: `full.html?item=${item}`, ort: `ort.html?item=${item}`, empty: 'empty.html' };

/** Each page asks early for what it will need, as nearhand's README advises. */
const script = (file) => `<link rel=modulepreload href=./${file}>`;
const data = (file) => `<link rel=preload as=fetch crossorigin href=./${file}>`;
const heads = {
  lite: [script('nearhand/browser.js'), script('clicks.js'), data('nearhand/nearhand-lite.wasm'), data('shop.safetensors')],
  full: [script('nearhand/browser.js'), script('nearhand/full-host.js'), script('clicks.js'), data('nearhand/nearhand.wasm'), data('shop.safetensors')],
  ort: [script('ort/ort.wasm.bundle.min.mjs'), script('clicks.js'), script('bundle.js'), data('ort/ort-wasm-simd-threaded.wasm'), data('shop.safetensors')],
  empty: [],
};

function prepare() {
  rmSync(site, { recursive: true, force: true });
  mkdirSync(`${site}/nearhand`, { recursive: true });
  mkdirSync(`${site}/ort`);
  cpSync(`${root}/tools/bench/pages`, site, { recursive: true });
  // As docs/builds.md has it for pages without a bundler.
  for (const name of readdirSync(`${lib}/dist`)) if (/\.(js|wasm)$/.test(name)) copyFileSync(`${lib}/dist/${name}`, `${site}/nearhand/${name}`);
  const ort = `${root}/node_modules/onnxruntime-web/dist`;
  for (const name of ['ort.wasm.bundle.min.mjs', 'ort-wasm-simd-threaded.wasm']) copyFileSync(`${ort}/${name}`, `${site}/ort/${name}`);
  copyFileSync(bundle, `${site}/shop.safetensors`);
  for (const [name, head] of Object.entries(heads)) {
    const main = ['lite', 'full'].includes(name) ? 'nearhand.js' : `${name}.js`;
    const body = `<script type=module src=./${main} data-tier=${name}></script>`;
    writeFileSync(`${site}/${name}.html`, ['<!doctype html><meta charset=utf-8><link rel=icon href=data:,>', ...head, body].join('\n'));
  }
}

/** Opens a page in a fresh context and hands it over once the first slate is there. */
async function visit(browser, url, act, watch = false) {
  const context = await browser.newContext();
  const prelude = readFileSync(`${root}/tools/bench/pages/memory.js`, 'utf8');
  try {
    if (watch) {
      await context.addInitScript(prelude);
      await context.route('**/worker.js', async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, body: `${prelude}\n${await response.text()}` });
      });
    }
    const page = await context.newPage();
    const errors = [];
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(url);
    await page.waitForFunction(() => globalThis.firstMs, undefined, { timeout: 60_000 }).catch((error) => {
      throw new Error(`${url}: ${errors.join('; ') || error.message}`);
    });
    return await act(page);
  } finally {
    await context.close();
  }
}

/** Every page once a round, `rounds` rounds; the first round warms the disk and is dropped. */
async function interleaved(browser, base, names, rounds, act, watch) {
  const results = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const name of names) {
      const result = await visit(browser, `${base}/${pages[name]}`, act, watch);
      if (round >= 0) results[name].push(result);
    }
  }
  return results;
}

/** From the start of the navigation to the first slate. What the browser alone takes stands beside it: a page with an empty script. */
async function cold(browser, group, options, rounds) {
  const server = await startLine(site, cache, options);
  const ms = await interleaved(browser, server.url, ['lite', 'ort', 'full', 'empty'], rounds, (page) => page.evaluate(() => globalThis.firstMs));
  await server.close();
  console.log(`bench ${group} empty-page ms=${significant(median(ms.empty))} noise=±${noise(ms.empty).toFixed(0)}% n=${ms.empty.length}`);
  console.log(line(group, 'first-slate/lite', ms.lite, ms.ort, 'ms'));
  console.log(line(group, 'first-slate/full', ms.full, ms.ort, 'ms'));
}

const groups = {
  cold: (browser) => cold(browser, 'cold', {}, LOADS),
  // The line, not the machine, makes the time here: fewer rounds do.
  line: (browser) => cold(browser, 'line-9mbit-85ms', PHONE, Math.ceil(LOADS / 2)),

  async latency(browser) {
    // Isolated pages have a clock of 5 µs instead of 100.
    const server = await startLine(site, cache, { headers: ISOLATED });
    const runs = await interleaved(browser, server.url, ['lite', 'ort', 'full'], LOADS, (page) =>
      page.evaluate(async () => {
        for (let i = 0; i < 50; i++) await step();
        const times = [];
        for (let i = 0; i < 200; i++) {
          const from = performance.now();
          await step();
          times.push(performance.now() - from);
        }
        return times;
      }),
    );
    await server.close();
    for (const [word, q] of [['p50', 0.5], ['p99', 0.99]]) {
      const of = (name) => runs[name].map((times) => quantile(times, q) * 1000);
      for (const tier of ['lite', 'full']) console.log(line('latency', `event-to-slate/${tier}/${word}`, of(tier), of('ort'), 'µs'));
    }
  },

  async bytes(browser) {
    const server = await startLine(site, cache);
    const sent = {};
    for (const name of ['lite', 'full', 'ort']) {
      server.take();
      await visit(browser, `${server.url}/${pages[name]}`, () => {});
      sent[name] = server.take();
    }
    await server.close();
    for (const tier of ['lite', 'full']) {
      for (const kind of ['brotli', 'raw']) console.log(line('bytes', `${kind}/${tier}`, [sent[tier][kind]], [sent.ort[kind]], 'B'));
    }
  },

  async memory(browser) {
    const server = await startLine(site, cache);
    const runs = await interleaved(browser, server.url, ['lite', 'ort', 'full'], Math.ceil(LOADS / 4), async (page) => {
      await page.evaluate(async () => {
        for (let i = 0; i < 50; i++) await step();
      });
      const cdp = await page.context().newCDPSession(page);
      await cdp.send('HeapProfiler.collectGarbage');
      const { usedSize } = await cdp.send('Runtime.getHeapUsage');
      let wasm = await page.evaluate(() => wasmBytes());
      for (const worker of page.workers()) wasm += await worker.evaluate(() => globalThis.wasmBytes?.() ?? 0);
      return { wasm: wasm / 2 ** 20, heap: usedSize / 2 ** 20 };
    }, true);
    await server.close();
    for (const kind of ['wasm', 'heap']) {
      const of = (name) => runs[name].map((run) => run[kind]);
      for (const tier of ['lite', 'full']) console.log(line('memory', `${kind}/${tier}`, of(tier), of('ort'), 'MiB'));
    }
  },
};

const asked = process.argv.slice(2);
const wanted = asked.length ? asked : Object.keys(groups);
for (const name of wanted) if (!groups[name]) throw new Error(`no group "${name}"; there are ${Object.keys(groups).join(', ')}`);
prepare();
const browser = await launch();
try {
  for (const name of wanted) await groups[name](browser);
} finally {
  await browser.close();
}
