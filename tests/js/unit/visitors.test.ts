/** Many visitors, one shop: whose session a slate is made from. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Shop } from '../../../www/lib/src/types.js';
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
    await assert.rejects(shop.recommendPage([{ session: two } as object]), code('unknown-option'));
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
    assert.throws(() => one.observe({ kind: 'look' } as never), code('invalid-option'));
    assert.ok(Object.isFrozen(one) && Object.isFrozen(one.session()));
    shop.close();
    assert.throws(() => one.session(), code('closed'));
  }
});
