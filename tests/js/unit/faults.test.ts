import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromWire, NearhandError, short, toWire } from '../../../www/lib/src/words/errors.js';
import { nearest } from '../../../www/lib/src/failing/advice.js';
import { WorkerHost } from '../../../www/lib/src/engine/worker-host.js';
import { code, FakeWorker, world, type WorkerMode } from './harness.js';

const view = (item: string) => ({ kind: 'view', item }) as const;

test('a worker that dies: lite answers, another worker takes over', async () => {
  const w = world();
  const shop = await w.load();
  await shop.ready;
  shop.observe(view('A'));
  w.worker = 'dies';
  const slate = await shop.recommend();
  assert.equal(slate.tier, 'lite');
  assert.equal(slate.events, 1);
  assert.deepEqual(slate.notes, ['full-failed']);
  assert.match(shop.info().full.error?.message ?? '', /out of memory/);
  w.worker = 'normal';
  while (shop.info().full.state !== 'ready') await new Promise((done) => setTimeout(done, 1));
  assert.equal((await shop.recommend()).events, 1);
  assert.equal(w.workers.length, 2);
  assert.ok(w.workers[0]?.terminated);
  assert.equal(shop.info().counts.fallbacks, 1);
  shop.close();
});

test('a worker is replaced three times, then full is given up', async () => {
  const w = world();
  const shop = await w.load();
  await shop.ready;
  w.worker = 'dies';
  for (let i = 0; i < 4; i++) {
    while (shop.info().full.state === 'loading') await new Promise((done) => setTimeout(done, 1));
    assert.equal((await shop.recommend()).tier, 'lite');
  }
  assert.equal(shop.info().full.state, 'failed');
  assert.equal(shop.info().full.error?.code, 'worker-failed');
  assert.equal(w.workers.length, 4);
  assert.deepEqual((await shop.recommend()).notes, ['full-failed']);
  shop.close();
});

test('a worker whose engine traps is replaced; the session is whole', async () => {
  const w = world();
  const shop = await w.load();
  await shop.ready;
  shop.observe(view('A'));
  w.full.trapOnRecommend = 1;
  assert.equal((await shop.recommend()).tier, 'lite');
  while (shop.info().full.state !== 'ready') await new Promise((done) => setTimeout(done, 1));
  assert.equal(shop.info().full.error?.code, 'engine-trapped');
  assert.equal((await shop.recommend()).events, 1);
  shop.close();
});

test('a worker that is slow: lite answers after the deadline, and at once until it is heard of again', async (t) => {
  const w = world();
  const shop = await w.load();
  await shop.ready;
  w.worker = 'silent';
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const asked = shop.recommend();
  await Promise.resolve();
  t.mock.timers.tick(500);
  const slate = await asked;
  assert.equal(slate.tier, 'lite');
  assert.deepEqual(slate.notes, ['full-timeout']);
  assert.deepEqual([shop.info().full.state, shop.info().full.error?.code], ['ready', 'worker-timeout']);
  // Nobody waits for it a second time, and it is not ended for being slow.
  assert.deepEqual((await shop.recommend()).notes, ['full-timeout']);
  assert.equal(w.workers[0]?.terminated, false);
  // One that says nothing for long hangs: another takes its place.
  w.worker = 'normal';
  t.mock.timers.tick(10_000);
  assert.ok(w.workers[0]?.terminated);
  t.mock.timers.reset();
  while (shop.info().full.state !== 'ready') await new Promise((done) => setTimeout(done, 1));
  assert.equal((await shop.recommend()).tier, 'full');
  assert.equal(w.workers.length, 2);
  shop.close();
});

test('a slow worker that answers in the end is asked again', async () => {
  const w = world();
  const shop = await w.load({ timeouts: { slateMs: 25 } });
  await shop.ready;
  const [worker] = w.workers;
  const post = worker!.postMessage.bind(worker);
  worker!.postMessage = (message) => void setTimeout(() => post(message), 80);
  assert.deepEqual((await shop.recommend()).notes, ['full-timeout']);
  worker!.postMessage = post;
  let slate = await shop.recommend();
  for (let tries = 0; slate.tier !== 'full' && tries < 100; tries++) {
    await new Promise((done) => setTimeout(done, 10));
    slate = await shop.recommend();
  }
  assert.deepEqual([slate.tier, slate.notes], ['full', []]);
  assert.equal(w.workers.length, 1);
  shop.close();
});

test('a worker script that is missing: ready settles, lite goes on', async () => {
  const w = world();
  w.worker = 'missing';
  const shop = await w.load();
  assert.equal(await shop.ready, 'lite');
  assert.equal(shop.info().full.state, 'failed');
  assert.equal(shop.info().full.error?.code, 'worker-failed');
  assert.equal((await shop.recommend()).tier, 'lite');
  assert.equal(w.workers.length, 1);
  shop.close();
  await assert.rejects(w.load({ tier: 'full' }), code('worker-failed'));
});

test('no worker at all (CSP, cross-origin script): the same', async () => {
  const shop = await world().load({
    worker: () => {
      throw new DOMException('blocked', 'SecurityError');
    },
  });
  assert.equal(await shop.ready, 'lite');
  assert.match(shop.info().full.error?.message ?? '', /blocked/);
  shop.close();
});

test('a full binary that does not come fails the full tier alone, with nothing left unhandled', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  try {
    const broken = () => new Response(new ReadableStream({ start: (stream) => stream.error(new Error('cut')) }));
    const shop = await world().load({ wasm: { full: broken() } });
    assert.equal(await shop.ready, 'lite');
    assert.equal(shop.info().full.state, 'failed');
    shop.close();
    await assert.rejects(world().load({ wasm: { full: broken() } }, new Response('', { status: 404 })), code('fetch-failed'));
    await new Promise((done) => setTimeout(done, 20));
  } finally {
    process.off('unhandledRejection', note);
  }
  assert.deepEqual(unhandled, []);
});

test('closing while full loads settles ready and leaves no worker', async () => {
  const w = world();
  const shop = await w.load();
  shop.close();
  assert.equal(await shop.ready, 'lite');
  assert.ok(w.workers.every((x) => x.terminated));
});

test('what is said to a worker that still opens is heard in order', async () => {
  const faults = { opened: [] };
  const mode: WorkerMode = 'normal';
  const host = new WorkerHost({
    make: () => new FakeWorker(() => mode, faults) as unknown as Worker,
    wasm: async () => undefined,
  });
  // Before it is opened nothing is told: the opening brings the newest along.
  await host.prepare();
  host.updateCatalog({ update: [{ item: 'A', title: 'too early' }] });
  let asked = (): void => {};
  const opens = new Promise<void>((done) => (asked = done));
  const started = host.start(
    Promise.resolve(() => {
      asked();
      return { op: 'open', bundle: new Uint8Array(4), options: { consent: 'memory' }, deltas: [], model: undefined, nowMs: 0 };
    }),
  );
  await opens;
  host.updateCatalog({ update: [{ item: 'A', title: 'apricot' }] });
  await started;
  const [slate] = await host.recommend(new TextEncoder().encode('[]'), [{ k: 1 }], 0);
  assert.equal(slate?.items[0]?.title, 'apricot');
  host.close();
  await assert.rejects(host.recommend(new Uint8Array(), [{}], 0), code('closed'));
});

test('a trap in this thread: typed error, a new engine, the session and the catalog as they were', async () => {
  const w = world();
  const shop = await w.load({ tier: 'lite' });
  shop.observe(view('A'));
  shop.updateCatalog({ update: [{ item: 'B', title: 'brioche' }] });
  w.lite.trapOnObserve = 1;
  assert.throws(() => shop.observe(view('B')), code('engine-trapped'));
  assert.deepEqual(shop.session().map((e) => e.item), ['A']);
  assert.equal(shop.item('B')?.title, 'brioche');
  w.lite.trapOnRecommend = 1;
  const slate = await shop.recommend();
  assert.equal(slate.events, 1);
  assert.deepEqual(slate.notes, ['engine-restarted']);
  assert.equal(w.lite.opened.length, 3);
  shop.close();
});

test('a full engine that traps again and again gives way to lite', async () => {
  const w = world({ kind: 'node' });
  const shop = await w.load();
  shop.observe(view('A'));
  w.full.trapOnRecommend = 100;
  const slate = await shop.recommend();
  assert.equal(slate.tier, 'lite');
  assert.equal(slate.events, 1);
  assert.deepEqual(slate.notes, ['engine-restarted', 'full-failed']);
  assert.equal(shop.info().full.error?.code, 'engine-trapped');
  assert.equal((await shop.recommend()).notes.length, 0);
  shop.close();
});

test('a lite engine that always traps is not started for ever', async () => {
  const w = world();
  const shop = await w.load({ tier: 'lite' });
  w.lite.trapOnRecommend = 1000;
  for (let i = 0; i < 10; i++) await assert.rejects(shop.recommend(), code('engine-trapped'));
  assert.ok(w.lite.opened.length <= 4, `${w.lite.opened.length} engines`);
  shop.close();
});

test('an engine that traps at every other call is not started for ever either', async () => {
  const w = world();
  const shop = await w.load({ tier: 'lite' });
  w.lite.trapOnRecommend = 1000;
  for (let i = 0; i < 10; i++) {
    await assert.rejects(shop.recommend(), code('engine-trapped'));
    if (w.lite.opened.length < 4) shop.observe(view('A'));
  }
  assert.equal(w.lite.opened.length, 4);
  shop.close();
});

test('an engine that ran well after a trap has its restarts back; info counts them all', async () => {
  const w = world();
  const shop = await w.load({ tier: 'lite' });
  assert.deepEqual(shop.info().restarts, { count: 0 });
  for (let i = 1; i <= 5; i++) {
    w.lite.trapOnObserve = 1;
    assert.throws(() => shop.observe(view('A')), code('engine-trapped'));
    for (let calls = 0; calls < 20; calls++) shop.item('A');
    const { count, error } = shop.info().restarts;
    assert.deepEqual([count, error?.code], [i, 'engine-trapped']);
  }
  shop.close();
});

test('no memory for the full engine, or a trap as it opens: lite goes on and says why', async () => {
  for (const kind of ['browser', 'node'] as const) {
    for (const [fault, expected] of [['noMemory', 'out-of-memory'], ['trapOnOpen', 'engine-trapped']] as const) {
      const w = world({ kind });
      w.full[fault] = true;
      const shop = await w.load({ tier: 'progressive' });
      assert.equal(await shop.ready, 'lite');
      assert.deepEqual([shop.info().full.state, shop.info().full.error?.code], ['failed', expected]);
      assert.equal((await shop.recommend()).tier, 'lite');
      assert.ok(w.workers.every((worker) => worker.terminated));
      shop.close();
      await assert.rejects(w.load({ tier: 'full' }), code(expected));
    }
  }
});

test('errors keep name, code and details over postMessage', () => {
  const error = new NearhandError('some-code', 'what happened', { value: 3, act: () => 1 });
  const back = fromWire(structuredClone(toWire(error)));
  assert.ok(back instanceof NearhandError && back instanceof Error);
  assert.deepEqual([back.name, back.code, back.message], ['NearhandError', 'some-code', 'nearhand: what happened']);
  assert.equal(back.details['value'], '3');
  assert.equal(fromWire(structuredClone(toWire(new WebAssembly.RuntimeError('unreachable')))).code, 'engine-trapped');
  assert.equal(toWire('a string').code, 'internal');
});

test('the nearest name, only when it is near', () => {
  assert.equal(nearest('Exclude', ['exclude', 'explain']), 'exclude');
  assert.equal(nearest('tail', ['at', 'dwellMs', 'quantity']), undefined);
  assert.equal(nearest('dwellms', ['at', 'dwellMs']), 'dwellMs');
  assert.equal(nearest('zzz', ['at', 'kind']), undefined);
});

test('a value is repeated at 200 bytes at most, without control characters', () => {
  const bytes = (text: string): number => new TextEncoder().encode(text).length;
  assert.equal(short('a'.repeat(197)), 'a'.repeat(197));
  assert.equal(short('a'.repeat(2 ** 20)), `${'a'.repeat(197)}…`);
  assert.equal(short('ü€'.repeat(2 ** 20)), `${'ü€'.repeat(39)}ü…`);
  assert.equal(short('😀'.repeat(100)), `${'😀'.repeat(49)}…`);
  assert.equal(short('a\u001b[2J\n\u009b'), 'a%1B[2J%0A%C2%9B');
  assert.deepEqual([short(7n), short(null), short(Symbol('s'))], ['7', 'null', 'Symbol(s)']);
  assert.ok(bytes(short('\0'.repeat(1000))) <= 200);
});

test('a key or a value of a megabyte is refused at once, and not repeated', async () => {
  const long = `\u0007${'k'.repeat(2 ** 20)}`;
  const { load } = world();
  const shop = await load({ tier: 'lite' });
  const started = performance.now();
  for (const act of [
    () => load({ [long]: 1 } as object),
    () => load({ tier: long } as object),
    () => load({ digest: long }),
    () => load({}, `http://127.0.0.1:1/${long}`),
    () => shop.recommend({ [long]: 1 } as object),
    () => shop.recommend({ where: { price: { [long]: 1 } } } as object),
    () => shop.recommend({ k: (() => long) } as object),
    async () => shop.items({ [long]: 1 } as object),
  ]) {
    await assert.rejects(act, ({ message, details }: NearhandError) => {
      assert.ok(message.length < 500 && !/[\0-\x1f]/.test(message), message.slice(0, 300));
      assert.ok(Object.values(details).every((v) => typeof v !== 'string' || v.length <= 300));
      return true;
    });
  }
  assert.ok(performance.now() - started < 2_000);
  assert.equal(nearest(long, ['exclude']), undefined);
});
