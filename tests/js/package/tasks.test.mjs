// What the page's thread does at a time while the shop opens and a feed of the whole catalog comes, on a processor a quarter as
// fast. How much is done a task is held; how long it takes depends on what else the machine does, and is printed
// (`./build.sh bench tasks` measures it).
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

const root = process.env.NEARHAND_ROOT;
const { launch } = await import(`${root}/tools/chromium.mjs`);
const { serve } = await import(`${root}/tools/serve.mjs`);
const here = import.meta.dirname;
const dir = `${here}/dist-tasks`;

let browser;
let site;
before(async () => {
  mkdirSync(dir, { recursive: true });
  const dist = `${here}/node_modules/nearhand/dist`;
  for (const name of readdirSync(dist)) if (/\.(js|wasm)$/.test(name)) copyFileSync(`${dist}/${name}`, `${dir}/${name}`);
  copyFileSync(process.env.NEARHAND_BUNDLE, `${dir}/shop.safetensors`);
  writeFileSync(`${dir}/index.html`, "<!doctype html><link rel=icon href=data:,><script type=module>import { load } from './browser.js'; globalThis.load = load;</script>");
  site = await serve({ '/': dir });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await site?.close();
});

/** In the page: every call into the engine, with the task it was made in, its rows and its time. */
function watch() {
  globalThis.calls = [];
  let task = 0;
  // The package gives the page its turn by a timer.
  const { setTimeout: later } = globalThis;
  globalThis.setTimeout = (act, ...rest) => later((...args) => (task++, act(...args)), ...rest);
  let rows = 0;
  const { stringify } = JSON;
  JSON.stringify = (value, ...rest) => {
    rows = value?.upsert?.length ?? 0;
    return stringify(value, ...rest);
  };
  const watched = (instance) => {
    const exports = {};
    for (const [name, of] of Object.entries(instance.exports)) {
      exports[name] = !name.startsWith('engine_') ? of : (...args) => {
        const from = performance.now();
        rows = 0;
        try {
          return of(...args);
        } finally {
          calls.push({ name, task, rows, ms: performance.now() - from });
        }
      };
    }
    return Object.setPrototypeOf({ exports }, WebAssembly.Instance.prototype);
  };
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = async (...args) => watched(await instantiate.apply(WebAssembly, args));
}

test('at a quarter of the speed the bundle opens step by step, and a feed of all items comes in small slices', async (t) => {
  const context = await browser.newContext();
  try {
    await context.addInitScript(watch);
    const page = await context.newPage();
    await page.goto(`${site.url}/index.html`);
    await page.waitForFunction(() => globalThis.load);
    await (await context.newCDPSession(page)).send('Emulation.setCPUThrottlingRate', { rate: 4 });
    const { opening, feeds, rows } = await page.evaluate(async () => {
      const shop = await load('./shop.safetensors', { tier: 'lite' });
      const opening = calls.splice(0);
      const all = [];
      for (let page; page?.length !== 0; all.push(...page)) page = shop.items({ offset: all.length, limit: 1000 }).items;
      const feeds = {};
      for (const [name, upsert] of Object.entries({
        known: all.map(({ item }, i) => ({ item, price: 1 + (i % 90), stock: i % 7 })),
        fresh: all.map(({ item, title, category }) => ({ item: `new ${item}`, title, category, price: 2 })),
      })) {
        calls.length = 0;
        await shop.updateCatalog({ upsert });
        feeds[name] = calls.filter(({ name }) => name === 'engine_updateCatalog');
      }
      shop.close();
      return { opening, feeds, rows: all.length };
    });
    const tasks = (calls) => new Set(calls.map(({ task }) => task)).size;
    const longest = (calls) => {
      const sums = new Map();
      for (const { task, ms } of calls) sums.set(task, (sums.get(task) ?? 0) + ms);
      return Math.max(...sums.values()).toFixed(1);
    };
    const steps = opening.filter(({ name }) => name === 'engine_replay');
    t.diagnostic(`opening: ${steps.length} steps in ${tasks(opening)} tasks, the longest ${longest(opening)} ms`);
    // Digest, header, manifest, four of the parts, a column each, the catalog, the engine, and the goldens.
    assert.ok(steps.length >= 12, `${steps.length} steps`);
    assert.ok(tasks(opening) >= 2, `${tasks(opening)} tasks`);
    for (const [name, slices] of Object.entries(feeds)) {
      t.diagnostic(`${rows} ${name} rows: ${slices.length} slices in ${tasks(slices)} tasks, the longest ${longest(slices)} ms`);
      assert.equal(slices.reduce((sum, { rows }) => sum + rows, 0), rows);
      assert.ok(slices[0].rows <= 8 && slices.every(({ rows }) => rows <= 512), `${slices.map(({ rows }) => rows)}`);
      assert.ok(tasks(slices) >= 3, `${tasks(slices)} tasks`);
      // No other slice is begun in a task that has taken its five milliseconds.
      for (const [at, { task }] of slices.entries()) {
        const before = slices.slice(0, at).filter((other) => other.task === task);
        assert.ok(before.reduce((sum, { ms }) => sum + ms, 0) <= 5.5, `slice ${at} of ${name}`);
      }
    }
  } finally {
    await context.close();
  }
});
