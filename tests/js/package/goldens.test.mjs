// Memory that turns bad under a serving engine, in Node: nobody is served by it for more than 256 slates, and somebody is told.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { load } from 'nearhand';
import { createMonitor } from 'nearhand/monitor';
const { opened } = await import(`${process.env.NEARHAND_ROOT}/tools/faults/bundle.mjs`);
const { damage, watch } = await import(`${process.env.NEARHAND_ROOT}/tools/faults/memory.mjs`);

watch();
const file = readFileSync(process.env.NEARHAND_BUNDLE);
const { part } = opened(file);
const MOST = 256;

/** Slates until one says that the engine was started anew, at most 600; what it shows. */
async function until(shop, ask) {
  for (let after = 1; after <= 600; after++) {
    const slate = await ask(shop);
    if (slate.notes.includes('engine-restarted')) return { after, slate };
  }
  return { after: Infinity };
}
const shown = ({ items }) => items.map(({ item, score }) => [item, score]);
const ask = (shop) => shop.recommend({ k: 8 });

async function started(options, bytes = file) {
  const shop = await load(bytes, options);
  for (const { item } of shop.items({ limit: 3 }).items) shop.observe({ kind: 'view', item });
  return shop;
}

for (const [tier, name, edit] of [
  ['lite', 'table.weights', (bytes) => bytes.fill(1)],
  ['full', 'table.weights', (bytes) => bytes.fill(1)],
  ['full', 'items.vectors', (bytes) => bytes.set(bytes.slice(48))],
]) {
  test(`${tier}: ${name} written over: another engine within ${MOST} slates, the session as it was`, async () => {
    const shop = await started({ tier });
    const before = shown(await ask(shop));
    assert.ok(damage(part(name), edit) > 0);
    const { after, slate } = await until(shop, ask);
    assert.ok(after <= MOST, `after ${after}`);
    assert.deepEqual([shown(slate), slate.events, slate.tier], [before, 3, tier]);
    const { count, error } = shop.info().restarts;
    assert.deepEqual([count, error.code], [1, 'engine-trapped']);
    assert.match(error.message, /^nearhand: the engine stopped: the bundle.s golden sessions are not answered as recorded/);
    // Served on, and replayed on, by the one that is well.
    for (let at = 0; at < 300; at++) assert.deepEqual((await ask(shop)).notes, []);
    const alerts = [];
    const learner = await createMonitor({ learn: 100 });
    for (let at = 0; at < 100; at++) learner.observe('price', at);
    const monitor = await createMonitor({ reference: learner.reference(), onAlert: (alert) => alerts.push(alert) });
    // Its own reference is another.
    const { monitor: _, ...info } = shop.info();
    monitor.counted(info);
    monitor.absorb(info);
    monitor.look();
    monitor.look();
    assert.deepEqual(alerts.map(({ code, subject, level }) => [code, subject, level]), [['golden', '', 'fallback']]);
    assert.equal(monitor.info().standing, 'fallback');
    monitor.close();
    shop.close();
  });
}

test('where the fresh engine is no better, lite takes its place; where that is none, it is said, and nobody gets a slate', async () => {
  for (const [tier, name] of [['full', 'items.scales'], ['lite', 'table.weights']]) {
    const bytes = Uint8Array.from(file);
    const shop = await started({ tier }, bytes);
    const right = part(name).slice();
    // The bytes of which others are made turn bad as well, which nothing hashes again.
    const at = Buffer.from(bytes.buffer).indexOf(right);
    bytes.fill(3, at, at + right.length);
    if (tier === 'lite') damage(right, (there) => there.fill(3));
    else damage(part('items.vectors'), (there) => there.fill(7));
    if (tier === 'full') {
      let slate = await ask(shop);
      for (let n = 0; n < 300 && slate.tier === 'full'; n++) slate = await ask(shop);
      assert.deepEqual([slate.tier, slate.source, slate.notes, slate.events], ['lite', 'table', ['engine-restarted', 'full-failed'], 3]);
      const { full } = shop.info();
      assert.deepEqual([full.state, full.error.code, /golden/.test(full.error.message)], ['failed', 'engine-trapped', true]);
      assert.deepEqual((await ask(shop)).notes, []);
    } else {
      let served = 0;
      await assert.rejects(async () => {
        for (; served < 600; served++) await ask(shop);
      }, { name: 'NearhandError', code: 'engine-trapped' });
      assert.ok(served <= MOST);
      for (let n = 0; n < 8; n++) await assert.rejects(ask(shop), { code: 'engine-trapped', message: /golden/ });
      assert.throws(() => shop.info(), { code: 'engine-trapped' });
    }
    shop.close();
  }
});
