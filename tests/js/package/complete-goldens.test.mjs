// nearhand/complete and its goldens, in Node: what a model was recorded to answer is answered at load, again now and then, and by every instance.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { load } from 'nearhand/complete';
import { trapping } from './broken-wasm.mjs';
import { shifted } from './complete/tokenizers.mjs';

const { tensors, changed } = await import(`${process.env.NEARHAND_ROOT}/tools/faults/onnx.mjs`);
const here = `${process.env.NEARHAND_ROOT}/models/stories260k`;
const model = readFileSync(`${here}/stories260k.onnx`);
const tokenizer = readFileSync(`${here}/tokenizer.json`);
const described = JSON.parse(readFileSync(`${here}/completer.json`, 'utf8'));
const { context, begin, ends, goldens } = described;
const files = { model, tokenizer, context, begin, ends, goldens };
const START = 'Once upon a time';
const RIGHT = ', there was a';
const said = (completer) => completer.complete(START, { maxTokens: 4 }).then(({ completion }) => completion);
const failed = async (act) => {
  try {
    (await act()).close?.();
  } catch (error) {
    assert.equal(error.name, 'NearhandError', error.stack);
    return error;
  }
  return assert.fail('it did not fail');
};
/** What differs, of a load that is refused. */
const differs = async (given) => {
  const { code, details } = await failed(() => load({ ...files, ...given }));
  return [code, details.golden, details.differs];
};
const edited = (bytes, edit) => {
  const copy = Uint8Array.from(bytes);
  edit(copy);
  return copy;
};
const spec = (change) => {
  const given = JSON.parse(tokenizer);
  change(given);
  return new TextEncoder().encode(JSON.stringify(given));
};
const off = (by) => goldens.map((one, at) => (at ? one : { ...one, logprobs: one.logprobs.map((logprob, place) => (place ? logprob : logprob - by)) }));

test('goldens: a model that answers as recorded opens, with nothing left of them; none, or an empty list, is as before', async () => {
  assert.ok(goldens.length >= 2 && goldens.every(({ tokens, logprobs }) => tokens <= 17 && logprobs.length <= 4));
  for (const own of [goldens, [], undefined, off(0.015)]) {
    const completer = await load({ ...files, goldens: own });
    const { keptBytes, restarts, running } = await completer.info();
    assert.deepEqual([keptBytes, restarts, running], [0, 0, 0]);
    assert.equal(await said(completer), RIGHT);
    completer.close();
  }
});

test('goldens: files that were published wrong, digests and all, are refused by what differs', async () => {
  // As people have met them elsewhere: the tokenizer of another training, of as many words.
  const path = `${import.meta.dirname}/dist-complete/goldens`;
  mkdirSync(path, { recursive: true });
  const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
  const wrong = shifted(tokenizer);
  writeFileSync(`${path}/stories260k.onnx`, model);
  writeFileSync(`${path}/tokenizer.json`, wrong);
  writeFileSync(`${path}/completer.json`, JSON.stringify({ ...described, tokenizer: { file: 'tokenizer.json', sha256: sha256(wrong) } }));
  const { code, message, details } = await failed(() => load(`${path}/completer.json`));
  assert.deepEqual([code, details.golden, details.differs, details.expected], ['golden-mismatch', 0, 'completion', goldens[0].completion]);
  assert.match(message, /goldens\[0\] of the model, behind ".+", has completion/);
  // The token that begins a text is forgotten; or written twice, which is one.
  assert.deepEqual(await differs({ begin: undefined }), ['golden-mismatch', 0, 'tokens']);
  const twice = [{ ...goldens[0], prompt: `<s>${goldens[0].prompt}`, specials: true }];
  (await load({ ...files, goldens: twice })).close();
  // What stands in front of words was lost on the way.
  assert.equal((await differs({ tokenizer: spec((given) => (given.normalizer = null)) }))[0], 'golden-mismatch');
  // Words come in letters.
  assert.deepEqual(await differs({ tokenizer: spec((given) => (given.model.merges = [])) }), ['golden-mismatch', 0, 'tokens']);
  // A conversion has rounded the weights to sixteenths: its texts read almost well.
  const coarse = edited(model, (onnx) => tensors(onnx).filter(({ dims, type }) => type === 1 && dims.length === 2).forEach((tensor) => changed(onnx, tensor, (value) => Math.round(value * 16) / 16)));
  assert.equal((await differs({ model: coarse }))[0], 'golden-mismatch');
  // Marks of turns are no tokens any more, but letters.
  const marks = [{ prompt: '<s>Once', specials: true, tokens: 2, completion: ' upon a time,', logprobs: [-0.0175, -0.0121, -0.0007, -0.0317] }];
  (await load({ ...files, goldens: marks })).close();
  assert.deepEqual(await differs({ goldens: [{ ...marks[0], specials: false }] }), ['golden-mismatch', 0, 'tokens']);
  // Numbers alone: those of another model, of another machine.
  assert.deepEqual(await differs({ goldens: off(0.03) }), ['golden-mismatch', 0, 'logprobs[0]']);
  assert.deepEqual(await differs({ goldens: off(-0.03) }), ['golden-mismatch', 0, 'logprobs[0]']);
  assert.deepEqual(await differs({ goldens: [goldens[0], { ...goldens[1], completion: 'x' }] }), ['golden-mismatch', 1, 'completion']);
  // No numbers at all are told as what they are.
  const bad = Buffer.from(model);
  bad.fill(0xff, 600_000, 600_008);
  assert.equal((await failed(() => load({ ...files, model: bad }))).code, 'logits-not-finite');
});

/** Opens a completer, and gives what spoils the weights in its memory, as a machine would. */
async function spoilt(options) {
  const memories = [];
  const { Instance } = WebAssembly;
  WebAssembly.Instance = function (...args) {
    const instance = new Instance(...args);
    memories.push(instance.exports.memory);
    return instance;
  };
  try {
    const completer = await load({ ...files, ...options.files }, options.load);
    const { start, end } = tensors(model).find(({ name }) => name === 'fin');
    const weights = model.subarray(start, end);
    const spoil = () => {
      const memory = Buffer.from(memories.at(-1).buffer);
      let found = 0;
      for (let at = memory.indexOf(weights); at >= 0; at = memory.indexOf(weights, at + 1)) {
        found++;
        memory.fill(0, at, at + weights.length / 2);
      }
      assert.ok(found > 0, 'the weights lie in the memory');
    };
    return { completer, spoil };
  } finally {
    WebAssembly.Instance = Instance;
  }
}
/** Waits for what is done while nobody waits. */
async function until(what) {
  for (let turns = 0; turns < 2000; turns++) {
    if (await what()) return;
    await new Promise((done) => setImmediate(done));
  }
  assert.fail('it did not come');
}
const restarted = async (completer) => (await completer.info()).restarts === 1;

test('goldens: an instance that comes to answer otherwise is given up after 256 calls, or ten minutes', async () => {
  const { completer, spoil } = await spoilt({});
  assert.equal(await said(completer), RIGHT);
  spoil();
  for (let calls = 1; calls < 255; calls++) await completer.complete('a', { maxTokens: 0 });
  assert.notEqual(await said(completer), RIGHT);
  assert.equal((await completer.info()).restarts, 0);
  await completer.complete('a', { maxTokens: 0 });
  await until(() => restarted(completer));
  assert.equal(await said(completer), RIGHT);
  completer.close();

  let t = 0;
  const other = await spoilt({ load: { now: () => t } });
  await said(other.completer);
  other.spoil();
  t = 599_000;
  assert.notEqual(await said(other.completer), RIGHT);
  for (let turns = 0; turns < 50; turns++) await new Promise((done) => setImmediate(done));
  assert.equal((await other.completer.info()).restarts, 0);
  t = 601_000;
  await said(other.completer);
  await until(() => restarted(other.completer));
  assert.equal(await said(other.completer), RIGHT);
  other.completer.close();
});

test('goldens: while a model adapts none is asked again; those who come meanwhile go first', async () => {
  let t = 0;
  const completer = await load(files, { now: () => t });
  await said(completer);
  await completer.adapt({ prime: 'Once upon a time the purple teapot sang. '.repeat(50), ngramWeights: [0.9, 0.9, 0.9, 0.9] });
  t = 700_000;
  assert.notEqual(await said(completer), RIGHT);
  for (let turns = 0; turns < 50; turns++) await new Promise((done) => setImmediate(done));
  assert.equal((await completer.info()).restarts, 0);
  await completer.adapt(null);
  // Due now: what is asked at once is answered as ever, and is not counted as waiting for the golden.
  const all = await Promise.all(Array.from({ length: 5 }, () => said(completer)));
  assert.deepEqual(all, Array(5).fill(RIGHT));
  const { restarts, running } = await completer.info();
  assert.deepEqual([restarts, running], [0, 0]);
  completer.close();
});

test('goldens: an instance in the place of another is held to them too; where none answers rightly, calls say so', async () => {
  const path = `${import.meta.dirname}/dist-complete/goldens/other-tokenizer.json`;
  writeFileSync(path, tokenizer);
  const { completer, spoil } = await spoilt({ files: { tokenizer: path }, load: {} });
  await said(completer);
  spoil();
  writeFileSync(path, shifted(tokenizer));
  for (let calls = 0; calls < 255; calls++) await completer.complete('a', { maxTokens: 0 });
  await until(() => completer.info().then(() => false, ({ code }) => code === 'golden-mismatch'));
  for (let calls = 0; calls < 5; calls++) assert.equal((await failed(() => completer.complete(START))).code, 'golden-mismatch');
  // Given up by then.
  writeFileSync(path, tokenizer);
  assert.equal((await failed(() => completer.complete(START))).code, 'golden-mismatch');
  completer.close();
  // One that traps while it is asked.
  const wasm = readFileSync(new URL(import.meta.resolve('nearhand/nearhand-complete.wasm')));
  assert.equal((await failed(() => load(files, { wasm: trapping(wasm, 'completer_finish') }))).code, 'engine-trapped');
});
