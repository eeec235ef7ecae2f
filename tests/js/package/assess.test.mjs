// nearhand/assess as it is installed, in Node: the recorded answers, keys apart, what comes again, states, and hostile input.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';
import * as all from 'nearhand/assess';
import { judged, judgedApart, recordedOf, rowsOf } from './assess/log.mjs';
import { trapping } from './broken-wasm.mjs';

const here = import.meta.dirname;
const root = process.env.NEARHAND_ROOT;
const { createAssessor, NearhandError, version } = all;
const path = `${root}/models/card-fraud/card-fraud.safetensors`;
const bundle = readFileSync(path);
/** The bundle's own, which is of the file with these digits as zeros. */
const sha256 = /"sha256\\":\\"([\da-f]{64})/.exec(bundle.toString('latin1'))[1];
const rows = rowsOf(readFileSync(`${root}/tests/golden/card-fraud-log.csv`, 'utf8'));
const recorded = recordedOf(readFileSync(`${root}/tests/golden/card-fraud-answers.txt`, 'utf8'));
const wasm = readFileSync(new URL(import.meta.resolve('nearhand/nearhand-assess.wasm')));

const NOON = 1_767_268_800_000;
const open = (options) => createAssessor({ bundle, now: null, ...options });
const one = (more) => ({ id: 'a', time: NOON, card: 'c1', terminal: 't1', amount: '12.50', currency: 'EUR', ...more });
/** The error that it ends with. */
const failed = async (act) => {
  try {
    await act();
  } catch (error) {
    assert.ok(error instanceof NearhandError, String(error?.stack ?? error));
    return error;
  }
  return assert.fail('it did not fail');
};
const code = async (act) => (await failed(act)).code;
const hash = (bytes) => createHash('sha256').update(bytes).digest('hex');

test('assess: the answers of the command line, to the bit, in modules and by require', async () => {
  assert.ok(rows.length > 200 && rows.length === recorded.length);
  assert.deepEqual(judged(await open(), rows), recorded);
  const common = createRequire(import.meta.url)('nearhand/assess');
  assert.deepEqual(Object.keys(common).filter((name) => name !== '__esModule').sort(), Object.keys(all).sort());
  assert.deepEqual(judged(await common.createAssessor({ bundle, now: null }), rows), recorded);
});

test('assess: cards and terminals counted apart give the same answers', async () => {
  const [cards, terminals, nobody] = await Promise.all([open({ keys: ['card'] }), open({ keys: ['terminal'] }), open({ keys: [] })]);
  assert.deepEqual(judgedApart({ cards, terminals, nobody }, rows), recorded);
  assert.deepEqual([cards, terminals, nobody].map((part) => part.info().counts.observed), [rows.length, rows.length, 0]);
  assert.deepEqual(terminals.info().counted, ['terminal']);
  assert.ok(cards.info().given.every((name) => name.startsWith('terminal_')));
});

for (const format of ['esm', 'cjs']) {
  test(`assess: bundled for a server as ${format}, without the file, it answers`, async () => {
    const file = `${here}/dist-assess/server-${format}/server.${format === 'esm' ? 'mjs' : 'cjs'}`;
    const contents = `import { createAssessor } from 'nearhand/assess';
      createAssessor({ bundle: process.argv[2] }).then((assessor) => console.log(assessor.assess(${JSON.stringify(one())}).decision));`;
    await esbuild.build({ stdin: { contents, resolveDir: here }, outfile: file, bundle: true, platform: 'node', format, logLevel: 'error' });
    assert.equal(execFileSync(process.execPath, [file, path], { encoding: 'utf8' }).trim(), 'approve');
  });
}

test('assess: what docs/assess.md shows is what it says', async () => {
  const doc = readFileSync(`${root}/docs/assess.md`, 'utf8');
  const [, shown] = /```ts\n(import \{ createAssessor[\s\S]*?)```/.exec(doc);
  const script = shown.replace(/^import .*$/m, '').replace("'/models/card-fraud.safetensors'", 'path').replaceAll('await createAssessor(', 'await create(');
  const create = (options) => createAssessor({ ...options, now: null });
  const run = new Function('create', 'path', `return (async () => { ${script}\nreturn { assessor, answer }; })()`);
  const { assessor, answer } = await run(create, path);
  assert.equal(answer.decision, 'approve');
  assert.deepEqual(Object.keys(answer.features), assessor.info().features);
});

test('assess: an answer has all that the page says, frozen', async () => {
  const assessor = await open();
  const { transaction } = rows[0];
  const answer = assessor.assess(transaction, { explain: 'always' });
  assert.deepEqual(Object.keys(answer).sort(), ['by', 'capped', 'decision', 'explained', 'features', 'model', 'outcome', 'reasons', 'repeated', 'risk', 'rules', 'score']);
  assert.deepEqual([answer.outcome, answer.capped, answer.repeated, answer.risk, answer.score], ['observed', false, false, answer.model.risk, answer.model.score]);
  assert.equal(answer.features.amount, Number(transaction.amount));
  const { base, sum, link } = answer.explained;
  assert.ok(link === 'logistic' && Math.abs(1 / (1 + Math.exp(-sum)) - answer.score) < 1e-5 && base < 0);
  for (const part of [answer, answer.model, answer.model.costs, answer.reasons, answer.features, answer.explained]) assert.ok(Object.isFrozen(part));
  assert.deepEqual(assessor.assess(one({ time: transaction.time + 5, declined: null, id: 'n' }), { explain: 'never' }).reasons, []);
});

test('assess: amounts by one rule', async () => {
  const model = async (amount) => (await open()).assess(one({ amount })).model;
  const right = await model('12.50');
  for (const amount of ['12.5', 12.5, 1250n]) assert.deepEqual(await model(amount), right);
  assert.equal((await open()).assess(one({ amount: 12 })).features.amount, 12);
  const assessor = await open();
  const before = hash(assessor.snapshot());
  for (const amount of ['-1', -1, -1n, NaN, Infinity, '1e3', 12.345, '12.345', 1e300, 10n ** 20n, '', null, undefined, 'ten', true]) {
    const error = await failed(() => assessor.assess(one({ amount })));
    assert.equal(error.code, 'transaction-invalid', String(amount));
  }
  assert.equal((await failed(() => assessor.assess(one({ amount: NaN })))).details.value, 'NaN');
  assert.equal(hash(assessor.snapshot()), before, 'nothing of them was counted');
});

test('assess: fields that do not fit are refused by name, and nothing is counted', async () => {
  const assessor = await open();
  const before = hash(assessor.snapshot());
  for (const [bad, wanted, field] of [
    [{ currency: 'XXX' }, 'currency-unknown', undefined],
    [{ cart: 'c1' }, 'transaction-invalid', 'cart'],
    [{ card: ['c1'] }, 'transaction-invalid', 'card'],
    [{ card: 'c'.repeat(300) }, 'transaction-invalid', 'card'],
    [{ card: 'ü'.repeat(200) }, 'transaction-invalid', 'card'],
    [{ card: '\ud800' }, 'transaction-invalid', 'card'],
    [{ time: '2026-01-01' }, 'transaction-invalid', 'time'],
    [{ time: undefined }, 'transaction-invalid', 'time'],
    [{ time: -5 }, 'features-event-invalid', 'time'],
    [{ time: new Date(NaN) }, 'invalid-option', undefined],
    [{ id: undefined }, 'features-event-invalid', 'id'],
    [{ declined: 'no' }, 'transaction-invalid', 'declined'],
    [{ ['__proto__x']: 1 }, 'transaction-invalid', '__proto__x'],
  ]) {
    const error = await failed(() => assessor.assess(one(bad)));
    assert.deepEqual([error.code, error.details.field], [wanted, field], JSON.stringify(bad));
  }
  assert.match((await failed(() => assessor.assess(one({ cart: 'c1' })))).details.fields, /id, time, card, terminal, amount, declined, currency/);
  const own = JSON.parse('{"id":"a","time":5,"__proto__":"c"}');
  assert.equal((await failed(() => assessor.assess(own))).details.field, '__proto__');
  for (const nothing of [undefined, null, 5, 'row', [], new Map(), Promise.resolve(one())]) assert.equal(await code(() => assessor.assess(nothing)), 'invalid-option');
  const hostile = { get card() { throw new Error('mine'); } };
  assert.match((await failed(() => assessor.assess(hostile))).message, /mine/);
  assert.equal(await code(() => assessor.assess(one(), { explian: 'always' })), 'unknown-option');
  assert.equal(await code(() => assessor.assess(one(), { explain: 'maybe' })), 'invalid-option');
  assert.equal(hash(assessor.snapshot()), before, 'nothing of them was counted');
  // Two ids of 19 digits are one as floats; as bigints or texts they are two.
  assert.equal((await failed(() => assessor.assess(one({ card: 5213372036854743040 })))).details.field, 'card');
  assert.equal(hash(assessor.snapshot()), before, 'nor of that');
  const long = [5213372036854743040n, '5213372036854743040', 5213372036854743041n].map((card, at) => assessor.peek(one({ card, id: `long ${at}` })));
  assert.deepEqual(long.map(({ outcome }) => outcome), ['peeked', 'peeked', 'peeked']);
  // A time may be a date, and what is left out may be undefined.
  assert.equal(assessor.assess(one({ time: new Date(NOON), declined: undefined })).outcome, 'observed');
});

test('assess: a clock that goes wrong', async () => {
  let now = NOON;
  const assessor = await open({ now: () => now, lists: { blocked_cards: new Set(['c9']) } });
  assert.equal(assessor.assess(one()).outcome, 'observed');
  const ahead = assessor.assess(one({ id: 'b', time: NOON + 61_000 }));
  assert.deepEqual([ahead.outcome, ahead.failure, ahead.by, ahead.decision, ahead.features, ahead.risk, ahead.model], ['ahead', 'event-in-future', 'fallback', 'review', null, null, null]);
  const late = assessor.assess(one({ id: 'c', time: NOON - 601_000 }));
  assert.deepEqual([late.outcome, late.failure, late.decision], ['late', 'event-too-old', 'review']);
  assert.deepEqual(assessor.assess(one({ id: 'd', time: NOON - 601_000, card: 'c9' })).by, { rule: 'BLOCKED' });
  assert.deepEqual(assessor.observe(one({ id: 'e', time: NOON - 601_000 })), { outcome: 'late', capped: false, features: null });
  const { observed, late: times, ahead: soon } = assessor.info().counts;
  assert.deepEqual([observed, times, soon], [1, 3, 1]);
  now += 30_000;
  assert.equal(assessor.assess(one({ id: 'b', time: NOON + 61_000 })).outcome, 'observed');
  now = NaN;
  assert.throws(() => assessor.assess(one({ id: 'f' })), (error) => error.code === 'invalid-option' && error.details.option === 'createAssessor.now');
});

test('assess: what comes again gets the answer of then', async () => {
  const assessor = await open();
  const then = assessor.assess(one());
  const before = hash(assessor.snapshot());
  assessor.setList('blocked_cards', ['c1']);
  const again = assessor.assess(one({ amount: 99_000, time: NOON + 5000 }), { explain: 'always' });
  assert.deepEqual({ ...again, repeated: false }, then);
  assert.equal(again.repeated, true);
  assert.equal(hash(assessor.snapshot()), before, 'nothing is counted');
  // Counted by `observe`, judged once: the features of then, and no second count.
  assert.equal(assessor.observe(one({ id: 'b', time: NOON + 10 })).outcome, 'observed');
  const { outcome, features, by } = assessor.assess(one({ id: 'b', time: NOON + 10 }));
  assert.deepEqual([outcome, features.card_count_1h, by], ['duplicate', 2, { rule: 'BLOCKED' }]);
  assert.equal(assessor.info().counts.observed, 2);
  // Looking counts nothing.
  assert.deepEqual([assessor.peek(one({ id: 'c', time: NOON + 20 })).features.card_count_1h, assessor.info().counts.observed], [3, 2]);
});

test('assess: labels and flags of what is known, and of what is not', async () => {
  const assessor = await open();
  assessor.assess(one());
  assert.deepEqual(
    [['nobody', true, NOON], ['a', true, NOON], ['a', true, NOON], ['a', false, new Date(NOON)], ['a', true, NOON + 5]].map((label) => assessor.label(...label)),
    ['unknown', 'known', 'same', 'changed', 'waiting'],
  );
  assert.deepEqual([assessor.amend('a', { declined: true }), assessor.amend('a', { declined: true }), assessor.amend('nobody', { declined: true })], ['changed', 'same', 'unknown']);
  assert.equal(assessor.peek(one({ id: 'b', time: NOON + 10 })).features.terminal_declines_1h, 1);
  assert.equal(await code(() => assessor.amend('a', { lost: true })), 'transaction-invalid');
  assert.equal(await code(() => assessor.amend('a', { declined: 1 })), 'invalid-option');
  for (const bad of [['a', 'yes', NOON], ['a', true, -1], ['a', true, NaN], [5, true, NOON]]) assert.equal(await code(() => assessor.label(...bad)), 'invalid-option');
});

test('assess: a state goes on elsewhere, and a foreign one is refused by name', async () => {
  const assessor = await open();
  const half = rows.slice(0, 150);
  judged(assessor, half);
  const state = assessor.snapshot();
  const again = await open({ state });
  assert.equal(hash(again.snapshot()), hash(state));
  assert.deepEqual(judged(again, rows.slice(150)), recorded.slice(150));
  assert.deepEqual(judged(assessor, rows.slice(150)), recorded.slice(150));
  assessor.restore(state.buffer.slice(state.byteOffset, state.byteOffset + state.byteLength));
  assert.equal(hash(assessor.snapshot()), hash(state));
  const older = Uint8Array.from(state);
  older[4] = 0;
  const damaged = Uint8Array.from(state);
  damaged[1000] ^= 1;
  const other = (await open({ keys: ['card'] })).snapshot();
  for (const [bytes, wanted] of [[older, 'features-snapshot-version'], [damaged, 'features-snapshot-malformed'], [state.subarray(0, 500), 'features-snapshot-malformed'], [new Uint8Array(0), 'features-snapshot-malformed'], [other, 'features-snapshot-other-spec']]) {
    assert.equal(await code(() => assessor.restore(bytes)), wanted);
    assert.equal(await code(() => open({ state: bytes })), wanted);
  }
  assert.equal(await code(() => assessor.restore('state')), 'invalid-option');
  assert.equal(hash(assessor.snapshot()), hash(state), 'the state is as before');
});

test('assess: features that are not counted here must come, each of them a number', async () => {
  const nobody = await open({ keys: [] });
  const { given } = nobody.info();
  const features = Object.fromEntries(given.map((name) => [name, 0]));
  assert.equal(nobody.assess(one(), { features }).outcome, 'peeked');
  const { card_since, ...less } = features;
  const missing = await failed(() => nobody.assess(one({ id: 'b' }), { features: less }));
  assert.deepEqual([missing.code, missing.details.features], ['schema-mismatch', 'card_since']);
  assert.equal(await code(() => nobody.assess(one({ id: 'b' }))), 'schema-mismatch');
  assert.equal((await failed(() => nobody.assess(one({ id: 'b' }), { features: { ...features, other: 1 } }))).details.features, 'other');
  assert.equal((await failed(() => nobody.assess(one({ id: 'b' }), { features: { ...features, card_since: NaN } }))).details.feature, 'card_since');
  assert.equal(await code(() => nobody.assess(one({ id: 'b' }), { features: { ...features, card_since: '1' } })), 'feature-invalid');
  assert.equal(await code(() => nobody.assess(one({ id: 'b' }), { features: { ...features, card_since: 1e39 } })), 'feature-invalid');
  // Of the other place's windows, where the event was late there.
  const none = nobody.assess(one({ id: 'b' }), { features: null });
  assert.deepEqual([none.failure, none.by, none.features, none.repeated], ['features-unavailable', 'fallback', null, false]);
  assert.equal(await code(() => open({ keys: ['merchant'] })), 'invalid-option');
});

test('assess: lists', async () => {
  const assessor = await open({ lists: { trusted_cards: ['c1', 'c2'] } });
  assert.deepEqual([assessor.listed('trusted_cards', 'c1'), assessor.listed('trusted_cards', 'c3'), assessor.listed('blocked_cards', 'c1')], [true, false, false]);
  assert.deepEqual(assessor.assess(one()).by, { rule: 'TRUSTED' });
  assessor.setList('trusted_cards', []);
  assessor.setList('blocked_cards', new Set(['c1']));
  const answer = assessor.assess(one({ id: 'b' }));
  assert.deepEqual([answer.decision, answer.rules], ['decline', [{ code: 'BLOCKED', text: 'the card is blocked', then: 'decline' }]]);
  assert.equal(await code(() => assessor.setList('nobody', [])), 'invalid-option');
  assert.equal(await code(() => assessor.listed('nobody', 'c1')), 'invalid-option');
  for (const keys of [['c'.repeat(300)], [5], 'c1', null]) assert.equal(await code(() => assessor.setList('blocked_cards', keys)), 'invalid-option');
  assert.equal(await code(() => open({ lists: { nobody: [] } })), 'invalid-option');
  assert.equal(assessor.listed('blocked_cards', 'c1'), true);
});

test('assess: bundles from anywhere, and what is no bundle', async () => {
  const answer = new Response(bundle);
  for (const source of [path, pathToFileURL(path), bundle.buffer.slice(bundle.byteOffset, bundle.byteOffset + bundle.byteLength), Promise.resolve(bundle), answer]) {
    const assessor = await createAssessor({ bundle: source, sha256, now: null });
    assert.equal(assessor.info().bundle.sha256, sha256);
  }
  const end = (options) => code(() => createAssessor(options));
  assert.equal(await end({ bundle: answer }), 'body-used');
  assert.equal(await end({ bundle: `${here}/none.safetensors` }), 'fetch-failed');
  assert.equal(await end({ bundle, sha256: '0'.repeat(64) }), 'bundle-digest-mismatch');
  assert.equal(await end({ bundle: bundle.subarray(0, 5000) }), 'bundle-digest-mismatch');
  assert.equal(await end({ bundle: new Uint8Array(500) }), 'bundle-foreign');
  assert.equal(await end({ bundle, maxBytes: 1000 }), 'bundle-too-large');
  assert.equal(await end({ bundle: readFileSync(process.env.NEARHAND_BUNDLE) }), 'manifest-invalid');
  for (const options of [undefined, {}, { bundle: '' }, { bundle: 5 }, { bundle, answers: -1 }, { bundle, sha256: 'ab' }, { bundle, keys: 'card' }, { bundle, now: 5 }]) assert.equal(await end(options), 'invalid-option');
  assert.equal(await end({ bundle, digest: sha256 }), 'unknown-option');
  assert.equal(await end({ bundle, signal: AbortSignal.abort() }), 'aborted');
  assert.equal(await end({ bundle, wasm: bundle }), 'wasm-unsupported');
  assert.equal(await end({ bundle, wasm: readFileSync(new URL(import.meta.resolve('nearhand/nearhand-lite.wasm'))) }), 'wasm-mismatch');
});

test('assess: an engine that stops is not called again, and says what is lost', async () => {
  const assessor = await open({ wasm: trapping(wasm, 'judge_assess') });
  const state = assessor.snapshot();
  for (let i = 0; i < 3; i++) {
    const error = await failed(() => assessor.assess(one()));
    assert.equal(error.code, 'engine-trapped');
    assert.match(error.message, /last snapshot/);
  }
  assert.equal(await code(() => assessor.snapshot()), 'engine-trapped');
  assert.equal((await open({ state })).assess(one()).outcome, 'observed');
});

test('assess: info tells the bundle; a closed one says so', async () => {
  const assessor = await open({ answers: 1 });
  judged(assessor, rows.slice(0, 3));
  const { memoryBytes, features, rules, bundle: told, counts, ...rest } = assessor.info();
  assert.ok(memoryBytes > bundle.length && features.length === 38 && Object.isFrozen(assessor.info()));
  assert.deepEqual([told.name, told.createdAt, told.bytes, told.sha256, told.licence], ['card-fraud', '2026-11-29', bundle.length, sha256, 'MIT OR Apache-2.0']);
  assert.deepEqual(rules.map(({ code, then }) => [code, then]), [['BLOCKED', 'decline'], ['TRUSTED', 'approve']]);
  assert.deepEqual([counts.observed, counts.labels, counts.late], [3, 3, 0]);
  assert.deepEqual(rest, {
    version, given: [], fields: ['id', 'time', 'card', 'terminal', 'amount', 'declined', 'currency'], id: 'id', time: 'time', keys: ['card', 'terminal'], counted: ['card', 'terminal'],
    flags: ['declined'], currencies: ['EUR'], lists: ['blocked_cards', 'trusted_cards'], decides: 'costs', latenessMs: 600_000, skewMs: 60_000, answers: 1,
  });
  assessor.close();
  assessor.close();
  for (const act of [() => assessor.assess(one()), () => assessor.observe(one()), () => assessor.label('a', true, 1), () => assessor.snapshot(), () => assessor.info(), () => assessor.listed('a', 'b')]) {
    assert.equal(await code(act), 'closed');
  }
});
