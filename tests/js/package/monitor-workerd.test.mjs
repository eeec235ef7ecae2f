// nearhand/monitor in workerd: opened on import, alerts, reports, and a challenger that runs behind the answer.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { asked, serveOne } from './workerd.mjs';

const here = import.meta.dirname;
const dist = `${here}/node_modules/nearhand/dist`;
let workerd;

before(async () => {
  const files = { 'shop.safetensors': process.env.NEARHAND_BUNDLE, 'nearhand-monitor.wasm': `${dist}/nearhand-monitor.wasm`, 'nearhand-lite.wasm': `${dist}/nearhand-lite.wasm`, 'nearhand.wasm': `${dist}/nearhand.wasm` };
  workerd = await serveOne(`${here}/dist-monitor-edge`, `${here}/edge/monitor.js`, files);
});
after(() => workerd?.stop());

test('monitor in workerd: opened on import, quiet on its own slates, and told when they fall back and when probabilities do not come true', async () => {
  assert.deepEqual(await asked(workerd, 'watch'), [null, 'fallback', 'fallback', 200, 1, true, 0]);
});

test('shadow in workerd: each request is answered by the champion, and the challenger fails behind it', async () => {
  for (let i = 0; i < 5; i++) assert.deepEqual(await asked(workerd, 'shadow'), [5, []]);
  const [asked_, failed, failure] = await asked(workerd, 'report');
  assert.ok(asked_ === failed && asked_ >= 4 && failure === 'challenger', JSON.stringify([asked_, failed, failure]));
});
