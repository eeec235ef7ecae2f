// nearhand/onnx in workerd: the program, the conformance cases, and what differs there.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import * as esbuild from 'esbuild';
import { cases } from './onnx/models.mjs';

const root = process.env.NEARHAND_ROOT;
const here = import.meta.dirname;
const out = `${here}/dist-onnx-edge`;
let workerd;
let url;

before(async () => {
  mkdirSync(out, { recursive: true });
  copyFileSync(`${root}/tests/conformance/part.cases`, `${out}/part.cases`);
  copyFileSync(`${here}/node_modules/nearhand/dist/nearhand-onnx.wasm`, `${out}/nearhand-onnx.wasm`);
  writeFileSync(`${out}/app.mjs`, readFileSync(`${here}/onnx/app.mjs`, 'utf8').replace("from 'onnxruntime-web'", "from 'nearhand/onnx'"));
  await esbuild.build({
    entryPoints: [`${here}/edge/onnx.js`],
    outfile: `${out}/worker.js`,
    bundle: true,
    format: 'esm',
    conditions: ['workerd', 'worker'],
    alias: { '#app': `${out}/app.mjs`, '#conformance': `${root}/tools/conformance` },
    // Edge bundlers upload these as modules: a compiled one, and bytes.
    external: ['*.wasm', '*.cases'],
  });
  writeFileSync(
    `${out}/config.capnp`,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [ ( name = "main", worker = ( compatibilityDate = "2025-11-01", modules = [
    ( name = "worker.js", esModule = embed "worker.js" ), ( name = "nearhand-onnx.wasm", wasm = embed "nearhand-onnx.wasm" ), ( name = "part.cases", data = embed "part.cases" ) ] ) ) ],
  sockets = [ ( name = "http", address = "127.0.0.1:0", http = (), service = "main" ) ],
);
`,
  );
  workerd = spawn(`${root}/node_modules/.bin/workerd`, ['serve', 'config.capnp', '--control-fd=3'], { cwd: out, stdio: ['ignore', 'inherit', 'inherit', 'pipe'] });
  for await (const line of createInterface({ input: workerd.stdio[3] })) {
    const { port } = JSON.parse(line);
    if (port) url = `http://127.0.0.1:${port}/`;
    if (port) break;
  }
});
after(() => workerd?.kill());

const ask = async (what) => {
  const answer = await (await fetch(`${url}${what}`)).json();
  assert.equal(answer.error, undefined, answer.error);
  return answer;
};

test('onnx in workerd: every case of the part is answered right or refused by a code', async () => {
  const { passed, refused, wrong } = await ask('cases');
  assert.deepEqual(wrong, []);
  assert.ok(passed >= 207, `${passed} passed`);
  assert.equal(passed + refused.length, cases.length);
});

test('onnx in workerd: the program for onnxruntime-web', async () => {
  const { said, next, row } = await ask('app');
  assert.deepEqual([said.length, typeof next.next, row.rows], [4, 'number', 1]);
});

test('onnx in workerd: the session of one request serves the next; a Response; bytes for the binary are refused by a code', async () => {
  assert.deepEqual(await ask('kept'), await ask('kept'));
  assert.deepEqual(await ask('wasm'), { code: 'wasm-unsupported' });
});
