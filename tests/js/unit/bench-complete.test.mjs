// What completions are measured against: the peer's loop writes what onnxruntime does, with kept caches as without, and a faster peer is told as one.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { models, read } from '../../../tools/bench/complete/models.mjs';
import { place } from '../../../tools/bench/complete/node.mjs';
import { speaker } from '../../../tools/bench/complete/ort.mjs';
import { race } from '../../../tools/bench/complete/race.mjs';
import { report } from '../../../tools/bench/complete/report.mjs';
import { root } from '../../../tools/face.mjs';

test('the loop on onnxruntime-web writes the recorded tokens of stories260k, and reads no prompt twice where it keeps its caches', async () => {
  const { ids: wanted } = JSON.parse(readFileSync(`${root}/tests/golden/stories260k.json`, 'utf8'));
  const ort = await place.ort();
  const { model } = read(models().stories260k);
  const encode = (count) => wanted.slice(0, count);
  for (const caches of [false, true]) {
    const peer = await speaker(ort, model, { encode, caches });
    assert.deepEqual(await peer.ask(5, 40), { ids: wanted.slice(5, 45), reused: 0 });
    // A prompt of what was written, one that is shorter, and one that is longer again: of that, what was written behind the other is known too.
    for (const [count, known] of [[40, 39], [20, 19], [70, 22]]) assert.deepEqual(await peer.ask(count, 3), { ids: wanted.slice(count, count + 3), reused: caches ? known : 0 });
    await peer.close();
  }
});

/** A decoder of two layers whose next token is a sum over all that its caches hold, by place. */
const summing = {
  Tensor: class {
    constructor(type, data, dims) {
      Object.assign(this, { type, data, dims });
    }
  },
  InferenceSession: {
    async create() {
      const names = [0, 1].flatMap((layer) => ['key', 'value'].map((part) => `${layer}.${part}`));
      return {
        inputNames: ['input_ids', 'attention_mask', 'position_ids', ...names.map((name) => `past_key_values.${name}`)],
        inputMetadata: names.map((name) => ({ name: `past_key_values.${name}`, shape: ['batch', 2, 'past', 3] })),
        async run(feeds) {
          const answer = {};
          const new_ = [...feeds.input_ids.data].map(Number);
          const [past, count] = [feeds['past_key_values.0.key'].dims[2], new_.length];
          assert.deepEqual([feeds.attention_mask.dims[1], [...feeds.position_ids.data].map(Number)], [past + count, new_.map((_, i) => past + i)]);
          for (const name of names) {
            const before = feeds[`past_key_values.${name}`];
            assert.equal(before.data.length, 2 * past * 3);
            const rows = [0, 1].flatMap((head) => [...before.data.slice(head * past * 3, (head + 1) * past * 3), ...new_.flatMap((id) => [id, head, 1])]);
            answer[`present.${name}`] = new summing.Tensor('float32', Float32Array.from(rows), [1, 2, past + count, 3]);
          }
          const next = answer['present.1.value'].data.reduce((sum, value, at) => (sum + value * (at + 1)) % 17, 0);
          const logits = new Float32Array(count * 17);
          logits[(count - 1) * 17 + next] = 1;
          return { ...answer, logits: new summing.Tensor('float32', logits, [1, count, 17]) };
        },
        release: async () => {},
      };
    },
  },
};

test('caches of layers are cut back to what two prompts share', async () => {
  const encode = (text) => [...text].map((letter) => letter.charCodeAt(0) % 17);
  const [fresh, kept] = [await speaker(summing, null, { encode }), await speaker(summing, null, { encode, caches: true })];
  const reused = [];
  for (const prompt of ['hello there', 'hello then', 'hello then?', 'h', 'other']) {
    const { ids } = await fresh.ask(prompt, 6);
    const answer = await kept.ask(prompt, 6);
    assert.deepEqual(answer.ids, ids, prompt);
    reused.push(answer.reused);
  }
  assert.deepEqual(reused, [0, 9, 10, 0, 0]);
});

test('another text is told, ratios have their direction, and bars are held', async () => {
  const asked = [];
  const saying = (name, text) => ({ ask: async (prompt, n) => (asked.push([name, prompt, n]), { text: `${text}${n}`, reused: 1 }) });
  const speakers = { nearhand: saying('a', 'x'), 'onnxruntime-web': saying('b', 'x'), 'transformers.js': saying('c', 'y') };
  const { same, tokens } = await race(speakers, { short: ['p', 'q'], long: ['long'] }, { rounds: 2, tokens: 8, warm: 1 });
  assert.deepEqual(Object.keys(same), ['transformers.js']);
  assert.deepEqual(tokens.nearhand.length, 2);
  // One more letter: what lacks it is asked first, each time.
  assert.deepEqual(asked.filter(([name]) => name === 'b').slice(0, 4).map(([, prompt, n]) => [prompt, n]), [['p', 8], ['long', 1], ['lon', 1], ['long', 1]]);

  const { say, rows } = report(true);
  const runs = (ms) => [ms, ms].map((each) => ({ ms: each, reused: 99 }));
  const pair = (ours, theirs) => ({ nearhand: runs(ours), 'onnxruntime-web': runs(theirs) });
  say.race('node', 'm', 2, { tokens: pair(64, 96), first: pair(40, 100), key: pair(1, 100), same }, 64);
  say.fresh('m', { nearhand: [{ ms: 1, bytes: 2 ** 20 }], 'onnxruntime-web': [{ ms: 2, bytes: 2 ** 21 }] });
  assert.deepEqual(rows.map(({ what, ratio, bar, met }) => [what, Number(ratio), bar, met]), [
    ['tokens', 1.5, '≥2', 'no'],
    ['first', 0.4, '≤0.5', 'yes'],
    ['key', 0.01, undefined, undefined],
    ['start', 0.5, undefined, undefined],
    ['memory', 0.5, '≤0.25', 'no'],
  ]);
  const [{ against, nearhand, peer }] = rows;
  assert.deepEqual([against, nearhand, peer], ['onnxruntime-web', '1000/s', '667/s']);
  // What goldens add is of pairs, not of medians.
  const each = (ms) => ({ cold: 2 * ms, first: 3 * ms, warm: ms });
  say.goldens('m', 2, [[10, 4], [100, 95], [12, 5]].map(([long, short]) => ({ yes: each(long), no: each(short) })));
  assert.deepEqual(rows.slice(-3).map(({ what, goldens, with: long, without, more, noise }) => [what, goldens, long, without, more, noise]), [
    ['cold', 2, '24.0ms', '10.0ms', '12.0ms', '±1.00ms'],
    ['first', 2, '36.0ms', '15.0ms', '18.0ms', '±1.50ms'],
    ['warm', 2, '12.0ms', '5.00ms', '6.00ms', '±0.500ms'],
  ]);
});
