// The edge worker that judges, and all that is wrong with what comes: each is refused by its code, and nothing of it is counted.
import assert from 'node:assert/strict';
import { request as ask } from 'node:http';
import { after, before, test } from 'node:test';
import { laid, settings, sha256, started, TOKENS, transaction } from './checkout/till.mjs';

const out = `${import.meta.dirname}/dist-checkout-refused`;
let till;
before(async () => {
  await laid(out);
  till = await started(out);
});
after(() => till?.stop());

/** A change of a payment, and what it is refused for. */
async function refusedFor(change, code, status = 422) {
  const payment = transaction({ card: 'bad', terminal: 'bad-t', ...change });
  const answer = await till.assess(JSON.parse(JSON.stringify(payment)));
  assert.deepEqual([answer.code, answer.status], [code, status], JSON.stringify(change));
  assert.ok(answer.body.error.message.length > 5);
  return answer.body.error;
}
test('a negative amount', () => refusedFor({ amount: -1 }, 'transaction-invalid'));
test('a huge amount', async () => {
  await refusedFor({ amount: 1e18 }, 'transaction-invalid');
  await refusedFor({ amount: 1e300 }, 'transaction-invalid');
  await refusedFor({ amount: '9'.repeat(400) }, 'transaction-invalid');
});
test('an amount that is no number', async () => {
  for (const amount of ['NaN', 'Infinity', '', ' ', '1e3', '1,50', '0x10', null, true, [1], {}, '١٢']) await refusedFor({ amount }, 'transaction-invalid');
  // JSON has no NaN: what writes one writes no JSON.
  const { code, status } = await till.assess(null, { raw: '{"id":"nan","amount":NaN}' });
  assert.deepEqual([code, status], ['body-invalid', 400]);
});
test('an amount with more places than the currency has, and the noise of floats', async () => {
  const { field, value } = await refusedFor({ amount: 24.905 }, 'transaction-invalid');
  assert.deepEqual([field, value], ['amount', '24.905']);
  await refusedFor({ amount: 85.64999999999999 }, 'transaction-invalid');
});
test('an unknown currency', async () => {
  for (const currency of ['USD', 'eur', 'EURO', '']) await refusedFor({ currency }, currency ? 'currency-unknown' : 'transaction-invalid');
});
test('a clock that is ahead', async () => {
  await refusedFor({ time: Date.now() + 120_000 }, 'time-ahead');
  assert.equal((await till.assess(transaction({ time: Date.now() + 20_000 }))).status, 200);
});
test('a clock that is behind, and a payment that is played back a day later', async () => {
  await refusedFor({ time: Date.now() - 86_400_000 }, 'time-late');
  assert.equal((await till.assess(transaction({ time: Date.now() - 5 * 60_000, card: 'behind' }))).status, 200);
});
test('a time that is none, or seconds', async () => {
  for (const time of ['yesterday', '2026-11-29', '2026-11-29T10:00:00', 1.5, 1764400000, null, -1]) await refusedFor({ time }, 'transaction-invalid');
  const time = new Date().toISOString();
  assert.equal((await till.assess(transaction({ time }))).status, 200);
});
test('fields that are missing, unknown or of another type', async () => {
  for (const field of ['id', 'time', 'card', 'terminal', 'amount', 'currency']) assert.equal((await refusedFor({ [field]: undefined }, 'transaction-invalid')).field, field);
  assert.equal((await refusedFor({ amout: 3 }, 'transaction-invalid')).field, 'amout');
  for (const field of ['id', 'card', 'terminal']) for (const value of ['', 'x'.repeat(257), 'é'.repeat(129), 7, 'a\u0000b', '\ud800']) await refusedFor({ [field]: value }, 'transaction-invalid');
  await refusedFor({ declined: 'yes' }, 'transaction-invalid');
  const { value } = await refusedFor({ card: 4111111111111111 }, 'transaction-invalid');
  assert.equal(value, undefined, 'a card is not repeated');
});
test('names of prototypes are names', async () => {
  const raw = JSON.stringify(transaction()).replace('{', '{"__proto__":{"amount":1},');
  assert.equal((await till.assess(null, { raw })).code, 'transaction-invalid');
  assert.equal((await till.assess(transaction({ id: 'constructor', card: '__proto__', terminal: 'toString' }))).status, 200);
  assert.equal((await till.post('label', { id: '__proto__', fraud: true })).code, 'id-unknown');
});
test('a body that is too large, by its header or by its bytes', async () => {
  const raw = JSON.stringify({ ...transaction(), note: 'x'.repeat(20_000) });
  assert.deepEqual([(await till.assess(null, { raw })).code], ['body-too-large']);
  // Without a length: in pieces.
  const status = await new Promise((done, fail) => {
    const request = ask(`${till.url}assess`, { method: 'POST', headers: { 'authorization': `Bearer ${TOKENS.shop}`, 'content-type': 'application/json', 'transfer-encoding': 'chunked' } }, (response) => {
      response.resume();
      done(response.statusCode);
    });
    request.on('error', fail);
    for (let i = 0; i < 40; i++) request.write('x'.repeat(1000));
    request.end();
  });
  assert.equal(status, 413);
});
test('a body that is no JSON object in UTF-8', async () => {
  for (const raw of ['', '{', 'null', '[]', '"x"', '7', Buffer.from([0x7b, 0xff, 0x7d])]) assert.deepEqual([(await till.assess(null, { raw })).code], ['body-invalid'], String(raw));
  assert.deepEqual([(await till.assess(null, { raw: '{}', headers: { 'content-type': 'text/plain' } })).code], ['body-type']);
});
test('labels and verdicts of ids that never were, and such that are wrong', async () => {
  assert.deepEqual([(await till.post('label', { id: 'never', fraud: true })).code, (await till.post('outcome', { id: 'never', declined: true })).code], ['id-unknown', 'id-unknown']);
  assert.equal((await till.post('queue/never', { verdict: 'fraud', reviewer: 'x' })).code, 'id-unknown');
  assert.equal((await till.get('assess/never')).code, 'id-unknown');
  for (const body of [{ id: 'x' }, { id: 'x', fraud: 1 }, { id: 'x', fraud: 'true' }, { id: 'x', fraud: true, at: 'now' }, { id: 'x', fraud: true, score: 1 }]) assert.equal((await till.post('label', body)).code, 'transaction-invalid', JSON.stringify(body));
  for (const body of [{ verdict: 'maybe', reviewer: 'x' }, { verdict: 'fraud' }, { verdict: 'fraud', reviewer: '' }]) assert.equal((await till.post('queue/x', body)).code, 'transaction-invalid', JSON.stringify(body));
  assert.equal((await till.get('queue?limit=-1')).code, 'transaction-invalid');
});

test('after all that nothing is counted', async () => {
  for (const what of ['card=bad', 'terminal=bad-t']) assert.deepEqual((await till.audit(what)).body.rows, [], what);
});

test('a tenant’s rate is its own', async () => {
  const out2 = `${out}-rate`;
  await laid(out2);
  const token = 'the-token-of-one-who-asks-too-often';
  const tenants = JSON.stringify({ slow: { tokens: [{ sha256: sha256(token), scopes: ['assess'] }], rate: 1, burst: 5 }, shop: { tokens: [{ sha256: sha256(TOKENS.shop), scopes: ['assess'] }] } });
  const limited = await started(out2, settings({ TENANTS: tenants }));
  try {
    const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => limited.assess(transaction({ card: `rate-${i}` }), { token })));
    const passed = answers.filter(({ status }) => status === 200).length;
    assert.ok(passed >= 5 && passed <= 8, `${passed} passed`);
    const refused = answers.find(({ status }) => status === 429);
    assert.equal(refused.code, 'rate-limited');
    assert.ok(Number(refused.headers.get('retry-after')) >= 1);
    assert.equal((await limited.assess(transaction())).status, 200);
  } finally {
    await limited.stop();
  }
});

test('settings that are wrong judge nothing and say where', async () => {
  const out3 = `${out}-settings`;
  await laid(out3);
  const good = JSON.parse(settings().TENANTS);
  const token = good.shop.tokens[0];
  for (const [change, field] of [
    [{ NAMES_KEY: 'short' }, 'NAMES_KEY'],
    [{ TENANTS: '{' }, 'TENANTS'],
    [{ TENANTS: '{}' }, 'TENANTS'],
    [{ TENANTS: JSON.stringify({ 'A b': good.shop }) }, 'TENANTS.A b'],
    [{ TENANTS: JSON.stringify({ shop: { tokens: [{ ...token, sha256: TOKENS.shop }] } }) }, 'TENANTS.shop.tokens[0].sha256'],
    [{ TENANTS: JSON.stringify({ shop: { tokens: [{ ...token, scopes: ['all'] }] } }) }, 'TENANTS.shop.tokens[0].scopes'],
    [{ TENANTS: JSON.stringify({ shop: { ...good.shop, rates: 3 } }) }, 'TENANTS.shop.rates'],
    [{ CLOCK: 'sun' }, 'CLOCK'],
    [{ FALLBACK: 'maybe' }, 'FALLBACK'],
    [{ KEEP_DAYS: '0' }, 'KEEP_DAYS'],
    [{ DEMO: 'nobody' }, 'DEMO'],
  ]) {
    const wrong = await started(out3, settings(change));
    const { status, body } = await wrong.assess(transaction());
    await wrong.stop();
    assert.deepEqual([status, body.error?.code, body.error?.field], [500, 'settings-invalid', field], JSON.stringify(change));
  }
  // A list that the bundle does not have blocks nobody: said, not passed over. There is an answer, and it is not written down.
  const listed = await started(out3, settings({}, { lists: { blocked: ['x'] } }));
  const { body } = await listed.assess(transaction());
  await listed.stop();
  assert.deepEqual([body.decision, body.by, body.failure, body.recorded], ['review', 'fallback', 'settings-invalid', false]);
});
