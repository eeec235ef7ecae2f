// The engine alone against onnxruntime-web (wasm, one thread, SIMD) over the zoo's models: in one Node, in one Chromium.
// Usage: node tools/bench/engine.mjs [node|chromium|memory …]   BLOCKS=n ONLY=pattern AA=1
//   node, chromium   µs a run and ms from the model's bytes to its first answer, both engines in turns. Either's wasm is compiled and has
//                    opened this model before, so that its code is warm; ours makes an instance in that time, whose memory is new, the
//                    peer opens all in one
//   memory           fresh threads in Node: ms from the wasm's bytes to the first answer, and MiB of wasm memory then
// AA=1 puts onnxruntime-web on both sides: what a ratio of 1 looks like on this machine.
import { Worker } from 'node:worker_threads';
import { launch, openPage } from '../chromium.mjs';
import { engines as inNode, readCases } from '../conformance/node.mjs';
import { race } from '../conformance/race.mjs';
import { root } from '../face.mjs';
import { serve } from '../serve.mjs';
import { line, median, ratios } from './stats.mjs';

const file = `${root}/target/bench/engine.cases`;
const only = new RegExp(process.env.ONLY ?? '');
const settings = { blocks: Number(process.env.BLOCKS ?? 61) };
const ours = process.env.AA ? 'ort' : 'nearhand';
const FRESH = 5;
/** Isolated pages have a clock of 5 µs instead of 100. */
const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

const cases = readCases(file).map((each, at) => ({ ...each, at })).filter(({ name }) => only.test(name));
const measured = [];
const faults = [];

/** The rows of one model; `measured` is what race() said. */
function rows(place, name, result) {
  if (result.wrong) {
    faults.push(`${place} ${name}`);
    return console.log(`bench engine/${place} ${name} not measured: ${result.wrong}`);
  }
  const { run, load } = result;
  const micros = (values) => values.map((ms) => ms * 1000);
  console.log(line(`engine/${place}`, name, micros(run.ours), micros(run.theirs), 'µs', { paired: true }));
  console.log(line(`load/${place}`, name, load.ours, load.theirs, 'ms', { paired: true }));
  measured.push({ place, name, ratio: median(ratios(run.ours, run.theirs)) });
}

const fresh = (engine, at) =>
  new Promise((done, failed) => new Worker(new URL('./fresh.mjs', import.meta.url), { workerData: { engine, file, at } }).once('message', done).once('error', failed));

const groups = {
  async node() {
    const engines = { ours: await inNode[ours](), theirs: await inNode.ort() };
    for (const each of cases) rows('node', each.name, await race(engines, each, settings));
  },

  async chromium() {
    const server = await serve(
      {
        '/': `${root}/tools/bench/pages`,
        '/cases/': `${root}/target/bench`,
        '/conformance/': `${root}/tools/conformance`,
        '/onnx/': `${root}/target/onnx`,
        '/ort/': `${root}/node_modules/onnxruntime-web/dist`,
      },
      { headers: ISOLATED },
    );
    const browser = await launch();
    try {
      for (const { name, at } of cases) {
        const context = await browser.newContext();
        const page = await openPage(context);
        await page.goto(`${server.url}/engine.html?at=${at}&ours=${ours}`);
        await page.waitForFunction(() => globalThis.measure, undefined, { timeout: 60_000 }).catch((error) => {
          throw new Error(page.faults.join('; ') || error.message);
        });
        rows('chromium', name, await page.evaluate((s) => globalThis.measure(s), settings));
        await context.close();
      }
    } finally {
      await browser.close();
      await server.close();
    }
  },

  async memory() {
    for (const { name, at } of cases) {
      const runs = { ours: [], theirs: [] };
      try {
        for (let i = 0; i < FRESH; i++) {
          runs.ours.push(await fresh(ours, at));
          runs.theirs.push(await fresh('ort', at));
        }
      } catch (error) {
        faults.push(`memory ${name}`);
        console.log(`bench memory/node ${name} not measured: ${error.message}`);
        continue;
      }
      const of = (side, key, scale) => runs[side].map((run) => run[key] / scale);
      console.log(line('start/node', name, of('ours', 'ms', 1), of('theirs', 'ms', 1), 'ms'));
      console.log(line('memory/node', name, of('ours', 'bytes', 2 ** 20), of('theirs', 'bytes', 2 ** 20), 'MiB'));
    }
  },
};

const asked = process.argv.slice(2);
const wanted = asked.length ? asked : Object.keys(groups);
for (const name of wanted) if (!groups[name]) throw new Error(`no part "${name}"; there are ${Object.keys(groups).join(', ')}`);
for (const name of wanted) await groups[name]();
if (measured.length) {
  const worst = measured.reduce((a, b) => (b.ratio > a.ratio ? b : a));
  const middle = median(measured.map(({ ratio }) => ratio));
  console.log(`bench engine rows=${measured.length} median-ratio=${middle.toPrecision(3)} worst=${worst.ratio.toPrecision(3)} (${worst.name}, ${worst.place})`);
}
if (faults.length) console.error(`not measured: ${faults.join(', ')}`);
process.exit(faults.length ? 1 : 0);
