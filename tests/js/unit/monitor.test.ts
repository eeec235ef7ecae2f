import assert from 'node:assert/strict';
import { test } from 'node:test';
import { binOf, binsOf } from '../../../www/lib/src/monitor/reading/bins.js';
import { completionFacts, decisionFacts, type Facts, slateFacts, slateText } from '../../../www/lib/src/monitor/reading/facts.js';
import { cut } from '../../../www/lib/src/monitor/reading/names.js';
import type { ToldStream, Watch } from '../../../www/lib/src/monitor/running/glue.js';
import { answerOf, numbered } from '../../../www/lib/src/monitor/shadow/answer.js';
import { Budget, sparing, whenIdle, within } from '../../../www/lib/src/monitor/shadow/budget.js';
import { shareOf } from '../../../www/lib/src/monitor/telemetry/collector.js';
import { whenHidden } from '../../../www/lib/src/sink/hidden.js';
import { chance, Occasions, randomised, turned, undone } from '../../../www/lib/src/monitor/telemetry/noise.js';
import { Sender } from '../../../www/lib/src/sink/sender.js';
import { Watcher, type Parts } from '../../../www/lib/src/monitor/watching/monitor.js';
import { checkMonitor, checkRollout, checkSamples, checkShadow } from '../../../www/lib/src/monitor/words/options.js';
import { code, numbers } from './thrown.js';


test('options: ranges, rising levels, dates, and unknown keys are refused', () => {
  assert.deepEqual(checkMonitor(undefined), {});
  assert.deepEqual(checkMonitor({ made: new Date(5), expires: '1970-01-01T00:00:01Z' }), { made: 5, expires: 1000 });
  for (const bad of [{ alpha: 0 }, { alpha: 0.6 }, { tolerances: [0.2, 0.1, 0.3] }, { rateTolerances: [0, 0.5, 2] }, { slowShares: [0, 0.1, 0.2] }, { consent: 'yes' }, { epsilon: 0 }, { every: 0 }, { visitors: 'few' }, { made: 'once' }, { warnAfterMs: 5 }, { learn: 10 }, { sink: 1 }]) {
    assert.equal(code(() => checkMonitor(bad)), 'invalid-option', JSON.stringify(bad));
  }
  assert.equal(code(() => checkMonitor({ onAlarm: () => 1 })), 'unknown-option');
  assert.deepEqual(checkSamples({ streams: { a: [1, 2], b: { values: Float64Array.of(3), role: 'score' } } }).streams, [['a', { values: [1, 2] }], ['b', { values: [3], role: 'score' }]]);
  for (const bad of [{ streams: { a: 'b' } }, { streams: { a: { role: 'input' } } }, { rates: { a: { events: -1, of: 1 } } }]) assert.equal(code(() => checkSamples(bad)), 'invalid-option');
  for (const bad of [{ share: 2 }, { budgetMs: 0 }, { alpha: 1 }]) assert.equal(code(() => checkShadow(bad)), 'invalid-option');
  for (const bad of [{}, { share: 0.1, when: ['worse'] }, { share: 0.1, endsAt: ['warn', 'no'] }]) assert.equal(code(() => checkRollout(bad)), 'invalid-option');
});

test('bins have words', () => {
  const numbersOf: ToldStream = { name: 'a', role: 'input', weight: 1, kind: 'numbers', bins: Float64Array.of(0.9999999999, 25, 50), observations: 5 };
  assert.equal(binsOf(numbersOf), 5);
  assert.deepEqual([0, 1, 2, 3, 4].map((bin) => binOf(numbersOf, bin)), ['to 1', '1 to 25', '25 to 50', 'above 50', 'missing']);
  const names: ToldStream = { ...numbersOf, kind: 'names', bins: ['x', 'y'] };
  assert.deepEqual([0, 1, 2, 3].map((bin) => binOf(names, bin)), ['x', 'y', 'others', 'missing']);
  assert.deepEqual([0, 2, 3].map((bin) => binOf({ ...numbersOf, kind: 'indexes', bins: 2 }, bin)), ['0', 'others', 'missing']);
});

test('a name is cut to the bytes that a bin has, and so are those that are held against it', () => {
  assert.equal(cut('a'.repeat(64)), 'a'.repeat(64));
  assert.equal(cut('a'.repeat(65)), 'a'.repeat(64));
  assert.equal(cut('ü'.repeat(40)), 'ü'.repeat(32));
  assert.equal(cut(cut('語'.repeat(500))), cut('語'.repeat(500)));
});

test('what is read of answers, and nothing else', () => {
  const told: unknown[] = [];
  const to: Facts = { value: (name, role, value) => told.push([name, role, value]), rate: (name, yes) => told.push([name, yes]), took: (ms) => told.push(ms) };
  const items = [{ item: 'a', score: 0.75, category: 'x' }, { item: 'b', score: 0.25 }];
  slateFacts({ items, tier: 'lite', source: 'model', notes: ['full-timeout', 'short'], events: 4, tookMs: 2 }, to);
  assert.deepEqual(told.splice(0), [['slate.events', 'input', 4], ['slate.items', 'slate', 2], ['slate.score', 'score', 0.75], ['slate.spread', 'score', 0.5], ['slate.source', 'slate', 'model'], ['slate.category', 'slate', 'x'], ['fallback', true], ['short', true], ['filled', false], 2]);
  slateFacts({ items: [], tier: 'none', source: 'popular', notes: [], events: 0, tookMs: 0 }, to);
  assert.deepEqual([told[2], told[3], told[6]], [['slate.score', 'score', undefined], ['slate.spread', 'score', undefined], ['fallback', true]]);
  assert.equal(slateText({ items, tier: 'lite', source: 'model', notes: [], events: 1, tookMs: 2 }), 'a\nb');
  told.length = 0;
  decisionFacts({ decision: 'decline', by: { rule: 'r' }, risk: null, features: { known: 1, other: 2 } }, (name) => name === 'known', to);
  assert.deepEqual(told.splice(0), [['decision', 'score', 'decline'], ['risk', 'score', null], ['fallback', false], ['declined', true], ['known', 'input', 1]]);
  completionFacts({ finishReason: 'length', usage: { completion: 4 }, score: -2, scored: 4, tookMs: 9 }, to);
  assert.deepEqual(told, [['completion.tokens', 'score', 4], ['completion.ended', 'score', 'length'], ['completion.logprob', 'score', -0.5], ['empty', false], ['cut-off', true], 9]);
});

test('randomised response: how often a bit is turned, and the sum put right', () => {
  assert.ok(Math.abs(turned(Math.log(3)) - 0.25) < 1e-12);
  // Either answer is at most e^ε times as likely for one truth as for the other.
  for (const epsilon of [0.1, 1, 4]) assert.ok((1 - turned(epsilon)) / turned(epsilon) <= Math.exp(epsilon) * (1 + 1e-9));
  assert.ok(Math.abs(undone(0.25 + 0.5 * 0.1, Math.log(3)) - 0.1) < 1e-12);
  const random = numbers(7);
  for (const truth of [0, 0.02, 0.3]) {
    const count = 40_000;
    let events = 0;
    for (let i = 0; i < count; i++) events += Number(randomised(random() < truth, 1, random));
    const { share, low, high } = shareOf('a', events, count, 1);
    assert.ok(low! <= truth && truth <= high! && Math.abs(share! - truth) < 0.03, `${truth} ${share} ${low} ${high}`);
  }
  assert.deepEqual(shareOf('a', 0, 0, 1), { name: 'a', of: 0, share: null, low: null, high: null });
  const drawn = Array.from({ length: 2000 }, () => chance());
  assert.ok(drawn.every((x) => x >= 0 && x < 1) && Math.abs(drawn.reduce((a, b) => a + b) / 2000 - 0.5) < 0.05);
});

test('one occasion of a rate is told, each as often as the others', () => {
  const random = numbers(3);
  const picked = [0, 0, 0, 0];
  for (let i = 0; i < 4000; i++) {
    for (let at = 0; at < 4; at++) {
      const occasions = new Occasions(random);
      for (let k = 0; k < 4; k++) occasions.add(9, k === at);
      const [only] = occasions.take();
      picked[at]! += Number(only![1]);
      assert.deepEqual(occasions.take(), []);
    }
  }
  assert.ok(picked.every((count) => Math.abs(count - 1000) < 120), String(picked));
});

test('a sink that cannot send is handed the same report again, and no more than eight wait', async () => {
  const seen: string[] = [];
  let answer: unknown = false;
  const sender = new Sender((report: Uint8Array) => {
    seen.push(`${report[0]}`);
    if (answer === 'throw') throw new Error('no');
    return answer;
  });
  const report = (n: number) => Uint8Array.of(n, 0);
  assert.equal(sender.send([report(1)]), 1);
  assert.deepEqual(sender.counts, { sent: 0, waiting: 1, lost: 0 });
  answer = 'throw';
  assert.equal(sender.send([]), 1);
  answer = Promise.reject(new Error('later'));
  (answer as Promise<unknown>).catch(() => {});
  assert.equal(sender.send([]), 1);
  await new Promise((done) => setTimeout(done));
  answer = Promise.resolve(false);
  sender.send([]);
  await new Promise((done) => setTimeout(done));
  assert.deepEqual(seen, ['1', '1', '1', '1'], 'each time once more');
  answer = true;
  sender.send([]);
  assert.deepEqual(sender.counts, { sent: 1, waiting: 0, lost: 0 });
  answer = false;
  for (let n = 0; n < 10; n++) sender.send([report(n)]);
  assert.deepEqual(sender.counts, { sent: 1, waiting: 8, lost: 2 });
  // Consent that ends while one is on its way: it does not come back.
  let fail!: () => void;
  answer = new Promise((_, no) => (fail = () => no(new Error('gone'))));
  sender.send([report(1)]);
  sender.forget();
  fail();
  await new Promise((done) => setTimeout(done));
  assert.equal(sender.counts.waiting, 0);
});

test('a page that is hidden, or left, is heard once each, and no more after the end', () => {
  const listeners = new Map<string, () => void>();
  const target = { addEventListener: (type: string, act: () => void) => void listeners.set(type, act), removeEventListener: (type: string) => void listeners.delete(type) };
  const page = globalThis as Record<string, unknown>;
  let heard = 0;
  assert.doesNotThrow(whenHidden(() => heard++), 'where there is no page');
  const document = { ...target, visibilityState: 'visible' };
  Object.assign(page, { document, ...target });
  try {
    const end = whenHidden(() => heard++);
    listeners.get('visibilitychange')!();
    assert.equal(heard, 0);
    document.visibilityState = 'hidden';
    listeners.get('visibilitychange')!();
    listeners.get('pagehide')!();
    assert.equal(heard, 2);
    assert.ok(!listeners.has('unload') && !listeners.has('beforeunload'), 'which would keep the page out of the cache');
    end();
    assert.equal(listeners.size, 0);
  } finally {
    for (const key of ['document', 'addEventListener', 'removeEventListener']) delete page[key];
  }
});

test('a challenger may answer anything: only a slate is one', () => {
  assert.deepEqual(answerOf({ items: [{ item: 'a', score: 1, more: 1 }] }), { items: ['a'], scores: [1] });
  const a = { item: 'a', score: 1 };
  for (const bad of [undefined, null, 5, {}, { items: 'a' }, { items: [null] }, { items: [{ item: 1, score: 1 }] }, { items: [{ item: 'a', score: NaN }] }, { items: [a, a] }, { items: Array.from({ length: 101 }, (_, i) => ({ item: `${i}`, score: 1 })) }]) assert.throws(() => answerOf(bad), TypeError);
  assert.deepEqual(numbered(['a', 'b'], ['b', 'c']), [Uint32Array.of(0, 1), Uint32Array.of(1, 2)]);
});

test('a budget is of a minute, and what is over it is owed', async () => {
  let now = 0;
  const budget = new Budget(100, () => now);
  assert.ok(budget.left);
  budget.spend(250);
  assert.ok(!budget.left);
  now = 60_000;
  assert.ok(!budget.left, '150 of the minute before');
  now = 120_000;
  assert.ok(budget.left);
  now = 1e9;
  assert.ok(budget.left);
  await assert.rejects(within(() => new Promise(() => {}), 5), /within 5 ms/);
  assert.equal(await within(async () => 3, 5), 3);
});

test('idle time where the browser has it, a timer where it has not, and a device that is to be spared', async () => {
  const page = globalThis as Record<string, unknown>;
  await new Promise<void>(whenIdle);
  const asked: unknown[] = [];
  page.requestIdleCallback = (act: () => void, options: unknown) => (asked.push(options), act());
  try {
    await new Promise<void>(whenIdle);
    assert.deepEqual(asked, [{ timeout: 5000 }], 'a page in the background has no idle time: it runs all the same');
  } finally {
    delete page.requestIdleCallback;
  }
  const before = Object.getOwnPropertyDescriptor(page, 'navigator');
  const device = async (navigator: unknown) => {
    Object.defineProperty(page, 'navigator', { value: navigator, configurable: true });
    const spare = sparing();
    await Promise.resolve();
    return spare();
  };
  const battery = (level: number, charging: boolean) => ({ getBattery: async () => ({ level, charging }) });
  try {
    const all = [{}, { connection: { saveData: true } }, battery(0.1, false), battery(0.1, true), battery(0.5, false), { getBattery: async () => Promise.reject(new Error('no')) }, { getBattery: () => { throw new Error('no'); } }];
    const spared = [];
    for (const navigator of [undefined, ...all]) spared.push(await device(navigator));
    assert.deepEqual(spared, [false, false, true, true, false, false, false, false]);
  } finally {
    if (before) Object.defineProperty(page, 'navigator', before);
    else delete page.navigator;
  }
});

test('a completer tells of a golden that has failed, and counts nothing', () => {
  let failed = 0;
  const watch: Partial<Watch> = { told: () => ({ streams: [], rates: [] }), count: () => {}, states: () => [], standing: () => undefined, golden: () => failed++ };
  const parts = { glue: { Watch: function () { return watch; } } } as unknown as Parts;
  const monitor = new Watcher({ call: (act) => act(parts) }, new Uint8Array(1), () => 0, true, {}).handle();
  monitor.counted({ restarts: 1 });
  assert.equal(failed, 0);
  monitor.counted({ restarts: 1, failed: 'golden-mismatch' });
  assert.deepEqual([failed, monitor.info().refused], [1, 0]);
});

test('a report is handed over as a copy, with its length and how it was made, and again as it was', () => {
  let made = 0;
  const report = (): Uint8Array<ArrayBuffer> | undefined => (made++ === 0 ? Uint8Array.of(7, 0) : undefined);
  const watch: Partial<Watch> = { told: () => ({ streams: [], rates: [] }), count: () => {}, report };
  const parts = { glue: { Watch: function () { return watch; } } } as unknown as Parts;
  const seen: string[] = [];
  const sink = (bytes: Uint8Array, told: object): boolean => {
    seen.push(`${bytes} ${JSON.stringify(told)}`);
    bytes.fill(0);
    return seen.length > 1;
  };
  const monitor = new Watcher({ call: (act) => act(parts) }, new Uint8Array(1), () => 0, true, { sink, consent: 'session' }).handle();
  assert.deepEqual([monitor.flush(), monitor.flush(), monitor.flush()], [1, 1, 0]);
  assert.deepEqual(seen, ['7,0 {"bytes":2,"epsilon":null}', '7,0 {"bytes":2,"epsilon":null}']);
  monitor.close();
});
