/** What `adapt` may be told, what completer.json says for people and of goldens, and what of all crosses to the engine. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manifestOf } from '../../../www/lib/src/complete/asked/manifest.js';
import { checkAdapting } from '../../../www/lib/src/complete/asked/options.js';
import type { NearhandError } from '../../../www/lib/src/words/errors.js';

test('what nobody said has the engine\'s default, and is not said for him', () => {
  assert.deepEqual(checkAdapting({}), { ngram: true, bias: true, prime: undefined });
  const all = { ngram: true, ngramBits: 12, ngramOrder: 2, ngramWeights: [0.01, 0.2, 0.3, 0.99] as const, ngramRate: 0, bias: true, biasRate: 1, biasMost: 20, prime: 'a' };
  assert.deepEqual(checkAdapting(all), all);
  assert.deepEqual([checkAdapting(null), checkAdapting(undefined), checkAdapting({ ngram: false, bias: false, ngramRate: 1 })], [null, null, null]);
});

test('each rate is held against its range, and told by its place', () => {
  const bad: [object, string][] = [
    [{ ngramOrder: 0 }, 'adapt.ngramOrder'], [{ ngramOrder: 1.5 }, 'adapt.ngramOrder'], [{ ngramOrder: 5 }, 'adapt.ngramOrder'],
    [{ ngramWeights: 0.1 }, 'adapt.ngramWeights'], [{ ngramWeights: [0.1, 0.1, 0.1] }, 'adapt.ngramWeights'], [{ ngramWeights: new Array(1e9) }, 'adapt.ngramWeights'],
    [{ ngramWeights: [0.1, 0.1, 0, 0.1] }, 'adapt.ngramWeights[2]'], [{ ngramWeights: [0.1, 0.1, 0.1, 1] }, 'adapt.ngramWeights[3]'], [{ ngramWeights: [0.1, , 0.1, 0.1] }, 'adapt.ngramWeights[1]'],
    [{ ngramRate: -0.1 }, 'adapt.ngramRate'], [{ ngramRate: NaN }, 'adapt.ngramRate'], [{ biasRate: 1.1 }, 'adapt.biasRate'], [{ biasMost: 20.5 }, 'adapt.biasMost'], [{ biasMost: '3' }, 'adapt.biasMost'],
  ];
  for (const [given, option] of bad) {
    assert.throws(() => checkAdapting(given), (error: NearhandError) => error.code === 'invalid-option' && error.details['option'] === option, option);
  }
  assert.throws(() => checkAdapting({ ngramWeight: [1] }), { code: 'unknown-option' });
});

test('license and about are shown where they are texts that people can read; whatever else stands there is no fault', () => {
  const said = (more: object): object => {
    const { told } = manifestOf(new TextEncoder().encode(JSON.stringify({ format: 1, model: { file: 'm' }, tokenizer: { file: 't' }, ...more })));
    return told;
  };
  assert.deepEqual(said({ license: 'MIT', about: 'Tells stories.' }), { license: 'MIT', about: 'Tells stories.' });
  assert.deepEqual(said({ license: { name: 'MIT' }, about: 'x'.repeat(1025) }), {});
  assert.deepEqual(said({ name: 'x' }), { name: 'x' });
});

test('goldens of a completer.json are bounded, and what is wrong in one is told by its place', () => {
  const good = { prompt: 'a', tokens: 2, completion: 'b', logprobs: [-0.5, 0] };
  const read = (goldens: unknown): unknown =>
    manifestOf(new TextEncoder().encode(JSON.stringify({ format: 1, model: { file: 'm' }, tokenizer: { file: 't' }, goldens }))).goldens;
  assert.deepEqual(read([good, { ...good, prompt: 'ab', specials: true, ends: true }]), [good, { ...good, prompt: 'ab', specials: [[0, 2]], ends: true }]);
  // What a user says, as the model reads it.
  assert.deepEqual(read([{ ...good, turn: true }]), [{ ...good, prompt: 'User: a\nAssistant:', specials: [], stop: ['\n', 'User:'] }]);
  assert.deepEqual([read(undefined), read([])], [undefined, []]);
  const { prompt: _, ...less } = good;
  const bad: [unknown, string][] = [
    [7, ''], [{}, ''], [Array.from({ length: 9 }, () => good), ''], [[7], '[0]'], [[null], '[0].prompt'], [[good, less], '[1].prompt'], [[{ ...good, prompt: 'x'.repeat(257) }], '[0].prompt'],
    [[{ ...good, prompt: 7 }], '[0].prompt'], [[{ ...good, tokens: -1 }], '[0].tokens'], [[{ ...good, tokens: 1025 }], '[0].tokens'], [[{ ...good, tokens: null }], '[0].tokens'],
    [[{ ...good, completion: ['b'] }], '[0].completion'], [[{ ...good, completion: 'x'.repeat(257) }], '[0].completion'], [[{ ...good, logprobs: [] }], '[0].logprobs'],
    [[{ ...good, logprobs: [0.5] }], '[0].logprobs'], [[{ ...good, logprobs: ['-1'] }], '[0].logprobs'], [[{ ...good, logprobs: Array(17).fill(-1) }], '[0].logprobs'],
    [[{ ...good, logprobs: -1 }], '[0].logprobs'], [[{ ...good, specials: 'yes' }], '[0].specials'], [[{ ...good, turn: 1 }], '[0].turn'], [[{ ...good, ends: 'yes' }], '[0].ends'], [[{ ...good, turn: true, specials: true }], '[0].specials'], [[{ ...good, ids: [1] }], '[0].ids'],
  ];
  for (const [goldens, place] of bad) {
    assert.throws(() => read(goldens), (error: NearhandError) => error.code === 'manifest-invalid' && error.details['option'] === `completer.json.goldens${place}`, JSON.stringify(goldens).slice(0, 80));
  }
});
