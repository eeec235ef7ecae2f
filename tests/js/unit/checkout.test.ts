// What the edge worker that judges reads, and how shards add up, by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { amountOf, moment, text } from '../../../www/worker/checkout/asked/read.js';
import type { Declared, Feature } from '../../../www/worker/checkout/engine/declared.js';
import { millis } from '../../../www/worker/checkout/engine/declared.js';
import { Once } from '../../../www/worker/checkout/engine/once.js';
import { Parts } from '../../../www/worker/checkout/engine/parts.js';
import { decimalOf } from '../../../www/worker/checkout/words/money.js';
import { about, codeOf, Refused, refusalOf, shown } from '../../../www/worker/checkout/words/refused.js';

const code = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    return codeOf(error);
  }
  return 'none';
};

test('amounts are decimals, exact or refused', () => {
  for (const [amount, decimals, units] of [
    [129.99, 2, 12_999],
    ['129.99', 2, 12_999],
    ['129.9', 2, 12_990],
    [0, 2, 0],
    ['0.00', 2, 0],
    [0.1 + 0.7, 2, -1],
    [85.64999999999999, 2, -1],
    [12.345, 2, -1],
    [1200, 0, 1200],
    ['1200.5', 0, -1],
    ['0012.50', 2, 1250],
    [10_000_000_000_000, 2, 1e15],
    [10_000_000_000_000.01, 2, -1],
    [1e21, 2, -1],
    [1e-7, 2, -1],
    [-0.01, 2, -1],
    [Number.NaN, 2, -1],
  ] as const) {
    if (units >= 0) assert.equal(amountOf({ amount }, decimals), units, String(amount));
    else assert.equal(code(() => amountOf({ amount }, decimals)), 'transaction-invalid', String(amount));
  }
});

test('units and their decimals go to and fro', () => {
  for (const decimals of [0, 1, 2, 3]) for (const units of [0, 1, 9, 10, 99, 100, 12_345, 1e15]) assert.equal(amountOf({ amount: decimalOf(units, decimals) }, decimals), units);
  assert.deepEqual([decimalOf(5, 2), decimalOf(0, 2), decimalOf(5, 0)], ['0.05', '0.00', '5']);
});

test('a time is milliseconds or has its offset', () => {
  const time = Date.UTC(2026, 10, 29, 23, 15);
  for (const same of [time, '2026-11-29T23:15:00Z', '2026-11-30T00:15:00+01:00', '2026-11-29T23:15:00.000Z']) assert.equal(moment({ time: same }, 'time'), time);
  for (const wrong of [time / 1000, '2026-11-29 23:15', '2026-13-01T00:00:00Z', '29.11.2026', true, null, 1e18]) assert.equal(code(() => moment({ time: wrong }, 'time')), 'transaction-invalid', String(wrong));
});

test('texts have a size, and cards are not said again', () => {
  assert.equal(text({ id: 'é'.repeat(128) }, 'id'), 'é'.repeat(128));
  try {
    text({ card: `4111\n${'1'.repeat(12)}` }, 'card');
    assert.fail('refused');
  } catch (error) {
    assert.doesNotMatch(JSON.stringify(refusalOf(error)), /4111/);
  }
  assert.equal(shown(`a\u0000b${'x'.repeat(200)}`).length, 100);
  // What fails within says nothing of our insides.
  assert.deepEqual(refusalOf(new TypeError('secret of NAMES_KEY')), { code: 'failed', message: 'the worker failed' });
  assert.ok(about(new Refused('time-late', 'x')) && !about(new TypeError('x')));
  // Settings say nothing of a transaction: no intent is given up for them.
  assert.ok(!about(new Refused('settings-invalid', 'x')) && !about(new Refused('failed', 'x')) && !about(new Refused('overloaded', 'x')));
});

test('durations of a declaration', () => {
  assert.deepEqual(['500ms', '90s', '15m', '6h', '7d', '2w', 250, undefined].map(millis), [500, 90_000, 900_000, 21_600_000, 604_800_000, 1_209_600_000, 250, 0]);
});

const declared = (features: Feature[]): Declared => ({
  name: 'x',
  created: '',
  fallback: 'review',
  currencies: new Map([['EUR', 2]]),
  fields: [],
  flags: ['declined'],
  lists: new Map(),
  plain: new Set(),
  reach: 0,
  windows: { time: 'time', id: 'id', keys: ['card', 'terminal'], amounts: [{ name: 'amount', decimals: 2 }], features },
});

test('two shards by hand: three payments here with the one that is asked about, two there', () => {
  const at = { key: 'terminal', window: '1h' };
  const parts = new Parts(declared([
    { name: 'amount', kind: 'amount', of: 'amount' },
    { name: 'card_count', kind: 'count', key: 'card', window: '1h' },
    { name: 'count', kind: 'count', ...at },
    { name: 'mean', kind: 'mean', of: 'amount', ...at },
    { name: 'most', kind: 'max', of: 'amount', ...at },
    { name: 'declined', kind: 'share', of: 'declined', current: false, ...at },
    { name: 'risk', kind: 'risk', key: 'terminal', window: '7d', delay: '7d', missing: -1 },
    { name: 'cards', kind: 'distinct', of: 'card', ...at },
    { name: 'count_over_cards', kind: 'ratio', over: 'count', under: 'cards' },
    { name: 'mixed', kind: 'ratio', over: 'count', under: 'card_count' },
    { name: 'since', kind: 'since', key: 'terminal', missing: -1 },
  ]));
  /** What a shard would say, by what its parts are: with and without the payment of 10.10. */
  const said = (kind: (feature: Feature) => number): Record<string, number> => Object.fromEntries(parts.features.map((feature) => [feature.name, kind(feature)]));
  const own = said(({ kind, of, current, window }) => {
    if (kind === 'amount') return 10.1;
    if (window === '7d') return 0;
    if (kind === 'count' && of === 'declined') return 1;
    if (kind === 'count') return current === false ? 2 : 3;
    if (kind === 'sum') return current === false ? 30.3 : 40.4;
    if (kind === 'max') return 20.2;
    if (kind === 'distinct') return 2;
    return 90;
  });
  const other = said(({ kind, of, window }) => {
    if (window === '7d') return kind === 'frauds' ? 0 : 0;
    if (kind === 'count' && of === 'declined') return 1;
    if (kind === 'count') return 2;
    if (kind === 'sum') return 0.03;
    if (kind === 'max') return 0.02;
    if (kind === 'distinct') return 2;
    return 30;
  });
  assert.deepEqual(parts.merge(own, [other], 1010), {
    amount: 10.1,
    count: 5,
    mean: 4043 / 500,
    most: 20.2,
    declined: 2 / 4,
    risk: -1,
    cards: 4,
    count_over_cards: 5 / 4,
    since: 30,
  });
});

test('what does not add up is refused by its name', () => {
  for (const feature of [
    { name: 'z', kind: 'zscore', of: 'amount', key: 'terminal', window: '1d' },
    { name: 'e', kind: 'entropy', of: 'amount', key: 'terminal', window: '1d' },
    { name: 'd', kind: 'distinct', of: 'device', key: 'terminal', window: '1d' },
    { name: 'r', kind: 'risk', of: 'labelled', key: 'terminal', window: '1d' },
  ]) {
    assert.throws(() => new Parts(declared([feature])), (error: Refused) => error.refusal.field === `BUNDLE.windows.${feature.name}` && error.refusal.code === 'settings-invalid');
  }
  // Of cards they may stay.
  assert.equal(new Parts(declared([{ name: 'z', kind: 'zscore', of: 'amount', key: 'card', window: '1d' }])).features.length, 0);
});

test('what an isolate has once is opened once, by the first; a failure holds for a while; what is bad is opened anew', async () => {
  const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
  let opened = 0;
  let bad = 0;
  const once = new Once<number>((value) => value !== bad, () => undefined);
  const open = async (): Promise<number> => {
    await wait(20);
    opened += 1;
    return opened;
  };
  assert.deepEqual(await Promise.all(Array.from({ length: 20 }, () => once.get(open))), Array(20).fill(1));
  bad = 1;
  assert.equal(await once.get(open), 2);
  let tries = 0;
  const failing = new Once<number>(() => true, () => undefined);
  const fail = async (): Promise<number> => {
    tries += 1;
    await wait(5);
    throw new Error('broken');
  };
  const results = await Promise.allSettled(Array.from({ length: 10 }, () => failing.get(fail)));
  assert.ok(results.every(({ status }) => status === 'rejected'));
  await assert.rejects(failing.get(fail), /broken/);
  assert.equal(tries, 1);
});
