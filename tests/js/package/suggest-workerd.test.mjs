// nearhand/suggest in workerd: the recorded answers, one box for several requests, and what is refused there.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { asked, serveOne } from './workerd.mjs';

const here = import.meta.dirname;
const out = `${here}/dist-suggest-edge`;
const answers = JSON.parse(readFileSync(`${here}/suggest/answers.json`, 'utf8'));
let workerd;

before(async () => {
  const files = { 'shop.suggest': `${here}/suggest/shop.suggest`, 'answers.json': `${here}/suggest/answers.json` };
  files['nearhand-suggest.wasm'] = `${here}/node_modules/nearhand/dist/nearhand-suggest.wasm`;
  workerd = await serveOne(out, `${here}/edge/suggest.js`, files, { '#answered': `${here}/suggest/answered.mjs` });
});
after(() => workerd?.stop());

const ask = (what) => asked(workerd, what);

test('suggest in workerd: the recorded answers', async () => {
  assert.deepEqual(await ask('all'), answers.map(({ items }) => items));
});

test('suggest in workerd: the box of one request serves the next', async () => {
  const typed = (text) => answers.find((one) => one.typed === text && !one.session).items;
  for (const text of ['lunchbag', 'holdr', 'lunchbag']) assert.deepEqual(await ask(`typed?q=${text}`), typed(text));
});

test('suggest in workerd: no index, bytes for the binary, a closed box: by a code', async () => {
  assert.deepEqual(await ask('wrong'), ['suggest-foreign', 'wasm-unsupported', 'closed']);
});
