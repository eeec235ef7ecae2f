/** Many visitors, one shop: whose session a slate is made from. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Shop } from '../../../www/lib/src/words/types.js';
import { code, world } from './harness.js';

const view = (item: string) => ({ kind: 'view', item }) as const;
const items = (shop: Pick<Shop, 'session'>): string[] => shop.session().map((e) => e.item);

/** Both places where a slate is made: in this thread, and in the worker. */
const shops = async (): Promise<Shop[]> => {
  const [here, there] = [await world({ kind: 'node' }).load(), await world().load()];
  await there.ready;
  return [here, there];
};

test('a slate belongs to the session of its call', async () => {
  for (const shop of await shops()) {
    const none = shop.snapshot();
    for (const item of ['A', 'B']) shop.observe(view(item));
    const asked = shop.recommend();
    shop.restore(none);
    assert.equal((await asked).events, 2);
    assert.equal((await shop.recommend()).events, 0);
    const again = shop.recommend();
    shop.observe(view('C'));
    assert.equal((await again).events, 0);
    shop.close();
  }
});

test('recommend({ session }) answers from the snapshot and leaves the shop as it is', async () => {
  for (const shop of await shops()) {
    for (const item of ['A', 'B']) shop.observe(view(item));
    const two = shop.snapshot();
    shop.restore(shop.page().snapshot());
    shop.observe(view('C'));
    assert.equal((await shop.recommend({ session: two })).events, 2);
    assert.equal((await shop.recommend()).events, 1);
    assert.deepEqual(items(shop), ['C']);
    await assert.rejects(shop.recommend({ session: new Uint8Array([9]) }), code('snapshot-malformed'));
    await assert.rejects(shop.recommend({ session: 'x' as never }), code('invalid-option'));
    assert.deepEqual(items(shop), ['C']);
    shop.close();
  }
});

test('a page is a visitor of its own', async () => {
  for (const shop of await shops()) {
    shop.observe(view('C'));
    const [one, two] = [shop.page(), shop.page()];
    one.observe(view('A'));
    two.observe(view('B'));
    two.observe(view('A'));
    const slates = [one.recommend(), two.recommend(), shop.recommend()];
    one.observe(view('B'));
    one.observe(view('C'));
    assert.deepEqual((await Promise.all(slates)).map(({ events }) => events), [1, 2, 1]);
    assert.deepEqual((await one.recommendPage([{ k: 1 }, {}])).map(({ events }) => events), [3, 3]);
    assert.deepEqual([items(one), items(two), items(shop)], [['A', 'B', 'C'], ['B', 'A'], ['C']]);
    assert.deepEqual(items(shop.page(one.snapshot())), ['A', 'B', 'C']);
    one.forget();
    assert.deepEqual([items(one), items(two), items(shop)], [[], ['B', 'A'], ['C']]);
    assert.throws(() => shop.page(new Uint8Array([9])), code('snapshot-malformed'));
    assert.ok(Object.isFrozen(one) && Object.isFrozen(one.session()));
    shop.close();
    assert.throws(() => one.session(), code('closed'));
  }
});

test('an engine that traps or refuses on another visitor\'s session leaves the shop\'s own in its place', async () => {
  const w = world({ kind: 'node' });
  const shop = await w.load({ tier: 'lite' });
  shop.observe(view('C'));
  const page = shop.page();
  page.observe(view('A'));
  w.lite.trapOnObserve = 1;
  assert.throws(() => page.observe(view('B')), code('engine-trapped'));
  assert.deepEqual([items(page), items(shop)], [['A'], ['C']]);
  assert.throws(() => page.observe(view('')), code('event-item-empty'));
  assert.deepEqual([items(page), items(shop)], [['A'], ['C']]);
  w.lite.trapOnRecommend = 1;
  const slate = await page.recommend();
  assert.deepEqual([slate.events, slate.notes], [1, ['engine-restarted']]);
  w.lite.trapOnForget = 1;
  assert.throws(() => page.forget(), code('engine-trapped'));
  assert.deepEqual([items(page), items(shop)], [['A'], ['C']]);
  shop.close();
});

test('a full engine that traps on a visitor gives way to lite, which has that visitor\'s session', async () => {
  const w = world({ kind: 'node' });
  const shop = await w.load();
  shop.observe(view('C'));
  const page = shop.page();
  for (const item of ['A', 'B']) page.observe(view(item));
  w.full.trapOnRecommend = 100;
  const slate = await page.recommend();
  assert.deepEqual([slate.tier, slate.events, items(shop)], ['lite', 2, ['C']]);
  shop.close();
});

test('a worker that fails: lite answers from the session of the call', async () => {
  const w = world();
  const shop = await w.load();
  await shop.ready;
  for (const item of ['A', 'B']) shop.observe(view(item));
  w.worker = 'dies';
  const asked = shop.recommend();
  shop.forget();
  const slate = await asked;
  assert.deepEqual([slate.tier, slate.events, items(shop)], ['lite', 2, []]);
  shop.close();
});

test('options with getters that use the shop disturb neither', async () => {
  const shop = await world({ kind: 'node' }).load();
  shop.observe(view('C'));
  const page = shop.page();
  const sly = {
    kind: 'view' as const,
    get item() {
      shop.observe(view('B'));
      page.observe(view('B'));
      return 'A';
    },
  };
  page.observe(sly);
  assert.deepEqual([items(page), items(shop)], [['B', 'A'], ['C', 'B']]);
  shop.close();
});

test('a snapshot is taken as it is at the call', async () => {
  const shop = await world().load();
  await shop.ready;
  shop.observe(view('A'));
  const bytes = shop.snapshot();
  shop.restore(shop.page().snapshot());
  const asked = shop.recommend({ session: bytes });
  bytes.fill(0);
  assert.equal((await asked).events, 1);
  shop.close();
});

test('a shop that serves two visitors in one turn is told so, on servers alone and once', async (t) => {
  const warned = t.mock.method(console, 'warn', () => {});
  for (const [kind, times] of [['browser', 0], ['node', 1]] as const) {
    const w = world({ kind });
    const acts: ((shop: Shop, other: Uint8Array) => void)[] = [
      (shop, other) => shop.restore(other),
      (shop) => shop.forget(),
      (shop) => shop.setConsent('none'),
    ];
    for (const act of acts) {
      warned.mock.resetCalls();
      const shop = await w.load({ tier: 'lite' });
      const page = shop.page();
      page.observe(view('B'));
      const notes = async (): Promise<readonly string[]> => {
        const asked = shop.recommend();
        act(shop, page.snapshot());
        return (await asked).notes;
      };
      assert.deepEqual(await notes(), times ? ['session-shared'] : []);
      assert.deepEqual(await notes(), []);
      assert.equal(warned.mock.callCount(), times);
      shop.close();
    }
    warned.mock.resetCalls();
    const shop = await w.load({ tier: 'lite' });
    const [none, page] = [shop.page().snapshot(), shop.page()];
    page.observe(view('B'));
    shop.restore(none);
    shop.restore(none);
    await shop.recommend();
    shop.restore(page.snapshot());
    await shop.recommend();
    assert.equal(warned.mock.callCount(), 0, 'turn by turn is no fault, nor the same once more');
    shop.restore(none);
    shop.restore(page.snapshot());
    assert.deepEqual((await shop.recommend()).notes, times ? ['session-shared'] : []);
    shop.close();
  }
});

test('with the shop\'s consent none a page keeps nothing', async () => {
  const shop = await world({ kind: 'node' }).load({ consent: 'none' });
  const page = shop.page();
  page.observe(view('A'));
  assert.deepEqual(items(page), []);
  shop.close();
});
