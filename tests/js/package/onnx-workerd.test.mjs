// nearhand/onnx in workerd: the program, the conformance cases, and what differs there.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { cases } from './onnx/models.mjs';
import { asked, serveOne } from './workerd.mjs';

const root = process.env.NEARHAND_ROOT;
const here = import.meta.dirname;
const out = `${here}/dist-onnx-edge`;
let workerd;

before(async () => {
  mkdirSync(out, { recursive: true });
  writeFileSync(`${out}/app.mjs`, readFileSync(`${here}/onnx/app.mjs`, 'utf8').replace("from 'onnxruntime-web'", "from 'nearhand/onnx'"));
  workerd = await serveOne(
    out,
    `${here}/edge/onnx.js`,
    { 'nearhand-onnx.wasm': `${here}/node_modules/nearhand/dist/nearhand-onnx.wasm`, 'part.cases': `${root}/tests/conformance/part.cases` },
    { '#app': `${out}/app.mjs`, '#conformance': `${root}/tools/conformance` },
  );
});
after(() => workerd?.stop());

const ask = (what) => asked(workerd, what);

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
