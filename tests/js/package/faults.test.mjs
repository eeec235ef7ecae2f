// Real traps of real instances, in Node. browser.test.mjs has them in a worker.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { load } from 'nearhand';
import { leastPages, limited, trapping } from './broken-wasm.mjs';

const bundle = readFileSync(process.env.NEARHAND_BUNDLE);
const wasm = (name) => readFileSync(new URL(import.meta.resolve(`nearhand/${name}`)));
const lite = wasm('nearhand-lite.wasm');
const full = wasm('nearhand.wasm');
/** Enough to open the bundle and answer, in pages of 64 KiB: the last slice that fits leaves more room in one, less in another. */
const ROOMS = Array.from({ length: 9 }, (_, i) => 56 + i);

test('memory that runs out in lite: a typed error, a new instance, the session and the rows so far as they were', async () => {
  const huge = { add: Array.from({ length: 20_000 }, (_, i) => ({ item: `new-${i}`, title: 'x'.repeat(300) })) };
  for (const room of ROOMS) {
    const shop = await load(bundle, { tier: 'lite', wasm: { lite: limited(lite, room) } });
    const [first, second] = shop.items().items.map(({ item }) => item);
    shop.observe({ kind: 'view', item: first });
    shop.updateCatalog({ update: [{ item: second, title: 'renamed' }] });
    for (let round = 1; round <= 2; round++) {
      await assert.rejects(async () => shop.updateCatalog(huge), { name: 'NearhandError', code: 'engine-trapped' });
      assert.deepEqual(shop.session().map(({ item }) => item), [first]);
      assert.equal(shop.item(second).title, 'renamed');
      const slate = await shop.recommend();
      assert.deepEqual([slate.items.length, slate.events, slate.notes], [5, 1, []]);
      const { count, error } = shop.info().restarts;
      assert.deepEqual([count, error.code], [round, 'engine-trapped']);
    }
    // What was taken in stays, but for the last of it.
    assert.notEqual(shop.item('new-0'), undefined);
    assert.equal(shop.item('new-19999'), undefined);
    shop.close();
  }
});

test('a lite engine that always traps: typed errors, and an end to the restarts', async () => {
  const shop = await load(bundle, { tier: 'lite', wasm: { lite: trapping(lite, 'engine_recommend') } });
  shop.observe({ kind: 'view', item: shop.items().items[0].item });
  for (let i = 0; i < 6; i++) await assert.rejects(shop.recommend(), { code: 'engine-trapped' });
  shop.close();
});

test('a full engine that traps at every slate gives way to lite, which says why', async () => {
  const shop = await load(bundle, { tier: 'full', wasm: { full: trapping(full, 'engine_recommend') } });
  shop.observe({ kind: 'view', item: shop.items().items[0].item });
  const slate = await shop.recommend();
  assert.deepEqual([slate.tier, slate.events, slate.notes], ['lite', 1, ['engine-restarted', 'full-failed']]);
  const { tier, full: state } = shop.info();
  assert.deepEqual([tier, state.state, state.error.code], ['lite', 'failed', 'engine-trapped']);
  assert.deepEqual((await shop.recommend()).notes, []);
  shop.close();
});

test('no memory for the full engine to open in: lite serves and says why', async () => {
  const small = { full: limited(full, leastPages(full) + 2) };
  // Both sides: what was to be opened, and what an engine may have.
  await assert.rejects(load(bundle, { tier: 'full', wasm: small }), (error) => {
    assert.match(error.message, new RegExp(`opened ${bundle.length} bytes, often for want of memory, 4 GiB at most`));
    return error.code === 'engine-trapped' && error.details.bytes === bundle.length;
  });
  const shop = await load(bundle, { tier: 'progressive', wasm: small });
  assert.equal(await shop.ready, 'lite');
  assert.equal(shop.info().full.error.code, 'engine-trapped');
  assert.equal((await shop.recommend()).tier, 'lite');
  shop.close();
});
