// The edge worker that judges, in a real workerd: the flow, what comes twice, what comes at once, who may ask, and what is nobody's business.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { engine, played } from './checkout/again.mjs';
import { doubtful, laid, settings, sha256, started, TOKENS, transaction, until } from './checkout/till.mjs';

const out = `${import.meta.dirname}/dist-checkout`;
let till;
before(async () => {
  await laid(out);
  till = await started(out, settings({ DEMO: 'shop' }, { lists: { blocked_cards: ['card-blocked'], trusted_cards: ['card-trusted'] } }));
});
after(() => till?.stop());

test('a payment is judged, with the reasons where it is not approved', async () => {
  const { status, body } = await till.assess(transaction({ card: 'flow-1' }));
  assert.equal(status, 200);
  assert.deepEqual([body.decision, body.by, body.failure, body.recorded, body.capped], ['approve', 'model', null, true, false]);
  assert.ok(body.risk > 0 && body.risk < 0.5);
  const large = (await till.assess(transaction({ card: 'flow-1', amount: 499 }))).body;
  assert.notEqual(large.decision, 'approve');
  assert.ok(large.risk > body.risk);
  assert.ok(large.reasons.length > 0 && large.reasons.every(({ code, text, contribution }) => code && text && contribution > 0));
});

test('the same payment again gets the same answer, to the byte, and is counted once', async () => {
  const payment = transaction({ card: 'again-1', terminal: 'again-t' });
  const first = (await till.assess(payment)).body;
  for (let i = 0; i < 3; i++) assert.deepEqual((await till.assess({ ...payment, amount: '24.90' })).body, first);
  const { rows } = (await till.audit('card=again-1')).body;
  assert.equal(rows.length, 1);
  assert.equal((await till.audit('terminal=again-t')).body.rows.length, 1);
});

test('the same id with anything else is refused, whatever card it comes with', async () => {
  const payment = transaction({ card: 'reuse-1', terminal: 'reuse-t1' });
  const first = (await till.assess(payment)).body;
  for (const other of [{ amount: 25 }, { card: 'reuse-2' }, { terminal: 'reuse-t2' }, { card: 'reuse-3', terminal: 'reuse-t3' }, { time: payment.time - 1 }]) {
    const { status, code } = await till.assess({ ...payment, ...other });
    assert.deepEqual([status, code], [409, 'id-reused'], JSON.stringify(other));
  }
  assert.deepEqual((await till.assess(payment)).body, first);
  // What the other card's terminal had counted before the register refused is taken back.
  for (const what of ['card=reuse-2', 'card=reuse-3', 'terminal=reuse-t2', 'terminal=reuse-t3']) {
    await until(async () => (await till.audit(what)).body.rows.filter(({ kind }) => kind === 'event').length, (rows) => rows === 0);
  }
});

test('twenty payments of one card at once: in order, none twice, none lost', async () => {
  const payments = Array.from({ length: 20 }, (_, i) => transaction({ card: 'at-once', terminal: `at-once-${i % 3}`, amount: 10 + i }));
  // Each one twice, as callers do who lose their patience.
  const answers = await Promise.all([...payments, ...payments].map((payment) => till.assess(payment)));
  assert.ok(answers.every(({ status }) => status === 200));
  payments.forEach((_, i) => assert.deepEqual(answers[i].body, answers[i + 20].body));
  const { rows } = (await till.audit('card=at-once')).body;
  assert.equal(rows.length, 20);
  // Each has seen all before it.
  assert.deepEqual(rows.map(({ body }) => body.features.card_count_1d), rows.map((_, i) => i + 1));
});

test('what the worker answers is what the library answers to the same log', async () => {
  const whole = await engine();
  for (let i = 0; i < 30; i++) {
    const payment = transaction({ card: `same-${i % 4}`, terminal: `same-t${i % 3}`, amount: [12.5, 80, 430, 3.01][i % 4] });
    const { body } = await till.assess(payment);
    const wanted = whole.assess(payment);
    assert.deepEqual([body.decision, body.risk, body.score], [wanted.decision, wanted.risk, wanted.score], `payment ${i}`);
    assert.deepEqual(body.reasons.map(({ code, contribution }) => [code, contribution]), wanted.reasons.map(({ code, contribution }) => [code, contribution]));
    assert.deepEqual((await till.get(`assess/${payment.id}`)).body.features, JSON.parse(JSON.stringify(wanted.features)));
  }
  whole.close();
});

test('a payment to be looked at waits in the queue, with its reasons; a verdict is a label', async () => {
  const { payment, body } = await doubtful(till, { card: 'queue-1', terminal: 'queue-t' });
  const waits = async () => (await till.get('queue?limit=200')).body.waiting.find(({ id }) => id === payment.id);
  const waiting = await until(waits, Boolean);
  assert.deepEqual([waiting.amount, waiting.currency, waiting.time], [payment.amount * 100, 'EUR', payment.time]);
  assert.deepEqual(waiting.answer.reasons, body.reasons);
  const verdict = { verdict: 'fraud', reviewer: 'R. Eviewer', note: 'rang the customer' };
  assert.equal((await till.post(`queue/${payment.id}`, verdict)).status, 200);
  // A second click says the same; a second reviewer who says otherwise is told who was first.
  assert.equal((await till.post(`queue/${payment.id}`, verdict)).status, 200);
  const other = await till.post(`queue/${payment.id}`, { ...verdict, verdict: 'honest', reviewer: 'Another' });
  assert.deepEqual([other.status, other.code], [409, 'review-closed']);
  assert.match(other.body.error.message, /R\. Eviewer/);
  assert.equal(await waits(), undefined);
  const rows = await until(async () => (await till.audit('terminal=queue-t')).body.rows, (all) => all.at(-1).kind === 'label');
  assert.deepEqual([rows.at(-1).body.id, rows.at(-1).body.fraud, rows.at(-1).body.by], [payment.id, true, 'review']);
  const record = (await till.get(`assess/${payment.id}`)).body;
  assert.deepEqual([record.label, record.review.verdict, record.review.reviewer], [true, 'fraud', 'R. Eviewer']);
});

test('labels come by id alone, once however often they are told, and may change', async () => {
  const payment = transaction({ card: 'label-1', terminal: 'label-t' });
  await till.assess(payment);
  const label = (fraud) => till.post('label', { id: payment.id, fraud });
  const told = [];
  for (const fraud of [true, true, false]) told.push(await label(fraud));
  assert.deepEqual(told.map(({ status, body }) => [status, body.label]), [[202, 'accepted'], [200, 'same'], [202, 'changed']]);
  for (const what of ['card=label-1', 'terminal=label-t']) {
    const rows = await until(async () => (await till.audit(what)).body.rows, (all) => all.length === 3);
    assert.deepEqual(rows.slice(1).map(({ body }) => body.fraud).sort(), [false, true]);
  }
});

test('labels to and fro that are known from one moment on: the last one stands', async () => {
  const payment = transaction({ card: 'fro-1', terminal: 'fro-t' });
  await till.assess(payment);
  const at = payment.time + 1000;
  for (const fraud of [true, false, true]) assert.equal((await till.post('label', { id: payment.id, fraud, at })).status, 202);
  for (const [what, key] of [['card=fro-1', 'card'], ['terminal=fro-t', 'terminal']]) {
    const { rows, ...rest } = await until(async () => (await till.audit(what)).body, (all) => all.rows.length === 4);
    assert.deepEqual(rows.slice(1).map(({ body }) => body.fraud), [true, false, true]);
    await played({ rows, ...rest }, key);
  }
});

test('what the issuer said comes later, and counts for the payments after it', async () => {
  const first = transaction({ card: 'outcome-1', terminal: 'outcome-t' });
  await till.assess(first);
  assert.equal((await till.post('outcome', { id: first.id, declined: true })).status, 202);
  await until(async () => (await till.audit('card=outcome-1')).body.rows, (rows) => rows.length === 2);
  await until(async () => (await till.audit('terminal=outcome-t')).body.rows, (rows) => rows.length === 2);
  const next = transaction({ card: 'outcome-1', terminal: 'outcome-t' });
  await till.assess(next);
  const { features } = (await till.get(`assess/${next.id}`)).body;
  assert.deepEqual([features.card_declines_1d, features.terminal_declines_1h, features.terminal_declined_1h], [1, 1, 1]);
  // And may be taken back.
  const told = [];
  for (const declined of [true, false, false]) told.push(await till.post('outcome', { id: first.id, declined }));
  assert.deepEqual(told.map(({ body }) => body.outcome), ['same', 'changed', 'same']);
  for (const what of ['card=outcome-1', 'terminal=outcome-t']) {
    const { rows } = await until(async () => (await till.audit(what)).body, (all) => all.rows.length === 4);
    assert.deepEqual(rows.at(-1).body.flags, { declined: false });
  }
  const last = transaction({ card: 'outcome-1', terminal: 'outcome-t' });
  await till.assess(last);
  assert.equal((await till.get(`assess/${last.id}`)).body.features.card_declines_1d, 0);
  // An issuer that could not be reached has said nothing: no outcome, no decline.
  assert.equal((await till.post('outcome', { id: next.id })).code, 'transaction-invalid');
});

test('card testing: small tries with many cards at one terminal are declined after a few, and the reasons say why', async () => {
  const decisions = [];
  let last;
  for (let i = 0; i < 12; i++) {
    const small = transaction({ card: `stolen-${i}`, terminal: 'kiosk', amount: 1 + (i % 3) });
    last = (await till.assess(small)).body;
    decisions.push(last.decision);
    // Most of the cards do not work.
    if (i % 4) {
      await till.post('outcome', { id: small.id, declined: true });
      await until(async () => (await till.audit('terminal=kiosk')).body.rows.some(({ kind, body }) => kind === 'outcome' && body.id === small.id), Boolean);
    }
  }
  assert.ok(decisions.indexOf('decline') <= 4 && decisions.slice(5).every((decision) => decision === 'decline'), decisions.join());
  assert.ok(last.reasons.some(({ code }) => code === 'TERMINAL_DECLINES' || code === 'TERMINAL_VELOCITY'), JSON.stringify(last.reasons));
  assert.equal((await till.assess(transaction({ card: 'honest', terminal: 'baker', amount: 2 }))).body.decision, 'approve');
});

test('rules beside the model: blocked and trusted cards, known by their references alone', async () => {
  const blocked = (await till.assess(transaction({ card: 'card-blocked' }))).body;
  assert.deepEqual([blocked.decision, blocked.by], ['decline', { rule: 'BLOCKED' }]);
  const trusted = (await till.assess(transaction({ card: 'card-trusted', amount: 499 }))).body;
  assert.deepEqual([trusted.decision, trusted.by], ['approve', { rule: 'TRUSTED' }]);
});

test('a stranger is nobody: no token, a wrong one, one that may not', async () => {
  const payment = transaction();
  for (const token of ['', 'x'.repeat(40), TOKENS.shop.slice(0, -1), `${TOKENS.shop}x`, sha256(TOKENS.shop)]) {
    const { status, code, headers } = await till.assess(payment, { token });
    assert.deepEqual([status, code, headers.get('www-authenticate')], [401, 'unauthorised', 'Bearer'], token);
  }
  assert.equal((await till.assess(payment, { token: '', headers: { authorization: `Basic ${btoa('shop:x')}` } })).status, 401);
  assert.deepEqual([(await till.assess(payment, { token: TOKENS.reader })).code, (await till.get('queue', { token: TOKENS.reader })).status], ['forbidden', 200]);
  assert.equal((await till.audit('card=card-1', { token: TOKENS.reader })).code, 'forbidden');
});

test('nothing of one tenant is reachable by another', async () => {
  const { payment } = await doubtful(till, { card: 'shared-card', terminal: 'shared-terminal' });
  const { length } = (await till.audit('card=shared-card')).body.rows;
  await until(() => till.get('queue?limit=200'), ({ body }) => body.waiting.some(({ id }) => id === payment.id));
  const other = { token: TOKENS.other };
  assert.equal((await till.get(`assess/${payment.id}`, other)).code, 'id-unknown');
  assert.equal((await till.post('label', { id: payment.id, fraud: true }, other)).code, 'id-unknown');
  assert.equal((await till.post('outcome', { id: payment.id, declined: true }, other)).code, 'id-unknown');
  assert.equal((await till.post(`queue/${payment.id}`, { verdict: 'honest', reviewer: 'x' }, other)).code, 'id-unknown');
  assert.equal((await till.get('queue', other)).body.open, 0);
  for (const what of ['card=shared-card', 'terminal=shared-terminal']) assert.deepEqual((await till.audit(what, other)).body.rows, []);
  assert.equal((await till.post('forget', { card: 'shared-card' }, other)).status, 200);
  assert.equal((await till.audit('card=shared-card')).body.rows.length, length, 'forgetting is one’s own as well');
  // The same id, card and terminal are another payment there, and the first of its card.
  await till.assess({ ...payment, amount: 5 }, other);
  const { features } = (await till.get(`assess/${payment.id}`, other)).body;
  assert.deepEqual([features.card_count_1d, features.terminal_count_1h, features.amount], [1, 1, 5]);
});

test('no card is stored, shown or said again', async () => {
  const card = '4111111111111111';
  const { payment } = await doubtful(till, { card, terminal: 'plain-t' });
  await until(() => till.get('queue?limit=200'), ({ body }) => body.waiting.some(({ id }) => id === payment.id));
  const said = [await till.audit(`card=${card}`), await till.audit('terminal=plain-t'), await till.get(`assess/${payment.id}`), await till.get('queue?limit=200'), await till.assess({ ...payment, card: `${card}\n` })];
  assert.doesNotMatch(JSON.stringify(said.map(({ body }) => body)), /4111/);
  const { execFileSync } = await import('node:child_process');
  assert.throws(() => execFileSync('grep', ['-rqa', '4111111111111111', `${out}/state/.`]), 'nothing in any file');
});

test('a card is forgotten where that is asked', async () => {
  const payment = transaction({ card: 'forget-1' });
  await till.assess(payment);
  assert.deepEqual((await till.post('forget', { card: 'forget-1' })).body, { forgotten: true });
  assert.deepEqual((await till.audit('card=forget-1')).body.rows, []);
  await till.assess(transaction({ card: 'forget-1' }));
  assert.equal((await till.audit('card=forget-1')).body.rows[0].body.features.card_count_1d, 1);
});

test('health says which bundle judges, and how old it is', async () => {
  const { status, body } = await till.get('health', { token: '' });
  assert.equal(status, 200);
  assert.deepEqual([body.ok, body.bundle.name, body.bundle.created], [true, 'card-fraud', '2026-11-29']);
  const whole = await engine();
  assert.equal(body.bundle.sha256, whole.info().bundle.sha256);
  whole.close();
  assert.ok(body.bundle.ageDays >= 0);
});

test('the pages run nothing but their own, and the demo pays without a token in the page', async () => {
  for (const path of ['', 'review']) {
    const { headers, body } = await till.get(path, { token: '' });
    assert.match(headers.get('content-security-policy'), /default-src 'none'; script-src 'sha256-[^']+'/);
    assert.doesNotMatch(headers.get('content-security-policy'), /unsafe/);
    assert.doesNotMatch(body, /(src|href)="?http|\son\w+="/);
  }
  const paid = await till.post('demo/pay', transaction({ card: 'demo-1' }), { token: '' });
  assert.equal(paid.body.decision, 'approve');
  for (const [method, path] of [['GET', 'nowhere'], ['GET', 'assess'], ['POST', 'queue'], ['POST', 'health']]) {
    const { status, code } = method === 'GET' ? await till.get(path) : await till.post(path, {});
    assert.ok(status === 404 || status === 405, `${method} ${path}: ${status} ${code}`);
  }
});
