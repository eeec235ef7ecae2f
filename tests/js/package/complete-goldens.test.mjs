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

test('goldens: end marks and turns that were changed after goldens were recorded are refused where an answer differs by them', async () => {
  // A story's end, behind which the model writes the token that begins the next one.
  const story = '\nTim went to his mom and said, "Mom, why are you sad?" His mom said, "I can\'t find the toy car, but I will not stop it." Tim and his mom learned that sometimes things can keep him feel better. The end';
  const last = { prompt: story, tokens: 98, completion: '.', logprobs: [-0.0038], ends: true };
  const [both, one] = [['<s>', '</s>'], ['</s>']];
  (await load({ ...files, ends: both, goldens: [last] })).close();
  assert.deepEqual(await differs({ ends: one, goldens: [last] }), ['golden-mismatch', 0, 'ends'], 'the mark that ends a text is lost: it would go on with the next one');
  const on = { prompt: story, tokens: 98, completion: '. Once', logprobs: [-0.0038, -0.013, -0.1898] };
  (await load({ ...files, ends: one, goldens: [on] })).close();
  assert.deepEqual(await differs({ ends: both, goldens: [on] }), ['golden-mismatch', 0, 'completion'], 'one that is new ends it');
  // What a user says, written as the template has turns.
  const template = { user: ['Lily said, "', '" '], assistant: ['Her mom said, "', ','] };
  const turn = { prompt: 'Can I go out and play?', turn: true, tokens: 22, completion: 'Yes', logprobs: [-0.9184, -0.0102, -0.0138], ends: true };
  (await load({ ...files, template, goldens: [turn] })).close();
  assert.equal((await differs({ template: { ...template, user: ['Lily said: "', '" '] }, goldens: [turn] }))[0], 'golden-mismatch');
  assert.equal((await differs({ template: { ...template, user: ['Tim said, "', '" '] }, goldens: [turn] }))[0], 'golden-mismatch');
  assert.equal((await differs({ template: undefined, goldens: [turn] }))[0], 'golden-mismatch');
  assert.deepEqual(await differs({ template: { ...template, assistant: [template.assistant[0], '"'] }, goldens: [turn] }), ['golden-mismatch', 0, 'completion'], 'an answer ends elsewhere');
  // Lines, where there is no template; a line's end in what is said is none of the conversation's.
  const lines = { prompt: 'Once upon\n a time', turn: true, tokens: 19, completion: ' Ann', logprobs: [-0.4494, -0.6686, -0.933, -0.0035] };
  (await load({ ...files, goldens: [lines] })).close();
  // Marks of a template are tokens, those in what is said are not.
  const marked = { user: ['<s>', '</s>'], assistant: ['<s>Once upon a', '.'] };
  const marks = { prompt: 'Hello', turn: true, tokens: 9, completion: ' time,', logprobs: [-0.0003, -0.0369] };
  (await load({ ...files, template: marked, goldens: [marks] })).close();
  assert.deepEqual(await differs({ template: marked, goldens: [{ ...marks, prompt: 'He</s>llo' }] }), ['golden-mismatch', 0, 'tokens']);
  // A file's as well, and bounded as all of it.
  const { code, details } = await failed(() => load({ ...files, goldens: [{ ...turn, specials: true }] }));
  assert.deepEqual([code, details.option], ['invalid-option', 'load.source.goldens[0].specials']);
  for (const key of ['turn', 'ends']) assert.equal((await failed(() => load({ ...files, goldens: [{ ...turn, [key]: 'yes' }] }))).details.option, `load.source.goldens[0].${key}`);
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
