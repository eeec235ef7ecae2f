import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { Shop, SwapOptions } from '../../../www/lib/src/words/types.js';
import { fakeBundle } from './fake.js';
import { code, EMPTY, FakeStorage, world, type World } from './harness.js';

const view = (item: string) => ({ kind: 'view', item }) as const;
const NEW = fakeBundle({ version: '2', items: ['B', 'A', 'D'] });
const kinds = ['browser', 'node'] as const;
const version = (shop: Shop): string => shop.info().bundle.version;
const seen = (shop: Shop): string[] => shop.session().filter((e) => e.known).map((e) => e.item);
const turn = (ms = 0): Promise<void> => new Promise((done) => setTimeout(done, ms));

async function running(kind: (typeof kinds)[number] = 'browser', options = {}): Promise<{ w: World; shop: Shop }> {
  const w = world({ kind });
  const shop = await w.load(options);
  await shop.ready;
  return { w, shop };
}

/** Nothing of a failed or finished swap is left: one engine a tier serves. */
function one(w: World, kind: (typeof kinds)[number]): void {
  if (kind === 'browser') assert.equal(w.workers.filter((worker) => !worker.terminated).length, 1, 'one worker');
  const live = (kind === 'browser' ? w.lite : w.full).opened.filter((engine) => !engine.freed);
  assert.equal(live.length, 1, 'one engine');
}

for (const kind of kinds) {
  test(`${kind}: session, consent and deltas go on with the new bundle, in one switch`, async () => {
    const { w, shop } = await running(kind);
    shop.observe(view('A'));
    shop.observe(view('D'));
    shop.updateCatalog({ update: [{ item: 'A', title: 'apricot' }] });
    assert.deepEqual(seen(shop), ['A'], 'the old bundle does not know D');
    const before = await shop.recommend();

    const swapped = await shop.swap(NEW);
    assert.equal(swapped.bundle.version, '2');
    assert.deepEqual(swapped.notes, []);
    assert.ok(Object.isFrozen(swapped) && Object.isFrozen(swapped.notes) && Object.isFrozen(swapped.bundle));
    assert.equal(version(shop), '2');
    assert.deepEqual(seen(shop), ['A', 'D'], 'an event of yesterday counts where the new bundle has the item');
    const slate = await shop.recommend();
    assert.deepEqual([slate.tier, slate.source, slate.events, slate.notes], ['full', 'model', 2, []]);
    assert.deepEqual(slate.items.map(({ title }) => title), ['title of B', 'apricot', 'title of D']);
    assert.deepEqual(before.items.map(({ item }) => item), ['A', 'B', 'C'], 'the slate on screen stays as it is');
    assert.equal(shop.item('C'), undefined);
    shop.observe(view('C'));
    assert.equal((await shop.recommend({ source: 'C' })).items.length, 3, 'of an item that is gone the page still has a slate');
    shop.setConsent('none');
    assert.equal(shop.session().length, 0);
    assert.equal(shop.info().counts.slates, 3);
    one(w, kind);
    shop.close();
    assert.ok([...w.lite.opened, ...w.full.opened].every(({ freed, tier }) => freed || (kind === 'browser' && tier === 'full')));
  });

  test(`${kind}: the old bundle answers until the new one is proven`, async () => {
    const { w, shop } = await running(kind);
    const slow = kind === 'browser' ? w.lite : w.full;
    Object.assign(slow, { goldens: 30, goldenMs: 3 });
    let done = false;
    const swapping = shop.swap(NEW).then(() => (done = true));
    let asked = 0;
    while (!done) {
      const at = version(shop);
      const slate = await shop.recommend();
      asked++;
      assert.deepEqual([slate.tier, slate.notes], ['full', []]);
      // A slate is of one bundle, whichever.
      assert.ok(['A,B,C', 'B,A,D'].includes(String(slate.items.map(({ item }) => item))));
      if (version(shop) === '1') assert.equal(at, '1');
      await turn();
    }
    await swapping;
    assert.ok(asked > 3, `asked ${asked} times meanwhile`);
    assert.equal(version(shop), '2');
    shop.close();
  });

  for (const [what, bundle, options, is] of [
    ['garbage', fakeBundle({ fault: 'bundle-foreign' }), {}, 'bundle-foreign'],
    ['a digest that is not the expected one', NEW, { digest: 'f'.repeat(64) }, 'bundle-digest-mismatch'],
    ['goldens that are answered otherwise', fakeBundle({ fault: 'golden-mismatch' }), {}, 'golden-mismatch'],
    ['goldens that the full tier alone answers otherwise', fakeBundle({ fullFault: 'golden-mismatch' }), {}, 'golden-mismatch'],
    ['more bytes than allowed', NEW, { maxBytes: 3 }, 'bundle-too-large'],
    ['another catalog', fakeBundle({ items: ['X', 'Y'] }), {}, 'bundle-other-catalog'],
    ['a dead server', 'http://127.0.0.1:1/shop.safetensors', {}, 'fetch-failed'],
    ['a second file that does not come', NEW, { model: 'http://127.0.0.1:1/model' }, 'fetch-failed'],
    ['an option that is none', NEW, { tier: 'lite' }, 'unknown-option'],
    ['a bundle that is none', 7 as unknown as string, {}, 'invalid-option'],
    ['deltas that are none', NEW, { deltas: {} }, 'invalid-option'],
  ] as const) {
    test(`${kind}: ${what}: the swap rejects, the old bundle goes on, the next swap does it`, async () => {
      const { w, shop } = await running(kind);
      shop.observe(view('A'));
      shop.updateCatalog({ update: [{ item: 'A', title: 'apricot' }] });
      await assert.rejects(shop.swap(bundle, options as SwapOptions), code(is));
      assert.equal(version(shop), '1');
      const slate = await shop.recommend();
      assert.deepEqual([slate.tier, slate.events, slate.notes, slate.items[0]?.title], ['full', 1, [], 'apricot']);
      one(w, kind);
      await shop.swap(NEW);
      assert.deepEqual([version(shop), shop.item('A')?.title], ['2', 'apricot']);
      one(w, kind);
      shop.close();
    });
  }

  test(`${kind}: of two swaps the later one wins, the earlier one says so`, async () => {
    const { w, shop } = await running(kind);
    const first = shop.swap(new Response(new ReadableStream()));
    const second = shop.swap(NEW);
    await assert.rejects(first, (error: Error) => /later swap/.test(error.message) && code('aborted')(error));
    assert.equal((await second).bundle.version, '2');
    // The one that is done is not ended by the next.
    await assert.rejects(shop.swap(fakeBundle({ fault: 'bundle-foreign' })), code('bundle-foreign'));
    assert.deepEqual([version(shop), (await shop.recommend()).tier], ['2', 'full']);
    one(w, kind);
    shop.close();
  });

  test(`${kind}: a swap that is aborted, before and while it runs`, async () => {
    const { w, shop } = await running(kind);
    await assert.rejects(shop.swap(NEW, { signal: AbortSignal.abort() }), code('aborted'));
    const slow = kind === 'browser' ? w.lite : w.full;
    Object.assign(slow, { goldens: 500, goldenMs: 3 });
    await assert.rejects(shop.swap(NEW, { signal: AbortSignal.timeout(40) }), code('aborted'));
    await turn(50);
    assert.deepEqual([version(shop), (await shop.recommend()).tier], ['1', 'full']);
    shop.close();
  });

  test(`${kind}: closed meanwhile, or before`, async () => {
    const { w, shop } = await running(kind);
    const swapping = shop.swap(new Response(new ReadableStream()));
    shop.close();
    await assert.rejects(swapping, code('closed'));
    await assert.rejects(shop.swap(NEW), code('closed'));
    assert.ok(w.workers.every((worker) => worker.terminated));
  });

  test(`${kind}: what happens while the new bundle opens is not lost`, async () => {
    const { w, shop } = await running(kind);
    shop.observe(view('A'));
    const slow = kind === 'browser' ? w.lite : w.full;
    Object.assign(slow, { goldens: 20, goldenMs: 3 });
    const swapping = shop.swap(NEW);
    await turn(20);
    shop.observe(view('B'));
    shop.updateCatalog({ add: [{ item: 'E', title: 'elder' }], update: [{ item: 'B', title: 'bun' }] });
    await swapping;
    assert.deepEqual(seen(shop), ['A', 'B']);
    assert.deepEqual((await shop.recommend()).items.map(({ title }) => title), ['bun', 'title of A', 'title of D', 'elder']);
    shop.close();
  });

  test(`${kind}: a session that is dropped meanwhile does not come back`, async () => {
    for (const [drop, after] of [[(shop: Shop) => shop.forget(), 1], [(shop: Shop) => shop.setConsent('none'), 0]] as const) {
      const { w, shop } = await running(kind);
      shop.observe(view('A'));
      const slow = kind === 'browser' ? w.lite : w.full;
      Object.assign(slow, { goldens: 20, goldenMs: 3 });
      const swapping = shop.swap(NEW);
      await turn(20);
      drop(shop);
      await swapping;
      assert.deepEqual([shop.session().length, (await shop.recommend()).events], [0, 0]);
      shop.observe(view('B'));
      assert.equal(shop.session().length, after);
      shop.close();
    }
  });

  test(`${kind}: a trap after the swap: the new engine stands again with session and deltas`, async () => {
    const { w, shop } = await running(kind, { tier: kind === 'browser' ? 'lite' : 'full' });
    shop.observe(view('A'));
    shop.updateCatalog({ add: [{ item: 'D', title: 'date' }], remove: ['C'] });
    assert.deepEqual((await shop.swap(NEW)).notes, [{ note: 'known', item: 'D' }]);
    (kind === 'browser' ? w.lite : w.full).trapOnRecommend = 1;
    const slate = await shop.recommend();
    assert.deepEqual([slate.notes, slate.events, slate.items.at(-1)?.title], [['engine-restarted'], 1, 'date']);
    assert.deepEqual([version(shop), shop.info().restarts.count], ['2', 1]);
    shop.close();
  });

  test(`${kind}: rolled back, the deltas are what the host said, not what was left of them`, async () => {
    const { shop } = await running(kind);
    shop.updateCatalog({ add: [{ item: 'D', title: 'date', like: 'C' }], update: [{ item: 'C', title: 'curd' }] });
    const { notes } = await shop.swap(NEW);
    assert.deepEqual(notes, [{ note: 'unknown', item: 'C' }, { note: 'known', item: 'D' }]);
    assert.deepEqual((await shop.recommend()).items.map(({ title }) => title), ['title of B', 'title of A', 'date']);
    const back = await shop.swap(new Uint8Array([1, 2, 3, 4]));
    assert.deepEqual([back.bundle.version, back.notes], ['1', []]);
    assert.deepEqual((await shop.recommend()).items.map(({ title }) => title), ['apple', 'bread', 'curd', 'date']);
    shop.close();
  });

  test(`${kind}: deltas of the host's own for the new bundle`, async () => {
    const { w, shop } = await running(kind);
    shop.updateCatalog({ update: [{ item: 'A', title: 'old news' }] });
    await shop.swap(NEW, { deltas: [] });
    assert.equal(shop.item('A')?.title, 'title of A');
    const deltas = [{ add: [{ item: 'E', title: 'elder', vector: [1, 2] }] }];
    const swapping = shop.swap(NEW, { deltas });
    shop.updateCatalog({ update: [{ item: 'B', title: 'late' }] });
    await swapping;
    assert.equal(shop.item('B')?.title, 'late');
    assert.deepEqual((await shop.recommend()).items.at(-1)?.title, 'elder');
    const engine = w[kind === 'browser' ? 'lite' : 'full'].opened.at(-1)!;
    assert.deepEqual(engine.placed.get('E'), [1, 2]);
    // With the next bundle it is one of those given so far.
    assert.deepEqual((await shop.swap(NEW)).notes, [{ note: 'placed', item: 'E' }]);
    shop.close();
  });
}

test('swapped while the full tier is on its way: ready is of the new bundle', async () => {
  const w = world();
  const shop = await w.load({ model: new Response(new ReadableStream()) });
  assert.equal((await shop.recommend()).tier, 'lite');
  await shop.swap(NEW);
  assert.equal(await shop.ready, 'full');
  assert.deepEqual([version(shop), shop.info().full.state, (await shop.recommend()).tier], ['2', 'ready', 'full']);
  one(w, 'browser');
  shop.close();
});

test('a failed swap leaves a full tier that is on its way alone', async () => {
  const w = world();
  const shop = await w.load();
  await assert.rejects(shop.swap(fakeBundle({ fault: 'bundle-foreign' })), code('bundle-foreign'));
  assert.equal(await shop.ready, 'full');
  shop.close();
});

test('where the full tier had failed, the new bundle serves from lite at once, and its full tier may come', async () => {
  const w = world();
  w.worker = 'missing';
  const shop = await w.load();
  assert.equal(await shop.ready, 'lite');
  await shop.swap(NEW);
  assert.deepEqual([version(shop), (await shop.recommend()).tier], ['2', 'lite']);
  w.worker = 'normal';
  while (shop.info().full.state === 'loading') await turn(1);
  await shop.swap(fakeBundle({ version: '3', items: ['A'] }));
  while (shop.info().full.state === 'loading') await turn(1);
  assert.deepEqual([version(shop), (await shop.recommend()).tier], ['3', 'full']);
  shop.close();

  const node = world({ kind: 'node' });
  node.full.failOnOpen = 'golden-mismatch';
  const lite = await node.load({ tier: 'progressive' });
  await lite.swap(NEW);
  assert.deepEqual([version(lite), (await lite.recommend()).tier, lite.info().full.state], ['2', 'lite', 'failed']);
  delete node.full.failOnOpen;
  await lite.swap(NEW);
  assert.deepEqual([(await lite.recommend()).tier, lite.info().full.state], ['full', 'ready']);
  lite.close();
});

test('the storage key stays, whatever the new bundle is called: other tabs and the next page find the session', async () => {
  const persistent = new FakeStorage();
  const w = world({ persistent });
  const shop = await w.load({ consent: 'persistent' });
  shop.observe(view('A'));
  await shop.swap(fakeBundle({ name: 'renamed', items: ['A', 'B'] }));
  shop.observe(view('B'));
  assert.deepEqual([...persistent.data.keys()], ['nearhand:fake']);
  const other = await w.load({ consent: 'persistent' });
  assert.deepEqual(seen(other), ['A', 'B']);
  other.observe(view('C'));
  persistent.tell(w.tab, 'nearhand:fake');
  assert.equal(shop.session().length, 3, "another tab's events arrive after the swap, too");
  shop.close();
  other.close();
});

test('a slate that is asked for as the switch comes is of the full tier, not a fall back', async () => {
  const { w, shop } = await running();
  let slates = 0;
  const asking = (async () => {
    while (version(shop) === '1') {
      const all = await Promise.all([shop.recommend(), shop.recommend()]);
      for (const slate of all) assert.deepEqual([slate.tier, slate.notes], ['full', []]);
      slates += all.length;
    }
  })();
  await shop.swap(NEW);
  await asking;
  assert.ok(slates > 0);
  // The worker that was asked is ended by the switch: the new one answers.
  w.worker = 'silent';
  const asked = shop.recommend();
  w.worker = 'normal';
  await shop.swap(fakeBundle({ version: '3', items: ['A'] }));
  assert.deepEqual([(await asked).tier, (await asked).items.length, (await asked).notes], ['full', 1, []]);
  assert.equal(shop.info().counts.fallbacks, 0);
  shop.close();
});

test('a full engine gives way to lite as the switch comes: the new bundle stays', async () => {
  const { w, shop } = await running('node');
  w.full.trapOnRecommend = 2;
  Object.assign(w.lite, { goldens: 20, goldenMs: 3 });
  const asked = shop.recommend();
  await shop.swap(NEW);
  const slate = await asked;
  assert.deepEqual([version(shop), slate.tier, slate.items[0]?.item], ['2', 'full', 'B']);
  assert.deepEqual([(await shop.recommend()).tier, shop.info().full.state], ['full', 'ready']);
  shop.close();
});

test('binaries that can be read once are kept for the next bundle', async () => {
  const w = world();
  const once = (): Response => new Response(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
  const shop = await w.load({ wasm: { lite: once(), full: once() } });
  await shop.ready;
  await shop.swap(NEW);
  assert.deepEqual([version(shop), shop.info().tier], ['2', 'full']);
  shop.close();
  const compiled = await world({ kind: 'node' }).load({ wasm: { full: EMPTY } });
  await compiled.swap(NEW);
  compiled.close();
});

test('a session that an engine traps over as it drops it does not come back', async () => {
  const { w, shop } = await running();
  shop.observe(view('A'));
  const swapping = shop.swap(NEW);
  // The new engine of this thread has the session by now.
  while (w.full.opened.length < 2) await new Promise((done) => setImmediate(done));
  w.lite.trapOnForget = 1;
  assert.throws(() => shop.forget(), code('engine-trapped'));
  await swapping;
  assert.deepEqual([shop.session().length, version(shop)], [0, '2']);
  shop.close();
});

test('consent that is given while the new worker opens reaches it', async () => {
  const { w, shop } = await running('browser', { consent: 'none' });
  const swapping = shop.swap(NEW);
  while (w.full.opened.length < 2) await new Promise((done) => setImmediate(done));
  shop.setConsent('memory');
  shop.observe(view('A'));
  await swapping;
  const { tier, events } = await shop.recommend();
  assert.deepEqual([tier, events], ['full', 1]);
  shop.close();
});

test('a second file is of its own bundle: that of load is not asked for again', async () => {
  const { w, shop } = await running('browser', { model: new Uint8Array([1]) });
  await shop.swap(NEW, { model: new Uint8Array([2]) });
  await shop.swap(NEW);
  assert.deepEqual(w.full.opened.map(({ model }) => model?.[0]), [1, 2, undefined]);
  shop.close();
});

/** A static host with a pointer, as docs/nightly.md has it. */
async function hosting(listener: RequestListener, run: (url: string) => Promise<void>): Promise<void> {
  const server = createServer(listener);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  try {
    await run(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
}

for (const [what, listener, is] of [
  ['a file that is gone (404)', (_, res) => res.writeHead(404).end(), 'fetch-failed'],
  ['a file that is gone, answered with the index page', (_, res) => res.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>'), 'fetch-failed'],
  ['an upload that breaks off', (_, res) => void res.writeHead(200, { 'content-length': '9999' }).write('half', () => res.destroy()), 'fetch-failed'],
  ['an empty file', (_, res) => res.end(), undefined],
] as const satisfies readonly (readonly [string, RequestListener, string | undefined])[]) {
  test(`a pointer to ${what}: the bundle before goes on`, async () => {
    const { w, shop } = await running();
    await hosting(listener, async (url) => {
      const swapping = shop.swap(`${url}/shop.0123456789ab.safetensors`, { digest: 'a'.repeat(64) });
      await assert.rejects(swapping, is ? code(is) : { name: 'NearhandError' });
    });
    assert.deepEqual([version(shop), (await shop.recommend()).tier], ['1', 'full']);
    one(w, 'browser');
    shop.close();
  });
}
