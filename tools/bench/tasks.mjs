// The longest task on the page's thread while a shop opens and while feeds of its whole catalog come, at full speed and on a
// processor a quarter as fast. A task is what the browser's trace says is one (RunTask on the page's main thread); beside its
// length stands its time on a processor, which other work on the machine changes less.
// Usage: node tools/bench/tasks.mjs [open|load-feed|load-new|feed|new …]   RUNS=n   a fresh page each
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { launch } from '../chromium.mjs';
import { lib, root } from '../face.mjs';
import { serve } from '../serve.mjs';
import { median, noise, significant } from './stats.mjs';

const bundle = process.env.NEARHAND_BUNDLE ?? `${root}/models/online-retail/online-retail.safetensors`;
const RUNS = Number(process.env.RUNS ?? 10);
/** How many times slower the page's processor is made. */
const RATES = [1, 4];
const TRACE = ['disabled-by-default-devtools.timeline', 'blink.user_timing'];
/** What pages call a long task. */
const LONG_MS = 50;

/** Run in the page, with the rows of a feed where it is one: from load to the first slate, or from a feed to its end. */
const acts = {
  open: { act: () => open({}) },
  'load-feed': { rows: 'known', act: (upsert) => open({ catalog: { upsert } }) },
  'load-new': { rows: 'fresh', act: (upsert) => open({ catalog: { upsert } }) },
  feed: { rows: 'known', before: () => open({}), act: (upsert) => shop.updateCatalog({ upsert }) },
  new: { rows: 'fresh', before: () => open({}), act: (upsert) => shop.updateCatalog({ upsert }) },
};

const asked = process.argv.slice(2);
for (const name of asked) if (!acts[name]) throw new Error(`no case "${name}"; there are ${Object.keys(acts).join(', ')}`);
const site = `${root}/target/bench/tasks-site`;
mkdirSync(`${site}/nearhand`, { recursive: true });
for (const name of readdirSync(`${lib}/dist`)) if (/\.(js|wasm)$/.test(name)) copyFileSync(`${lib}/dist/${name}`, `${site}/nearhand/${name}`);
copyFileSync(`${root}/tools/bench/pages/tasks.html`, `${site}/index.html`);
copyFileSync(bundle, `${site}/shop.safetensors`);
const server = await serve({ '/': site });
const browser = await launch();

/** A page of its own: caches of code are cold, as at a first visit. */
async function visit(act, rate) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(`${server.url}/index.html`);
    await page.waitForFunction(() => globalThis.ready);
    return await act(page, await context.newCDPSession(page), rate);
  } finally {
    await context.close();
  }
}

/** The rows of two feeds of the whole catalog: new prices and stock, and every item once more under another id. */
const rows = await visit((page) =>
  page.evaluate(async () => {
    await open({});
    const all = [];
    for (let page; page?.length !== 0; all.push(...page)) page = shop.items({ offset: all.length, limit: 1000 }).items;
    const stated = (i) => ({ price: 1 + (i % 90), stock: i % 7 });
    return {
      known: all.map(({ item }, i) => ({ item, ...stated(i) })),
      fresh: all.map(({ item, title, category }, i) => ({ item: `new ${item}`, title, category, ...stated(i) })),
    };
  }),
);

/** The tasks of one run, milliseconds. */
const run = (name) => async (page, cdp, rate) => {
  const { rows: kind, before, act } = acts[name];
  await page.evaluate((given) => void (globalThis.given = given), kind ? rows[kind] : null);
  await cdp.send('Emulation.setCPUThrottlingRate', { rate });
  if (before) await page.evaluate(before);
  await page.evaluate(() => quiet());
  await browser.startTracing(page, { categories: TRACE });
  await page.evaluate(`between(() => (${act})(given))`);
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const mark = (word) => traceEvents.find((event) => event.name === `nearhand-${word}`);
  const [begin, end] = [mark('begin'), mark('end')];
  const ours = (event) => event.name === 'RunTask' && event.pid === begin.pid && event.tid === begin.tid;
  const tasks = traceEvents.filter((event) => ours(event) && event.ts + event.dur >= begin.ts && event.ts <= end.ts);
  return { whole: (end.ts - begin.ts) / 1000, tasks: tasks.map(({ dur, tdur }) => ({ ms: dur / 1000, processor: tdur / 1000 })) };
};

try {
  for (const name of asked.length ? asked : Object.keys(acts)) {
    for (const rate of RATES) {
      const runs = [];
      // The first run warms the disk and is dropped.
      for (let i = -1; i < RUNS; i++) {
        const result = await visit(run(name), rate);
        if (i >= 0) runs.push(result);
      }
      const longest = (what) => runs.map(({ tasks }) => Math.max(...tasks.map((task) => task[what])));
      const long = runs.map(({ tasks }) => tasks.filter(({ ms }) => ms > LONG_MS).length);
      const [ms, processor] = [longest('ms'), longest('processor')];
      console.log(
        `bench tasks ${name}/${rate}x longest=${significant(median(ms))}ms worst=${significant(Math.max(...ms))}ms ` +
          `processor=${significant(median(processor))}ms processor-worst=${significant(Math.max(...processor))}ms ` +
          `long=${median(long)} whole=${significant(median(runs.map(({ whole }) => whole)))}ms rows=${rows.known.length} noise=±${noise(ms).toFixed(0)}% n=${runs.length}`,
      );
    }
  }
} finally {
  await browser.close();
  await server.close();
}
