import assert from 'node:assert/strict';
import { test } from 'node:test';
import { steps } from '../../../www/lib/src/catalog/compact.js';
import type { CatalogDelta, Updated } from '../../../www/lib/src/words/types.js';
import { large } from '../../../www/lib/src/catalog/slices.js';
import { NearhandError } from '../../../www/lib/src/words/errors.js';
import { FakeEngine } from './fake.js';
import { code, world } from './harness.js';

/** In one go, and in place. */
function compact(deltas: CatalogDelta[]): void {
  const all = steps(deltas.slice());
  let step = all.next();
  while (!step.done) step = all.next();
  deltas.splice(0, deltas.length, ...step.value);
}

const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => ({ item: `n${from + i}`, title: `new ${from + i}` }));

test('a large feed goes in slices, in order with what comes after; reads in between see what is in', async () => {
  const w = world();
  const shop = await w.load();
  await shop.ready;
  const engine = w.lite.opened[0]!;
  const large = shop.updateCatalog({ remove: ['C', 'nope'], upsert: rows(0, 5_000) });
  assert.equal(shop.item('n0'), undefined);
  const after = shop.updateCatalog({ update: [{ item: 'n4999', title: 'last word' }] });
  let between = 0;
  const watch = setInterval(() => (between += Number(shop.item('n0') !== undefined && shop.item('n4999') === undefined)));
  assert.deepEqual(await large, {
    added: 5_000, updated: 0, removed: 1, unknown: 1, refused: 0,
    examples: [{ list: 'remove', at: 1, item: 'nope', code: 'item-unknown', message: 'delta.remove[1] is no good' }],
  } satisfies Updated);
  assert.deepEqual([(await after).updated, shop.item('n4999')?.title], [1, 'last word']);
  clearInterval(watch);
  assert.ok(engine.slices.length > 4 && Math.max(...engine.slices) <= 512, `${engine.slices}`);
  assert.ok((await shop.recommend({ k: 100 })).items.some(({ item }) => item === 'n0'), 'the worker was told as well');
  assert.equal(w.full.opened[0]!.titles.get('n4999'), 'last word');
  shop.close();
});

test('slices go by the time that rows take here: no task is long on a slow machine, nor are slices small on a fast one', async () => {
  const real = performance.now;
  let at = 0;
  performance.now = () => at;
  try {
    for (const [rowMs, longest, fewest] of [[0.25, 13, 60], [0.01, 10.5, 5]] as const) {
      const w = world();
      const shop = await w.load({ tier: 'lite' });
      const engine = w.lite.opened[0]!;
      const take = engine.updateCatalog.bind(engine);
      const tasks: number[] = [];
      let last = at;
      let over = false;
      const watch = (): void => {
        tasks.push(at - last);
        last = at;
        if (!over) setImmediate(watch);
      };
      setImmediate(watch);
      engine.updateCatalog = (delta) => {
        at += rowMs * Object.values(delta).reduce((sum, list) => sum + list.length, 0);
        return take(delta);
      };
      await shop.updateCatalog({ upsert: rows(0, 3_421) });
      over = true;
      const { slices } = engine;
      assert.ok(Math.max(...tasks) <= longest, `${rowMs} ms a row: ${tasks}`);
      assert.ok(slices[0]! <= 8 && slices.length >= fewest && slices.length <= 3_421 / 32 + 2, `${slices}`);
      shop.close();
    }
  } finally {
    performance.now = real;
  }
});

test('bad rows among good ones are counted, the first of them told with their places', async () => {
  const shop = await world().load({ tier: 'lite' });
  const feed = rows(0, 3_000).map(({ item, title }, at) => (at % 100 === 99 ? { item } : { item, title }));
  const { added, refused, examples } = await shop.updateCatalog({ upsert: feed });
  assert.deepEqual([added, refused, examples.length], [2_970, 30, 16]);
  assert.deepEqual(examples.map(({ at }) => at), Array.from({ length: 16 }, (_, i) => i * 100 + 99));
  assert.ok(examples.every(({ at, message }) => message.startsWith(`delta.upsert[${at}] `)));
  shop.close();
});

test('memory that runs out: another engine is begun, without the last slices, or without more of them where it has no room either', async () => {
  // Rows that an engine has room for: fewer when it is begun anew, as memory is cut up otherwise.
  for (const [room, later, least, most] of [[1_000, 1_000, 200, 1_000], [1_000, 200, 20, 200], [1_000, 10, 0, 10]] as const) {
    const w = world();
    const shop = await w.load({ tier: 'lite' });
    const real = FakeEngine.prototype.updateCatalog;
    const had = new WeakMap<FakeEngine, number>();
    FakeEngine.prototype.updateCatalog = function (delta) {
      const rows = (had.get(this) ?? 0) + (delta.add?.length ?? 0);
      had.set(this, rows);
      if (rows > (this === w.lite.opened[0] ? room : later)) throw new WebAssembly.RuntimeError('unreachable');
      return real.call(this, delta);
    };
    try {
      shop.observe({ kind: 'view', item: 'A' });
      await assert.rejects(shop.updateCatalog({ add: rows(0, 5_000) }), code('engine-trapped'));
      const { titles } = w.lite.opened.at(-1)!;
      const [last, engines] = [titles.size - 3, w.lite.opened.length];
      assert.ok(last >= least && last <= most, `${last} of ${room}, then of ${later}`);
      // In order, and the calls that follow need no other engine.
      assert.deepEqual([shop.item(`n${last}`), shop.session().length, (await shop.recommend()).events], [undefined, 1, 1]);
      assert.equal(w.lite.opened.length, engines);
    } finally {
      FakeEngine.prototype.updateCatalog = real;
      shop.close();
    }
  }
});

test('memory that runs out after a swap: what the swap was given stays', async () => {
  const none = { added: 0, updated: 0, removed: 0, unknown: 0, refused: 0, examples: [] };
  const [before, given]: CatalogDelta[][] = [[], [{ add: rows(9_000, 9_001) }]];
  let lists = [before!, before!];
  let slices = 0;
  const take = (slice: CatalogDelta): Updated => {
    slices++;
    if (slices === 20) lists = [given!, given!];
    if (slices === 22) throw new NearhandError('engine-trapped', 'no memory');
    lists[0]!.push(slice);
    return none;
  };
  await assert.rejects(large({ add: rows(0, 9_000) }, take, undefined, () => lists), code('engine-trapped'));
  assert.deepEqual([given![0], given!.slice(1).some(({ add }) => add?.length)], [{ add: rows(9_000, 9_001) }, slices < 22]);
});

test('a large feed with a list that does not exist is refused whole', async () => {
  const shop = await world().load({ tier: 'lite' });
  await assert.rejects(shop.updateCatalog({ upsert: rows(0, 100), added: rows(100, 200) } as CatalogDelta), code('unknown-option'));
  assert.equal(shop.item('n0'), undefined);
  shop.close();
});

test('what cannot be copied costs its row', async () => {
  const w = world();
  const shop = await w.load({ tier: 'lite' });
  const seen: CatalogDelta[] = [];
  const engine = w.lite.opened[0]!;
  const real = engine.updateCatalog.bind(engine);
  engine.updateCatalog = (delta) => (seen.push(structuredClone(delta)), real({ update: delta.update!.filter((row) => row?.item) }));
  const circle: Record<string, unknown> = { item: 'A' };
  circle['self'] = circle;
  const hostile = [{ item: 'A', price: NaN }, { item: 'A', price: 7n }, { get item() { throw new Error('no'); } }, null, new Map(), { item: 'B', title: 'bun' }, circle];
  await shop.updateCatalog({ update: hostile as never[] });
  assert.deepEqual(seen[0]?.update?.slice(0, 6), [{ item: 'A', price: {} }, { item: 'A', price: {} }, {}, null, {}, { item: 'B', title: 'bun' }]);
  assert.equal(shop.item('B')?.title, 'bun');
  shop.close();
});

test('a thousand updates of one item are remembered as one', async () => {
  const w = world();
  const shop = await w.load({ tier: 'lite' });
  for (let i = 0; i < 1_000; i++) {
    await shop.updateCatalog({ update: [{ item: 'A', title: `a ${i}` }], upsert: [{ item: 'B', stock: i }] });
    if (i % 100 === 99) await new Promise((turn) => setTimeout(turn, 5));
  }
  w.lite.trapOnRecommend = 1;
  await shop.recommend();
  const anew = w.lite.opened[1]!;
  assert.ok(anew.slices.reduce((a, b) => a + b) < 400, `${anew.slices}`);
  assert.equal(anew.titles.get('A'), 'a 999');
  shop.close();
});

test('compacted, deltas say the same: last word on each item, what was like a new one after it', () => {
  const say = (...deltas: CatalogDelta[]): CatalogDelta[] => (compact(deltas), deltas);
  const tidy = (deltas: CatalogDelta[]) => deltas.map((d) => Object.fromEntries(Object.entries(d).filter(([, rows]) => rows.length)));
  assert.deepEqual(tidy(say({ update: [{ item: 'A', price: 1, stock: 2 }] }, { update: [{ item: 'A', price: null }] })), [{ update: [{ item: 'A', price: null, stock: 2 }] }]);
  assert.deepEqual(tidy(say({ update: [{ item: 'A', price: 1 }] }, { remove: ['A'] })), [{ remove: ['A'] }]);
  assert.deepEqual(tidy(say({ remove: ['A'] }, { add: [{ item: 'A', title: 'anew' }] }, { update: [{ item: 'A', stock: 0 }] })), [
    { remove: ['A'], add: [{ item: 'A', title: 'anew', stock: 0 }] },
  ]);
  assert.deepEqual(tidy(say({ update: [{ item: 'A', price: 1 }] }, { upsert: [{ item: 'A', title: 'a' }] })), [{ upsert: [{ item: 'A', price: 1, title: 'a' }] }]);
  assert.deepEqual(tidy(say({ add: [{ item: 'X', title: 'x' }] }, { add: [{ item: 'Y', title: 'y', like: 'X' }] }, { upsert: [{ item: 'Z', title: 'z', like: 'Y' }] })), [
    { add: [{ item: 'X', title: 'x' }] },
    { add: [{ item: 'Y', title: 'y', like: 'X' }] },
    { upsert: [{ item: 'Z', title: 'z', like: 'Y' }] },
  ]);
});

test('an item goes after those that are like it', () => {
  const said: CatalogDelta[] = [{ upsert: [{ item: 'NEW', title: 'New mug', like: 'A' }] }, { remove: ['A'] }, { add: [{ item: 'A', title: 'anew', like: 'NEW' }] }, { remove: ['NEW'] }];
  const before = new Rows(said).told();
  compact(said);
  assert.deepEqual(new Rows(said).told(), before);
  assert.deepEqual(before, [['A', { title: 'anew', beside: 'A' }], ['B', { title: 'b' }], ['C', { title: 'c' }]]);
});

/** The catalog as src/catalog/delta.rs keeps it: A, B and C, rows that do not fit are left out. */
class Rows {
  readonly rows = new Map<string, Record<string, unknown>>(['a', 'b', 'c'].map((title) => [title.toUpperCase(), { title }]));
  constructor(deltas: readonly CatalogDelta[]) {
    for (const delta of deltas) this.take(delta);
  }
  /** What is taken in. */
  take({ remove = [], update = [], upsert = [], add = [] }: CatalogDelta): CatalogDelta {
    const kept = { remove: remove.filter((item) => this.rows.delete(item)), update: [] as object[], upsert: [] as object[], add: [] as object[] };
    const change = ({ item, like: _, ...columns }: { item: string; like?: string }): void => {
      const row: Record<string, unknown> = { ...this.rows.get(item), ...columns };
      for (const name in row) if (row[name] === null) delete row[name];
      this.rows.set(item, row);
    };
    for (const row of update) if (this.rows.has(row.item)) change(row), kept.update.push(row);
    const fresh: [object[], { item: string; like?: string }][] = [];
    for (const row of upsert) {
      if (this.rows.has(row.item)) change(row), kept.upsert.push(row);
      else if (row.title !== undefined) fresh.push([kept.upsert, row]);
    }
    for (const row of add) fresh.push([kept.add, row]);
    const known = new Map(this.rows);
    for (const [list, row] of fresh) {
      const { item, like } = row;
      if ((like !== undefined && !known.has(like)) || (this.rows.has(item) && list === kept.add)) continue;
      const beside = like === undefined || this.rows.has(item) ? {} : { beside: known.get(like)!['beside'] ?? like };
      change(row);
      Object.assign(this.rows.get(item)!, beside);
      list.push(row);
    }
    return kept as CatalogDelta;
  }
  told(): unknown[] {
    return [...this.rows].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

test('whatever was said, the catalog is the same after a restart', () => {
  for (let seed = 1; seed <= 3_000; seed++) {
    let state = seed;
    const chance = (n: number): number => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0, Math.floor((state / 2 ** 32) * n));
    const id = (): string => 'ABCXYZUVW'[chance(9)]!;
    const row = (): object => ({ item: id(), ...(chance(3) && { title: `t${chance(100)}` }), ...(chance(2) && { price: chance(4) || null }), ...(chance(2) && { like: id() }) });
    const list = <T>(make: () => T): T[] => Array.from({ length: Math.max(0, chance(5) - 2) }, make);
    const live = new Rows([]);
    const kept: CatalogDelta[] = [];
    for (let i = chance(40); i >= 0; i--) {
      const added = list(row).map((one) => ({ title: 'added', ...one }));
      const withoutLike = list(row).map((one) => ({ ...one, like: undefined }));
      kept.push(live.take({ remove: list(id), update: withoutLike, upsert: list(row), add: added } as unknown as CatalogDelta));
      if (chance(8) === 0) compact(kept);
    }
    compact(kept);
    const anew = new Rows([]);
    for (const delta of kept) anew.take(delta);
    assert.deepEqual(anew.told(), live.told(), `seed ${seed}`);
  }
});

test('small changes after a large feed never stop the page', async (t) => {
  const shop = await world().load({ tier: 'lite' });
  await shop.updateCatalog({ upsert: rows(0, 20_000) });
  // Steps are looks into maps, and the clock goes by them: 4 µs each, whatever the machine does meanwhile. A task begins with its timer.
  let [looks, began, worst] = [0, 0, 0];
  const [get, now, timer] = [Map.prototype.get, performance.now, globalThis.setTimeout];
  t.after(() => ([Map.prototype.get, performance.now, globalThis.setTimeout] = [get, now, timer]));
  Map.prototype.get = function (key: unknown) {
    looks++;
    return get.call(this, key) as unknown;
  };
  performance.now = () => looks * 0.004;
  const task = (): void => {
    worst = Math.max(worst, looks - began);
    began = looks;
  };
  globalThis.setTimeout = ((act: () => void, ms?: number) => timer(() => (task(), act()), ms)) as typeof setTimeout;
  for (let i = 0; i < 3_000; i++) {
    const before = looks;
    shop.updateCatalog({ update: [{ item: `n${i}`, stock: i }] });
    assert.ok(looks - before < 16, `${looks - before} looks at once`);
    if (i % 50 === 0) await new Promise<void>((done) => setTimeout(done));
  }
  task();
  // The list is made short once, not for every few changes: 20,000 rows are read in tasks of 5 ms.
  assert.ok(looks > 20_000 && looks < 80_000, `${looks} looks`);
  assert.ok(worst < 2_500, `${worst} looks in one task`);
  shop.close();
});

test('load applies a catalog before the first slate; a shop that closes meanwhile ends its feed', async () => {
  const w = world();
  const shop = await w.load({ catalog: { update: [{ item: 'A', title: 'apricot' }], upsert: rows(0, 2_000), remove: ['B'] } });
  assert.deepEqual([shop.item('A')?.title, shop.item('n1999')?.title, shop.item('B')], ['apricot', 'new 1999', undefined]);
  await shop.ready;
  const slate = await shop.recommend({ k: 3 });
  assert.deepEqual([slate.tier, slate.items.map(({ title }) => title)], ['full', ['apricot', 'cheese', 'new 0']]);
  await assert.rejects(w.load({ catalog: { upserts: [] } as object }), code('unknown-option'));
  const feeding = shop.updateCatalog({ upsert: rows(2_000, 60_000) });
  setTimeout(() => shop.close(), 10);
  await assert.rejects(feeding, code('closed'));
});

test('what came of the catalog that load was given is told', async () => {
  const shop = await world().load({ tier: 'lite', catalog: { update: [{ item: 'A', title: 'renamed' }, { item: 'nowhere', title: 'x' }] } });
  const { catalog } = shop.info();
  assert.deepEqual([catalog?.updated, catalog?.unknown, catalog?.examples.length], [1, 1, 1]);
  assert.equal((await world().load({ tier: 'lite' })).info().catalog, undefined);
});
