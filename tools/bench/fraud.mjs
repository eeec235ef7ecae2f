// Card transactions judged by `nearhand/assess`, one call each: windows, model, decision and reasons, in Node and in Chromium, the model alone in
// onnxruntime-web beside it; and windows over a whole log, natively, beside pandas. Usage: node tools/bench/fraud.mjs [node|chromium|features …]
//   TIMED=n calls that are timed a round   LOG=file a log of the Handbook's form for `features`, else the one under ../shared/data, else a made-up one
// A call's figures are medians over rounds of each round's p50 and p99, the least and the greatest of the rounds beside them, each answer's features
// looked at within the time; rows a second are the median of several runs, the best beside it. What is judged by the bars are the medians.
// Bars: a call p50 20 µs, p99 100 µs, reasons always made; a tenth of the peer's model alone; 500,000 rows a second; 20 times pandas.
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { launch, openPage } from '../chromium.mjs';
import { lib, root } from '../face.mjs';
import { serve } from '../serve.mjs';
import { measure, rowsOf } from './pages/fraud.js';
import { median, noise, quantile, ratios, significant } from './stats.mjs';

const work = `${root}/target/bench/fraud`;
const settings = { warm: 2_000, timed: Number(process.env.TIMED ?? 10_000), rounds: 5 };
const bundle = `${root}/models/card-fraud/card-fraud.safetensors`;
const nearhand = `${root}/target/release/nearhand`;
/** Isolated pages have a clock of 5 µs instead of 100. */
const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
const PLACES = ['node', 'chromium', 'features'];

const asked = process.argv.length > 2 ? process.argv.slice(2) : PLACES;
for (const name of asked) if (!PLACES.includes(name)) throw new Error(`no part "${name}"; there are ${PLACES.join(', ')}`);
mkdirSync(work, { recursive: true });

const bar = (value, limit, met) => `bar=${limit} met=${met(value, limit) ? 'yes' : 'no'}`;
const most = (value, limit) => value <= limit;
const least = (value, limit) => value >= limit;

/** A made-up log whose windows are filled, with frauds and declines as often as cards have them. */
function log() {
  const file = `${work}/log.csv`;
  if (!existsSync(file)) execFileSync(nearhand, ['simulate-transactions', '--seed', '3', '--days', '30', '--customers', '300', '--terminals', '600', '--out', file], { stdio: 'ignore' });
  return file;
}

function tell(place, { calls, blocks }) {
  for (const [explain, rounds] of Object.entries(calls)) {
    const [p50, p99] = [0.5, 0.99].map((share) => rounds.map((times) => quantile(times, share)));
    const [middle50, middle99] = [median(p50), median(p99)];
    const of = (which) => `${significant(which(...p50))}/${significant(which(...p99))}µs`;
    console.log(
      `bench fraud ${place} assess reasons=${explain} p50=${significant(middle50)}µs ${bar(middle50, 20, most)} p99=${significant(middle99)}µs ${bar(middle99, 100, most)} ` +
        `best=${of(Math.min)} worst=${of(Math.max)} rounds=${rounds.length} n=${rounds[0].length}`,
    );
  }
  const each = ratios(blocks.ours, blocks.theirs);
  const ratio = median(each);
  console.log(
    `bench fraud ${place} assess nearhand=${significant(median(blocks.ours))}µs onnxruntime-web-model-alone=${significant(median(blocks.theirs))}µs ratio=${significant(ratio)} ` +
      `${bar(ratio, 0.1, most)} noise=±${noise(each).toFixed(0)}% n=${each.length}`,
  );
}

const parts = {
  async node() {
    const { createAssessor } = await import(`${lib}/dist/assess-node.js`);
    const dist = `${root}/node_modules/onnxruntime-web/dist`;
    const ort = await import(`${dist}/ort.wasm.bundle.min.mjs`);
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmBinary = readFileSync(`${dist}/ort-wasm-simd-threaded.wasm`);
    tell('node', await measure(createAssessor, ort, new Uint8Array(readFileSync(bundle)), rowsOf(readFileSync(log(), 'utf8')), settings));
  },

  async chromium() {
    const site = `${work}/site`;
    for (const folder of ['nearhand', 'ort']) mkdirSync(`${site}/${folder}`, { recursive: true });
    cpSync(`${root}/tools/bench/pages`, site, { recursive: true });
    for (const name of readdirSync(`${lib}/dist`)) if (/^(assess\.js|rescue\.js|nearhand-assess\.wasm)$/.test(name)) copyFileSync(`${lib}/dist/${name}`, `${site}/nearhand/${name}`);
    for (const name of ['ort.wasm.bundle.min.mjs', 'ort-wasm-simd-threaded.wasm']) copyFileSync(`${root}/node_modules/onnxruntime-web/dist/${name}`, `${site}/ort/${name}`);
    copyFileSync(bundle, `${site}/card-fraud.safetensors`);
    copyFileSync(log(), `${site}/log.csv`);
    const server = await serve({ '/': site }, { headers: ISOLATED });
    const browser = await launch();
    try {
      const page = await openPage(browser);
      await page.goto(`${server.url}/fraud.html`);
      await page.waitForFunction(() => globalThis.measure, undefined, { timeout: 60_000 });
      tell('chromium', await page.evaluate((settings) => globalThis.measure(settings), settings));
      if (page.faults.length > 0) throw new Error(page.faults.join('\n'));
    } finally {
      await browser.close();
      await server.close();
    }
  },

  async features() {
    const given = process.env.LOG ?? `${process.env.NEARHAND_DATA ?? `${root}/../shared/data`}/fraud/transactions.csv.gz`;
    const file = `${work}/features.csv`;
    if (existsSync(given)) {
      const bytes = readFileSync(given);
      writeFileSync(file, given.endsWith('.gz') ? gunzipSync(bytes) : bytes);
    } else {
      console.log(`bench fraud features: ${given} is absent, so a made-up log is measured (set NEARHAND_DATA)`);
      execFileSync(nearhand, ['simulate-transactions', '--days', '183', '--out', `${work}/made.csv`], { stdio: 'ignore' });
      const start = Date.UTC(2026, 0, 1);
      const rows = readFileSync(`${work}/made.csv`, 'utf8').trim().split('\n').slice(1).map((line) => line.split(','));
      writeFileSync(file, `${['TRANSACTION_ID,TX_TIME_SECONDS,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNT,TX_FRAUD', ...rows.map(([id, time, card, terminal, amount, , fraud]) => [id, Math.floor((time - start) / 1000), card, terminal, amount, fraud].join(','))].join('\n')}\n`);
    }
    const spec = `${root}/models/card-fraud/features.json`;
    const input = readFileSync(file);
    const run = () => execFileSync(`${root}/target/release/examples/throughput`, [spec], { input, encoding: 'utf8', maxBuffer: 1 << 20 });
    const ours = Array.from({ length: settings.rounds }, run);
    const of = (text, name) => Number(new RegExp(`\\b${name}=([\\d.]+)`).exec(text)[1]);
    const speeds = ours.map((told) => of(told, 'rows_a_second'));
    const [each, best] = [median(speeds), Math.max(...speeds)];
    console.log(`bench fraud features rows=${of(ours[0], 'rows')} features=${of(ours[0], 'features')} threads=${of(ours[0], 'threads')} rows_a_second=${each} ${bar(each, 500_000, least)} best=${best} runs=${speeds.length}`);
    const python = `${root}/.venv/bin/python`;
    if (!existsSync(python)) return console.log('bench fraud pandas: skipped, as there is no .venv with pandas (tools/venv.sh models/card-fraud/requirements.txt)');
    const told = execFileSync(python, [`${root}/tools/fraud/windows.py`, file], { encoding: 'utf8' });
    const theirs = of(told, 'rows_a_second');
    const times = each / theirs;
    console.log(`bench fraud pandas ${told.trim()} threads=1 ratio=${significant(times)}x ${bar(times, 20, least)}`);
  },
};
for (const name of asked) await parts[name]();
