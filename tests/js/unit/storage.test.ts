import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeStorage, LateStorage, world } from './harness.js';

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
    assert.equal(w.session.data.get(KEY), btoa('[]'), 'written over, not removed: that would be a forget');
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

test('tabs in processes of their own: what one writes over before it saw it is put back, and what is forgotten stays so', async () => {
  const tabs = [new EventTarget(), new EventTarget()] as const;
  const { views, deliver } = LateStorage.shared(...tabs);
  let t = 0;
  const load = (i: 0 | 1) => world({ persistent: views[i]!, tab: tabs[i] }).load({ tier: 'lite', consent: 'persistent', now: () => ++t });
  const one = await load(0);
  const two = await load(1);
  const settle = (): void => {
    for (let i = 0; i < 9; i++) deliver();
  };
  one.observe(view('A'));
  two.observe(view('B'));
  two.observe(view('C'));
  assert.deepEqual(items(two), ['B', 'C'], 'not yet seen');
  settle();
  assert.deepEqual([items(one), items(two)], [['A', 'B', 'C'], ['A', 'B', 'C']]);
  // The same where a read finds it before the storage event comes.
  one.observe(view('D'));
  two.observe(view('E'));
  settle();
  assert.deepEqual(items(one), ['A', 'B', 'C', 'D', 'E']);

  one.forget();
  two.observe(view('F'));
  settle();
  for (const shop of [one, two]) assert.ok(!items(shop).some((item) => 'ABCDE'.includes(item)), items(shop).join());
  one.close();
  two.close();
});

test('two tabs that cannot agree on what to keep do not write for ever', async () => {
  const tabs = [new EventTarget(), new EventTarget()] as const;
  const { views, deliver } = LateStorage.shared(...tabs);
  const shops = [];
  for (const i of [0, 1] as const) {
    const w = world({ persistent: views[i]!, tab: tabs[i] });
    shops.push(await w.load({ tier: 'lite', consent: 'persistent' }));
    // Each says of itself what the other does not keep.
    const engine = w.lite.opened[0]!;
    engine.snapshot = () => new TextEncoder().encode(JSON.stringify([{ kind: 'view', item: `only-${i}`, at: i + 1 }]));
  }
  let written = 0;
  for (const view of views) {
    const set = view.setItem.bind(view);
    view.setItem = (key, value) => (written++, set(key, value));
  }
  for (const shop of shops) shop.observe(view('A'));
  for (let i = 0; i < 100; i++) deliver();
  assert.ok(written >= 2 && written <= 8, `${written} writes`);
  for (const shop of shops) shop.close();
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

test('a server\'s session joins what is stored; a bad one fails the load', async () => {
  const w = world();
  let t = 0;
  const options = { tier: 'lite', consent: 'session', now: () => ++t } as const;
  const one = await w.load(options);
  const page = one.page();
  page.observe(view('A'));
  one.observe(view('B'));
  const two = await w.load({ ...options, session: page.snapshot() });
  assert.deepEqual(items(two), ['A', 'B']);
  assert.deepEqual(items(one), ['A', 'B'], 'and is stored');
  await assert.rejects(w.load({ ...options, session: new Uint8Array([9]) }), { code: 'snapshot-malformed' });
  assert.ok(w.session.data.has(KEY));
  await assert.rejects(w.load({ ...options, session: 'x' as never }), { code: 'invalid-option' });
  const three = await world().load({ tier: 'lite', session: page.snapshot() });
  assert.deepEqual([items(three), three.info().storage.kind], [['A'], 'memory']);
  for (const shop of [one, two, three]) shop.close();
});

test('a page from the back/forward cache takes what is stored, not its own of before', async () => {
  const w = world();
  const options = { tier: 'lite', consent: 'session' } as const;
  const back = (): boolean => w.tab.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
  const page = await w.load(options);
  page.observe(view('A'));
  const next = await w.load(options);
  next.restore(next.page().snapshot());
  next.observe(view('B'));
  back();
  assert.deepEqual(items(page), ['B']);
  next.forget();
  back();
  assert.deepEqual(items(page), []);
  // What it could not store is nowhere else.
  w.session.mode = 'full';
  page.observe(view('C'));
  w.session.data.set(KEY, btoa(JSON.stringify([{ ...view('B'), at: Date.now() + 1_000 }])));
  back();
  assert.deepEqual(items(page), ['C', 'B']);
  for (const shop of [page, next]) shop.close();
});

test('two copies on one page: forget of the one holds for the other before its next report', async () => {
  const w = world();
  const options = { tier: 'lite', consent: 'session' } as const;
  const [one, two] = [await w.load(options), await w.load(options)];
  one.observe(view('A'));
  assert.equal((await two.recommend()).events, 1);
  one.forget();
  two.observe(view('B'));
  assert.deepEqual([items(one), items(two)], [['B'], ['B']]);
  for (const shop of [one, two]) shop.close();
});

test('a read looks at the storage once', async () => {
  const w = world();
  const shop = await w.load({ tier: 'lite', consent: 'session' });
  let reads = 0;
  const real = w.session.getItem.bind(w.session);
  w.session.getItem = (key) => {
    reads++;
    return real(key);
  };
  const acts: (() => unknown)[] = [
    () => shop.session(),
    () => shop.recommend(),
    () => shop.snapshot(),
    () => shop.observe(view('A')),
    () => shop.setCart([{ item: 'B' }]),
    () => shop.undismiss('A'),
  ];
  for (const act of acts) {
    reads = 0;
    await act();
    assert.equal(reads, 1, String(act));
  }
  shop.close();
});

test('what an earlier version stored under its own key does not stay on the device', async () => {
  const w = world();
  for (const area of [w.session, w.persistent]) area.data.set(`${KEY}@1`, btoa('[]'));
  (await w.load({ tier: 'lite', consent: 'persistent' })).close();
  assert.equal(w.session.data.size + w.persistent.data.size, 0);
});

test('an engine that stops as it forgets is told again', async () => {
  const w = world();
  const shop = await w.load({ tier: 'lite', consent: 'session' });
  shop.observe(view('A'));
  w.lite.trapOnForget = 1;
  const forgot: number[] = [];
  assert.throws(() => shop.forget(), { code: 'engine-trapped' });
  forgot.push(w.lite.opened.at(-1)!.forgot);
  assert.ok(forgot[0]! > 0, 'the one started anew knows when');
  assert.deepEqual([items(shop), w.session.data.size], [[], 0]);
  shop.close();
});

test('a cart line is checked, and lifetimes reach the engine', async () => {
  const w = world();
  const shop = await w.load({ tier: 'lite', lifetimes: { dismissedMs: 60_000 } });
  assert.equal(w.lite.opened[0]?.opened?.dismissedMs, 60_000);
  shop.setCart([{ item: 'A', quantity: 2 }, { item: 'nowhere' }]);
  assert.deepEqual(shop.session().map(({ item, kind, quantity }) => [item, kind, quantity]), [['A', 'cart-add', 2], ['nowhere', 'cart-add', undefined]]);
  // What a line may hold, the engine knows.
  assert.throws(() => shop.setCart({} as never), { code: 'invalid-option' });
  await assert.rejects(w.load({ lifetimes: { cartMs: 1 } }), { code: 'invalid-option' });
  await assert.rejects(w.load({ lifetimes: { cart: 60_000 } as object }), { code: 'unknown-option' });
  shop.close();
});

test('an engine that stops as consent is withdrawn keeps nothing', async () => {
  const w = world();
  const shop = await w.load({ tier: 'lite', consent: 'session' });
  shop.observe(view('A'));
  const engine = w.lite.opened[0]!;
  engine.setConsent = () => {
    throw new WebAssembly.RuntimeError('unreachable');
  };
  assert.throws(() => shop.setConsent('none'), { code: 'engine-trapped' });
  assert.deepEqual([items(shop), w.session.data.size, shop.info().consent], [[], 0, 'none']);
  shop.observe(view('B'));
  assert.deepEqual(items(shop), []);
  shop.close();
});
