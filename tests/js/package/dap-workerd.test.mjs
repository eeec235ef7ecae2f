// nearhand/dap in workerd: bundled as edge bundlers do, it seals an observation that the aggregators can open.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { aggregators } from './dap/aggregators.mjs';
import { asked, serveOne } from './workerd.mjs';

const here = import.meta.dirname;
let workerd, both;

before(async () => {
  // Edge bundlers take what is for browsers where there is nothing for workerd.
  const alias = { 'one-webcrypto': `${process.env.NEARHAND_ROOT}/node_modules/one-webcrypto/browser.mjs` };
  both = await aggregators();
  workerd = await serveOne(`${here}/dist-dap-edge`, `${here}/edge/dap.js`, { 'nearhand-monitor.wasm': `${here}/node_modules/nearhand/dist/nearhand-monitor.wasm` }, alias);
});
after(() => {
  workerd?.stop();
  both?.stop();
});

test('dap in workerd: what it sends is opened and counted', async () => {
  const task = randomBytes(32).toString('base64url');
  const [leader, helper] = await Promise.all([both.leader, both.helper].map(async (url) => Buffer.from(await (await fetch(`${url}/hpke_config?task_id=${task}`)).arrayBuffer()).toString('base64')));
  const [sent, vdaf, many, error] = await asked(workerd, `?${new URLSearchParams({ leader, helper, task })}`);
  assert.deepEqual([sent.length, vdaf, many, error], [1, { type: 'Prio3Histogram', length: 2, chunkLength: 2 }, 1, null]);
  const { status } = await fetch(`${both.leader}/tasks/${task}/reports`, { method: 'PUT', headers: { 'content-type': 'application/dap-report' }, body: Buffer.from(sent[0], 'base64') });
  assert.deepEqual([status, await both.collect(task, vdaf)], [201, [0, 1]]);
});
