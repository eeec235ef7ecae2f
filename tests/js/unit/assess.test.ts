import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assessmentOf, observedOf } from '../../../www/lib/src/assess/answer.js';
import { checkAssess, checkCreate, checkFlags, checkTime, explains, rowOf } from '../../../www/lib/src/assess/options.js';
import { hostClock } from '../../../www/lib/src/words/clock.js';
import { code } from './thrown.js';

test('a row is the JSON of what it holds, amounts and long ids exact', () => {
  const row = rowOf({ id: 'a', time: new Date(5), card: 12345678901234567890n, amount: 12.5, flag: false, none: null, gone: undefined });
  assert.equal(row, '["id","a","time",5,"card",{"minor":"12345678901234567890"},"amount",12.5,"flag",false,"none",null]');
  assert.equal(rowOf({ amount: NaN }), '["amount","NaN"]');
  for (const bad of [{ a: 2 ** 53 }, { a: 'x'.repeat(257) }, { a: {} }, { a: () => 1 }, { a: Symbol('a') }]) assert.equal(code(() => rowOf(bad)), 'transaction-invalid');
  assert.equal(code(() => rowOf({ card: 'c\ud800' })), 'transaction-invalid');
  assert.equal(rowOf(JSON.parse('{"__proto__": 1}')), '["__proto__",1]', 'a name as any other');
  assert.equal(rowOf({ card: '\u{1f600}' }), '["card","\u{1f600}"]');
  for (const bad of [undefined, null, 'row', [], new Map()]) assert.equal(code(() => rowOf(bad)), 'invalid-option');
  assert.equal(code(() => rowOf({ time: new Date(NaN) })), 'invalid-option');
  assert.equal(code(() => rowOf(Object.fromEntries(Array.from({ length: 257 }, (_, at) => [`f${at}`, 1])))), 'invalid-option');
});

test('options have their defaults, and unknown ones are refused', () => {
  const bundle = new Uint8Array(1);
  const { lists, answers, maxBytes } = checkCreate({ bundle, lists: { a: new Set(['b']) } });
  assert.deepEqual([lists, answers, maxBytes], [[['a', ['b']]], 4096, 64 << 20]);
  assert.deepEqual([explains(), explains('never'), explains('always'), checkAssess(undefined)], [1, 0, 2, {}]);
  assert.deepEqual(checkFlags({ declined: true }), [['declined', true]]);
  assert.equal(checkTime(new Date(7), 'at'), 7);
  for (const bad of [{}, { bundle, keys: 'card' }, { bundle, lists: { a: 'b' } }, { bundle, state: 'x' }, { bundle, answers: 1.5 }]) assert.equal(code(() => checkCreate(bad)), 'invalid-option');
  for (const bad of [() => checkAssess({ id: '\udc00' }), () => checkCreate({ bundle, lists: { a: ['\ud800'] } })]) assert.equal(code(bad), 'invalid-option');
  assert.equal(code(() => checkCreate({ bundle, list: {} })), 'unknown-option');
  for (const bad of [-1, 1.5, NaN, '5', 1e15]) assert.equal(code(() => checkTime(bad, 'at')), 'invalid-option');
});

/** As crates/assess-wasm has them. */
const numbers = (seen: number, features: readonly number[], told: readonly number[] = [0, 0, 0, NaN, NaN, NaN], explained: readonly number[] = [NaN, NaN], reasons: readonly number[] = []): number[] => [
  seen,
  Number(features.length > 0),
  ...told,
  ...explained,
  reasons.length / 2,
  ...features,
  ...reasons,
];

const NO = [[], null] as const;

test('an answer is what was told, its features by name', () => {
  const told = { by: 'model', decision: 'review', model: { score: 0.5, risk: 0.25, decision: 'review' }, rules: [], reasons: [{ code: 'C', text: '', feature: 'b', value: null, contribution: 1 }], explained: { base: 0, sum: 1, link: 'logistic' } };
  const answer = assessmentOf(JSON.stringify(told), ['a', 'b'], numbers(1 + 8 + 16, [1, NaN]), ...NO);
  assert.deepEqual({ ...answer }, { ...told, risk: 0.25, score: 0.5, reasons: [{ ...told.reasons[0], value: NaN }], features: { a: 1, b: NaN }, outcome: 'observed', capped: true, repeated: true });
  assert.equal(answer.features, answer.features, 'made once');
  assert.ok([answer, answer.features, answer.model, answer.reasons[0]].every(Object.isFrozen));
  assert.deepEqual(JSON.parse(JSON.stringify(answer)).features, { a: 1, b: null });
  const none = assessmentOf(JSON.stringify({ by: 'fallback', decision: 'review', model: null, failure: 'event-too-old', rules: [], reasons: [] }), ['a'], numbers(4, []), ...NO);
  assert.deepEqual([none.outcome, none.features, none.risk, none.failure], ['late', null, null, 'event-too-old']);
  assert.deepEqual(observedOf(['a'], numbers(6, [2])), { outcome: 'peeked', capped: false, features: { a: 2 } });
  assert.deepEqual(observedOf(['a'], numbers(5, [])), { outcome: 'ahead', capped: false, features: null });
});

test('what the model alone has decided comes as numbers', () => {
  const answer = assessmentOf(undefined, ['a'], numbers(1, [3], [0.5, 0.25, 1, 6, 301, 718]), ...NO);
  const model = { score: 0.5, risk: 0.25, decision: 'review', costs: { approve: 6, review: 301, decline: 718 } };
  assert.deepEqual({ ...answer }, { decision: 'review', by: 'model', risk: 0.25, score: 0.5, model, rules: [], reasons: [], features: { a: 3 }, outcome: 'observed', capped: false, repeated: false });
  assert.deepEqual(Object.keys(answer.model!), Object.keys(model));
  assert.ok([answer, answer.model, answer.model?.costs, answer.rules, answer.reasons].every(Object.isFrozen));
  for (const [costs, wanted] of [[[6, NaN, 718], { approve: 6, decline: 718 }], [[NaN, NaN, NaN], undefined], [[0, 0, 0], { approve: 0, review: 0, decline: 0 }]] as const) {
    const { decision, model } = assessmentOf(undefined, ['a'], numbers(0, [], [0.5, 0.25, 2, ...costs]), ...NO);
    assert.deepEqual([decision, model?.costs], ['decline', wanted]);
  }
});

test('reasons of the model alone come as numbers, and are those that JSON would tell', () => {
  const reasons = [
    { code: 'C', text: 'c', feature: 'b', value: NaN, contribution: 1.5 },
    { code: 'A', text: '', feature: 'a', value: 3, contribution: 0.25 },
  ];
  const names = ['a', 'b'];
  const why = [['A', ''], ['C', 'c']] as const;
  for (const link of ['identity', 'logistic'] as const) {
    const explained = { base: -2, sum: -0.25, link };
    const told = { decision: 'review', by: 'model', model: { score: 0.5, risk: 0.25, decision: 'review' }, rules: [], reasons, explained };
    const [json, plain] = [JSON.stringify(told), undefined].map((json) => assessmentOf(json, names, numbers(1, [3, NaN], [0.5, 0.25, 1, NaN, NaN, NaN], [-2, -0.25], json ? [] : [1, 1.5, 0, 0.25]), why, link));
    assert.deepEqual({ ...plain }, { ...json });
    assert.equal(JSON.stringify(plain), JSON.stringify(json), 'names in the same order');
    assert.ok([plain!.reasons, ...plain!.reasons, plain!.explained].every(Object.isFrozen));
  }
  const none = assessmentOf(undefined, names, numbers(1, [3, 4], undefined, [1, 0.5]), why, 'identity');
  assert.deepEqual([none.reasons, none.explained], [[], { base: 1, sum: 0.5, link: 'identity' }]);
});

test('a clock that goes astray is told of by the name of its option', () => {
  const astray = [
    () => NaN,
    () => {
      throw new Error('stopped');
    },
  ];
  for (const now of astray) assert.throws(hostClock(now, 'createAssessor.now'), (error) => (error as { details: { option?: string } }).details.option === 'createAssessor.now');
});
