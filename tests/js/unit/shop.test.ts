import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LoadOptions, RecommendOptions } from '../../../www/lib/src/words/types.js';
import { code, world } from './harness.js';

test('lite answers at once and says that full is loading; full answers when ready', async () => {
  const w = world();
  const shop = await w.load();
  const first = await shop.recommend({ k: 2 });
  assert.equal(first.tier, 'lite');
  assert.deepEqual(first.notes, ['full-loading']);
  assert.equal(await shop.ready, 'full');
  const second = await shop.recommend({ k: 2 });
  assert.equal(second.tier, 'full');
  assert.equal(second.source, 'model');
  assert.deepEqual(second.notes, []);
  assert.equal(shop.info().full.state, 'ready');
  assert.equal(shop.info().tier, 'full');
  assert.equal(shop.info().counts.slates, 2);
  // The full tier that is still on its way is no failure.
  assert.equal(shop.info().counts.fallbacks, 0);
  shop.close();
});

test('the session travels to the worker with each request', async () => {
  const shop = await world().load();
  await shop.ready;
  shop.observe({ kind: 'view', item: 'A' });
  shop.observe({ kind: 'view', item: 'B' });
  assert.equal((await shop.recommend()).events, 2);
  shop.close();
});

test('a catalog delta reaches both tiers', async () => {
  const shop = await world().load();
  await shop.ready;
  shop.updateCatalog({ update: [{ item: 'A', title: 'apricot' }] });
  assert.equal(shop.item('A')?.title, 'apricot');
  assert.equal((await shop.recommend()).items[0]?.title, 'apricot');
  // An unknown id is counted; what is no delta is refused at once.
  const { updated, unknown, examples } = await shop.updateCatalog({ update: [{ item: 'nope' }, { item: 'B', title: 'bun' }] });
  assert.deepEqual([updated, unknown, examples.map(({ list, at, item }) => [list, at, item])], [1, 1, [['update', 0, 'nope']]]);
  assert.equal((await shop.recommend()).items[1]?.title, 'bun');
  const bad = (delta: unknown): (() => void) => () => void shop.updateCatalog(delta as object);
  assert.throws(bad({ added: [] }), code('unknown-option'));
  assert.throws(bad({ add: {} }), code('invalid-option'));
  assert.throws(bad(null), code('invalid-option'));
  shop.close();
});

test('two loads give two independent shops', async () => {
  const w = world();
  const one = await w.load({ tier: 'lite', consent: 'memory' });
  const two = await w.load({ tier: 'lite', consent: 'memory' });
  one.observe({ kind: 'view', item: 'A' });
  assert.equal(one.session().length, 1);
  assert.equal(two.session().length, 0);
  one.close();
  assert.equal((await two.recommend()).items.length, 3);
  assert.throws(() => one.session(), code('closed'));
  await assert.rejects(one.recommend(), code('closed'));
  two.close();
  two.close();
});

test('an unknown option of load is refused with the allowed list and the nearest name', async () => {
  const bad = (value: object): LoadOptions => value as LoadOptions;
  await assert.rejects(world().load(bad({ teir: 'lite' })), (error: unknown) => {
    code('unknown-option')(error);
    const { message, details } = error as { message: string; details: { allowed: string[]; nearest: string; option: string } };
    assert.equal(details.nearest, 'tier');
    assert.equal(details.option, 'load.teir');
    assert.ok(details.allowed.includes('consent'));
    assert.match(message, /did you mean "tier"\?/);
    return true;
  });
  await assert.rejects(world().load(bad({ wasm: { light: 'x' } })), code('unknown-option'));
});

test('a page of slates is one question, in the worker as in the page; an exploration gets a seed', async () => {
  const asked: RecommendOptions[] = [];
  const w = world();
  const shop = await w.load({ tier: 'lite' });
  const engine = w.lite.opened[0]!;
  const real = engine.recommend.bind(engine);
  engine.recommend = (widgets): ReturnType<typeof real> => {
    asked.push(...(widgets as RecommendOptions[]));
    return real(widgets);
  };
  const page = await shop.recommendPage([{ k: 1 }, { k: 2, explore: { place: 1 } }, { explore: { place: 1, seed: 7 } }]);
  assert.deepEqual(page.map((slate) => slate.items.length), [1, 2, 3]);
  assert.ok(page.every((slate) => Object.isFrozen(slate) && slate.tookMs >= 0 && slate.tier === 'lite'));
  assert.ok(Number.isSafeInteger(asked[1]?.explore?.seed) && asked[1]!.explore!.seed! >= 0);
  assert.equal(asked[2]?.explore?.seed, 7);
  assert.equal(shop.info().counts.slates, 3);
  await assert.rejects(shop.recommendPage({} as RecommendOptions[]), code('invalid-option'));
  shop.close();
  const full = await world().load();
  await full.ready;
  assert.deepEqual((await full.recommendPage([{ k: 1 }, {}])).map(({ tier }) => tier), ['full', 'full']);
  full.close();
});

test('a bucket is asked of the engine, its arguments are checked', async () => {
  const shop = await world().load({ tier: 'lite' });
  assert.equal(shop.bucket('tea', 'me', 2), 1);
  assert.throws(() => shop.bucket('tea', 'me', 1), code('invalid-option'));
  assert.throws(() => shop.bucket('tea', undefined as unknown as string, 2), code('invalid-option'));
  shop.close();
});

test('the engine refuses ranges; in the worker as in the page', async () => {
  const shop = await world().load();
  await shop.ready;
  await assert.rejects(shop.recommend({ k: 101 }), code('k-out-of-range'));
  assert.equal((await shop.recommend()).tier, 'full');
  shop.close();
});

test('results are frozen to the bottom', async () => {
  const shop = await world().load({ tier: 'lite' });
  shop.observe({ kind: 'view', item: 'A' });
  const slate = await shop.recommend();
  for (const part of [slate, slate.items, slate.items[0], slate.items[0]?.reasons[0], shop.info().counts, shop.session()[0], shop.items().items[0]]) {
    assert.ok(part && Object.isFrozen(part));
  }
  assert.ok(slate.tookMs >= 0);
  shop.close();
});

test('the clock is the host\'s, and is told when it goes astray', async () => {
  let t = 1000;
  const shop = await world().load({ tier: 'lite', now: () => t });
  shop.observe({ kind: 'view', item: 'A' });
  assert.equal(shop.session()[0]?.at, 1000);
  t = NaN;
  assert.throws(() => shop.observe({ kind: 'view', item: 'A' }), code('invalid-option'));
  shop.close();
});
