// Memory that turns bad under an engine at the edge: another one makes the slate, in the same request.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { asked, serveOne } from './workerd.mjs';

const here = import.meta.dirname;
const root = process.env.NEARHAND_ROOT;
const { opened } = await import(`${root}/tools/faults/bundle.mjs`);
let workerd;

before(async () => {
  const dist = `${here}/node_modules/nearhand/dist`;
  const files = { 'shop.safetensors': process.env.NEARHAND_BUNDLE };
  for (const name of ['nearhand.wasm', 'nearhand-lite.wasm']) files[name] = `${dist}/${name}`;
  workerd = await serveOne(`${here}/dist-damaged`, `${here}/edge/damaged.js`, files, { '#memory': `${root}/tools/faults/memory.mjs` });
});
after(() => workerd?.stop());

for (const [tier, name] of [['lite', 'table.weights'], ['full', 'items.vectors']]) {
  test(`workerd, ${tier}: ${name} written over, another engine within 256 slates`, async () => {
    const file = readFileSync(process.env.NEARHAND_BUNDLE);
    const part = opened(file).part(name);
    const from = file.indexOf(part);
    const { places, after, before, seen, restarts } = await asked(workerd, `?tier=${tier}&from=${from}&to=${from + part.length}`);
    assert.ok(places > 0 && after <= 256, `${places} places, after ${after}`);
    assert.deepEqual(seen, { ...before, notes: ['engine-restarted'] });
    assert.equal(before.tier, tier);
    assert.deepEqual([restarts.count, restarts.error.code], [1, 'engine-trapped']);
    assert.match(restarts.error.message, /golden sessions/);
  });
}
