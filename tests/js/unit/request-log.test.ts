import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRequestLog, type Answered, type RequestLogOptions, type Serves } from '../../../www/lib/src/request-log.js';
import { code } from './thrown.js';

type Row = { readonly nearhand: Record<string, unknown>; readonly [key: string]: unknown };
const NOW = 1_800_000_000_000;
const ITEMS = [{ item: 'b', score: Math.fround(0.1) }, { item: 'c', score: -0 }];
const EVENTS = [{ kind: 'view', item: 'a', at: NOW - 5000, dwellMs: 1200, known: true, counts: 'interest' }, { kind: 'cart-add', item: '', at: NOW + 10, known: false, counts: 'cart' }];

/** A shop that answers what it is asked with. */
function shopOf(more: Partial<Record<keyof Serves, unknown>> = {}) {
  const asked: unknown[] = [];
  const slate = { items: ITEMS, source: 'table', tier: 'lite', notes: ['short'], tookMs: 1, events: 1, more: false };
  const shop = {
    recommend: async (options?: unknown) => (asked.push(options), slate),
    recommendPage: async (widgets: readonly unknown[]) => (asked.push(widgets), widgets.map(() => slate)),
    session: () => EVENTS,
    snapshot: () => new Uint8Array(32),
    page: () => shop,
    info: () => ({ bundle: { digest: 'd1' }, catalog: undefined }),
    ...more,
  } as unknown as Serves;
  return { shop, asked };
}

function logOf(options: RequestLogOptions = {}) {
  const batches: string[] = [];
  const log = createRequestLog({ consent: 'session', share: 1, now: () => NOW, sink: (rows) => void batches.push(rows), ...options });
  const rows = (): Row[] => (log.flush(), batches.splice(0).flatMap((batch) => batch.trimEnd().split('\n').map((line) => JSON.parse(line) as Row)));
  return { log, batches, rows };
}

const answered = (more: Partial<Answered> = {}): Answered => ({ decision: 'approve', by: 'model', risk: 0.25, score: 0.5, features: { amount: 0.1 + 0.2, gone: NaN }, outcome: 'observed', repeated: false, ...more });
const judgeOf = (answer: Answered, { id = 'id', time = 'time' }: { id?: string | null; time?: string | null } = {}) => ({ assess: (_: object, __?: { readonly id?: string }) => answer, info: () => ({ bundle: { sha256: 's' }, id, time }) });

test('nothing is looked at without a sink, or below the consent `session`, and what is held goes with it', async () => {
  for (const options of [{ sink: undefined }, { consent: undefined }, { consent: 'none' }, { consent: 'memory' }, { share: 0 }] as RequestLogOptions[]) {
    const { shop, asked } = shopOf({ session: () => assert.fail('looked at') });
    const { log, batches } = logOf(options);
    const given = { k: 3 };
    await log.recommend(shop, given);
    assert.equal(asked[0], given, 'as it was given');
    assert.deepEqual([log.flush(), batches, log.info().rows, log.info().failed], [0, [], 0, 0]);
  }
  const { log, batches } = logOf({ consent: 'persistent' });
  const { shop } = shopOf();
  await log.recommend(shop);
  assert.equal(log.info().held, 1);
  log.setConsent('memory');
  log.setConsent('session');
  assert.deepEqual([log.info().held, log.flush(), batches], [0, 0, []]);
  // Consent that goes while the sink takes what is held: the row that comes next is not held either.
  const going = createRequestLog({ consent: 'session', share: 1, most: 1000, now: () => NOW, sink: () => going.setConsent('none') });
  for (let n = 0; n < 4; n++) await going.recommend(shop, { curated: ['x'.repeat(25_000)] });
  assert.deepEqual([going.info().held, going.info().consent], [0, 'none']);
  // Consent that goes while the shop answers.
  const slate = log.recommend(shop);
  log.setConsent('none');
  await slate;
  log.setConsent('session');
  assert.equal(log.info().held, 0);
});

test('a row has the session with times relative, what was asked, and what was answered', async () => {
  const { shop } = shopOf();
  const { log, rows } = logOf();
  const request = { k: 2, exclude: ['seen'] as const, visitor: 'somebody', excludeItems: ['x'] };
  const slate = log.recommend(shop, request, { id: 'r1' });
  // What the host changes later is not what was asked.
  request.excludeItems.push('y');
  assert.equal((await slate).items, ITEMS);
  const [row] = rows();
  assert.deepEqual(row, {
    nearhand: { row: 'slates', version: 1, bundle: 'd1', tier: 'lite' },
    id: 'r1',
    session: [{ kind: 'view', item: 'a', ago: 5000, dwellMs: 1200, counts: 'interest' }, { kind: 'cart-add', item: '', ago: -10, counts: 'cart' }],
    slates: [{ source: 'table', notes: ['short'], items: ['b', 'c'], scores: [0.100000001, 0] }],
    requests: [{ k: 2, exclude: ['seen'], excludeItems: ['x'] }],
  });
  assert.equal(Math.fround(0.100000001), ITEMS[0]!.score, 'nine digits are a single float');
});

test('a row can be read again: whole milliseconds of any clock, and no half characters', async () => {
  const { shop } = shopOf();
  const { log, rows } = logOf({ now: () => NOW + 0.75 });
  await log.recommend(shop, { source: 'a\ud83d', excludeItems: ['\ud83d\ude00', '\ude00'] }, { id: 'r\ud800' });
  const [row] = rows();
  assert.deepEqual((row!['session'] as { ago: number }[]).map(({ ago }) => ago), [5000, -10]);
  assert.deepEqual([row!['id'], row!['requests']], ['r\ufffd', [{ source: 'a\ufffd', excludeItems: ['\ud83d\ude00', '\ufffd'] }]]);
});

test('when the shop stated the cart is in the row, as long before the request', async () => {
  // As src/session/snapshot.rs lays it out: version, two counts, the newest event, the forgetting, the statement.
  const snapshot = (version: number, at: number) => Uint8Array.of(0x4e, 0x48, 0x53, version, 1, 1, ...[9, 9, 9, 9, 9, 9], ...[8, 8, 8, 8, 8, 8], ...Array.from({ length: 6 }, (_, byte) => Math.floor(at / 256 ** byte) % 256), 7, 7, 7);
  for (const [version, at, want] of [[2, NOW - 5000, 5000], [2, NOW + 20, -20], [2, 0, undefined], [1, NOW - 5000, undefined]] as const) {
    const { shop } = shopOf({ snapshot: () => snapshot(version, at) });
    const { log, rows } = logOf();
    await log.recommend(shop);
    assert.equal(rows()[0]!['stated'], want);
  }
});

test('what rules go by is in the row, and nothing of it without them', async () => {
  const { shop } = shopOf();
  const { log, rows } = logOf({ lifetimes: { idleTimeoutMs: 60_000 } });
  await log.recommend(shop, { visitor: 'v', rules: [{ hide: true, items: ['a'], test: { name: 't', buckets: 2, bucket: 0 }, until: 0 } as never] });
  await log.recommend(shop, { rules: [{ hide: true, items: ['a'] } as never] });
  const [ruled, plain] = rows();
  assert.deepEqual([ruled!.nearhand['now'], (ruled!['requests'] as { visitor: string }[])[0]!.visitor, ruled!.nearhand['lifetimes']], [NOW, 'v', { idleTimeoutMs: 60_000 }]);
  assert.ok(!('now' in plain!.nearhand) && !('id' in plain!));
});

test('a page of slates, other visitors, sessions given, feeds and swaps', async () => {
  let digest = 'd1';
  const events = [{ kind: 'view', item: 'z', at: NOW, known: true, counts: 'interest' }] as never;
  const other = { session: () => events, snapshot: () => new Uint8Array(32), recommend: async () => (await shop.recommend()), recommendPage: async (widgets: never) => shop.recommendPage(widgets) };
  const { shop } = shopOf({ info: () => ({ bundle: { digest }, catalog: { added: 1 } }), page: () => other });
  const { log, rows } = logOf();
  await log.recommendPage(shop, [{ k: 1 }, { k: 2 }]);
  await log.recommend(shop, {}, { visit: other });
  await log.recommend(shop, { session: Uint8Array.of(1, 2) });
  const swapped = log.recommend(shop);
  digest = 'd2';
  await swapped;
  const [page, visit, given, late] = rows();
  assert.deepEqual([page!['requests'], (page!['slates'] as unknown[]).length, page!.nearhand['apart']], [[{ k: 1 }, { k: 2 }], 2, ['fed']]);
  for (const row of [visit, given]) assert.deepEqual((row!['session'] as { item: string }[])[0]!.item, 'z');
  assert.ok(!('session' in (given!['requests'] as object[])[0]!), 'a snapshot is not told');
  assert.deepEqual([late!.nearhand['bundle'], late!.nearhand['apart']], ['d1', ['fed', 'swapped']]);
  const unfed = logOf({ fed: false });
  await unfed.log.recommend(shop);
  assert.ok(!('apart' in unfed.rows()[0]!.nearhand));
});

test('who explores without a seed gets one, which the row has', async () => {
  const { shop, asked } = shopOf();
  const { log, rows } = logOf();
  await log.recommend(shop, { explore: { place: 1 } });
  await log.recommend(shop, { explore: { place: 1, seed: 5 } });
  const seeds = rows().map((row) => (row['requests'] as { explore: { seed: number } }[])[0]!.explore.seed);
  assert.deepEqual(asked.map((one) => (one as { explore: { seed: number } }).explore.seed), seeds);
  assert.ok(Number.isSafeInteger(seeds[0]) && seeds[1] === 5);
});

test('an id chooses the same requests everywhere, and chance chooses where there is none', async () => {
  const chosen = async (share: number) => {
    const { shop } = shopOf();
    const { log, rows } = logOf({ share, most: 1000 });
    for (let n = 0; n < 2000; n++) await log.recommend(shop, {}, { id: `r${n}` });
    return rows().map(({ id }) => id);
  };
  const [tenth, again, fifth] = [await chosen(0.1), await chosen(0.1), await chosen(0.2)];
  assert.deepEqual(tenth, again);
  assert.ok(tenth.length > 160 && tenth.length < 240, String(tenth.length));
  assert.ok(tenth.every((id) => fifth.includes(id)), 'a larger share has those of a smaller one');
  // As the documented formula says, by nearhand/bucket to a thousandth.
  const { bucket } = await import('../../../www/lib/src/bucket.js');
  assert.deepEqual(tenth, Array.from({ length: 2000 }, (_, n) => `r${n}`).filter((id) => bucket('request-log', id, 1000) < 100));
  let draw = 0;
  const { shop } = shopOf();
  const { log, rows } = logOf({ share: 0.5, random: () => (draw++ % 4) / 4 });
  // As a header that is not there is told.
  const none = { id: null } as never;
  for (let n = 0; n < 8; n++) await log.recommend(shop, {}, n < 4 ? undefined : none);
  assert.ok(rows().every((row) => !('id' in row)));
  assert.equal(log.info().rows, 4);
});

test('decisions: a column a feature, ids as texts, times in UTC, and nothing that JSON does not have', () => {
  const { log, rows } = logOf();
  const judge = judgeOf(answered({ features: { amount: 0.1 + 0.2, gone: NaN, all: Infinity, none: -Infinity } }));
  const answer = log.assess(judge, { id: 9007199254740993n, time: new Date('2026-03-29T01:30:00+02:00') });
  assert.equal(answer.decision, 'approve');
  log.assess(judgeOf(answered({ by: { rule: 'block' }, score: null, risk: null })), { id: 17, time: '1767240801354' });
  log.assess(judgeOf(answered(), { id: null, time: null }), {}, { id: 'given' });
  const [first, ruled, given] = rows();
  assert.deepEqual(first, {
    nearhand: { row: 'assess', version: 1, bundle: 's', time: '2026-03-28T23:30:00.000Z', decision: 'approve', by: 'model', score: 0.5, risk: 0.25, outcome: 'observed' },
    id: '9007199254740993',
    amount: 0.30000000000000004,
    gone: null,
    all: 'Infinity',
    none: '-Infinity',
  });
  assert.deepEqual([ruled!['id'], ruled!.nearhand['by'], ruled!.nearhand['score'], ruled!.nearhand['time']], ['17', 'rule block', null, '2026-01-01T04:13:21.354Z']);
  assert.deepEqual([given!['id'], 'time' in given!.nearhand], ['given', false]);
  // What came again, has no features, or no id, has no row and is counted.
  for (const more of [{ repeated: true }, { features: null }]) log.assess(judgeOf(answered(more)), { id: 'x', time: 1 });
  log.assess(judgeOf(answered(), { id: null }), { time: 1 });
  log.assess(judge, { id: '', time: 1 });
  assert.deepEqual([log.info().without, log.info().failed, rows().length], [4, 0, 0]);
  // The assessor's own error is the caller's.
  assert.throws(() => log.assess({ ...judge, assess: () => { throw new Error('transaction-invalid'); } }, {}), /transaction-invalid/);
  log.assess(judgeOf(answered({ features: { nearhand: 1 } })), { id: 'x', time: 1 });
  assert.match(log.info().failure!, /named as another column/);
});

test('nothing that goes wrong for a row reaches whoever asked', async () => {
  const broken = (): never => { throw new Error('broken'); };
  for (const more of [{ info: broken }, { session: broken }]) {
    const { shop } = shopOf(more);
    const { log } = logOf();
    assert.equal((await log.recommend(shop)).items, ITEMS);
    assert.deepEqual([log.info().failed, log.info().failure], [1, 'broken']);
  }
  const { shop } = shopOf();
  for (const [options, request] of [[{ now: broken }, {}], [{ random: broken }, {}], [{}, { k: 1n }], [{}, { curated: ['x'.repeat(70_000)] }]] as [RequestLogOptions, never][]) {
    const { log, rows } = logOf(options);
    assert.equal((await log.recommend(shop, request)).items, ITEMS);
    assert.deepEqual([log.info().failed, rows().length], [1, 0]);
  }
  // What the shop itself refuses is the shop's answer, and has no row.
  const refusing = shopOf({ recommend: async () => broken() });
  const { log } = logOf();
  await assert.rejects(log.recommend(refusing.shop), /broken/);
  assert.deepEqual([log.info().rows, log.info().failed], [0, 0]);
  const strict = shopOf();
  await log.recommend(strict.shop, null as never);
  assert.deepEqual(strict.asked, [null], 'as it was given');
});

test('rows are held within bounds, handed over in batches, and once more where the sink cannot', async () => {
  const { shop } = shopOf();
  const told: [number, number][] = [];
  let takes: unknown = true;
  const log = createRequestLog({ consent: 'session', share: 1, most: 3, now: () => NOW, sink: (rows, about) => (told.push([about.rows, about.bytes]), assert.equal(new TextEncoder().encode(rows).length, about.bytes), takes) });
  for (let n = 0; n < 7; n++) await log.recommend(shop, { curated: ['ü'] });
  assert.deepEqual(told.map(([rows]) => rows), [3, 3]);
  takes = false;
  assert.equal(log.flush(), 1);
  assert.deepEqual(log.info().batches, { sent: 2, waiting: 1, lost: 0 });
  takes = true;
  log.close();
  assert.deepEqual([log.info().batches.sent, log.info().held, told.length], [3, 0, 4]);
  await log.recommend(shop);
  assert.equal(log.info().rows, 7, 'closed');
  // What is refused at the end, at once or later, is lost and not forgotten; so is what waited.
  for (const [answer, sent] of [[() => false, 0], [() => Promise.reject(new Error('offline')), 0], [() => Promise.resolve(false), 0], [() => Promise.resolve(), 1]] as [() => unknown, number][]) {
    const last = logOf({ sink: answer });
    await last.log.recommend(shop);
    last.log.close();
    await new Promise((turn) => setTimeout(turn));
    assert.deepEqual(last.log.info().batches, { sent, waiting: 0, lost: 1 - sent });
  }
  const waited = logOf({ sink: () => false, most: 1 });
  for (let n = 0; n < 3; n++) await waited.log.recommend(shop);
  assert.deepEqual(waited.log.info().batches, { sent: 0, waiting: 3, lost: 0 });
  waited.log.close();
  assert.deepEqual(waited.log.info().batches, { sent: 0, waiting: 0, lost: 3 });
  // Without consent nothing is kept, nor counted.
  const gone = logOf({ sink: () => Promise.reject(new Error('offline')), most: 1 });
  await gone.log.recommend(shop);
  gone.log.setConsent('none');
  gone.log.close();
  await new Promise((turn) => setTimeout(turn));
  assert.deepEqual(gone.log.info().batches, { sent: 0, waiting: 0, lost: 0 });
  // Long rows: no batch is above what a page that is left may send.
  const long = logOf({ most: 1000 });
  for (let n = 0; n < 8; n++) await long.log.recommend(shop, { curated: ['x'.repeat(20_000)] });
  long.log.flush();
  assert.deepEqual(long.batches.map((batch) => batch.split('\n').length - 1), [2, 2, 2, 2]);
});

test('options: unknown keys and values out of range are refused', () => {
  for (const bad of [{ share: 1.1 }, { share: NaN }, { most: 0 }, { consent: 'yes' }, { sink: 'x' }, { lifetimes: { idleTimeoutMs: 5 } }, { fed: 1 }]) assert.equal(code(() => createRequestLog(bad as never)), 'invalid-option', JSON.stringify(bad));
  assert.equal(code(() => createRequestLog({ sample: 1 } as never)), 'unknown-option');
  assert.equal(code(() => createRequestLog({ lifetimes: { idleMs: 60_000 } } as never)), 'unknown-option');
  assert.equal(code(() => createRequestLog().setConsent('all' as never)), 'invalid-option');
});
