// Weighs what a page fetches and holds it against budgets.toml. Usage: node tools/size.mjs [--peer]
//   --peer   weighs onnxruntime-web's binaries instead
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { lib, root } from './face.mjs';
import { brotli } from './packed.mjs';

/** `[section]` and `key = integer` lines; budgets.toml holds nothing else. */
function budgets() {
  const all = {};
  let section;
  for (const line of readFileSync(`${root}/budgets.toml`, 'utf8').split('\n')) {
    const text = line.replace(/#.*/, '').trim();
    const [, head] = text.match(/^\[(\w+)\]$/) ?? [];
    const [, key, value] = text.match(/^(\w+)\s*=\s*([\d_]+)$/) ?? [];
    if (head) section = all[head] = {};
    else if (key && section) section[key] = Number(value.replaceAll('_', ''));
    else if (text) throw new Error(`budgets.toml: cannot read "${line}"`);
  }
  return all;
}

/** A tier is its binary with wasm-bindgen's glue, which packaging puts into the face's files. `onnx` is the engine alone, `suggest` the search box, `complete` completions, `assess` transactions, `monitor` monitoring. */
const weighed = {
  lite: [`${lib}/dist/nearhand-lite.wasm`, `${lib}/wasm/lite/glue.js`],
  full: [`${lib}/dist/nearhand.wasm`, `${lib}/wasm/full/glue.js`],
  tract: [`${lib}/dist/nearhand-tract.wasm`, `${lib}/wasm/tract/glue.js`],
  onnx: [`${lib}/dist/nearhand-onnx.wasm`, `${lib}/wasm/onnx/glue.js`],
  onnx_face: [`${root}/target/js/face/onnx.js`],
  suggest: [`${lib}/dist/nearhand-suggest.wasm`, `${lib}/wasm/suggest/glue.js`],
  suggest_face: [`${root}/target/js/face/suggest.js`],
  complete: [`${lib}/dist/nearhand-complete.wasm`, `${lib}/wasm/complete/glue.js`],
  complete_face: [`${root}/target/js/face/complete.js`],
  complete_files: [`${root}/target/js/face/complete-files.js`],
  complete_worker: [`${root}/target/js/face/complete-worker.js`],
  complete_thread: [`${root}/target/js/face/complete-thread.js`],
  language_model: [`${root}/target/js/face/language-model.js`],
  assess: [`${lib}/dist/nearhand-assess.wasm`, `${lib}/wasm/assess/glue.js`],
  assess_face: [`${root}/target/js/face/assess.js`],
  monitor: [`${lib}/dist/nearhand-monitor.wasm`, `${lib}/wasm/monitor/glue.js`],
  monitor_face: [`${root}/target/js/face/monitor.js`],
  dap: [`${lib}/dist/dap.js`],
  face: [`${root}/target/js/face/browser.js`],
  worker: [`${root}/target/js/face/worker.js`],
  signals: [`${lib}/dist/signals.js`],
  bucket: [`${lib}/dist/bucket.js`],
  request_log: [`${lib}/dist/request-log.js`],
  tokenizer: [`${lib}/dist/tokenizer.js`],
  react: [`${lib}/dist/react.js`],
  server: [`${lib}/dist/server.js`],
  server_fill: [`${lib}/dist/server-fill.js`],
  head_start: [`${lib}/dist/head-start.js`],
  full_host: [`${root}/target/js/face/full-host.js`],
  rescue: [`${root}/target/js/face/rescue.js`],
  fallback: [`${root}/target/js/face/fallback.js`],
  feeds: [`${root}/target/js/face/feeds.js`],
  trusted: [`${root}/target/js/face/trusted.js`],
  trust: [`${root}/target/js/face/trust.js`],
};
/** A ceiling this far above the size guards nothing. */
const SLACK = 1.05;

const weigh = async (name, files) => {
  const sum = (each) => files.reduce((total, bytes) => total + each(bytes), 0);
  const packed = await Promise.all(files.map((bytes) => brotli(bytes)));
  const size = { raw: sum((bytes) => bytes.length), gzip: sum((bytes) => gzipSync(bytes, { level: 9 }).length), brotli: packed.reduce((total, { bytes }) => total + bytes.length, 0) };
  console.log(`size ${name} raw=${size.raw} gzip=${size.gzip} brotli=${size.brotli}`);
  return size;
};
if (process.argv.includes('--peer')) {
  const peer = `${root}/node_modules/onnxruntime-web/dist`;
  for (const name of readdirSync(peer).filter((name) => name.endsWith('.wasm'))) await weigh(`peer/${name}`, [readFileSync(`${peer}/${name}`)]);
  process.exit();
}

const ceilings = budgets();
let over = 0;
for (const [name, paths] of Object.entries(weighed)) {
  const size = await weigh(name, paths.map((path) => readFileSync(path)));
  const limits = ceilings[name];
  if (!limits) throw new Error(`budgets.toml has no [${name}]`);
  for (const [kind, limit] of Object.entries(limits)) {
    if (!(kind in size)) throw new Error(`budgets.toml: [${name}] has no measure "${kind}"`);
    if (size[kind] > limit) {
      over++;
      console.error(`over budget: ${name} ${kind}=${size[kind]}, ceiling ${limit} (budgets.toml)`);
    } else if (limit > size[kind] * SLACK) {
      console.log(`shrunk: ${name} ${kind}=${size[kind]} is ${Math.round((1 - size[kind] / limit) * 100)} % below its ceiling ${limit}; lower it in budgets.toml`);
    }
  }
}
process.exit(over ? 1 : 0);
