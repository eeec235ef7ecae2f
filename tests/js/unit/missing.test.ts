/** What is missing, late or of another realm has a name, or works; where no engine can be had, a list answers. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { NearhandError } from '../../../www/lib/src/words/errors.js';
import type { BundleSource, Slate } from '../../../www/lib/src/words/types.js';
import { BUNDLE, code, EMPTY, world } from './harness.js';

/** Without a global for the length of some work. */
async function without<T>(name: string, work: () => Promise<T>): Promise<T> {
  const own = Object.getOwnPropertyDescriptor(globalThis, name)!;
  delete (globalThis as Record<string, unknown>)[name];
  try {
    return await work();
  } finally {
    Object.defineProperty(globalThis, name, own);
  }
}

async function withSaveData<T>(saveData: boolean, work: () => Promise<T>): Promise<T> {
  const own = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: { connection: { saveData } }, configurable: true });
  try {
    return await work();
  } finally {
    if (own) Object.defineProperty(globalThis, 'navigator', own);
    else delete (globalThis as Record<string, unknown>)['navigator'];
  }
}

test('what the runtime lacks is said by name', async () => {
  for (const rescue of [false, true]) {
    await without('WebAssembly', () => assert.rejects(world({ rescue }).load(), code('wasm-unsupported')));
    for (const name of ['TextDecoder', 'TextEncoder']) {
      await without(name, () =>
        assert.rejects(world({ rescue }).load(), (error: NearhandError) => {
          assert.match(error.message, rescue ? new RegExp(`no ${name}: jsdom`) : new RegExp(`no ${name}`));
          return code('runtime-lacks')(error);
        }),
      );
    }
    await without('fetch', () => assert.rejects(world({ rescue }).load({}, 'http://127.0.0.1:1/x'), code('runtime-lacks')));
  }
});

test('a Response that was read, and one that is being read', async () => {
  const read = new Response(BUNDLE);
  await read.arrayBuffer();
  const reading = new Response(BUNDLE);
  reading.body?.getReader();
  for (const response of [read, reading]) {
    await assert.rejects(world().load({}, response), code('body-used'));
    await assert.rejects(world().load({ tier: 'lite', wasm: { lite: response } }), code('body-used'));
  }
});

test('promises of a bundle are awaited; one that fails is told as such', async () => {
  for (const bundle of [Promise.resolve(BUNDLE), Promise.resolve(new Response(BUNDLE)), Promise.resolve(BUNDLE.buffer as ArrayBuffer)]) {
    const shop = await world().load({ tier: 'lite' }, bundle);
    assert.equal((await shop.recommend()).items.length, 3);
    shop.close();
  }
  await assert.rejects(world().load({}, Promise.reject(new TypeError('no network'))), code('fetch-failed'));
});

test('what is no bundle is refused by what it is, whatever it is', async () => {
  const odd = [null, 42, {}, [], Object.create(null), Symbol('s'), new Date(0), new Map(), () => 1, new Blob(['x']), { toString: () => assert.fail() }];
  for (const value of odd) {
    await assert.rejects(world().load({}, value as unknown as BundleSource), (error: NearhandError) => {
      assert.match(error.message, /bundle must be a URL, its bytes or a Response, not \w+/);
      return code('invalid-option')(error);
    });
  }
  const buffer = new ArrayBuffer(8);
  const view = new Uint8Array(buffer);
  structuredClone(buffer, { transfer: [buffer] });
  for (const gone of [buffer, view]) {
    await world().load({}, gone).then((shop) => shop.close(), (error: NearhandError) => assert.notEqual(error.code, 'internal'));
  }
});

test('values of another realm are taken: bytes, buffers, views, errors', async () => {
  const foreign = runInNewContext('({ bytes: new Uint8Array([1, 2, 3, 4]), buffer: new Uint8Array([1, 2, 3, 4]).buffer, view: new DataView(new ArrayBuffer(4)) })') as Record<string, BundleSource>;
  for (const bundle of Object.values(foreign)) (await world().load({ tier: 'lite' }, bundle)).close();
  const shop = await world().load();
  const snapshot = runInNewContext('new Uint8Array([91, 93])') as Uint8Array;
  shop.restore(snapshot);
  shop.close();
  const error = runInNewContext(`Object.assign(new Error('x'), { name: 'NearhandError', code: 'closed' })`) as unknown;
  assert.ok(error instanceof NearhandError && !(new Error('x') instanceof NearhandError) && !((null as unknown) instanceof NearhandError));
  const signal = new AbortController();
  signal.abort(error);
  await assert.rejects(world().load({ signal: signal.signal }), (told: unknown) => told === error);
});

test('load waits as long as it is told to; so does the wait for the full tier', async () => {
  const never = (): Response => new Response(new ReadableStream());
  await assert.rejects(world().load({ timeouts: { loadMs: 20 } }, never()), code('load-timeout'));
  const w = world();
  w.worker = 'silent';
  const shop = await w.load({ timeouts: { fullMs: 20 }, wasm: { full: EMPTY }, worker: () => ({ postMessage() {}, terminate() {} }) as unknown as Worker });
  assert.equal(await shop.ready, 'lite');
  assert.equal(shop.info().full.error?.code, 'worker-timeout');
  shop.close();
  await assert.rejects(world().load({ timeouts: { loadMs: 0 } }), code('invalid-option'));
});

test('aborted after load: what still loads ends, the shop goes on in the lite tier', async () => {
  let cancelled = false;
  const model = new Response(new ReadableStream({ cancel: () => void (cancelled = true) }));
  const stop = new AbortController();
  const shop = await world().load({ model, signal: stop.signal });
  assert.equal(shop.info().full.state, 'loading');
  stop.abort();
  assert.equal(await shop.ready, 'lite');
  assert.ok(cancelled);
  assert.deepEqual([shop.info().full.state, shop.info().full.error?.code], ['failed', 'aborted']);
  assert.equal((await shop.recommend()).items.length, 3);
  shop.close();
  // One whose full tier serves takes no notice.
  const late = new AbortController();
  const ready = await world().load({ signal: late.signal });
  await ready.ready;
  late.abort();
  assert.equal((await ready.recommend()).tier, 'full');
  ready.close();
});

test('a visitor who saves data has the lite tier alone, unless the host insists', async () => {
  await withSaveData(true, async () => {
    const w = world();
    let fetched = 0;
    const model = { headers: { get: () => (fetched++, null) }, ok: true, status: 200, url: '' } as unknown as Response;
    const shop = await w.load({ model });
    assert.equal(await shop.ready, 'lite');
    assert.deepEqual(shop.info().full, { state: 'off', reason: 'save-data' });
    assert.deepEqual((await shop.recommend()).notes, []);
    assert.deepEqual([w.workers.length, fetched], [0, 0]);
    shop.close();
    const full = await w.load({ tier: 'full' });
    assert.equal((await full.recommend()).tier, 'full');
    full.close();
  });
  await withSaveData(false, async () => {
    const shop = await world().load();
    assert.equal(await shop.ready, 'full');
    shop.close();
  });
});

/** As much of a bundle as says that it has no model. */
const modelless = (): Uint8Array => {
  const header = new TextEncoder().encode(JSON.stringify({ __metadata__: { nearhand: JSON.stringify({ sha256: '0', model: null }) } }));
  const bytes = new Uint8Array(8 + header.length);
  new DataView(bytes.buffer).setUint32(0, header.length, true);
  bytes.set(header, 8);
  return bytes;
};

test('a bundle without a model loads in every tier, and fetches no full one', async () => {
  for (const kind of ['browser', 'node'] as const) {
    for (const tier of ['lite', 'full', 'progressive'] as const) {
      const w = world({ kind });
      // As the real one: the full binary over such a bundle is a lite engine.
      w.full.tier = 'lite';
      const shop = await w.load({ tier }, modelless());
      assert.equal(await shop.ready, 'lite');
      assert.deepEqual(shop.info().full, tier === 'lite' ? { state: 'off' } : { state: 'off', reason: 'no-model' });
      assert.ok(w.workers.every((worker) => worker.terminated));
      assert.deepEqual((await shop.recommend()).notes, []);
      shop.close();
    }
  }
});

test('a list of the host answers where no engine can be had', async () => {
  const shown = (slate: Slate): string => slate.items.map((item) => item.item).join();
  await without('WebAssembly', async () => {
    const w = world({ rescue: true });
    const shop = await w.load({ fallback: ['P', { item: 'Q', title: 'quince', stock: 0 }, { item: 'R', title: 'rice', price: 2 }, 'S'] });
    assert.equal(await shop.ready, 'none');
    const slate = await shop.recommend({ k: 2, source: 'P' });
    assert.equal(shown(slate), 'R,S', 'neither the item of the page nor what is sold out');
    assert.deepEqual([slate.tier, slate.source, slate.notes, slate.more], ['none', 'curated', ['no-bundle'], false]);
    assert.deepEqual((await shop.recommend({ k: 2, offset: 2 })).items.map((item) => [item.item, item.rank]), [['S', 3]]);
    assert.equal(shown(await shop.recommend({ where: { inStock: false } })), 'Q');
    assert.equal(shown(await shop.recommend({ where: { price: { lt: 3 } } })), 'R');
    assert.equal(shown(await shop.recommend({ rules: [{ hide: true, items: ['P', 'R'] }] })), 'S');
    assert.equal(shown(await shop.recommend({ excludeItems: ['P'] })), 'R,S');
    await assert.rejects(shop.recommend({ k: 'x' as unknown as number }), code('invalid-option'));
    assert.equal(shown(await shop.recommend({ placement: 'recently-viewed' })), '');
    const [one, two] = await shop.recommendPage([{ k: 1 }, { k: 5 }]);
    assert.deepEqual([shown(one!), shown(two!)], ['P', 'R,S']);
    shop.observe({ kind: 'view', item: 'P' });
    assert.deepEqual([shop.session(), shop.item('Q')?.title, shop.items({ search: 'rIc' }).total], [[], 'quince', 1]);
    shop.updateCatalog({ remove: ['P'], update: [{ item: 'S', title: 'salt' }], add: [{ item: 'T', title: 'tea' }] });
    assert.equal(shown(await shop.recommend({})), 'R,S,T');
    // A session that comes from elsewhere goes on unread; an empty one is one.
    assert.equal(shop.snapshot().length, 16);
    shop.restore(new Uint8Array([7]));
    assert.deepEqual(shop.snapshot(), new Uint8Array([7]));
    shop.setConsent('persistent');
    shop.forget();
    const info = shop.info();
    assert.deepEqual([info.tier, info.full.state, info.full.error?.code], ['none', 'failed', 'wasm-unsupported']);
    await assert.rejects(shop.swap(BUNDLE), code('wasm-unsupported'));
    shop.close();
    await assert.rejects(shop.recommend(), code('closed'));
    // Without a list, and without a bundle that can be read, there is nothing to show.
    await assert.rejects(w.load({ fallback: true }), code('wasm-unsupported'));
    await assert.rejects(w.load(), code('wasm-unsupported'));
  });
});

test('without an engine, too, nothing is thrown raw, rows are checked, and no address is a program', async () => {
  await without('WebAssembly', async () => {
    const urls = ['javascript:x', 'JaVaScRiPt:x', ' javascript:x', 'java\tscript:x', 'data:x', 'blob:x', 'vbscript:x', 'mailto:x', '//host', '/p/1', '?x', 'https://x'];
    const shop = await world({ rescue: true }).load({ fallback: ['A', { item: 'bad', title: 5 }, ...urls.map((url, i) => ({ item: `u${i}`, title: 't', url }))] as never });
    assert.deepEqual(urls.map((_, i) => shop.item(`u${i}`)?.url), [...Array<undefined>(8), '//host', '/p/1', '?x', 'https://x']);
    assert.equal(shop.item('bad'), undefined);
    const wrong = 5 as never;
    for (const given of [null, { where: 5 }, { rules: 5 }, { excludeItems: 5 }] as never[]) await assert.rejects(async () => shop.recommend(given), code('invalid-option'));
    await assert.rejects(async () => shop.recommendPage(wrong), code('invalid-option'));
    assert.throws(() => shop.items({ search: wrong }), code('invalid-option'));
    assert.throws(() => shop.bucket('a', 'b', 1.5), code('invalid-option'));
    assert.throws(() => shop.restore(wrong), code('invalid-option'));
    const { added, refused, unknown, removed } = await shop.updateCatalog({ upsert: [null, { item: 'N', title: 'n' }] as never, update: [{ item: 'no' }], remove: ['A'] });
    assert.deepEqual([added, refused, unknown, removed], [1, 1, 1, 1]);
    shop.close();
  });
});

test('every method of the shop is there without an engine, too', async () => {
  const names = (shop: object): string[] => Object.keys(shop).sort();
  const real = await world({ rescue: true }).load({ tier: 'lite' });
  const list = await without('WebAssembly', () => world({ rescue: true }).load({ fallback: ['A'] }));
  for (const name of names(real)) assert.ok(name in list, name);
  const buckets = Array.from({ length: 200 }, (_, i) => list.bucket('tea', `visitor-${i}`, 4));
  assert.deepEqual([...new Set(buckets)].sort(), [0, 1, 2, 3]);
});

test('the list answers also for a bundle that does not come; never for a host\'s mistake or an abort', async () => {
  const w = world({ rescue: true });
  const fallback = ['A'];
  const server = createServer((_, response) => response.writeHead(404).end()).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`;
  // What fails by itself is given all the time that it wants, and what never comes little.
  for (const [bundle, told, loadMs] of [[url, 'fetch-failed', 30_000], [new Response(new ReadableStream()), 'load-timeout', 20]] as const) {
    const shop = await w.load({ fallback, timeouts: { loadMs } }, bundle);
    assert.equal(shop.info().full.error?.code, told);
    assert.equal((await shop.recommend()).items.length, 1);
    shop.close();
  }
  server.closeAllConnections();
  server.close();
  w.lite.failOnOpen = 'bundle-digest-mismatch';
  (await w.load({ fallback })).close();
  await assert.rejects(w.load({ fallback, signal: AbortSignal.abort() }), code('aborted'));
  await assert.rejects(w.load({ fallback, consent: 'yes' as 'none' }), code('invalid-option'));
  await assert.rejects(w.load({ fallback: [{ title: 'x' }] as never }), code('invalid-option'));
});

test('causes of wasm that does not compile are told apart', async () => {
  const { explain } = await import('../../../www/lib/src/failing/rescue.js');
  const failed = (message: string): NearhandError => new NearhandError('wasm-unsupported', message, { url: '/x.wasm' });
  const cause = async (message: string): Promise<unknown> => (await explain(failed(message))).details['reason'];
  assert.equal(await cause('violates the following Content Security policy directive'), 'csp');
  assert.equal(await cause('expected magic word 00 61 73 6d, found 3c 21 64 6f'), 'bytes');
  assert.equal(await cause('something else'), undefined);
  const { validate } = WebAssembly;
  WebAssembly.validate = () => false;
  try {
    code('simd-unsupported')(await explain(failed('invalid value type 0x7b')));
  } finally {
    WebAssembly.validate = validate;
  }
  const { Module } = WebAssembly;
  WebAssembly.Module = function () {
    throw new EvalError('refused');
  } as unknown as typeof Module;
  try {
    assert.equal(await cause('refused'), 'csp');
  } finally {
    WebAssembly.Module = Module;
  }
  const whole = new NearhandError('bundle-digest-mismatch', 'fetch it again', { stated: 'a', computed: 'a', expected: 'b' });
  assert.doesNotMatch((await explain(whole)).message, /again/);
  // Longer than it was signed: nothing was computed of it.
  const signed = new NearhandError('bundle-digest-mismatch', 'it has more than 10 bytes', { reason: 'signed', expected: 10 });
  const told = await explain(signed);
  assert.deepEqual([told.details['reason'], /whole|undefined/.test(told.message), /more than 10 bytes/.test(told.message)], ['signed', false, true]);
  const broken = new NearhandError('bundle-digest-mismatch', 'fetch it again', { stated: 'a', computed: 'c', expected: 'none' });
  assert.match((await explain(broken)).message, /again/);
  assert.ok(EMPTY);
});
