/** In which thread a page runs the full tier, and how it comes there: measured, asked for, or because there is no other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FRAME_MS, QUICK_MS, SLOW_MS, SLOW_SLATES } from '../../../www/lib/src/engine/beside.js';
import { costsOf } from '../../../www/lib/src/files/costs.js';
import type { LoadOptions, Shop } from '../../../www/lib/src/words/types.js';
import { code, EMPTY, manifested, type World, world } from './harness.js';

const GOLDEN = { events: [], full: ['A'], lite: ['A'] };
const says = { model: { inputs: [] }, goldens: [GOLDEN, GOLDEN, GOLDEN] };
const SHOP = manifested(says);
/** Time that passes where an engine says so: measured by the machine's own, a slate would be slow where the machine is. */
const machine = performance.now.bind(performance);
let passed = 0;
performance.now = () => machine() + passed;
/** A world whose full tier takes so long for a golden. */
function shopOf(goldenMs = 0): World {
  const w = world();
  Object.assign(w.full, { goldens: 4, goldenMs, pass: (ms: number) => void (passed += ms) });
  return w;
}
async function opened(w: World, options: LoadOptions = {}, bundle = SHOP): Promise<Shop> {
  const shop = await w.load(options, bundle);
  await shop.ready;
  return shop;
}
async function until(done: () => boolean): Promise<void> {
  for (let tries = 0; !done(); tries++) {
    assert.ok(tries < 2_000, 'it never came');
    await new Promise((turn) => setTimeout(turn, 1));
  }
}

test('what a bundle costs stands in its headers; texts within the manifest count for nothing', () => {
  assert.deepEqual(costsOf(SHOP), { bytes: SHOP.length, graph: 0, goldens: 3 });
  const whole = manifested({ ...says, card: '"full":[ \\"full\\":[' }, { parts: { 'model.onnx': { dtype: 'U8', shape: [34_754], data_offsets: [0, 34_754] } } });
  assert.deepEqual(costsOf(whole), { bytes: whole.length, graph: 34_754, goldens: 3 });
  const second = manifested({}, { parts: { 'model.onnx': { dtype: 'U8', shape: [7], data_offsets: [0, 7] } } });
  assert.deepEqual(costsOf(SHOP, second), { bytes: SHOP.length + second.length, graph: 7, goldens: 3 });
  for (const bytes of [new Uint8Array(), new Uint8Array(9).fill(255)]) assert.deepEqual(costsOf(bytes), { bytes: bytes.length, graph: 0, goldens: 0 });
});

test('a header that begins the same word again and again is read in a time that grows with its length', () => {
  // Two megabytes of each; by the square of that nobody would see the end of this test.
  for (const part of ['"model.onnx":{', '"model.onnx":{"shape":[', '"shape":[1', '"model.onnx":{"shape":[1111111']) {
    const text = new TextEncoder().encode(part.repeat((2 << 20) / part.length));
    const bytes = new Uint8Array(8 + text.length);
    new DataView(bytes.buffer).setUint32(0, text.length, true);
    bytes.set(text, 8);
    assert.deepEqual(costsOf(bytes), { bytes: bytes.length, graph: 0, goldens: 0 }, part);
  }
});

test('auto, quick: the full tier takes the lite one\'s place in the page, session, deltas, consent and counts and all', async () => {
  const w = shopOf();
  let go!: (bytes: Uint8Array) => void;
  const shop = await w.load({ model: new Promise<Uint8Array>((done) => (go = done)) }, SHOP);
  shop.observe({ kind: 'view', item: 'A' });
  const early = await shop.recommend();
  assert.deepEqual([early.tier, early.notes], ['lite', ['full-loading']]);
  await shop.updateCatalog({ update: [{ item: 'A', title: 'apricot' }] });
  shop.setConsent('session');
  go(new Uint8Array([1]));
  assert.equal(await shop.ready, 'full');
  const { full, timings, counts, consent, tier } = shop.info();
  assert.deepEqual([full, consent, tier, counts.events], [{ state: 'ready', thread: 'page' }, 'session', 'full', 1]);
  assert.ok(timings['slate']! < QUICK_MS && timings['full']! > 0);
  const slate = await shop.recommend();
  assert.deepEqual([slate.tier, slate.source, slate.notes, slate.events, slate.items[0]?.title], ['full', 'model', [], 1, 'apricot']);
  assert.deepEqual([w.workers.length, w.lite.opened.length, w.full.opened.length], [0, 1, 1]);
  assert.ok(w.lite.opened[0]?.freed);
  shop.observe({ kind: 'view', item: 'B' });
  assert.deepEqual([shop.session().length, shop.info().counts.events], [2, 2]);
  shop.close();
  assert.ok(w.full.opened[0]?.freed);
});

test('auto: what the visitor does while the full tier opens is in it, a farewell included', async () => {
  for (const last of ['forget', 'view', 'none', 'cart'] as const) {
    const w = shopOf(3);
    const shop = await w.load({}, SHOP);
    shop.observe({ kind: 'view', item: 'A' });
    await until(() => (w.full.opened[0]?.replayed ?? 0) > 1);
    if (last === 'forget') shop.forget();
    else if (last === 'none') shop.setConsent('none');
    else shop.observe({ kind: last === 'cart' ? 'cart-add' : 'view', item: 'C' });
    await until(() => shop.info().full.state === 'ready');
    assert.equal(shop.session().length, last === 'forget' || last === 'none' ? 0 : 2, last);
    assert.equal(shop.info().consent, last === 'none' ? 'none' : 'memory');
    shop.close();
  }
});

test('auto, a little slow: the page answers until a worker stands, and where none can be had', async () => {
  const w = shopOf(QUICK_MS + 2);
  const shop = await opened(w);
  assert.equal(shop.info().tier, 'full');
  await until(() => shop.info().full.thread === 'worker');
  const slate = await shop.recommend();
  assert.deepEqual([slate.tier, slate.notes, w.workers.length, w.full.opened.length], ['full', [], 1, 2]);
  shop.close();
  assert.ok(w.workers[0]?.terminated);

  const none = shopOf(QUICK_MS + 2);
  none.worker = 'missing';
  const alone = await opened(none);
  await until(() => alone.info().full.error !== undefined);
  const { state, thread, error } = alone.info().full;
  assert.deepEqual([state, thread, error?.code], ['ready', 'page', 'worker-failed']);
  const answer = await alone.recommend();
  assert.deepEqual([answer.tier, answer.notes], ['full', []]);
  alone.close();
});

test('auto, slower than a frame: lite in the page, full in a worker', async () => {
  for (const tier of ['progressive', 'full'] as const) {
    const w = shopOf(FRAME_MS + 2);
    const shop = await opened(w, { tier });
    assert.deepEqual(shop.info().full, { state: 'ready', thread: 'worker' });
    assert.ok(shop.info().timings['slate']! > FRAME_MS);
    assert.ok(w.full.opened[0]?.freed, 'the one that was measured is gone');
    assert.equal(w.lite.opened[0]?.freed, false);
    assert.deepEqual([(await shop.recommend()).tier, w.workers.length], ['full', 1]);
    shop.close();
  }
});

test('auto: what the page would feel, and what nothing tells of, goes to a worker unmeasured', async () => {
  const large = { parts: { 'model.onnx': { dtype: 'U8', shape: [2 << 20], data_offsets: [0, 2 << 20] } } };
  const cases: [string, Uint8Array, LoadOptions][] = [
    ['a large file', manifested(says, { bytes: 5 << 20 }), {}],
    ['a large graph', manifested(says, large), {}],
    ['no goldens', manifested({ model: says.model, goldens: [] }), {}],
    ['tract', manifested({ ...says, model: { ...says.model, engine: 'tract' } }), { wasm: { tract: EMPTY } }],
    ['a second file that is large', SHOP, { model: manifested({}, { bytes: 5 << 20 }) }],
  ];
  for (const [what, bundle, options] of cases) {
    for (const tier of ['progressive', 'full'] as const) {
      const w = shopOf();
      const shop = await opened(w, { ...options, tier }, bundle);
      const { full, timings } = shop.info();
      assert.deepEqual([full.state, full.thread, timings['slate'], w.workers.length, w.full.opened.length], ['ready', 'worker', undefined, 1, 1], what);
      shop.close();
    }
  }
});

test('auto: a worker script of the host\'s own, and no binary: that one may be beside it alone', async () => {
  const w = shopOf();
  let made = 0;
  const worker = (): never => {
    made++;
    throw new Error('no workers today');
  };
  const shop = await opened(w, { worker });
  assert.deepEqual([made, shop.info().full.state, w.full.opened.length], [1, 'failed', 0]);
  shop.close();
  const named = await opened(w, { worker, wasm: { full: EMPTY } });
  assert.deepEqual([made, named.info().full], [1, { state: 'ready', thread: 'page' }]);
  named.close();
});

test('page and worker are obeyed, whatever it takes', async () => {
  const slow = shopOf(FRAME_MS + 2);
  const page = await opened(slow, { thread: 'page' });
  assert.deepEqual([page.info().full, slow.workers.length], [{ state: 'ready', thread: 'page' }, 0]);
  page.close();
  const tract = await opened(shopOf(), { thread: 'page', wasm: { tract: EMPTY } }, manifested({ ...says, model: { engine: 'tract' } }));
  assert.deepEqual(tract.info().full, { state: 'ready', thread: 'page' });
  tract.close();
  const quick = shopOf();
  const worker = await opened(quick, { thread: 'worker' });
  assert.deepEqual([worker.info().full, worker.info().timings['slate'], quick.workers.length], [{ state: 'ready', thread: 'worker' }, undefined, 1]);
  worker.close();
  await assert.rejects(world().load({ thread: 'main' as 'page' }), (error: unknown) => {
    assert.match((error as Error).message, /load\.thread must be one of auto, page, worker, not/);
    return code('invalid-option')(error);
  });
});

test('in Node there is one thread, whatever is asked', async () => {
  for (const thread of ['auto', 'page', 'worker'] as const) {
    const w = world({ kind: 'node' });
    const shop = await w.load({ thread }, SHOP);
    assert.deepEqual([shop.info().full, (await shop.recommend()).tier], [{ state: 'ready' }, 'full']);
    shop.close();
  }
});

test('pinned: no lite engine where the page\'s thread will do; a bundle without a model has lite', async () => {
  const w = shopOf();
  const shop = await w.load({ tier: 'full' }, SHOP);
  assert.deepEqual([(await shop.recommend()).tier, w.lite.opened.length, w.workers.length], ['full', 0, 0]);
  shop.close();
  const plain = await w.load({ tier: 'full' }, manifested({ model: null }));
  assert.deepEqual([plain.info().full, (await plain.recommend()).tier], [{ state: 'off', reason: 'no-model' }, 'lite']);
  plain.close();
  w.full.failOnOpen = 'golden-mismatch';
  await assert.rejects(w.load({ tier: 'full' }, SHOP), code('golden-mismatch'));
});

test('a full tier that does not open in the page: lite goes on and says why', async () => {
  for (const fault of [{ failOnOpen: 'golden-mismatch' }, { trapOnOpen: true }, { noMemory: true }]) {
    const w = shopOf();
    Object.assign(w.full, fault);
    const shop = await opened(w);
    const want = 'failOnOpen' in fault ? 'golden-mismatch' : 'trapOnOpen' in fault ? 'engine-trapped' : 'out-of-memory';
    assert.deepEqual([shop.info().full.state, shop.info().full.error?.code, w.workers.length], ['failed', want, 0]);
    const slate = await shop.recommend();
    assert.deepEqual([slate.tier, slate.notes], ['lite', ['full-failed']]);
    shop.close();
  }
});

test('a trap in the page: started anew, and when it stops for good lite takes its place', async () => {
  const w = shopOf();
  const shop = await opened(w);
  shop.observe({ kind: 'view', item: 'A' });
  w.full.trapOnRecommend = 1;
  const once = await shop.recommend();
  assert.deepEqual([once.tier, once.notes, once.events, shop.info().restarts.count], ['full', ['engine-restarted'], 1, 1]);
  w.full.trapOnRecommend = Infinity;
  let slate = await shop.recommend();
  for (let i = 0; slate.tier === 'full' && i < 8; i++) slate = await shop.recommend();
  assert.deepEqual([slate.tier, slate.events, shop.session().length], ['lite', 1, 1]);
  assert.deepEqual([shop.info().full.state, shop.info().full.error?.code], ['failed', 'engine-trapped']);
  assert.deepEqual((await shop.recommend()).notes, ['full-failed']);
  shop.close();
});

test('an engine that cannot be started anew has stopped: lite takes its place, whatever call met it first; alone it is tried three times', async () => {
  for (const first of ['trapOnRecommend', 'trapOnObserve'] as const) {
    const w = shopOf();
    const shop = await opened(w);
    shop.observe({ kind: 'view', item: 'A' });
    Object.assign(w.full, { [first]: 1, goldensFail: true });
    if (first === 'trapOnObserve') assert.throws(() => shop.observe({ kind: 'view', item: 'B' }), code('engine-trapped'));
    const slate = await shop.recommend();
    assert.deepEqual([slate.tier, slate.notes, slate.events], ['lite', ['engine-restarted', 'full-failed'], 1]);
    assert.deepEqual([shop.info().full.state, shop.info().full.error], ['failed', { code: 'engine-trapped', message: 'nearhand: golden-mismatch' }]);
    shop.close();
  }
  const w = world();
  const shop = await w.load({ tier: 'lite' });
  Object.assign(w.lite, { trapOnRecommend: 1, goldensFail: true });
  for (let at = 0; at < 6; at++) await assert.rejects(shop.recommend(), code('engine-trapped'));
  assert.equal(w.lite.opened.length, 4);
  shop.close();
});

test('a page that is slow again and again asks a worker, once; one that is slow for once does not', async () => {
  const w = shopOf();
  const shop = await opened(w);
  w.full.slateMs = SLOW_MS + 1;
  for (let i = 0; i < SLOW_SLATES / 2; i++) await shop.recommend();
  w.full.slateMs = 0;
  for (let i = 0; i < SLOW_SLATES; i++) await shop.recommend();
  assert.equal(w.workers.length, 0);
  w.full.slateMs = SLOW_MS + 1;
  for (let i = 0; i < SLOW_SLATES + 2; i++) assert.equal((await shop.recommend()).tier, 'full');
  await until(() => shop.info().full.thread === 'worker');
  assert.equal(w.workers.length, 1);
  assert.equal((await shop.recommend()).tier, 'full');
  shop.close();
});

test('a binary that never comes is waited for as long as asked', async () => {
  const full = new Response(new ReadableStream(), { headers: { 'content-type': 'application/wasm' } });
  const shop = await opened(shopOf(), { wasm: { full }, timeouts: { fullMs: 20 } });
  assert.deepEqual([shop.info().full.state, shop.info().full.error?.code], ['failed', 'load-timeout']);
  assert.equal((await shop.recommend()).tier, 'lite');
  shop.close();
});

test('a bundle in two, in the page: the table answers until the second file is there; then graph and vectors, in the same shop', async () => {
  const w = shopOf();
  let send!: (bytes: Uint8Array) => void;
  const model = new Promise<Uint8Array>((done) => (send = done));
  const shop = await w.load({ model }, SHOP);
  shop.observe({ kind: 'view', item: 'A' });
  const early = await shop.recommend();
  assert.deepEqual([early.tier, early.source, early.notes, shop.info().full.state], ['lite', 'table', ['full-loading'], 'loading']);
  send(new Uint8Array([9, 8]));
  assert.equal(await shop.ready, 'full');
  const slate = await shop.recommend();
  assert.deepEqual([slate.tier, slate.source, slate.events, slate.notes], ['full', 'model', 1, []]);
  assert.deepEqual([w.full.opened[0]?.model, w.workers.length], [new Uint8Array([9, 8]), 0]);
  shop.close();
});

test('a second file that fails, is another bundle\'s, comes after close, or while a swap is under way: the table answers', async () => {
  const late = (): [Promise<Uint8Array>, (bytes: Uint8Array) => void, (error: Error) => void] => {
    let hands!: [(bytes: Uint8Array) => void, (error: Error) => void];
    return [new Promise<Uint8Array>((...both) => (hands = both)), (bytes) => hands[0](bytes), (error) => hands[1](error)];
  };
  // It fails.
  const [gone, , fail] = late();
  const one = await shopOf().load({ model: gone }, SHOP);
  fail(new Error('the line is dead'));
  await one.ready;
  assert.deepEqual([one.info().full.state, one.info().full.error?.code, (await one.recommend()).notes], ['failed', 'fetch-failed', ['full-failed']]);
  one.close();
  // Of another bundle: the engine compares.
  const other = shopOf();
  other.full.failOnOpen = 'bundle-digest-mismatch';
  const two = await opened(other, { model: new Uint8Array([1]) });
  assert.deepEqual([two.info().full.error?.code, (await two.recommend()).tier], ['bundle-digest-mismatch', 'lite']);
  two.close();
  // After close.
  const shut = shopOf();
  const [after, come] = late();
  const three = await shut.load({ model: after }, SHOP);
  three.close();
  come(new Uint8Array([1]));
  await new Promise((turn) => setTimeout(turn, 20));
  assert.deepEqual([shut.full.opened.length, shut.workers.length], [0, 0]);
  // While a swap is under way, and after it: it belongs to nobody any more.
  const swapped = shopOf();
  const [never, arrive] = late();
  const four = await swapped.load({ model: never }, SHOP);
  four.observe({ kind: 'view', item: 'B' });
  const swapping = four.swap(manifested({ ...says, version: '2' }), { model: new Uint8Array([7]) });
  arrive(new Uint8Array([1]));
  await swapping;
  await new Promise((turn) => setTimeout(turn, 20));
  const slate = await four.recommend();
  assert.deepEqual([slate.tier, slate.events, slate.notes, four.info().full.thread], ['full', 1, [], 'page']);
  assert.deepEqual(swapped.full.opened.filter(({ freed }) => !freed).map(({ model }) => model), [new Uint8Array([7])]);
  four.close();
});

test('the signal ends a full tier that is on its way into the page; the shop goes on', async () => {
  const w = shopOf(4);
  w.full.goldens = 100;
  const stop = new AbortController();
  const shop = await w.load({ signal: stop.signal }, SHOP);
  await until(() => (w.full.opened[0]?.replayed ?? 0) > 1);
  stop.abort();
  await shop.ready;
  assert.deepEqual([shop.info().full.state, shop.info().full.error?.code, (await shop.recommend()).tier], ['failed', 'aborted', 'lite']);
  assert.ok(w.full.opened[0]!.replayed < 90);
  shop.close();
});

test('swap: the new bundle finds its own thread, and nothing of the old one is left', async () => {
  const w = shopOf();
  const shop = await opened(w);
  shop.observe({ kind: 'view', item: 'A' });
  await shop.swap(manifested({ ...says, version: '2' }));
  assert.deepEqual([shop.info().full.thread, (await shop.recommend()).events], ['page', 1]);
  await shop.swap(manifested(says, { bytes: 5 << 20 }));
  assert.deepEqual([shop.info().full.thread, (await shop.recommend()).events, w.workers.length], ['worker', 1, 1]);
  await shop.swap(SHOP);
  assert.deepEqual([shop.info().full.thread, (await shop.recommend()).events], ['page', 1]);
  assert.ok(w.workers[0]?.terminated);
  assert.equal([...w.full.opened, ...w.lite.opened].filter(({ freed }) => !freed).length, 2, 'the page\'s, and the one of the worker that is ended');
  shop.close();
});
