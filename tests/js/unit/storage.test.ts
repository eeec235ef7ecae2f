import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeStorage, world } from './harness.js';

const view = (item: string) => ({ kind: 'view', item }) as const;
const items = (shop: { session(): readonly { item: string }[] }): string[] => shop.session().map((e) => e.item);
const KEY = 'nearhand:fake';

test('the next page of the tab finds the session', async () => {
  const w = world();
  const one = await w.load({ tier: 'lite', consent: 'session' });
  one.observe(view('A'));
  one.close();
  const two = await w.load({ tier: 'lite', consent: 'session' });
  assert.deepEqual(items(two), ['A']);
  assert.deepEqual(two.info().storage, { kind: 'session' });
  two.forget();
  assert.equal(w.session.data.size, 0);
  two.close();
});

test('without a word of the host nothing is written to the device', async () => {
  const w = world();
  const shop = await w.load({ tier: 'lite' });
  shop.observe(view('A'));
  await shop.recommend();
  assert.equal(w.session.data.size + w.persistent.data.size, 0);
  assert.deepEqual([shop.info().consent, shop.info().storage.kind], ['memory', 'memory']);
  shop.setConsent('session');
  assert.equal(w.session.data.size, 1, 'what is held is carried over');
  shop.close();
});

test('storage full: the session goes on in memory, and back when there is room', async () => {
  const w = world();
  const shop = await w.load({ tier: 'lite', consent: 'session' });
  w.session.mode = 'full';
  shop.observe(view('A'));
  assert.equal(shop.info().storage.kind, 'memory');
  assert.match(shop.info().storage.error ?? '', /QuotaExceededError/);
  assert.equal((await shop.recommend()).events, 1);
  w.session.mode = 'normal';
  shop.observe(view('B'));
  assert.deepEqual(shop.info().storage, { kind: 'session' });
  assert.deepEqual(items(shop), ['A', 'B']);
  shop.close();
});

test('storage blocked: in memory, and says so', async () => {
  const shop = await world({ blocked: true }).load({ tier: 'lite', consent: 'persistent' });
  shop.observe(view('A'));
  assert.deepEqual(items(shop), ['A']);
  assert.equal(shop.info().storage.kind, 'memory');
  assert.match(shop.info().storage.error ?? '', /SecurityError/);
  shop.forget();
  shop.close();
});

test('a runtime without storage says so', async () => {
  const shop = await world({ kind: 'node' }).load({ consent: 'persistent' });
  assert.equal(shop.info().storage.kind, 'memory');
  assert.match(shop.info().storage.error ?? '', /no localStorage/);
  shop.close();
});

test('a corrupt stored session is dropped with a note, be it no base64 or refused by the engine', async () => {
  for (const stored of ['%%%', btoa('not a snapshot')]) {
    const w = world();
    w.session.data.set(KEY, stored);
    const shop = await w.load({ tier: 'lite', consent: 'session' });
    assert.equal(w.session.data.size, 0);
    assert.deepEqual(items(shop), []);
    assert.match(shop.info().storage.error ?? '', /could not be read/);
    shop.observe(view('A'));
    assert.ok(w.session.data.has(KEY));
    shop.close();
  }
});

test('two tabs share a persistent session, with and without the storage event: a read sees what was written last', async () => {
  const persistent = new FakeStorage();
  let t = 0;
  const options = { tier: 'lite', consent: 'persistent', now: () => ++t } as const;
  const [left, right] = [world({ persistent }), world({ persistent })];
  const one = await left.load(options);
  const two = await right.load(options);
  one.observe(view('A'));
  two.observe(view('B'));
  assert.deepEqual(items(two), ['A', 'B'], 'read, merged, written');
  assert.deepEqual(items(one), ['A', 'B'], 'read again, event or not');
  persistent.tell(left.tab, KEY);
  one.observe(view('C'));
  assert.deepEqual(items(two), ['A', 'B', 'C']);

  two.forget();
  one.observe(view('D'));
  assert.deepEqual(items(one), ['D'], 'what one tab forgets the other does not bring back');
  one.close();
  two.close();
});

test('consent moves the session, and none drops it everywhere', async () => {
  const w = world();
  const shop = await w.load({ tier: 'lite', consent: 'memory' });
  shop.observe(view('A'));
  assert.equal(w.session.data.size, 0);
  shop.setConsent('persistent');
  assert.ok(w.persistent.data.has(KEY));
  shop.setConsent('session');
  assert.ok(w.session.data.has(KEY) && w.persistent.data.size === 0);
  shop.setConsent('none');
  assert.equal(w.session.data.size, 0);
  assert.deepEqual(items(shop), []);
  assert.deepEqual(shop.info().storage, { kind: 'none' });
  shop.close();
});

test('what an earlier consent stored is removed when the new one does not cover it', async () => {
  const w = world();
  w.persistent.data.set(KEY, btoa('[]'));
  w.session.data.set(KEY, btoa('[]'));
  (await w.load({ tier: 'lite', consent: 'none' })).close();
  assert.equal(w.persistent.data.size + w.session.data.size, 0);
});

test('snapshot and restore move a session to another runtime', async () => {
  const one = await world().load({ tier: 'lite' });
  one.observe(view('A'));
  const two = await world({ kind: 'node' }).load();
  two.restore(one.snapshot());
  assert.deepEqual(items(two), ['A']);
  assert.throws(() => two.restore(new Uint8Array([9])), { code: 'snapshot-malformed' });
  assert.deepEqual(items(two), ['A']);
  one.close();
  two.close();
});
