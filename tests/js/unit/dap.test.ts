import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digest, type Format, Reader, Writer } from '../../../www/lib/src/dap/bytes.js';
import { type Task, taskOf, type Wire } from '../../../www/lib/src/dap/client.js';
import { checkDap, checkSum } from '../../../www/lib/src/dap/options.js';
import { type Lane, Outbox } from '../../../www/lib/src/dap/outbox.js';
import { chunkOf, pick, planOf } from '../../../www/lib/src/dap/plan.js';
import { referenceOf } from '../../../www/lib/src/dap/reference.js';
import { countsOf } from '../../../www/lib/src/dap/report.js';
import { reportOf } from '../../../www/lib/src/dap/dap-sum.js';
import { bucketOf, ends, SPANS, spanOf } from '../../../www/lib/src/dap/times.js';
import { NearhandError } from '../../../www/lib/src/words/errors.js';
import { code, numbers } from './thrown.js';

const FORMAT: Format = { letters: 'NHMR', malformed: 'monitor-reference-malformed', most: 1000 };

test('dap: the digest is FNV', () => {
  // Of the authors' test vectors, and the definition.
  const utf8 = new TextEncoder();
  assert.deepEqual([digest(utf8.encode('')), digest(utf8.encode('foobar'))], [0xcbf29ce484222325n, 0x85944171f73967e8n]);
  const random = numbers(7);
  for (let length = 1; length < 300; length += 7) {
    const bytes = Uint8Array.from({ length }, () => random() * 256);
    assert.equal(digest(bytes), bytes.reduce((hash, byte) => ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn, 0xcbf29ce484222325n));
  }
});

/** A frame with any body. */
function framed(body: readonly number[], letters = 'NHMR', version = 1): Uint8Array {
  const bytes = [...new TextEncoder().encode(letters), version, ...body];
  const tail = new DataView(new ArrayBuffer(8));
  tail.setBigUint64(0, digest(Uint8Array.from(bytes)), true);
  return Uint8Array.from([...bytes, ...new Uint8Array(tail.buffer)]);
}

test('dap: numbers and zeros are read the one way, and what was written', () => {
  const to = new Writer(FORMAT);
  const counts = [0, 0, 5, 2 ** 48, 0, 127, 128, 0, 0, 0];
  to.count(300);
  to.sparse(counts);
  const bytes = to.end();
  const from = new Reader(bytes, FORMAT);
  assert.deepEqual([from.count(), from.sparse(counts.length, 2 ** 48)], [300, counts]);
  from.end();
  for (let at = 0; at < bytes.length; at++) {
    const changed = bytes.slice();
    changed[at]! ^= 4;
    assert.match(String(code(() => new Reader(changed, FORMAT))), /^monitor-(reference-malformed|version-unsupported)$/);
    assert.equal(code(() => new Reader(bytes.subarray(0, at), FORMAT)), 'monitor-reference-malformed');
  }
  assert.equal(code(() => new Reader(new Uint8Array(1001), FORMAT)), 'monitor-reference-malformed');
  for (const body of [[128, 0], [128], [...new Array<number>(9).fill(255), 1], []]) assert.equal(code(() => new Reader(framed(body), FORMAT).count()), 'monitor-reference-malformed', String(body));
  assert.equal(code(() => new Reader(framed([5]), FORMAT).count(4)), 'monitor-reference-malformed');
  // Zeros in two runs side by side; more zeros than bins.
  for (const body of [[0, 0, 0, 0], [0, 2]]) assert.equal(code(() => new Reader(framed(body), FORMAT).sparse(2, 9)), 'monitor-reference-malformed');
});

/** Two streams and a rate: bins of numbers at 1 and 2, two names; `rate`. */
const PRICE = [1, 112, 0, 0, 0, 128, 63, 0, 2, 0, 0, 0, 0, 0, 0, 240, 63, 0, 0, 0, 0, 0, 0, 0, 64, 1, 0, 1, 3];
const KIND = [1, 107, 2, 0, 0, 0, 0, 1, 2, 1, 97, 1, 98, 1, 1, 0, 1];
const RATE = [1, 1, 114, 1, 4];
const REFERENCE = framed([2, ...PRICE, ...KIND, ...RATE]);

test('dap: a reference is read by its bins, and one that contradicts itself is refused', () => {
  const { streams, rates } = referenceOf(REFERENCE);
  assert.deepEqual([streams, rates], [[{ name: 'p', bins: ['to 1', '1 to 2', 'above 2', 'missing'] }, { name: 'k', bins: ['a', 'b', 'others', 'missing'] }], ['r']]);
  const bodies: Record<string, readonly number[]> = {
    nothing: [],
    'too many streams': [129, 1],
    'a stream cut short': [1, 1, 112],
    'an unknown role': [1, 1, 112, 3, 0, 0, 128, 63, 2, 1, 1, 1, 1, 0],
    'no name': [1, 0, 0, 0, 0, 128, 63, 2, 1, 1, 1, 1, 0],
    'a name too long': [1, 65, ...new Array<number>(65).fill(97), 0, 0, 0, 128, 63, 2, 1, 1, 1, 1, 0],
    'a name that is no text': [1, 1, 255, 0, 0, 0, 128, 63, 2, 1, 1, 1, 1, 0],
    'a name twice': [2, ...PRICE, ...PRICE, 0],
    'an unknown kind of bins': [1, 1, 112, 0, 0, 0, 128, 63, 3],
    'too many bins': [1, 1, 112, 0, 0, 0, 128, 63, 2, 63],
    'a rate of more events than occasions': [0, 1, 1, 114, 5, 4],
    'bytes behind the end': [0, 0, 0],
  };
  for (const [what, body] of Object.entries(bodies)) assert.equal(code(() => referenceOf(framed(body))), 'monitor-reference-malformed', what);
  assert.equal(code(() => referenceOf(framed([0, 0], 'NHMR', 2))), 'monitor-version-unsupported');
  assert.equal(code(() => referenceOf(framed([0, 0], 'NHMT'))), 'monitor-reference-malformed');
});

test('dap: a report of counts is read as them, and one of others is refused', () => {
  const reference = referenceOf(REFERENCE);
  const times = Array.from({ length: SPANS }, (_, at) => at * 3);
  const counts = [[1, 0, 0, 7], [0, 300, 0, 0], [3, 1], times];
  const report = reportOf(counts, reference, 2 ** 53 - 1, 9);
  assert.deepEqual(countsOf(report, reference), counts);
  assert.equal(code(() => countsOf(report, { ...reference, digest: 5n })), 'monitor-reference-other');
  assert.equal(code(() => countsOf(report, { ...reference, rates: [] })), 'monitor-report-malformed');
  // The head, its number and that nothing was too large; counts follow.
  const body = (more: readonly number[]): Uint8Array => framed([...report.subarray(5, 21), 0, 0, ...more], 'NHMT');
  assert.deepEqual(countsOf(body([0, 7, 1, 4, 0, 255, 2]), reference)[2], [3, 1]);
  for (const more of [[0, 7, 5, 4, 0, 255, 2], [0, 8, 1, 4, 0, 255, 2], [0, 7, 1, 4, 0, 255, 2, 0], [0, 7, 1, 4]]) assert.equal(code(() => countsOf(body(more), reference)), 'monitor-report-malformed', String(more));
});

test('dap: chunk lengths are those that the crate prio chooses, and proofs are the shortest', () => {
  // As its own tests have them.
  assert.deepEqual([0, 1, 2, 3, 18, 19, 40, 10_000, 100_000].map(chunkOf), [1, 1, 2, 1, 6, 3, 6, 79, 393]);
  // And as prio 0.16.8 answers for 1 to 64.
  const recorded = '1 2 1 2 2 2 3 3 3 4 4 4 5 5 5 6 6 6 3 3 3 4 4 4 4 4 4 4 5 5 5 5 5 5 5 6 6 6 6 6 6 6 7 7 7 7 7 7 7 8 8 8 8 8 8 8 9 9 9 9 9 9 9 10';
  assert.equal(Array.from({ length: 64 }, (_, at) => chunkOf(at + 1)).join(' '), recorded);
  const proof = (length: number, chunk: number): number => {
    const calls = Math.ceil(length / chunk);
    return chunk * 2 + 2 * (2 ** Math.ceil(Math.log2(1 + calls)) - 1) + 1;
  };
  for (let length = 2; length < 200; length++) {
    for (let chunk = 1; chunk <= length; chunk++) assert.ok(proof(length, chunkOf(length)) <= proof(length, chunk), `${length} by ${chunk}`);
  }
  const plan = planOf(referenceOf(REFERENCE));
  assert.deepEqual(plan.map(({ name, vdaf: { length, chunkLength } }) => [name, length, chunkLength]), [['p', 4, 2], ['k', 4, 2], ['r', 2, 2], ['times', 34, 5]]);
});

test('dap: spans of times are whole buckets, each a half of a power of two, and what is read of one is written into it', () => {
  // The first microsecond of a bucket, as crates/monitor/src/latency.rs has it.
  const low = (bucket: number): number => (bucket < 16 ? bucket : (16 + (bucket % 16)) * 2 ** (Math.floor(bucket / 16) - 1));
  const edges = [...ends()].map((ms) => ms * 1000);
  for (let bucket = 0; bucket < 384; bucket++) assert.equal(spanOf(bucket), edges.filter((edge) => edge <= low(bucket)).length, `${bucket}`);
  for (let span = 0; span < SPANS; span++) assert.equal(spanOf(bucketOf(span)), span);
  assert.deepEqual([edges[0], edges[1], edges.at(-1)], [256, 384, 16_777_216]);
  // Within half a span of all of it, and of the bucket's own width.
  for (let span = 0; span < SPANS - 1; span++) {
    const [from, to, told] = [edges[span - 1] ?? 0, edges[span]!, low(bucketOf(span))];
    assert.ok(told - from <= (to - from) / 2 && to - told <= (to - from) / 2, `${span}`);
  }
  const { buckets } = planOf(referenceOf(REFERENCE)).at(-1)!;
  assert.deepEqual([buckets[0], buckets[1], buckets.at(-1)], ['to 0.256', '0.256 to 0.384', 'above 16777.2']);
});

test('dap: one of what was counted, each with the same chance', () => {
  assert.equal(pick([0, 0], () => 0.5), undefined);
  assert.deepEqual([0, 0.19, 0.2, 0.99, 1].map((at) => pick([1, 0, 4, 0], () => at)), [0, 0, 2, 2, 2]);
  const random = numbers(5);
  const drawn = [0, 0, 0];
  for (let i = 0; i < 10_000; i++) drawn[pick([1, 2, 7], random)!]! += 1;
  // Within five standard deviations.
  [0.1, 0.2, 0.7].forEach((share, at) => assert.ok(Math.abs(drawn[at]! / 10_000 - share) < 5 * Math.sqrt((share * (1 - share)) / 10_000)));
});

test('dap: addresses are of two parties, and end with a slash', () => {
  const id = 'A'.repeat(43);
  const good = { reference: new Uint8Array(1), leader: new URL('https://leader.example/v09'), helper: 'http://localhost:8080', timePrecisionSeconds: 60, tasks: { a: id, b: { id: 'B'.repeat(43), chunkLength: 3 } } };
  const { leader, helper, tasks } = checkDap(good);
  assert.deepEqual([leader, helper, [...tasks]], ['https://leader.example/v09/', 'http://localhost:8080/', [['a', { id }], ['b', { id: 'B'.repeat(43), chunkLength: 3 }]]]);
  for (const bad of [{ helper: 'https://leader.example/other' }, { helper: 'https://user@helper.example' }, { helper: 'helper' }, { helper: 'https://helper.example/#a' }, { tasks: { a: `${id}=` } }, { tasks: { a: { chunkLength: 2 } } }]) {
    assert.equal(code(() => checkDap({ ...good, ...bad })), 'invalid-option', JSON.stringify(bad));
  }
});

/** Lanes, and an outbox whose leader answers as `answer` says by the lane's name. */
function posted(names: readonly string[], answer: (name: string) => Response) {
  const asked: string[] = [];
  const errors: string[] = [];
  const told: NearhandError[] = [];
  /** Times of what was sealed, what was sent so as to outlive its page, and how often keys were asked for. */
  const sealed: number[] = [];
  const outlives: unknown[] = [];
  let keys = 0;
  const task = {
    fetchKeyConfiguration: async () => void (keys += 1),
    invalidateHpkeConfig() {},
    generateReport: async (_: number, { timestamp }: { timestamp: Date }) => (sealed.push(+timestamp), { encode: () => new Uint8Array(1) }),
  } as unknown as Task;
  const lanes = names.map((name): Lane => ({ name, id: name, url: name, task, stopped: false, sent: 0, lost: 0 }));
  const wire = { ask: async (name: string, _: unknown, outlive?: boolean) => (asked.push(name), outlives.push(outlive), answer(name)) } as unknown as Wire;
  const outbox = new Outbox({ tasks: lanes.length, precision: 3_600_000, ready: async () => {}, wire: () => wire, random: () => 0.5, onError: (error) => void (errors.push(error.code), told.push(error)) });
  return { asked, errors, told, sealed, outlives, keys: () => keys, lanes, outbox };
}
const settled = () => new Promise((done) => setImmediate(done));

test('dap: a report of more tasks than wait as a rule loses none of them; beyond it the oldest are lost, and told', async () => {
  const names = Array.from({ length: 80 }, (_, at) => `task ${at}`);
  let up = true;
  const { lanes, outbox, errors } = posted(names, () => new Response(null, { status: up ? 201 : 503 }));
  const all = (): void => lanes.forEach((lane) => outbox.put(lane, 0, new Date(0)));
  all();
  await outbox.flush();
  assert.deepEqual([lanes.every(({ sent, lost }) => sent === 1 && lost === 0), errors], [true, []]);
  up = false;
  all();
  await settled();
  outbox.put(lanes[5]!, 0, new Date(0));
  await outbox.flush();
  assert.deepEqual([lanes[0]!.lost, lanes[1]!.lost, outbox.waiting(lanes[5]!), errors], [1, 0, 2, ['dap-unreachable']]);
  outbox.forget();
  assert.equal(outbox.waiting(lanes[5]!), 0);
});

test('dap: what is tried again waits its own time, whatever else comes', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { asked, lanes: [late, soon], outbox } = posted(['late', 'soon'], (name) => (name === 'late' ? new Response(null, { status: 429, headers: { 'retry-after': '100' } }) : new Response(null, { status: 503 })));
  outbox.put(late!, 0, new Date(0));
  await settled();
  for (let at = 0; at < 5; at++) {
    outbox.put(soon!, 0, new Date(0));
    await settled();
  }
  assert.equal(asked.filter((name) => name === 'late').length, 1);
  // 1.5 seconds, and then 3.
  for (const ms of [1500, 3000]) {
    t.mock.timers.tick(ms);
    await settled();
  }
  assert.deepEqual([asked.filter((name) => name === 'late').length, asked.filter((name) => name === 'soon').length], [1, 15]);
  // A hundred seconds, and up to an eighth more.
  t.mock.timers.tick(95_500);
  await settled();
  assert.equal(asked.filter((name) => name === 'late').length, 1);
  t.mock.timers.tick(6_250);
  await settled();
  assert.equal(asked.filter((name) => name === 'late').length, 2);
  outbox.forget();
});

const problem = (type: string, headers: Record<string, string> = {}, detail?: string, status = 400): Response =>
  new Response(JSON.stringify({ type: `urn:ietf:params:ppm:dap:error:${type}`, detail }), { status, headers: { 'content-type': 'application/problem+json', ...headers } });

test("dap: a device's clock that is ahead: by the leader's clock where it is told, else in the span before, and once", async () => {
  const at = Date.UTC(2026, 0, 1, 12, 3);
  for (const [headers, then] of [[{ date: 'Thu, 01 Jan 2026 09:00:00 GMT' }, Date.UTC(2026, 0, 1, 9)], [{}, at - 3_600_000]] as const) {
    let refused = 1;
    const { lanes: [lane], outbox, sealed, errors } = posted(['a'], () => (refused-- > 0 ? problem('reportTooEarly', headers) : new Response(null, { status: 201 })));
    outbox.put(lane!, 0, new Date(at));
    await outbox.flush();
    assert.deepEqual([sealed, lane!.sent, errors], [[at, then], 1, []]);
  }
  const { lanes: [lane], outbox, sealed, told } = posted(['a'], () => problem('reportTooEarly', {}, "the report's time is ahead"));
  outbox.put(lane!, 0, new Date(at));
  await outbox.flush();
  assert.deepEqual([sealed.length, lane!.lost, told[0]?.code, told[0]?.details['detail']], [2, 1, 'dap-refused', "the report's time is ahead"]);
  assert.match(told[0]!.message, /ahead; look/);
});

test('dap: Retry-After as a time, and of an hour; what is refused so may be what others of the page send', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  for (const headers of [{ 'retry-after': '3600' }, { 'retry-after': 'Thu, 01 Jan 2026 10:00:00 GMT', date: 'Thu, 01 Jan 2026 09:00:00 GMT' }]) {
    const { asked, outlives, lanes: [lane], outbox } = posted(['a'], () => problem('busy', headers, undefined, 503));
    outbox.put(lane!, 0, new Date(0));
    await settled();
    t.mock.timers.tick(3_599_999);
    await settled();
    assert.equal(asked.length, 1, 'nobody comes before it is asked for');
    t.mock.timers.tick(450_001);
    await settled();
    assert.deepEqual(outlives, [true, false]);
    outbox.forget();
  }
  // Neither is it brought forward, nor is what is wanted at once sent six times at once.
  for (const [seconds, flushed, later] of [['3600', 1, 1], ['0', 2, 3]] as const) {
    const { asked, lanes: [lane], outbox } = posted(['a'], () => problem('busy', { 'retry-after': seconds }, undefined, 503));
    outbox.put(lane!, 0, new Date(0));
    await settled();
    t.mock.timers.tick(1);
    await settled();
    assert.equal(asked.length, 1);
    await outbox.flush();
    assert.equal(asked.length, flushed);
    t.mock.timers.tick(3000);
    await settled();
    assert.equal(asked.length, later);
    outbox.forget();
  }
  // Said of nothing that can be read: as without.
  const { asked, lanes: [lane], outbox } = posted(['a'], () => problem('busy', { 'retry-after': 'soon' }, undefined, 503));
  outbox.put(lane!, 0, new Date(0));
  await settled();
  t.mock.timers.tick(1500);
  await settled();
  assert.equal(asked.length, 2);
  outbox.forget();
});

test('dap: keys that an aggregator is too busy for are asked for when it wants them to be, whoever comes meanwhile', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let now = 1000;
  t.mock.method(performance, 'now', () => now);
  const pass = async (ms: number): Promise<void> => {
    now += ms;
    t.mock.timers.tick(ms);
    await settled();
  };
  let [busy, requests] = [true, 0];
  const answer = (): Response => (busy ? new Response(null, { status: 503, headers: { 'retry-after': '100' } }) : new Response('keys', { headers: { 'content-type': 'application/dap-hpke-config-list' } }));
  class Fake {
    static readonly protocolVersion = 'dap-09';
    declare fetch: Task['fetch'];
    fetchKeyConfiguration = async (): Promise<void> => void (await this.fetch('https://helper.example/hpke_config'));
    invalidateHpkeConfig(): void {}
    generateReport = async (): Promise<{ encode(): Uint8Array }> => ({ encode: () => new Uint8Array(1) });
  }
  const { asked, errors, lanes: [lane], outbox } = posted(['a'], () => new Response(null, { status: 201 }));
  const wire = { ask: async () => ((requests += 1), answer()) } as unknown as Wire;
  lane!.task = taskOf({ Task: Fake }, {} as never, () => wire, () => false);
  outbox.put(lane!, 0, new Date(0));
  await settled();
  await pass(99_000);
  outbox.put(lane!, 1, new Date(0));
  await outbox.flush();
  assert.deepEqual([requests, asked.length, outbox.waiting(lane!)], [1, 0, 2]);
  busy = false;
  // The second by itself, as its time is over then; the first by the spread of its own.
  await pass(1500);
  assert.deepEqual([requests, lane!.sent], [2, 1]);
  await pass(5750);
  assert.deepEqual([requests, lane!.sent, errors], [2, 2, []]);
  // Where nothing is told they are asked for with the next one.
  busy = true;
  t.mock.method(wire, 'ask', async () => ((requests += 1), new Response(null, { status: 500 })));
  delete lane!.keys;
  for (let at = 0; at < 2; at++) {
    outbox.put(lane!, 0, new Date(0));
    await settled();
  }
  assert.equal(requests, 4);
  outbox.forget();
});

test('dap: where keys are lost while something is sealed, and the client cannot have them anew, it waits as for all else', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  t.mock.method(performance, 'now', () => 1000);
  const { lanes: [lane], outbox } = posted(['a'], () => new Response(null, { status: 201 }));
  let tries = 0;
  t.mock.method(lane!.task!, 'generateReport', async () => {
    tries += 1;
    throw new NearhandError('dap-unreachable', 'busy');
  });
  outbox.put(lane!, 0, new Date(0));
  await settled();
  for (const [ms, expected] of [[1, 1], [1400, 1], [200, 2]] as const) {
    t.mock.timers.tick(ms);
    await settled();
    assert.equal(tries, expected, `${ms}`);
  }
  outbox.forget();
});

test('dap: keys are asked for anew after a day', async () => {
  const { keys, lanes: [lane], outbox } = posted(['a'], () => new Response(null, { status: 201 }));
  for (const hours of [0, 1, 24, 25, 26]) {
    outbox.put(lane!, 0, new Date(hours * 3_600_000));
    await outbox.flush();
  }
  assert.deepEqual([keys(), lane!.sent], [2, 5]);
});

test('dap: sums with holes, or more of them than a histogram has, are refused', () => {
  for (const counts of [new Array<number>(3), [1, , 2], new Array<number>(2 ** 32 - 1)]) assert.equal(code(() => checkSum({ reference: 1, sums: { a: counts } })), 'invalid-option');
});
