import assert from 'node:assert/strict';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { readBundle } from '../../../www/lib/src/files/fetch.js';
import { BUNDLE, code, EMPTY, world } from './harness.js';

async function serving(listener: RequestListener, run: (url: string, server: Server) => Promise<void>): Promise<void> {
  const server = createServer(listener);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  try {
    await run(`http://127.0.0.1:${(server.address() as AddressInfo).port}/shop.safetensors`, server);
  } finally {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
}

test('a bundle from a URL, an ArrayBuffer, a Response', async () => {
  const w = world({ kind: 'node' });
  await serving((_, res) => res.end(BUNDLE), async (url) => {
    for (const bundle of [url, new URL(url), await fetch(url), BUNDLE.buffer as ArrayBuffer]) {
      const shop = await w.load({}, bundle);
      assert.equal((await shop.recommend()).items.length, 3);
      shop.close();
    }
  });
});

test('404, an HTML page and a dead server are fetch-failed', async () => {
  const w = world();
  await serving((_, res) => res.writeHead(404).end(), (url) =>
    assert.rejects(w.load({}, url), (error: unknown) => {
      assert.equal((error as { details: { status: number } }).details.status, 404);
      return code('fetch-failed')(error);
    }),
  );
  await serving((_, res) => res.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<!doctype html>'), (url) =>
    assert.rejects(w.load({}, url), code('fetch-failed')),
  );
  await assert.rejects(w.load({}, 'http://127.0.0.1:1/x'), code('fetch-failed'));
  assert.equal(w.lite.opened.length, 0);
});

test('a connection that breaks off is fetch-failed', async () => {
  await serving((_, res) => {
    res.writeHead(200, { 'content-length': '1000' });
    res.write('half', () => res.destroy());
  }, (url) => assert.rejects(world().load({}, url), code('fetch-failed')));
});

test('a bundle too large is refused while it streams', async () => {
  let sent = 0;
  await serving((_, res) => {
    const more = (): void => {
      if (res.destroyed || sent > 50_000_000) return void res.end();
      sent += 65_536;
      if (res.write(Buffer.alloc(65_536))) setImmediate(more);
      else res.once('drain', more);
    };
    more();
  }, (url) => assert.rejects(world().load({ maxBytes: 100_000 }, url), code('bundle-too-large')));
  assert.ok(sent < 50_000_000, `the server could send ${sent} bytes`);
});

test('a bundle too large by its Content-Length, or in memory, is refused', async () => {
  await assert.rejects(world().load({ maxBytes: 3 }), (error: Error) => /has at least 4 bytes, more than maxBytes 3: raise it, to 2 GiB at most, or split/.test(error.message));
  await serving((_, res) => res.end(Buffer.alloc(200)), (url) => assert.rejects(world().load({ maxBytes: 100 }, url), code('bundle-too-large')));
  await assert.rejects(world().load({ maxBytes: 3 }), code('bundle-too-large'));
});

test('a bundle that the page has no memory for, in one piece', async () => {
  // A stream that says it has brought a petabyte.
  const parts = [{ byteLength: 2 ** 50 }];
  const read = async (): Promise<object> => ({ done: parts.length === 0, value: parts.pop() });
  const body = { getReader: () => ({ read, cancel: async () => {} }) };
  const huge = { ok: true, status: 200, url: '/huge', headers: { get: () => null }, body } as unknown as Response;
  await assert.rejects(readBundle(huge, { maxBytes: Infinity }), (error: unknown) => {
    assert.equal((error as { details: { bytes: number } }).details.bytes, 2 ** 50);
    return code('out-of-memory')(error);
  });
});

test('an aborted load rejects and leaves nothing behind', async () => {
  const w = world();
  await assert.rejects(w.load({ signal: AbortSignal.abort() }), code('aborted'));
  let closed = false;
  await serving((req, res) => {
    res.write('the rest never comes');
    req.on('close', () => (closed = true));
  }, async (url) => {
    const stop = new AbortController();
    const loading = w.load({ signal: stop.signal, consent: 'persistent' }, url);
    setTimeout(() => stop.abort(new Error('left the page')), 20);
    await assert.rejects(loading, (error: unknown) => {
      assert.equal(((error as Error).cause as Error).message, 'left the page');
      return code('aborted')(error);
    });
    const response = await fetch(url);
    const own = new AbortController();
    const reading = w.load({ signal: own.signal }, response);
    setTimeout(() => own.abort(), 20);
    await assert.rejects(reading, code('aborted'));
    await new Promise((done) => setTimeout(done, 20));
  });
  assert.ok(closed, 'the connection is given up');
  assert.equal(w.lite.opened.length, 0);
  assert.equal(w.workers.length, 0);
  assert.equal(w.persistent.data.size + w.session.data.size, 0);
});

test('an abort is heard while a binary of the host\'s own does not come', async () => {
  for (const type of ['application/wasm', 'application/octet-stream']) {
    const lite = new Response(new ReadableStream(), { headers: { 'content-type': type } });
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 20);
    await assert.rejects(world().load({ tier: 'lite', wasm: { lite }, signal: stop.signal }), code('aborted'));
  }
});

test('an abort is heard between two goldens, on the page as in the worker', async () => {
  for (const kind of ['browser', 'node'] as const) {
    for (const tier of kind === 'node' ? (['lite', 'full'] as const) : (['lite'] as const)) {
      const w = world({ kind });
      Object.assign(w[tier], { goldens: 1_000, goldenMs: 3 });
      const stop = new AbortController();
      const loading = w.load({ tier, signal: stop.signal });
      // Not before the engine replays: on a busy machine that takes its time.
      while (!w[tier].opened[0]?.replayed) await new Promise((turn) => setTimeout(turn, 1));
      stop.abort();
      await assert.rejects(loading, code('aborted'));
      assert.ok(w[tier].opened[0]!.replayed < 300, 'the goldens that are left are not replayed');
    }
  }
});

test('a bundle that takes long is opened in many turns of the event loop, a few steps each', async () => {
  const w = world();
  Object.assign(w.lite, { goldens: 12, goldenMs: 4 });
  const loading = w.load({ tier: 'lite' });
  while (!w.lite.opened[0]) await new Promise((turn) => setImmediate(turn));
  const engine = w.lite.opened[0];
  const steps: number[] = [];
  const counted = async (): Promise<void> => {
    for (let before = engine.replayed; engine.replayed < 12; before = engine.replayed) {
      await new Promise((turn) => setImmediate(turn));
      steps.push(engine.replayed - before);
    }
  };
  await Promise.all([loading, counted()]);
  // A turn is over after five milliseconds, which is two of these steps.
  assert.ok(Math.max(...steps) <= 2, `${steps}`);
});

test('all goldens are replayed before the first answer, at once where they are short', async () => {
  const w = world();
  w.lite.goldens = 64;
  const shop = await w.load({ tier: 'lite' });
  assert.equal(w.lite.opened[0]!.replayed, 64);
  // The engine that takes the place of one that trapped replays them, too.
  w.lite.trapOnRecommend = 1;
  assert.equal((await shop.recommend()).items.length, 3);
  assert.deepEqual(w.lite.opened.map((engine) => engine.replayed), [64, 64]);
});

test('aborted while the pinned full tier opens: worker and engine are ended', async () => {
  const w = world();
  const stop = new AbortController();
  w.worker = 'normal';
  const loading = w.load({ tier: 'full', signal: stop.signal });
  while (w.lite.opened.length === 0) await new Promise((done) => setImmediate(done));
  stop.abort();
  await assert.rejects(loading, code('aborted'));
  assert.ok(w.workers[0]?.terminated);
  assert.ok(w.lite.opened[0]?.freed);
});

test('who waits for the full tier has its worker at once; aborted then, nothing is left', async () => {
  const w = world();
  const stop = new AbortController();
  // A bundle that never comes.
  const loading = w.load({ tier: 'full', thread: 'worker', signal: stop.signal }, new Response(new ReadableStream()));
  while (w.workers.length === 0) await new Promise((done) => setImmediate(done));
  stop.abort();
  await assert.rejects(loading, code('aborted'));
  assert.ok(w.workers.every((worker) => worker.terminated));
  assert.equal(w.lite.opened.length, 0);
});

test('a wrong digest passes through with the engine\'s details', async () => {
  await assert.rejects(world().load({ digest: 'f'.repeat(64) }), (error: unknown) => {
    assert.deepEqual((error as { details: object }).details, { from: 'engine' });
    return code('bundle-digest-mismatch')(error);
  });
  await assert.rejects(world().load({ digest: 'abc' }), code('invalid-option'));
});

test('a bundle of the wrong kind of thing is refused', async () => {
  await assert.rejects(world().load({}, 42 as unknown as string), code('invalid-option'));
});

test('wasm: bytes compile, junk is wasm-unsupported, another release is wasm-mismatch', async () => {
  const w = world();
  const shop = await w.load({ tier: 'lite', wasm: { lite: new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]) } });
  shop.close();
  await assert.rejects(w.load({ tier: 'lite', wasm: { lite: new Uint8Array([1, 2, 3]) } }), code('wasm-unsupported'));
  w.lite.version = '0.0.1';
  await assert.rejects(w.load({ tier: 'lite', wasm: { lite: EMPTY } }), code('wasm-mismatch'));
});

test('wasm over the network: streamed with its type, compiled without it', async () => {
  const bytes = Buffer.from([0, 97, 115, 109, 1, 0, 0, 0]);
  for (const type of ['application/wasm', 'application/octet-stream']) {
    await serving((_, res) => res.writeHead(200, { 'content-type': type }).end(bytes), async (url) => {
      for (const lite of [url, fetch(url)]) (await world().load({ tier: 'lite', wasm: { lite } })).close();
    });
  }
  await serving((_, res) => res.writeHead(404).end(), (url) =>
    assert.rejects(world().load({ tier: 'lite', wasm: { lite: url } }), code('fetch-failed')),
  );
});

test('progressive in process: a full tier that does not open leaves lite, and says why', async () => {
  const w = world({ kind: 'node' });
  w.full.failOnOpen = 'golden-mismatch';
  await assert.rejects(w.load({ tier: 'full' }), code('golden-mismatch'));
  await assert.rejects(w.load(), code('golden-mismatch'), 'full is what Node asks for');
  const shop = await w.load({ tier: 'progressive' });
  assert.equal(await shop.ready, 'lite');
  assert.equal(shop.info().full.error?.code, 'golden-mismatch');
  assert.equal((await shop.recommend()).tier, 'lite');
  shop.close();
});

test('a bundle in two: lite answers from the first file, the second goes to the full tier alone', async () => {
  const w = world();
  let release = (): void => {};
  const held = new Promise<void>((done) => (release = done));
  const bytes = new Uint8Array([9, 8, 7]);
  await serving((_, res) => void held.then(() => res.end(bytes)), async (model) => {
    const shop = await w.load({ model });
    assert.equal((await shop.recommend()).tier, 'lite');
    assert.equal(w.workers.length, 0);
    release();
    assert.equal(await shop.ready, 'full');
    assert.deepEqual(w.full.opened[0]?.model, bytes);
    assert.equal(w.lite.opened[0]?.model, undefined);
    shop.close();
  });
});

test('a bundle in two: pinned tiers, and a second file that does not come', async () => {
  const model = new Uint8Array([9]);
  const node = world({ kind: 'node' });
  (await node.load({ tier: 'full', model })).close();
  assert.deepEqual(node.full.opened[0]?.model, model);
  await serving((_, res) => res.writeHead(404).end(), async (url) => {
    const w = world();
    (await w.load({ tier: 'lite', model: url })).close();
    await assert.rejects(w.load({ tier: 'full', model: url }), code('fetch-failed'));
    const shop = await w.load({ model: url });
    assert.equal(await shop.ready, 'lite');
    assert.equal((await shop.recommend()).tier, 'lite');
    const { state, error } = shop.info().full;
    assert.deepEqual([state, error?.code], ['failed', 'fetch-failed']);
    shop.close();
  });
});

test('a shop closed before the second file is there starts no worker', async () => {
  const w = world();
  let release = (): void => {};
  const held = new Promise<void>((done) => (release = done));
  await serving((_, res) => void held.then(() => res.end(new Uint8Array([9]))), async (model) => {
    const shop = await w.load({ model });
    shop.close();
    release();
    await shop.ready;
    assert.equal(w.workers.length, 0);
  });
});
