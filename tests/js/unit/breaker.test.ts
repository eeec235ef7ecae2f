/** What a page can do to the face by accident or on purpose: stacks that are full, clocks that throw, values of a megabyte. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plain } from '../../../www/lib/src/words/plain.js';
import { noShops } from '../../../www/lib/src/shop/share.js';
import type { CatalogDelta, LoadOptions } from '../../../www/lib/src/words/types.js';
import { FakeEngine } from './fake.js';
import { code, FakeStorage, world } from './harness.js';

const view = (item: string) => ({ kind: 'view', item }) as const;
const KEY = 'nearhand:fake';
const revoked = (): never => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy as never;
};
/** Fast, by the processor's time and not the clock's, as others may have the machine meanwhile: what it guards against took seconds. */
const soon = (act: () => unknown): void => {
  const before = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(before);
  assert.ok(user + system < 500_000, `${user + system} µs`);
};

test('a stack that the page fills cuts calls off, as often as it will; the shop stands', async (t) => {
  const w = world();
  const shop = await w.load({ tier: 'lite' });
  const deep = (n: number): number => (n ? 1 + deep(n - 1) : 0);
  // As wasm-bindgen's glue: what is borrowed when the stack ends is borrowed for good.
  const borrowed = new WeakSet<FakeEngine>();
  const real = FakeEngine.prototype.observe;
  t.after(() => (FakeEngine.prototype.observe = real));
  FakeEngine.prototype.observe = function (this: FakeEngine, ...of) {
    if (borrowed.has(this)) throw new Error('recursive use of an object detected which would lead to unsafe aliasing in rust');
    borrowed.add(this);
    deep(300);
    real.apply(this, of);
    borrowed.delete(this);
  };
  for (let round = 0; round < 8; round++) {
    let tries = 40;
    // The deepest frames observe, each with a little more room.
    const fill = (): void => {
      try {
        fill();
      } catch {
        if (tries-- > 0) shop.observe(view('A'));
      }
      if (tries > 0) throw new Error('more');
    };
    try {
      fill();
    } catch {
      // The page's own.
    }
    shop.observe(view('B'));
    assert.equal(shop.session().at(-1)?.item, 'B');
  }
  shop.close();
});

test('what is no error of the engine leaves another engine, whatever it is', async () => {
  const w = world();
  const shop = await w.load({ tier: 'lite' });
  shop.observe(view('A'));
  w.lite.opened[0]!.item = () => {
    throw new TypeError('null is no pointer');
  };
  assert.throws(() => shop.item('A'), code('internal'));
  assert.equal(shop.item('A')?.title, 'apple');
  assert.deepEqual(shop.session().map((e) => e.item), ['A']);
  assert.equal(shop.info().restarts.count, 1);
  shop.close();
});

test('a clock that throws, or asks the shop, is no fault of the engine', async () => {
  const w = world();
  let now = (): number => 1;
  const shop = await w.load({ tier: 'lite', now: () => now() });
  now = () => {
    throw new RangeError('Invalid time value');
  };
  for (let i = 0; i < 8; i++) assert.throws(() => shop.observe(view('A')), code('invalid-option'));
  assert.throws(() => shop.restore(shop.snapshot()), code('invalid-option'));
  now = () => shop.facets().brands.length + 1;
  shop.observe(view('A'));
  assert.equal(shop.session().length, 1);
  assert.deepEqual([w.lite.opened.length, shop.info().restarts.count], [1, 0]);
  shop.close();
});

test('events, snapshots and options that throw where they are touched, or are far too large, are told at once', async () => {
  const shop = await world().load({ tier: 'lite' });
  const bad = {
    get kind(): never {
      throw new TypeError('boom');
    },
  };
  const fake = { [Symbol.toStringTag]: 'Uint8Array', length: 3e8 } as never;
  const gone = new Uint8Array(9);
  structuredClone(gone.buffer, { transfer: [gone.buffer] });
  const large = new Uint8Array(1e7) as never;
  const acts: ((it: never) => unknown)[] = [shop.observe, shop.setCart, shop.undismiss, shop.item, shop.restore, shop.setConsent, shop.page];
  for (const act of acts) for (const it of [revoked(), fake, large]) soon(() => assert.throws(() => act(it), code('invalid-option')));
  assert.throws(() => shop.observe(bad as never), code('invalid-option'));
  assert.throws(() => shop.restore(gone), (error: Error) => error.name === 'NearhandError');
  assert.throws(() => shop.restore({ [Symbol.toStringTag]: 'Uint8Array', length: 2 ** 53 } as never), code('invalid-option'));
  for (const session of [fake, revoked(), large]) await assert.rejects(shop.recommend({ session }), code('invalid-option'));
  await assert.rejects(shop.recommendPage(revoked()), code('invalid-option'));
  await assert.rejects(async () => shop.updateCatalog(revoked()), code('invalid-option'));
  soon(() => assert.throws(() => void shop.updateCatalog({ ['x'.repeat(1e7)]: [] } as never), code('unknown-option')));
  soon(() => assert.throws(() => shop.setCart(Array.from({ length: 1001 }, () => ({ item: 'A' }))), code('invalid-option')));
  const long = '\ud83d'.repeat(1e7);
  soon(() => assert.throws(() => shop.observe(view(long)), code('invalid-option')));
  shop.close();
});

test('a row of a feed has bounds of its own', () => {
  const feed = (...upsert: unknown[]): unknown[] => (plain({ upsert }, 'delta', true) as { upsert: unknown[] }).upsert;
  let reads = 0;
  const counted = <T extends object>(value: T): T => new Proxy(value, { get: (of, key) => (reads++, Reflect.get(of, key) as unknown) });
  // Eight levels of eight times itself.
  const own: Record<string, unknown> = { item: 'A' };
  const row = counted(own);
  for (let i = 0; i < 8; i++) own[`k${i}`] = row;
  assert.equal(feed(row, { item: 'B', title: 'bun' }).length, 2);
  // A value in the bounds is its key's, its length's and its tag's reads.
  assert.ok(reads > 9 && reads < 50_000, `${reads} reads`);
  reads = 0;
  assert.deepEqual(feed({ item: 'A', vector: counted(new Array(1e7).fill(1)) }, { item: 'B', vector: [1, 2] }), [{ item: 'A', vector: {} }, { item: 'B', vector: [1, 2] }]);
  assert.ok(reads > 0 && reads < 10, `${reads} reads`);
  assert.deepEqual(feed({ item: 'A', x: new Uint8Array(1e6) }), [{ item: 'A', x: {} }]);
  // Many rows are no fault.
  const many = Array.from({ length: 20_000 }, (_, i) => ({ item: String(i), vector: [1, 2, 3, 4, 5, 6, 7, 8] }));
  assert.deepEqual(feed(...many), many);
});

test('garbage in the storage is nobody\'s forget: what a tab holds takes its place', async () => {
  const persistent = new FakeStorage();
  const options = { tier: 'lite', consent: 'persistent' } as const;
  const [one, two] = [await world({ persistent }).load(options), await world({ persistent }).load(options)];
  one.observe(view('A'));
  assert.equal(two.session().length, 1);
  for (const garbage of ['{}', '%%%', btoa('no session'), 'x'.repeat(5e6)]) {
    persistent.data.set(KEY, garbage);
    soon(() => assert.equal(one.session().length, 1, garbage.slice(0, 9)));
    assert.equal(two.session().length, 1);
    assert.equal(atob(persistent.data.get(KEY)!).includes('"A"'), true);
  }
  assert.match(one.info().storage.error ?? '', /could not be read/);
  one.close();
  two.close();
});

test('a later version\'s session stays where it is until the visitor forgets', async (t) => {
  const real = [FakeEngine.prototype.merge, FakeEngine.prototype.restore] as const;
  t.after(() => ([FakeEngine.prototype.merge, FakeEngine.prototype.restore] = real));
  const later = btoa('LATER');
  const refuse = (bytes: Uint8Array): void => {
    if (new TextDecoder().decode(bytes) === 'LATER') throw Object.assign(new Error('nearhand: later'), { name: 'NearhandError', code: 'snapshot-unsupported-version', details: {} });
  };
  FakeEngine.prototype.merge = function (this: FakeEngine, bytes) {
    refuse(bytes);
    real[0].call(this, bytes);
  };
  FakeEngine.prototype.restore = function (this: FakeEngine, bytes) {
    refuse(bytes);
    real[1].call(this, bytes);
  };
  const w = world();
  w.persistent.data.set(KEY, later);
  const shop = await w.load({ tier: 'lite', consent: 'persistent' });
  shop.observe(view('A'));
  assert.equal(shop.session().length, 1);
  assert.equal(w.persistent.data.get(KEY), later);
  assert.equal(shop.info().storage.kind, 'memory');
  shop.forget();
  assert.equal(w.persistent.data.size, 0);
  shop.observe(view('B'));
  assert.deepEqual([w.persistent.data.size, shop.info().storage.kind], [1, 'persistent']);
  shop.close();
});

test('a load whose options have no text is shared with none, and says what is wrong with a code', async () => {
  const w = world({ shops: noShops() });
  const row: Record<string, unknown> = { item: 'D', title: 'dates' };
  row['self'] = row;
  const thrower = { toJSON: () => assert.fail('not called twice') };
  for (const catalog of [{ upsert: [row] }, { upsert: [{ item: 'D', title: 1n }] }, { upsert: [thrower] }] as unknown as CatalogDelta[]) {
    const shop = await w.load({ tier: 'lite', catalog });
    assert.equal(shop.item('A')?.title, 'apple');
    shop.close();
  }
  for (const model of [1n, { get a(): never { throw new TypeError('boom'); } }]) {
    await w.load({ tier: 'lite', model } as unknown as LoadOptions).then((shop) => shop.close(), (error: Error) => assert.equal(error.name, 'NearhandError'));
  }
  // A feed is itself: it is not read for a name.
  const upsert = Array.from({ length: 100 }, () => ({ item: 'A', toJSON: () => assert.fail('read') }));
  const before = w.lite.opened.length;
  const [a, b] = [await w.load({ tier: 'lite', catalog: { upsert } as never }), await w.load({ tier: 'lite', catalog: { upsert } as never })];
  assert.equal(w.lite.opened.length, before + 1);
  a.close();
  b.close();
});

test('a closed handle rejects a feed', async () => {
  const shop = await world({ shops: noShops() }).load({ tier: 'lite' });
  shop.close();
  await assert.rejects(shop.updateCatalog({ remove: ['A'] }), code('closed'));
});
