// What the edge worker keeps: over a restart, over a kill in the middle of everything, over a broken snapshot; and what it says when something fails.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { engine, played } from './checkout/again.mjs';
import { changed, laid, objects, settings, started, transaction, until } from './checkout/till.mjs';

const here = import.meta.dirname;
const FAULTY = `${here}/checkout/faulty.js`;
const running = [];
after(() => Promise.all(running.map((one) => one.stop())));
const up = async (...given) => {
  const till = await started(...given);
  running.push(till);
  return till;
};
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** All objects hold what their logs say, cards and terminals have the same payments, each once, and every answer is the recorded one. */
async function consistent(till, { cards, terminals }, answers) {
  const audit = async (what, key) => {
    const { body } = await till.audit(what);
    return played(body, key);
  };
  const byCards = [];
  for (const card of cards) byCards.push(...(await audit(`card=${card}`, 'card')));
  const byTerminals = [];
  for (const terminal of terminals) byTerminals.push(...(await audit(`terminal=${terminal}`, 'terminal')));
  const ids = (rows) => rows.map(({ id }) => id).sort();
  assert.deepEqual(ids(byCards), ids(byTerminals), 'cards and terminals have counted the same payments');
  assert.equal(new Set(ids(byCards)).size, byCards.length, 'none twice');
  assert.deepEqual(ids(byCards), [...answers.keys()].sort(), 'none lost, none made up');
  for (const { id, body } of byCards) {
    assert.deepEqual(body.answer, answers.get(id), id);
    const terminal = byTerminals.find((row) => row.id === id);
    if (body.answer.failure === null) for (const [name, value] of Object.entries(terminal.body.features)) if (name.startsWith('terminal_')) assert.equal(body.features[name], value, `${id} ${name}`);
  }
}

test('a restart in between changes nothing', async () => {
  const out = `${here}/dist-checkout-restart`;
  await laid(out);
  let till = await up(out);
  const payments = Array.from({ length: 12 }, (_, i) => transaction({ card: `c${i % 3}`, terminal: `t${i % 2}`, amount: 20 + i }));
  const answers = new Map();
  for (const payment of payments) answers.set(payment.id, (await till.assess(payment)).body);
  await till.post('label', { id: payments[0].id, fraud: true });
  const terminal = async () => (await till.audit('terminal=t0')).body;
  const before = await until(terminal, ({ rows }) => rows.some(({ kind }) => kind === 'label'));
  await till.stop();
  till = await up(out);
  assert.deepEqual(await terminal(), before);
  for (const payment of payments) assert.deepEqual((await till.assess(payment)).body, answers.get(payment.id));
  const next = transaction({ card: 'c0', terminal: 't0' });
  answers.set(next.id, (await till.assess(next)).body);
  await consistent(till, { cards: ['c0', 'c1', 'c2'], terminals: ['t0', 't1'] }, answers);
  await till.stop();
});

test('killed in the middle of the load, again and again: nothing is lost, nothing is counted twice, the state is that of the log', async () => {
  const out = `${here}/dist-checkout-kill`;
  await laid(out, FAULTY);
  const cards = Array.from({ length: 7 }, (_, i) => `kill-c${i}`);
  const terminals = Array.from({ length: 3 }, (_, i) => `kill-t${i}`);
  const payments = Array.from({ length: 400 }, (_, i) => transaction({ card: cards[i % 7], terminal: terminals[(i * 5) % 3], amount: 5 + (i % 90) }));
  const answers = new Map();
  const labelled = new Set();
  /** Those whose caller goes away with the connection and never asks again. */
  const left = new Set();
  let at = 0;
  let broken = 0;
  let till;
  /** One caller: the next payment, and the same one again where no answer comes. */
  const client = async (dead) => {
    while (at < payments.length && !dead.now) {
      const payment = payments[at++];
      try {
        const { status, body } = await till.assess(payment);
        assert.equal(status, 200, JSON.stringify(body));
        answers.set(payment.id, body);
        if (at % 9 === 0 && (await till.post('label', { id: payment.id, fraud: at % 2 === 0 })).status === 202) labelled.add(payment.id);
      } catch (error) {
        if (error.code === 'ERR_ASSERTION') throw error;
        broken += 1;
        // The payment had its answer, and it was the label that was broken off.
        if (answers.has(payment.id)) return;
        if (broken % 3 === 0) left.add(payment.id);
        else payments.push(payment);
        return;
      }
    }
  };
  for (let round = 0; round < 6; round++) {
    till = await up(out, settings({ PATIENCE_MS: '5000', ...(round < 5 && { SLOW: '1' }) }));
    // An engine that is open, so that the kill finds payments and no opening.
    const first = transaction({ card: cards[round], terminal: terminals[0] });
    answers.set(first.id, (await till.assess(first)).body);
    const dead = { now: false };
    const clients = Promise.all(Array.from({ length: 20 }, () => client(dead)));
    if (round < 5) {
      await sleep(200 + 40 * round);
      await till.kill();
      dead.now = true;
    }
    await clients;
  }
  // Whoever was broken off asks again with the last one running, some of those who had an answer as well.
  for (const payment of new Set(payments)) {
    if (left.has(payment.id)) continue;
    const { body } = await till.assess(payment);
    if (answers.has(payment.id)) assert.deepEqual(body, answers.get(payment.id));
    answers.set(payment.id, body);
  }
  assert.ok(broken > 20 && left.size > 6, `${broken} were broken off, ${left.size} for good`);
  assert.equal(answers.size, 406 - left.size);
  // What nobody asks for again is finished, or was never begun: not half of it anywhere.
  for (const card of cards) await till.audit(`card=${card}`);
  for (const id of left) {
    const { status, body } = await till.get(`assess/${id}`);
    if (status === 200) answers.set(id, Object.fromEntries(Object.entries(body).filter(([name]) => !['features', 'label', 'review'].includes(name))));
  }
  // Labels that were accepted arrive, at both.
  const told = async () => {
    const logs = [];
    for (const what of [...cards.map((card) => `card=${card}`), ...terminals.map((terminal) => `terminal=${terminal}`)]) logs.push(...(await till.audit(what)).body.rows);
    return logs.filter(({ kind }) => kind === 'label').map(({ body }) => body.id);
  };
  await until(told, (ids) => [...labelled].every((id) => ids.filter((one) => one === id).length === 2), 20_000);
  await consistent(till, { cards, terminals }, answers);
  await till.stop();
});

test('what was killed in the middle and is not asked again is finished by the alarm', async () => {
  const out = `${here}/dist-checkout-alarm`;
  await laid(out, FAULTY);
  let till = await up(out, settings({ PATIENCE_MS: '30000' }));
  // An engine that is open: what is killed is the payment and not the opening.
  await till.assess(transaction({ card: 'left-other', terminal: 'left-other' }));
  const payment = { ...transaction({ card: 'left', terminal: 'left-t' }), id: 'hang-1' };
  const asked = till.assess(payment).catch(() => undefined);
  await sleep(1500);
  await till.kill();
  await asked;
  await laid(`${out}-plain`);
  till = await up(out, settings({ PATIENCE_MS: '300' }));
  const found = await until(() => till.get('assess/hang-1'), ({ status }) => status === 200, 15_000);
  // The terminal still hangs for it in this life: the fallback is recorded, and the payment reaches the terminal afterwards.
  assert.deepEqual([found.body.decision, found.body.failure], ['review', 'terminal-unavailable']);
  assert.deepEqual((await till.assess(payment)).body, Object.fromEntries(Object.entries(found.body).filter(([name]) => !['features', 'label', 'review'].includes(name))));
  await until(async () => (await till.audit('terminal=left-t')).body.rows, (rows) => rows.length === 1, 25_000);
  assert.equal((await till.audit('card=left')).body.rows.length, 1);
  await till.stop();
});

test('a terminal, a disk, a platform, a model, an engine that fails: an answer all the same, and it says why', async () => {
  const out = `${here}/dist-checkout-faulty`;
  await laid(out, FAULTY, { assess: `${here}/checkout/faulty-engine.js` });
  const till = await up(out, settings({ PATIENCE_MS: '200' }, { lists: { blocked_cards: ['blocked'] } }));
  const pay = async (id, more = {}) => (await till.assess({ ...transaction({ card: 'faulty', terminal: 'faulty-t', ...more }), id })).body;
  const told = ({ decision, by, failure, recorded }) => [decision, by, failure, recorded];
  assert.deepEqual(told(await pay('fine-1')), ['approve', 'model', null, true]);
  const began = performance.now();
  assert.deepEqual(told(await pay('hang-1')), ['review', 'fallback', 'terminal-unavailable', true]);
  assert.ok(performance.now() - began < 2000, 'nobody waits longer than is declared');
  assert.deepEqual(told(await pay('down-1')), ['review', 'fallback', 'terminal-unavailable', true]);
  // A rule that looks at no feature decides all the same.
  assert.deepEqual(told(await pay('down-2', { card: 'blocked' })), ['decline', { rule: 'BLOCKED' }, 'terminal-unavailable', true]);
  assert.deepEqual(told(await pay('model-1')), ['review', 'fallback', 'score-not-finite', true]);
  assert.deepEqual(told(await pay('platform-1')), ['review', 'fallback', 'state-failed', false]);
  assert.deepEqual(told(await pay('disk-1')), ['review', 'fallback', 'state-failed', false]);
  assert.deepEqual(told(await pay('trap-1')).slice(0, 3), ['review', 'fallback', 'engine-trapped']);
  // Another engine goes on where that one was.
  assert.deepEqual(told(await pay('fine-2')), ['approve', 'model', null, true]);
  assert.deepEqual(told(await pay('golden-1')), ['review', 'fallback', 'golden-mismatch', true]);
  assert.deepEqual(told(await pay('fine-3')), ['approve', 'model', null, true]);
  await until(async () => (await till.audit('terminal=faulty-t')).body.rows.map(({ id }) => id), (ids) => ['down-1', 'down-2'].every((id) => ids.includes(id)), 20_000);
  // What the disk had no room for is finished as soon as it has: counted once, and whoever asks again gets what is recorded then.
  const { rows } = (await till.audit('card=faulty')).body;
  assert.deepEqual(rows.map(({ id }) => id), ['fine-1', 'hang-1', 'down-1', 'model-1', 'disk-1', 'trap-1', 'fine-2', 'golden-1', 'fine-3']);
  const disk = rows.find(({ id }) => id === 'disk-1').body;
  assert.deepEqual([disk.answer.by, disk.answer.recorded], ['model', true]);
  await played((await till.audit('card=faulty')).body, 'card');
  await till.stop();
});

test('a register that is not there, and says later that the id was another payment\u2019s: it is told at once, and taken back', async () => {
  const out = `${here}/dist-checkout-twice`;
  await laid(out, FAULTY);
  const till = await up(out, settings({ PATIENCE_MS: '2000' }));
  const pay = async (card, terminal) => (await till.assess({ ...transaction({ card, terminal, time: Date.now() }), id: 'twice-1' })).body;
  const first = await pay('twice-a', 'twice-s');
  assert.equal(first.failure, null);
  const second = await pay('twice-b', 'twice-t');
  assert.deepEqual([second.failure, second.recorded], ['register-unavailable', true]);
  for (const [what, key] of [['card=twice-b', 'card'], ['terminal=twice-t', 'terminal']]) {
    const audit = await until(async () => (await till.audit(what)).body, ({ rows }) => rows.every(({ kind }) => kind === 'retract') && rows.length === 1);
    await played(audit, key);
  }
  assert.deepEqual((await till.get('assess/twice-1')).body.bundle, first.bundle);
  assert.equal((await till.assess({ ...transaction({ card: 'twice-b', terminal: 'twice-t' }), id: 'twice-1' })).code, 'id-reused');
  await till.stop();
});

test('a card that is forgotten tells what it has to tell all the same', async () => {
  const out = `${here}/dist-checkout-forgotten`;
  await laid(out, FAULTY);
  const till = await up(out, settings({ PATIENCE_MS: '200' }));
  await till.assess(transaction({ card: 'forgotten', terminal: 'forgotten-t' }));
  const payment = { ...transaction({ card: 'forgotten', terminal: 'forgotten-t' }), id: 'away-1' };
  assert.equal((await till.assess(payment)).body.failure, 'terminal-unavailable');
  assert.deepEqual((await till.post('forget', { card: 'forgotten' })).body, { forgotten: true });
  assert.equal((await till.get(`assess/${payment.id}`)).code, 'id-unknown');
  await until(async () => (await till.audit('terminal=forgotten-t')).body.rows.map(({ id }) => id), (ids) => ids.includes(payment.id), 20_000);
  assert.deepEqual((await till.audit('card=forgotten')).body.rows, []);
  await till.stop();
});

test('who only asks leaves nothing behind, and neither does what was refused or forgotten', async () => {
  const out = `${here}/dist-checkout-nothing`;
  await laid(out, FAULTY);
  const hot = { hot: { 'nothing-hot': 4 } };
  let till = await up(out, settings({}, hot));
  /** How many objects of a kind have tables, as their files have it. */
  const holding = () => Object.fromEntries(['Card', 'Terminal', 'Register', 'Queue'].map((kind) => [kind, objects(out, kind)]));
  for (let i = 0; i < 3; i++) {
    const { body } = await till.audit(`card=nobody-${i}`);
    assert.deepEqual([body.rows, body.folded, body.snapshot.length > 0], [[], 0, true]);
    assert.deepEqual((await till.audit(`terminal=nowhere-${i}`)).body.rows, []);
    assert.deepEqual((await till.post('forget', { card: `nobody-${i}` })).body, { forgotten: true });
    assert.equal((await till.get(`assess/never-${i}`)).code, 'id-unknown');
    assert.equal((await till.post('label', { id: `never-${i}`, fraud: true })).code, 'id-unknown');
    assert.equal((await till.post('queue/never', { verdict: 'fraud', reviewer: 'r' })).code, 'id-unknown');
    // Late for the clock: whether it is recorded is asked of its card.
    assert.equal((await till.assess(transaction({ card: `late-${i}`, time: Date.now() - 3_600_000 }))).code, 'time-late');
  }
  assert.deepEqual((await till.get('queue')).body.waiting, []);
  assert.equal((await till.audit('terminal=nothing-hot')).body.shards.length, 4);
  await till.stop();
  assert.deepEqual(holding(), { Card: 0, Terminal: 0, Register: 0, Queue: 0 });
  // A payment at a hot terminal: its own shard counts it, the others only say that they have none.
  till = await up(out, settings({}, hot));
  const payment = transaction({ card: 'some', terminal: 'nothing-hot' });
  assert.equal((await till.assess(payment)).body.failure, null);
  await till.stop();
  assert.deepEqual(holding(), { Card: 1, Terminal: 1, Register: 1, Queue: 0 });
  // One known id with card after card: each is refused, and the alarm deletes what it left. The log of the terminal says that it was taken back.
  till = await up(out, settings({}, hot));
  for (let i = 0; i < 4; i++) assert.equal((await till.assess({ ...payment, card: `thief-${i}` })).code, 'id-reused');
  // A forgotten card is not made again by whoever asks for it or tells of it.
  assert.deepEqual((await till.post('forget', { card: 'some' })).body, { forgotten: true });
  assert.equal((await till.get(`assess/${payment.id}`)).code, 'id-unknown');
  assert.equal((await till.post('label', { id: payment.id, fraud: true })).status, 202);
  assert.deepEqual((await till.audit('card=some')).body.rows, []);
  await until(() => objects(out, 'Card'), (count) => count === 0, 15_000);
  // What was empty counts as if nobody had asked before.
  const next = transaction({ card: 'nobody-0', terminal: 'nowhere-0' });
  assert.equal((await till.assess(next)).body.failure, null);
  const { features } = (await till.get(`assess/${next.id}`)).body;
  assert.equal(features.card_count_1d, 1);
  await played((await till.audit('card=nobody-0')).body, 'card');
  await played((await till.audit('terminal=nowhere-0')).body, 'terminal');
  await till.stop();
  assert.equal(objects(out, 'Card'), 1);
});

test('a queue that is full: the oldest expires for each that comes, and who was decided on makes room', async () => {
  const out = `${here}/dist-checkout-crowd`;
  await laid(out, FAULTY);
  let till = await up(out);
  const review = async (id) => assert.equal((await till.assess({ ...transaction({ card: id, terminal: 'crowd-t' }), id })).body.decision, 'review');
  const counts = async () => {
    const { open, expired } = (await till.get('queue?limit=1')).body;
    return [open, expired];
  };
  const become = async (...wanted) => assert.deepEqual(await until(counts, ([open, expired]) => open === wanted[0] && expired === wanted[1]), wanted);
  await review('down-1');
  await become(1, 0);
  await till.stop();
  till = await up(out, settings({ CROWD: '9998' }));
  await review('down-2');
  await become(10_000, 0);
  await review('down-3');
  await become(10_000, 1);
  // The first that came is the one; what is decided of it now makes no room, what is decided of one that waits does.
  assert.equal((await till.get('assess/down-1')).body.review.verdict, 'expired');
  for (const id of ['down-1', 'down-3', 'down-3']) assert.equal((await till.post(`queue/${id}`, { verdict: 'honest', reviewer: 'r' })).status, 200);
  assert.deepEqual(await counts(), [9999, 0]);
  await review('down-4');
  await become(10_000, 0);
  await review('down-5');
  await become(10_000, 1);
  // Counted anew it is as many.
  await till.stop();
  till = await up(out);
  await become(10_000, 1);
  await till.stop();
});

test('a bundle that cannot be opened: the fallback of the settings, and health says why', async () => {
  const out = `${here}/dist-checkout-bundle`;
  await laid(out);
  const { writeFileSync, readFileSync } = await import('node:fs');
  const bytes = readFileSync(`${process.env.NEARHAND_ROOT}/models/card-fraud/card-fraud.safetensors`);
  bytes[bytes.length - 1] ^= 1;
  writeFileSync(`${out}/broken.safetensors`, bytes);
  const till = await up(out, settings({ FALLBACK: 'decline' }), { BUNDLE: 'broken.safetensors' });
  const { body } = await till.assess(transaction());
  assert.deepEqual([body.decision, body.by, body.failure, body.recorded, body.bundle], ['decline', 'fallback', 'bundle-digest-mismatch', false, null]);
  const health = await till.get('health');
  assert.deepEqual([health.status, health.body.error.code], [503, 'bundle-digest-mismatch']);
  await till.stop();
});

test('a bundle of another service, held to its digest', async () => {
  const out = `${here}/dist-checkout-service`;
  await laid(out);
  const { writeFileSync } = await import('node:fs');
  writeFileSync(`${out}/bundles.js`, "import bundle from 'card-fraud.safetensors';\nexport default { fetch: () => new Response(bundle) };");
  const services = { BUNDLE: { script: 'bundles.js', files: ['card-fraud.safetensors'] } };
  const whole = await engine();
  const { sha256 } = whole.info().bundle;
  whole.close();
  for (const [wanted, failure] of [[sha256, null], ['0'.repeat(64), 'bundle-digest-mismatch']]) {
    const till = await up(out, settings({ BUNDLE_SHA256: wanted }), {}, services);
    const { body } = await till.assess(transaction());
    await till.stop();
    assert.deepEqual([body.failure, body.bundle], [failure, failure ? null : sha256]);
  }
});

test('a card with thousands of payments a day; a snapshot of another version, and a broken one', async () => {
  const out = `${here}/dist-checkout-many`;
  await laid(out, FAULTY);
  const many = 1400;
  let till = await up(out);
  const from = Date.now() - 4 * 60_000;
  const payments = Array.from({ length: many }, (_, i) => transaction({ card: 'many', terminal: `many-${i % 5}`, amount: 1 + (i % 50), time: from + i * 100 }));
  const answers = new Map();
  let at = 0;
  await Promise.all(Array.from({ length: 16 }, async () => {
    while (at < many) {
      const payment = payments[at++];
      answers.set(payment.id, (await till.assess(payment)).body);
    }
  }));
  const audit = async () => (await till.audit('card=many')).body;
  // More than a thousand rows are folded in at once, without waiting for anything.
  const before = await until(audit, ({ folded }) => folded > 0, 20_000);
  assert.equal(before.rows.length, many);
  await consistent(till, { cards: ['many'], terminals: Array.from({ length: 5 }, (_, i) => `many-${i}`) }, answers);
  for (const [tamper, code] of [
    ["UPDATE snapshot SET bytes = CAST(X'4e4846570900' AS BLOB)", /^features-snapshot-/],
    ["UPDATE snapshot SET bytes = CAST(X'00' AS BLOB)", /^features-snapshot-/],
  ]) {
    await till.stop();
    till = await up(out, settings({ TAMPER: tamper }));
    const { snapshot, rebuilt } = await audit();
    // The log has all that the snapshot had: not a byte is another.
    assert.equal(snapshot, before.snapshot);
    assert.match(rebuilt, code);
  }
  // Another bundle's windows: they are made of the same log, and go on from there.
  await till.stop();
  changed(`${out}/other.safetensors`, ({ spec }) => {
    const windows = JSON.parse(spec.windows);
    windows.features.push({ name: 'card_count_2h', kind: 'count', key: 'card', window: '2h' });
    spec.windows = JSON.stringify(windows);
  });
  till = await up(out, settings(), { BUNDLE: 'other.safetensors' });
  const next = transaction({ card: 'many', terminal: 'many-0' });
  assert.equal((await till.assess(next)).body.failure, null);
  const { features } = (await till.get(`assess/${next.id}`)).body;
  assert.deepEqual([features.card_count_1d, features.card_count_2h], [many + 1, many + 1]);
  await till.stop();
});

test('a bundle that lacks a field, a flag and a currency of the one before: what its log has bricks no object', async () => {
  const out = `${here}/dist-checkout-lacks`;
  await laid(out);
  changed(`${out}/wider.safetensors`, ({ spec }) => {
    spec.fields = [...(spec.fields ?? []), 'channel'];
    const windows = JSON.parse(spec.windows);
    windows.flags = [...(windows.flags ?? []), 'gift'];
    spec.windows = JSON.stringify(windows);
  });
  changed(`${out}/elsewhere.safetensors`, ({ spec }) => {
    spec.currencies = spec.currencies.map((one) => ({ ...one, code: 'XTS' }));
  });
  let till = await up(out, settings(), { BUNDLE: 'wider.safetensors' });
  const pay = async (more = {}) => {
    const payment = transaction({ card: 'lacks', terminal: 'lacks-t', ...more });
    const { status, body } = await till.assess(payment);
    assert.deepEqual([status, body.failure, body.recorded], [200, null, true], JSON.stringify(body));
    return payment;
  };
  const first = await pay({ channel: 'phone', gift: true });
  await till.post('outcome', { id: first.id, gift: true });
  const audits = () => Promise.all(['card=lacks', 'terminal=lacks-t'].map(async (what) => (await till.audit(what)).body));
  await until(audits, (all) => all.every(({ rows }) => rows.length === 2));
  const again = async (count, skipped, data, more) => {
    await till.stop();
    till = await up(out, settings(), data);
    const next = await pay(more);
    assert.equal((await till.get(`assess/${next.id}`)).body.features.card_count_1d, count);
    assert.deepEqual((await audits()).map((one) => one.skipped), [skipped, skipped]);
  };
  // The field and the flag are left out, the payment counts.
  await again(2, null, {});
  // Payments in a currency that is not declared any more count in nothing, and the audit names the last of them.
  await again(1, '3: currency-unknown', { BUNDLE: 'elsewhere.safetensors' }, { currency: 'XTS' });
  await till.stop();
});

test('more payments than the windows may remember: the answer says so', async () => {
  const out = `${here}/dist-checkout-capped`;
  await laid(out);
  changed(`${out}/small.safetensors`, ({ spec }) => {
    spec.windows = JSON.stringify({ ...JSON.parse(spec.windows), limits: { events_per_key: 20 } });
  });
  const till = await up(out, settings(), { BUNDLE: 'small.safetensors' });
  const capped = [];
  for (let i = 0; i < 24; i++) capped.push((await till.assess(transaction({ card: 'capped', terminal: `capped-${i}` }))).body.capped);
  assert.deepEqual([capped.indexOf(true), capped.lastIndexOf(false)], [21, 20]);
  await till.stop();
});

test('more at once than a card has room for: whoever is too many is told when to come again', async () => {
  const out = `${here}/dist-checkout-overload`;
  await laid(out, FAULTY);
  const till = await up(out, settings({ SLOW: '1', PATIENCE_MS: '5000' }));
  const payments = Array.from({ length: 100 }, (_, i) => transaction({ card: 'crowd', terminal: `crowd-${i % 10}` }));
  const answers = await Promise.all(payments.map((payment) => till.assess(payment)));
  const refused = answers.filter(({ status }) => status !== 200);
  assert.ok(refused.length >= 10 && refused.length <= 40, `${refused.length} were too many`);
  assert.ok(refused.every(({ status, code, headers }) => status === 503 && code === 'overloaded' && headers.get('retry-after') === '1'));
  for (const payment of payments) assert.equal((await till.assess(payment)).status, 200);
  assert.equal((await till.audit('card=crowd')).body.rows.length, 100);
  await till.stop();
});

test('a log that is played in has its own time: what is late for its card is refused, what is late for its terminal has an answer', async () => {
  const out = `${here}/dist-checkout-late`;
  await laid(out);
  let till = await up(out, settings({ CLOCK: 'events' }));
  const time = Date.UTC(2026, 0, 10, 12);
  const pay = (card, minutes) => till.assess(transaction({ card, terminal: 'late-t', time: time + minutes * 60_000 }));
  assert.equal((await pay('late-1', 0)).body.failure, null);
  // Within the ten minutes that the bundle gives.
  assert.equal((await pay('late-1', -9)).body.failure, null);
  const refused = await pay('late-1', -11);
  assert.deepEqual([refused.status, refused.code], [422, 'time-late']);
  const { body } = await pay('late-2', -30);
  assert.deepEqual([body.by, body.failure, body.recorded], ['fallback', 'event-late', true]);
  // The terminal has taken note of it and counts it in no window; the card counts it.
  const { rows, snapshot } = (await till.audit('terminal=late-t')).body;
  assert.deepEqual(rows.map((row) => row.body.failure), [null, null, 'event-late']);
  await played({ rows, snapshot }, 'terminal');
  assert.equal((await till.audit('card=late-2')).body.rows.length, 1);
  // Held against the clock it is all late; what is recorded is answered, and no other one by its id.
  const old = transaction({ card: 'late-3', terminal: 'late-u', time });
  const answer = (await till.assess(old)).body;
  await till.stop();
  till = await up(out);
  assert.deepEqual((await till.assess(old)).body, answer);
  assert.equal((await till.assess({ ...old, amount: 1 })).code, 'id-reused');
  assert.equal((await till.assess({ ...old, id: 'late-never' })).code, 'time-late');
  await till.stop();
});

test('what is older than is kept goes: first the rows, then the windows, then the object', async () => {
  const out = `${here}/dist-checkout-old`;
  await laid(out, FAULTY);
  let till = await up(out);
  for (let i = 0; i < 3; i++) await till.assess(transaction({ card: 'old', terminal: `old-${i}` }));
  const aged = async (days) => {
    await till.stop();
    till = await up(out, settings({ KEEP_DAYS: '10', ALARM: '1', TAMPER: `UPDATE log SET received = received - ${days} * 86400000` }));
    return (await till.audit('card=old')).body;
  };
  assert.equal((await aged(5)).rows.length, 3);
  const later = await aged(6);
  assert.deepEqual([later.rows.length, later.folded], [0, 3]);
  // The windows look back 56 days, on what there are no rows of any more.
  const next = transaction({ card: 'old', terminal: 'old-0' });
  await till.assess(next);
  assert.equal((await till.get(`assess/${next.id}`)).body.features.card_count_1d, 4);
  const gone = await aged(60);
  assert.deepEqual([gone.rows.length, gone.folded], [0, 0]);
  const first = transaction({ card: 'old', terminal: 'old-0' });
  await till.assess(first);
  assert.equal((await till.get(`assess/${first.id}`)).body.features.card_count_1d, 1);
  await till.stop();
});

test('a bundle whose declaration is not for this worker judges nothing, and health says what is missing', async () => {
  const out = `${here}/dist-checkout-schema`;
  await laid(out);
  const windowsOf = (change) => (manifest) => {
    const windows = JSON.parse(manifest.spec.windows);
    change(windows);
    manifest.spec.windows = JSON.stringify(windows);
  };
  for (const [change, field] of [
    [(manifest) => delete manifest.spec.windows, /BUNDLE|windows/],
    [windowsOf((windows) => {
      windows.keys = ['card', 'merchant'];
      windows.features = windows.features.filter(({ key }) => key !== 'terminal');
    }), /card and terminal/],
    [windowsOf((windows) => windows.amounts.push({ name: 'tip', decimals: 2 })), /amount/],
  ]) {
    changed(`${out}/schema.safetensors`, change);
    const till = await up(out, settings(), { BUNDLE: 'schema.safetensors' });
    const { body } = await till.assess(transaction());
    const health = await till.get('health');
    await till.stop();
    assert.deepEqual([body.by, body.recorded, health.status], ['fallback', false, 503]);
    assert.match(JSON.stringify(health.body.error), field);
  }
});
