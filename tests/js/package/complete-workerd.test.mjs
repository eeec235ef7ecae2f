// nearhand/complete in workerd: the recorded texts, one model for several requests, streams, and what is refused there.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { right } from './complete/answered.mjs';
import { asked as askOf, serveOne } from './workerd.mjs';

const root = process.env.NEARHAND_ROOT;
const here = import.meta.dirname;
const out = `${here}/dist-complete-edge`;
const golden = (name) => JSON.parse(readFileSync(`${root}/tests/golden/${name}.json`, 'utf8'));
const recorded = { told: golden('stories260k'), drawn: golden('stories260k-drawn') };
const models = `${root}/models/stories260k`;
let workerd;

before(async () => {
  mkdirSync(out, { recursive: true });
  writeFileSync(`${out}/told.json`, JSON.stringify(recorded));
  workerd = await serveOne(
    out,
    `${here}/edge/complete.js`,
    {
      'nearhand-complete.wasm': `${here}/node_modules/nearhand/dist/nearhand-complete.wasm`,
      'stories260k.onnx': `${models}/stories260k.onnx`,
      'tokenizer.bin': `${models}/tokenizer.json`,
      'recorded.json': `${out}/told.json`,
      'described.json': `${models}/completer.json`,
    },
    { '#answered': `${here}/complete/answered.mjs` },
  );
});
after(() => workerd?.stop());

const ask = (what) => askOf(workerd, what);

test('complete in workerd: the recorded texts and numbers', async () => {
  assert.deepEqual(await ask('all'), right(recorded));
});

test('complete in workerd: the model of one request serves the next, and two at once', async () => {
  const text = recorded.told.prompts[0];
  const asked = () => ask(`text?prompt=${encodeURIComponent(text.prompt)}`);
  assert.equal((await asked()).completion, text.completion);
  const both = await Promise.all([asked(), asked()]);
  assert.deepEqual(both.map(({ completion, finishReason }) => [completion, finishReason]), [[text.completion, 'length'], [text.completion, 'length']]);
});

test('complete in workerd: a long text does not wait for the turns of a request that was answered', { timeout: 60_000 }, async () => {
  const asked = async (tokens) => (await ask(`text?prompt=Once&tokens=${tokens}`)).usage.completion;
  // In either order, and several at once: the first to end made the turns of the others.
  for (const order of [[3, 150], [150, 3], [2, 2, 2, 2, 150, 2, 120]]) {
    const ended = await Promise.all(order.map(asked));
    assert.deepEqual(ended.map((tokens, at) => tokens > 0 && tokens <= order[at]), order.map(() => true), `${order}: ${ended}`);
  }
  // Who leaves in the middle stays in nobody's way.
  const gone = new AbortController();
  const left = fetch(`${workerd.url}text?prompt=Once&tokens=400`, { signal: gone.signal }).catch(() => 'left');
  const stays = asked(200);
  await asked(1);
  gone.abort();
  assert.ok((await stays) > 1 && (await left));
  assert.ok((await asked(5)) > 0);
});

test('complete in workerd: a stream of a response', async () => {
  const response = await fetch(`${workerd.url}stream`);
  assert.equal(await response.text(), recorded.told.text);
});

test('complete in workerd: no model, bytes for the binary, a relative address, a closed completer, other answers than recorded: by a code', async () => {
  assert.deepEqual(await ask('wrong'), ['model-malformed', 'wasm-unsupported', 'fetch-failed', 'closed', 'golden-mismatch', ', there was']);
});
