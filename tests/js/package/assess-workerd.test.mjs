// nearhand/assess in workerd: opened on import, the recorded answers, whole and by keys apart.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { recordedOf } from './assess/log.mjs';
import { asked, serveOne } from './workerd.mjs';

const here = import.meta.dirname;
const root = process.env.NEARHAND_ROOT;
const recorded = recordedOf(readFileSync(`${root}/tests/golden/card-fraud-answers.txt`, 'utf8'));
let workerd;

before(async () => {
  const files = { 'card-fraud.safetensors': `${root}/models/card-fraud/card-fraud.safetensors`, 'log.txt': `${root}/tests/golden/card-fraud-log.csv` };
  files['nearhand-assess.wasm'] = `${here}/node_modules/nearhand/dist/nearhand-assess.wasm`;
  workerd = await serveOne(`${here}/dist-assess-edge`, `${here}/edge/assess.js`, files, { '#log': `${here}/assess/log.mjs` });
});
after(() => workerd?.stop());

test('assess in workerd: opened on import, it answers as the command line', async () => {
  assert.deepEqual(await asked(workerd, 'whole'), recorded);
});

test('assess in workerd: what comes again in another request is known', async () => {
  assert.ok((await asked(workerd, 'again')).every((repeated) => repeated === true));
});

test('assess in workerd: keys apart, states, what is no bundle', async () => {
  assert.deepEqual(await asked(workerd, 'apart'), recorded);
  assert.deepEqual(await asked(workerd, 'else'), [true, 'bundle-foreign']);
});
