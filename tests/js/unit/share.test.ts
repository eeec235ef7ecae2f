/** One shop a page: who loads the same has the same engines and a handle of his own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noShops } from '../../../www/lib/src/shop/share.js';
import { code, world } from './harness.js';

const view = (item: string) => ({ kind: 'view', item }) as const;
const grace = (): Promise<void> => new Promise((done) => setTimeout(done, 560));
const page = () => world({ shops: noShops() });

test('four loads at once and one later: one engine, one worker', async () => {
  const w = page();
  const shops = [...(await Promise.all([w.load(), w.load({}), w.load(), w.load()]))];
  await shops[0]!.ready;
  shops.push(await w.load());
  assert.deepEqual([w.lite.opened.length, w.full.opened.length, w.workers.length], [1, 1, 1]);
  assert.equal(new Set(shops).size, 5);
  shops[0]!.observe(view('A'));
  assert.equal(shops[4]!.session().length, 1);
  for (const shop of shops) shop.close();
  await grace();
  assert.ok(w.workers[0]?.terminated && w.lite.opened[0]?.freed);
});

test('two copies of the package on one page: one shop; an error of the other is known', async () => {
  const shops = noShops();
  const [one, two] = [world({ shops }), world({ shops })];
  const [a, b] = await Promise.all([one.load(), two.load()]);
  a.observe(view('B'));
  assert.deepEqual(b.session().map((e) => e.item), ['B']);
  assert.equal(one.lite.opened.length + two.lite.opened.length, 1);
  a.close();
  b.close();
});

test('close ends one handle; the last one ends the shop, after a while in which it may be loaded again', async () => {
  const w = page();
  const [a, b] = [await w.load(), await w.load()];
  const { recommend } = a;
  a.close();
  a.close();
  await assert.rejects(recommend(), code('closed'));
  await assert.rejects(a.swap(new Uint8Array(4)), code('closed'));
  assert.throws(() => a.observe(view('A')), code('closed'));
  assert.equal((await b.recommend()).items.length, 3);
  b.close();
  // As an effect that runs twice, or a hot reload.
  const again = await w.load();
  await grace();
  assert.equal((await again.recommend()).items.length, 3);
  assert.equal(w.lite.opened.length, 1);
  again.close();
  await grace();
  assert.ok(w.lite.opened[0]?.freed);
  (await w.load()).close();
  assert.equal(w.lite.opened.length, 2);
});

test('mounted, unmounted and mounted before it has loaded: one engine; the abort is of one wait alone', async () => {
  const w = page();
  const [first, second] = [new AbortController(), new AbortController()];
  const gone = w.load({ signal: first.signal });
  first.abort();
  const stays = w.load({ signal: second.signal });
  await assert.rejects(gone, code('aborted'));
  const shop = await stays;
  assert.equal(w.lite.opened.length, 1);
  await grace();
  assert.equal((await shop.recommend()).items.length, 3);
  shop.close();
});

test('all that waited have gone: what loads is ended', async () => {
  const w = page();
  const stop = new AbortController();
  let cancelled = false;
  const never = new Response(new ReadableStream({ cancel: () => void (cancelled = true) }));
  const loads = [w.load({ signal: stop.signal }, never), w.load({ signal: stop.signal }, never)];
  setTimeout(() => stop.abort(), 5);
  for (const load of loads) await assert.rejects(load, code('aborted'));
  await grace();
  assert.ok(cancelled);
  assert.equal(w.lite.opened.length, 0);
});

test('a failed load is not kept', async () => {
  const w = page();
  w.lite.failOnOpen = 'bundle-foreign';
  const failing = [w.load(), w.load()];
  for (const load of failing) await assert.rejects(load, code('bundle-foreign'));
  delete w.lite.failOnOpen;
  (await w.load()).close();
});

test('other options, other shops; functions and binaries by what they are', async () => {
  const w = page();
  const now = (): number => 1;
  const session = (): Uint8Array => new TextEncoder().encode('[]');
  const options = [{}, { tier: 'lite' }, { consent: 'none' }, { idleTimeoutMs: 60_000 }, { storageKey: 'x' }, { now }, { now: () => 1 }, { timeouts: { slateMs: 9 } }] as const;
  for (const one of options) await w.load(one);
  assert.equal(w.lite.opened.length, options.length);
  for (const one of options) await w.load({ ...one });
  assert.equal(w.lite.opened.length, options.length);
  await w.load({ model: session() });
  await w.load({ model: session() });
  assert.equal(w.lite.opened.length, options.length + 1, 'a few bytes are what they hold');
  await w.load({}, new Uint8Array(5000));
  await w.load({}, new Uint8Array(5000));
  assert.equal(w.lite.opened.length, options.length + 3, 'many are what they are');
});

test('a swap is seen by every handle', async () => {
  const w = page();
  const [a, b] = [await w.load({ tier: 'lite' }), await w.load({ tier: 'lite' })];
  const next = new TextEncoder().encode(JSON.stringify({ name: 'fake', version: '2', items: ['A', 'B', 'C', 'D'] }));
  await a.swap(next);
  assert.equal(b.info().bundle.version, '2');
  assert.equal(b.item('D')?.title, 'title of D');
  a.close();
  b.close();
});

test('where there is no page nothing is shared', async () => {
  const w = world({ kind: 'node' });
  const [a, b] = [await w.load(), await w.load()];
  a.observe(view('A'));
  assert.equal(b.session().length, 0);
  assert.equal(w.full.opened.length, 2);
  a.close();
  assert.ok(w.full.opened[0]?.freed && !w.full.opened[1]?.freed);
  b.close();
});

test('the shop is plain: behind a proxy, spread, destructured, frozen, logged', async () => {
  const shop = await world().load();
  const proxied = new Proxy(shop, { get: (target, key, receiver) => Reflect.get(target, key, receiver) as unknown });
  const { observe, recommend, info } = { ...proxied };
  observe(view('A'));
  assert.equal((await recommend({ k: 1 })).items.length, 1);
  assert.ok(Object.isFrozen(shop));
  assert.equal(Object.getPrototypeOf(shop), Object.prototype);
  assert.equal((JSON.parse(JSON.stringify({ shop })) as { shop: { version: string } }).shop.version, info().version);
  // As a state library that copies: every member is data.
  const copy = Object.fromEntries(Object.entries(shop)) as unknown as typeof shop;
  assert.equal(copy.session().length, 1);
  assert.equal(await copy.ready, 'full');
  shop.close();
  assert.match(JSON.stringify(shop), /closed/);
});
