// A bundle with a reference: the engine counts its slates by itself, and a monitor takes the counts. In Node, by the lite tier.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { load } from 'nearhand';
import { createMonitor, learnReference, NearhandError } from 'nearhand/monitor';
import { withReference } from './bundles.mjs';
import { draws, fieldsOf } from './monitor/reports.mjs';

const plain = withReference(readFileSync(process.env.NEARHAND_BUNDLE));
const random = draws(7);
const open = (bundle) => load(bundle, { tier: 'lite' });
/** Visits of up to five views, a slate after each. */
const visit = async (shop, ids, seen) => {
  const page = shop.page();
  for (let views = 1 + Math.floor(random() * 5); views > 0; views--) {
    page.observe({ kind: 'view', item: ids[Math.floor(random() * ids.length)] });
    seen(await page.recommend({ k: 5 }));
  }
};
const bare = await open(plain);
const ids = bare.items({ limit: 200 }).items.map(({ item }) => item);
const slates = [];
for (let at = 0; at < 150; at++) await visit(bare, ids, (slate) => slates.push(slate));
const reference = await learnReference({
  streams: {
    dwell_ms: [1, 2, 3],
    'slate.events': slates.map(({ events }) => events),
    'slate.score': { values: slates.map(({ items }) => items[0].score), role: 'score' },
    'slate.spread': { values: slates.map(({ items }) => items[0].score - items.at(-1).score), role: 'score' },
    'slate.source': { values: slates.map(({ source }) => source), role: 'slate' },
    'slate.category': { values: slates.map(({ items }) => items[0].category), role: 'slate' },
  },
  rates: { filled: { events: 1, of: 400 }, 'unknown-item': { events: 0, of: 400 } },
});
const shape = (told) => ({ bins: told.bins.length, rates: told.rates.length / 2 });
const refused = async (act) => {
  try {
    await act();
  } catch (error) {
    assert.ok(error instanceof NearhandError, String(error));
    return error.code;
  }
  return 'none';
};

test('a monitor takes the reference of a shop and what its engine counts, as `saw` would have read it', async () => {
  const shop = await open(withReference(plain, reference));
  const told = shop.info().monitor;
  assert.equal(told.reference, Buffer.from(reference).toString('hex'));
  assert.ok(Object.isFrozen(told) && Object.isFrozen(told.bins) && told.bins.every((count) => count === 0));
  const reports = { fed: [], saw: [] };
  const monitor = (name) => createMonitor({ reference: shop, consent: 'session', sink: (report) => void reports[name].push(report) });
  const [fed, saw] = [await monitor('fed'), await monitor('saw')];
  assert.deepEqual([...fed.reference()], [...reference]);
  for (let at = 0; at < 120; at++) {
    await visit(shop, [...ids, 'no such thing'], (slate) => slate.events > 0 && saw.saw(slate));
    saw.counted(shop.info());
    if (at % 40 === 39) assert.deepEqual([fed.absorb(shop.info()), fed.absorb(shop.info())], [true, false]);
  }
  fed.flush();
  saw.flush();
  const [own, others] = [reports.fed, reports.saw].map(([report]) => fieldsOf(report, shape(told)));
  assert.deepEqual([reports.fed.length, reports.saw.length, own.bins, own.rates, own.reference], [1, 1, others.bins, others.rates, others.reference]);
  assert.ok(own.bins.reduce((a, b) => a + b) > 1000 && own.rates[1].events > 0 && own.times.every((count) => count === 0));
  assert.deepEqual([fed.info().refused, fed.look()], [0, []], 'nothing has changed');
  shop.close();
});

test('what an engine has counted that began anew, or before consent, or is of another bundle', async () => {
  const shop = await open(withReference(plain, reference));
  const reports = [];
  const monitor = await createMonitor({ reference: shop, consent: 'memory', sink: (report) => void reports.push(report) });
  const { monitor: nothing, counts } = shop.info();
  const info = (bin, yes, of) => ({ counts, monitor: { ...nothing, bins: nothing.bins.map((_, at) => (at === 9 ? bin : 0)), rates: [0, 0, yes, of] } });
  assert.deepEqual([monitor.absorb(info(3, 0, 3)), monitor.flush()], [true, 0]);
  monitor.setConsent('session');
  // Of these some were counted before.
  assert.deepEqual([monitor.absorb(info(5, 0, 5)), monitor.flush()], [true, 0]);
  assert.equal(monitor.absorb(info(9, 1, 9)), true);
  // Begun anew: fewer than before.
  assert.equal(monitor.absorb(info(2, 0, 2)), true);
  monitor.flush();
  const { bins, rates } = fieldsOf(reports[0], shape(nothing));
  assert.deepEqual([bins[9], rates[1]], [6, { events: 1, of: 6 }]);
  // Without consent nothing is counted, and none of it later.
  monitor.setConsent('none');
  monitor.setConsent('session');
  assert.deepEqual([monitor.absorb(info(20, 0, 20)), monitor.flush(), monitor.absorb(info(21, 0, 21)), monitor.flush()], [false, 0, true, 1]);
  const other = { ...info(30, 0, 30).monitor, reference: Buffer.from(await learnReference({ streams: { a: [1, 2] } })).toString('hex') };
  assert.match(await refused(() => monitor.absorb({ monitor: other })), /^monitor-re(ference-other|port-malformed)$/);
  // What cannot be counted is refused, and a shop that has counted nothing is none that says so wrongly.
  for (const bad of [{ monitor: 5 }, { monitor: { ...nothing, bins: 5 } }, shop, {}, null]) assert.equal(await refused(() => monitor.absorb(bad)), 'invalid-option');
  assert.equal(monitor.absorb(bare.info()), false);
  // An engine that had counted before the monitor was, and one of which nobody knows.
  const told = async (source, all) => {
    const sent = [];
    const one = await createMonitor({ reference: source, consent: 'session', visitors: 'one', sink: (report) => void sent.push(report) });
    all.forEach((counts) => one.absorb(counts));
    one.flush();
    return sent.map((report) => fieldsOf(report, shape(nothing)).bins[9]);
  };
  assert.deepEqual(await told({ info: () => info(3, 0, 3) }, [info(7, 0, 7)]), [4]);
  assert.deepEqual(await told(reference, [info(3, 0, 3), info(8, 0, 8)]), [5]);
  assert.equal(await refused(() => createMonitor({ reference: bare })), 'monitor-reference-invalid');
  assert.equal(bare.info().monitor, undefined);
  shop.close();
});
