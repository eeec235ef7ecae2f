// A terminal with very many cards, over several objects: sums and counts add up, to the bit.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { engine } from './checkout/again.mjs';
import { changed, laid, settings, started, transaction, until } from './checkout/till.mjs';

const here = import.meta.dirname;
const running = [];
after(() => Promise.all(running.map((one) => one.stop())));
const HOT = { hot: { 'hot-t': 4 } };

test('four objects say what one would say, to the bit', async () => {
  const out = `${here}/dist-checkout-hot`;
  await laid(out);
  const till = await started(out, settings({ HOT_MS: '0', CLOCK: 'events' }, HOT));
  running.push(till);
  const whole = await engine();
  // Sixty days, so that the late windows and the labels count.
  const from = Date.UTC(2026, 8, 1);
  const payments = Array.from({ length: 240 }, (_, i) => transaction({ card: `hot-c${(i * 7) % 41}`, terminal: 'hot-t', amount: [12.5, 80.01, 430, 3][i % 4], time: from + i * 6 * 3_600_000 - (i % 5) * 60_000 + (i % 10 < 5 ? 0 : -5 * 3_600_000) }));
  payments.sort((a, b) => a.time - b.time);
  let told = 0;
  for (const [i, payment] of payments.entries()) {
    const { body } = await till.assess(payment);
    const wanted = whole.assess(payment);
    const { features } = (await till.get(`assess/${payment.id}`)).body;
    assert.deepEqual(features, JSON.parse(JSON.stringify(wanted.features)), `payment ${i}`);
    assert.deepEqual([body.decision, body.risk], [wanted.decision, wanted.risk]);
    if (i % 6 === 0) {
      const at = payment.time + 1000;
      await till.post('label', { id: payment.id, fraud: i % 12 === 0, at });
      whole.label(payment.id, i % 12 === 0, at);
      told += 1;
    }
    if (i % 8 === 0) {
      await till.post('outcome', { id: payment.id, declined: true });
      whole.amend(payment.id, { declined: true });
      told += 1;
    }
    if (i % 6 === 0 || i % 8 === 0) {
      const rows = async () => (await till.audit('terminal=hot-t')).body.shards.flatMap((shard) => shard.rows);
      await until(rows, (all) => all.filter(({ kind }) => kind !== 'event').length === told);
    }
  }
  const { shards } = (await till.audit('terminal=hot-t')).body;
  assert.equal(shards.length, 4);
  const counts = shards.map(({ rows }) => rows.filter(({ kind }) => kind === 'event').length);
  assert.equal(counts.reduce((a, b) => a + b), 240);
  assert.ok(counts.every((count) => count > 20), `${counts}: no shard has all`);
  // A card is in one of them.
  const cards = shards.map(({ rows }) => new Set(rows.filter(({ kind }) => kind === 'event').map(({ body }) => body.asked.card)));
  assert.equal(cards.reduce((sum, { size }) => sum + size, 0), new Set(payments.map(({ card }) => card)).size);
  whole.close();
});

test('card testing at a hot terminal is seen over all its objects, as late as was declared', async () => {
  const out = `${here}/dist-checkout-hot-late`;
  await laid(out);
  const till = await started(out, settings({ HOT_MS: '200' }, HOT));
  running.push(till);
  const tries = Array.from({ length: 120 }, (_, i) => transaction({ card: `try-${i}`, terminal: 'hot-t', amount: 1 }));
  let at = 0;
  await Promise.all(Array.from({ length: 20 }, async () => {
    while (at < tries.length) assert.equal((await till.assess(tries[at++])).status, 200);
  }));
  await new Promise((done) => setTimeout(done, 250));
  const last = transaction({ card: 'try-last', terminal: 'hot-t', amount: 1 });
  await till.assess(last);
  const { features } = (await till.get(`assess/${last.id}`)).body;
  assert.deepEqual([features.terminal_count_10m, features.terminal_cards_6h], [121, 121]);
});

test('a bundle whose windows do not add up is refused for a hot terminal, with the window that does not', async () => {
  const out = `${here}/dist-checkout-hot-refused`;
  await laid(out);
  changed(`${out}/zscore.safetensors`, ({ spec }) => {
    const windows = JSON.parse(spec.windows);
    windows.features.push({ name: 'terminal_zscore', kind: 'zscore', key: 'terminal', window: '1d', of: 'amount' });
    spec.windows = JSON.stringify(windows);
  });
  for (const [shop, failure] of [[HOT, 'settings-invalid'], [{}, null]]) {
    const till = await started(out, settings({}, shop), { BUNDLE: 'zscore.safetensors' });
    const { body } = await till.assess(transaction());
    const health = await till.get('health');
    await till.stop();
    assert.equal(body.failure, failure);
    if (failure) assert.match(health.body.error.message, /zscore of amount at terminals/);
  }
});
