// A model's file over bad lines: a real small server that breaks off, changes the file, knows no ranges; a cache that is full, hangs, lies.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { download, type DownloadOptions, type Progress } from '../../../www/lib/src/files/download.js';
import { code } from './harness.js';

const FILE = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7919) >> 5);
const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const DIGEST = sha(FILE);
const whole = (bytes: Uint8Array): string => sha(bytes);

type Answer = (request: IncomingMessage, response: ServerResponse, nth: number) => void;
interface Asked {
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
  readonly control: string | undefined;
}

async function served(t: TestContext, answer: Answer): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const { range, 'if-range': ifRange, 'cache-control': control } = request.headers;
    asked.push({ range, ifRange: ifRange as string | undefined, control });
    answer(request, response, asked.length);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/model.onnx`, asked };
}

/** Sends some of the bytes, and breaks the connection. */
function some(response: ServerResponse, bytes: Uint8Array, headers: Record<string, string>, status = 200, announced = bytes.length, sent = 100_000): void {
  response.writeHead(status, { 'content-length': announced, ...headers });
  response.write(bytes.subarray(0, sent), () => setTimeout(() => response.destroy(), 20));
}

/** The rest that a request asks for, or all of it. */
function rest(request: IncomingMessage, response: ServerResponse, headers: Record<string, string> = {}, file = FILE): void {
  const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const part = file.subarray(from);
  response.writeHead(from ? 206 : 200, { 'content-length': part.length, ...(from && { 'content-range': `bytes ${from}-${file.length - 1}/${file.length}` }), ...headers });
  response.end(part);
}

const waits = (): { pause: NonNullable<DownloadOptions['pause']>; waited: number[] } => {
  const waited: number[] = [];
  return { waited, pause: async (ms) => void waited.push(ms) };
};
const max = { maxBytes: 1 << 20 };
const strong = { etag: '"one"' };

test('a whole file: its bytes, progress up to its end, a buffer of its own', async (t) => {
  const { url } = await served(t, (request, response) => rest(request, response));
  const told: Progress[] = [];
  const { bytes, cached } = await download(url, { ...max, onProgress: (one) => told.push(one) });
  assert.equal(whole(bytes), DIGEST);
  assert.equal(bytes.byteLength, bytes.buffer.byteLength, 'it can be transferred');
  assert.equal(cached, false);
  assert.deepEqual(told.at(-1), { loaded: 300_000, total: 300_000 });
  assert.ok(told.every((one, i) => i === 0 || one.loaded > told[i - 1]!.loaded));
});

test('a connection that breaks off: the rest is asked for by Range and If-Range, more than once', async (t) => {
  const { url, asked } = await served(t, (request, response, nth) => {
    if (nth === 1) return some(response, FILE, strong);
    if (nth === 2) return some(response, FILE.subarray(100_000), { ...strong, 'content-range': 'bytes 100000-299999/300000' }, 206);
    rest(request, response, strong);
  });
  const { waited, pause } = waits();
  const told: Progress[] = [];
  const { bytes } = await download(url, { ...max, pause, onProgress: (one) => told.push(one) });
  assert.equal(whole(bytes), DIGEST);
  assert.deepEqual(asked.map(({ range, ifRange }) => [range, ifRange]), [[undefined, undefined], ['bytes=100000-', '"one"'], ['bytes=200000-', '"one"']]);
  assert.deepEqual(waited, [250, 250], 'each attempt brought something: the waits do not grow');
  assert.ok(told.every(({ loaded, total }, i) => total === 300_000 && (i === 0 || loaded > told[i - 1]!.loaded)));
});

test('a weak ETag is no validator: the date is; without either the file begins anew, unless a digest is told', async (t) => {
  const date = 'Sun, 29 Nov 2026 10:00:00 GMT';
  for (const [headers, more, expected] of [
    [{ etag: 'W/"one"', 'last-modified': date }, {}, ['bytes=100000-', date]],
    [{ etag: 'W/"one"' }, {}, [undefined, undefined]],
    [{}, { digest: DIGEST, cache: false }, ['bytes=100000-', undefined]],
  ] as const) {
    const { url, asked } = await served(t, (request, response, nth) => (nth === 1 ? some(response, FILE, headers) : rest(request, response, headers)));
    assert.equal(whole((await download(url, { ...max, ...more, pause: waits().pause })).bytes), DIGEST);
    assert.deepEqual([asked[1]!.range, asked[1]!.ifRange], expected);
  }
});

test('a server, or a service worker, that answers a Range with all of it: it begins anew, and progress never falls', async (t) => {
  const other = FILE.map((byte) => byte ^ 1);
  const { url } = await served(t, (_, response, nth) => {
    if (nth === 1) return some(response, FILE, strong);
    // The file has changed: If-Range does not hold.
    response.writeHead(200, { 'content-length': other.length, etag: '"two"' }).end(other);
  });
  const told: number[] = [];
  const { bytes } = await download(url, { ...max, pause: waits().pause, onProgress: ({ loaded }) => told.push(loaded) });
  assert.equal(whole(bytes), sha(other), 'nothing of the first file is left');
  assert.ok(told.every((loaded, i) => i === 0 || loaded > told[i - 1]!));
  assert.equal(told.at(-1), 300_000);
});

test('a part that does not fit (another place, another file, encoded) is not joined', async (t) => {
  const part = FILE.subarray(100_000);
  for (const headers of [
    { ...strong, 'content-range': 'bytes 0-199999/300000' },
    { ...strong, 'content-range': 'bytes 100000-299999/300001' },
    { etag: '"two"', 'content-range': 'bytes 100000-299999/300000' },
    { ...strong, 'content-range': 'bytes 100000-299999/300000', 'content-encoding': 'gzip' },
    strong,
  ]) {
    const { url, asked } = await served(t, (request, response, nth) => {
      if (nth === 1) return some(response, FILE, strong);
      if (nth === 2) {
        const body = 'content-encoding' in headers ? gzipSync(part) : part;
        return void response.writeHead(206, headers).end(body);
      }
      rest(request, response, strong);
    });
    assert.equal(whole((await download(url, { ...max, pause: waits().pause })).bytes), DIGEST, JSON.stringify(headers));
    assert.deepEqual([asked[2]!.range, asked[2]!.control], [undefined, 'no-cache'], 'the whole, past the caches');
  }
});

test('a 206 that nobody asked for is no whole file, unless it says it is; a 416 begins anew', async (t) => {
  const { url, asked } = await served(t, (request, response, nth) => {
    if (nth === 1) return void response.writeHead(206, { 'content-range': 'bytes 0-99/300000' }).end(FILE.subarray(0, 100));
    if (nth === 2) return some(response, FILE, strong);
    if (nth === 3) return void response.writeHead(416, { 'content-range': 'bytes */50' }).end();
    rest(request, response);
  });
  assert.equal(whole((await download(url, { ...max, pause: waits().pause })).bytes), DIGEST);
  assert.equal(asked.length, 4);
  const all = await served(t, (_, response) => void response.writeHead(206, { 'content-range': 'bytes 0-299999/300000' }).end(FILE));
  assert.equal(whole((await download(all.url, max)).bytes), DIGEST);
  assert.equal(all.asked.length, 1);
});

test('an encoded response: its length is that of other bytes, so no total is told; broken off, it begins anew', async (t) => {
  const zipped = gzipSync(FILE);
  const headers = { 'content-encoding': 'gzip', ...strong };
  const { url, asked } = await served(t, (_, response, nth) => {
    if (nth === 1) return some(response, zipped, headers, 200, zipped.length, zipped.length >> 1);
    response.writeHead(200, { 'content-length': zipped.length, ...headers }).end(zipped);
  });
  const told: Progress[] = [];
  assert.equal(whole((await download(url, { ...max, pause: waits().pause, onProgress: (one) => told.push(one) })).bytes), DIGEST);
  assert.ok(told.length > 1 && told.every(({ total }) => total === undefined));
  assert.ok(asked.every(({ range }) => range === undefined));
  // Where the manifest tells the number, that is the total.
  const known: Progress[] = [];
  await download(url, { ...max, bytes: FILE.length, onProgress: (one) => known.push(one) });
  assert.deepEqual(known.at(-1), { loaded: 300_000, total: 300_000 });
});

test('attempts are bounded: those that bring nothing, and a server that sends a byte each time', async (t) => {
  const none = await served(t, (_, response, nth) => (nth === 1 ? some(response, FILE, strong) : void response.destroy()));
  const { waited, pause } = waits();
  await assert.rejects(download(none.url, { ...max, pause }), code('fetch-failed'));
  assert.deepEqual(waited, [250, 250, 500, 1000, 2000].map((ms, i) => (i ? 250 * 2 ** i : ms)));
  assert.equal(none.asked.length, 6);
  let sent = 0;
  const drip = await served(t, (_, response) => {
    const part = FILE.subarray(sent);
    const range = sent ? { 'content-range': `bytes ${sent}-299999/300000` } : {};
    some(response, part, { ...strong, ...range }, sent++ ? 206 : 200, part.length, 1);
  });
  await assert.rejects(download(drip.url, { ...max, pause: waits().pause }), code('fetch-failed'));
  assert.equal(drip.asked.length, 40);
});

test('nothing answers at all: three attempts; what is refused by name is refused at once', async (t) => {
  const gone = await served(t, (_, response) => void response.destroy());
  const { waited, pause } = waits();
  await assert.rejects(download(gone.url, { ...max, pause }), code('fetch-failed'));
  assert.deepEqual([gone.asked.length, waited], [3, [250, 500]]);
  for (const [status, type] of [[404, 'text/plain'], [403, 'text/plain'], [200, 'text/html; charset=utf-8']] as const) {
    const { url, asked } = await served(t, (_, response) => void response.writeHead(status, { 'content-type': type }).end('none'));
    await assert.rejects(download(url, max), code('fetch-failed'));
    assert.equal(asked.length, 1, `${status}`);
  }
});

test('a busy server is asked again when it says, half a minute at most', async (t) => {
  const { url, asked } = await served(t, (request, response, nth) => {
    if (nth === 1) return void response.writeHead(503, { 'retry-after': '2' }).end();
    if (nth === 2) return void response.writeHead(429, { 'retry-after': '86400' }).end();
    if (nth === 3) return void response.writeHead(502).end();
    rest(request, response);
  });
  const { waited, pause } = waits();
  assert.equal(whole((await download(url, { ...max, pause })).bytes), DIGEST);
  assert.deepEqual([asked.length, waited], [4, [2000, 30_000, 1000]]);
});

test('a line that goes dead is left for another', async (t) => {
  const { url, asked } = await served(t, (request, response, nth) => {
    if (nth > 1) return rest(request, response, strong);
    response.writeHead(200, { 'content-length': FILE.length, ...strong }).write(FILE.subarray(0, 100_000));
  });
  assert.equal(whole((await download(url, { ...max, stallMs: 80, pause: waits().pause })).bytes), DIGEST);
  assert.equal(asked[1]!.range, 'bytes=100000-');
});

test('maxBytes: by what is announced, and by what comes where nothing or an untruth is', async (t) => {
  for (const headers of [{ 'content-length': '300000' }, {}] as Record<string, string>[]) {
    const { url, asked } = await served(t, (_, response) => void response.writeHead(200, headers).end(FILE));
    await assert.rejects(download(url, { maxBytes: 200_000 }), code('download-too-large'));
    assert.equal(asked.length, 1);
  }
});

test('the signal ends a download, a wait, and one that has not begun', async (t) => {
  const { url, asked } = await served(t, (_, response) => void response.writeHead(200, strong).write(FILE.subarray(0, 1000)));
  const stop = new AbortController();
  await assert.rejects(download(url, { ...max, signal: stop.signal, onProgress: () => stop.abort() }), code('aborted'));
  assert.equal(asked.length, 1);
  await assert.rejects(download(url, { ...max, signal: AbortSignal.abort() }), code('aborted'));
  assert.equal(asked.length, 1);
  const busy = await served(t, (_, response) => void response.writeHead(503, { 'retry-after': '20' }).end());
  await assert.rejects(download(busy.url, { ...max, signal: AbortSignal.timeout(60) }), code('aborted'));
});

test('the digest: another file is fetched once more past the caches, then refused; a file cut short by a proxy, by its number of bytes', async (t) => {
  const old = FILE.slice().reverse();
  const { url, asked } = await served(t, (request, response, nth) => rest(request, response, {}, nth === 1 ? old : FILE));
  assert.equal(whole((await download(url, { ...max, digest: DIGEST.toUpperCase() })).bytes), DIGEST);
  assert.deepEqual(asked.map(({ control }) => control), [undefined, 'no-cache']);
  await assert.rejects(download(url, { ...max, digest: sha(old) }), code('download-digest-mismatch'));
  const cut = await served(t, (_, response) => void response.writeHead(200, { 'content-length': 1000 }).end(FILE.subarray(0, 1000)));
  await assert.rejects(download(cut.url, { ...max, bytes: FILE.length, pause: waits().pause }), (error: Error) => code('fetch-failed')(error) && /1000 of 300000/.test(error.message));
  await assert.rejects(download(cut.url, { ...max, bytes: 999 }), code('download-digest-mismatch'));
});

test('what the host gives: a progress callback that throws, a runtime without SHA-256, files of its own', async (t) => {
  const { url, asked } = await served(t, (request, response) => rest(request, response));
  const broken = (): never => {
    throw new Error('of the host');
  };
  await assert.rejects(download(url, { ...max, onProgress: broken }), code('invalid-option'));
  const readFile = async (): Promise<Uint8Array> => FILE;
  const own = await download('/model.onnx', { ...max, readFile, digest: DIGEST });
  assert.equal(whole(own.bytes), DIGEST);
  await assert.rejects(download('/model.onnx', { ...max, readFile, digest: sha(FILE.subarray(1)) }), code('download-digest-mismatch'));
  await assert.rejects(download('/model.onnx', { maxBytes: 9, readFile }), code('download-too-large'));
  t.mock.getter(globalThis, 'crypto', () => undefined);
  const before = asked.length;
  await assert.rejects(download(url, { ...max, digest: DIGEST }), code('runtime-lacks'));
  assert.equal(asked.length, before, 'nothing is fetched for nothing');
});

test('another origin: headers are hidden, If-Range is never sent, and a digest tells whether the part was of the file', async (t) => {
  const real = globalThis.fetch;
  /** As a browser shows a response of another origin. */
  const hidden = async (...of: Parameters<typeof fetch>): Promise<Response> => {
    const response = await real(...of);
    const headers = new Headers();
    for (const name of ['content-length', 'last-modified', 'content-type']) if (response.headers.has(name)) headers.set(name, response.headers.get(name)!);
    const seen = new Response(response.body, { status: response.status, headers });
    Object.defineProperty(seen, 'type', { value: 'cors' });
    return seen;
  };
  t.mock.method(globalThis, 'fetch', hidden);
  const headers = { ...strong, 'last-modified': 'Sun, 29 Nov 2026 10:00:00 GMT' };
  const { url, asked } = await served(t, (request, response, nth) => (nth % 2 ? some(response, FILE, headers) : rest(request, response, headers)));
  assert.equal(whole((await download(url, { ...max, digest: DIGEST, pause: waits().pause })).bytes), DIGEST);
  assert.equal(whole((await download(url, { ...max, pause: waits().pause })).bytes), DIGEST);
  assert.deepEqual(asked.map(({ range, ifRange }) => [range, ifRange]), [[undefined, undefined], ['bytes=100000-', undefined], [undefined, undefined], [undefined, undefined]]);
  // Its length may be that of a hidden encoding, longer than the file.
  const longer = await served(t, (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(FILE, { level: 0 })));
  assert.equal(whole((await download(longer.url, max)).bytes), DIGEST);
});

/** A Cache API in memory, as a browser's answers, and as it fails. */
class FakeCaches {
  readonly entries = new Map<string, { body: Uint8Array; headers: Headers }>();
  /** Bytes that fit. */
  room = Infinity;
  fault: Partial<Record<'open' | 'match' | 'put' | 'keys' | 'delete', 'throws' | 'hangs'>> = {};
  async #act<T>(what: keyof FakeCaches['fault'], act: () => T | Promise<T>): Promise<T> {
    if (this.fault[what] === 'throws') throw new DOMException('The operation is insecure.', 'SecurityError');
    if (this.fault[what] === 'hangs') return new Promise(() => {});
    return act();
  }
  open(name: string): Promise<object> {
    assert.equal(name, 'nearhand-models');
    return this.#act('open', () => ({
      match: (url: string) => this.#act('match', () => this.#found(url)),
      put: (url: string, response: Response) => this.#act('put', () => this.#put(url, response)),
      keys: () => this.#act('keys', () => [...this.entries.keys()].map((url) => ({ url }))),
      delete: (url: string) => this.#act('delete', () => this.entries.delete(url)),
    }));
  }
  #found(url: string): Response | undefined {
    const entry = this.entries.get(url);
    return entry && new Response(entry.body as Uint8Array<ArrayBuffer>, { headers: entry.headers });
  }
  async #put(url: string, response: Response): Promise<void> {
    // As the specification has it.
    if (response.status === 206 || response.status === 0) throw new TypeError('partial or opaque');
    const body = new Uint8Array(await response.arrayBuffer());
    const used = [...this.entries.values()].reduce((sum, entry) => sum + entry.body.length, 0);
    if (used + body.length > this.room) throw new DOMException('Quota exceeded.', 'QuotaExceededError');
    this.entries.set(url, { body, headers: response.headers });
  }
  static in(t: TestContext): FakeCaches {
    const fake = new FakeCaches();
    Object.defineProperty(globalThis, 'caches', { value: fake, configurable: true, writable: true });
    t.after(() => Reflect.deleteProperty(globalThis, 'caches'));
    return fake;
  }
}
const keyOf = (digest: string): string => `https://nearhand.invalid/${digest}`;

test('kept by digest: the second time nothing is fetched; another name for the same file does as well', async (t) => {
  const fake = FakeCaches.in(t);
  const { url, asked } = await served(t, (request, response) => rest(request, response));
  const first = await download(url, { ...max, digest: DIGEST });
  // The bytes may be given away at once.
  structuredClone(first.bytes, { transfer: [first.bytes.buffer] });
  assert.deepEqual([first.cached, await first.kept], [false, true]);
  assert.deepEqual([...fake.entries.keys()], [keyOf(DIGEST)]);
  const told: Progress[] = [];
  const second = await download('https://elsewhere.example/model.onnx', { ...max, digest: DIGEST.toUpperCase(), onProgress: (one) => told.push(one) });
  assert.deepEqual([second.cached, whole(second.bytes), asked.length, told], [true, DIGEST, 1, [{ loaded: 300_000, total: 300_000 }]]);
  assert.equal((await download(url, { ...max, digest: DIGEST, cache: false })).cached, false);
  assert.equal((await download(url, max)).cached, false, 'without a digest nothing is taken');
  await assert.rejects(download(url, { maxBytes: 1000, digest: DIGEST }), code('download-too-large'), 'a smaller maxBytes holds for what is kept');
});

test('what was changed in the cache is thrown away and fetched anew', async (t) => {
  const fake = FakeCaches.in(t);
  const { url, asked } = await served(t, (request, response) => rest(request, response));
  for (const body of [FILE.map((byte, i) => (i === 9 ? byte ^ 1 : byte)), FILE.subarray(0, 1000), new Uint8Array()]) {
    fake.entries.set(keyOf(DIGEST), { body, headers: new Headers() });
    const before = asked.length;
    const { bytes, cached, kept } = await download(url, { ...max, digest: DIGEST });
    assert.deepEqual([whole(bytes), cached, await kept, asked.length - before], [DIGEST, false, true, 1]);
    assert.equal(sha(fake.entries.get(keyOf(DIGEST))!.body), DIGEST);
  }
});

test('a server that answers anything with 200 breaks nothing for good: what is wrong is never kept', async (t) => {
  const fake = FakeCaches.in(t);
  let wrong = true;
  const { url } = await served(t, (request, response) => rest(request, response, {}, wrong ? FILE.subarray(0, 4000) : FILE));
  await assert.rejects(download(url, { ...max, digest: DIGEST }), code('download-digest-mismatch'));
  assert.equal(fake.entries.size, 0);
  wrong = false;
  assert.equal(await (await download(url, { ...max, digest: DIGEST })).kept, true);
});

test('of one name the newest is kept, of all the newest sixteen', async (t) => {
  const fake = FakeCaches.in(t);
  const files = Array.from({ length: 20 }, (_, i) => Uint8Array.of(i, 1, 2));
  const { url } = await served(t, (request, response) => rest(request, response, {}, files[Number(/\?(\d+)/.exec(request.url!)?.[1])]));
  let now = 1e12;
  t.mock.method(Date, 'now', () => now++);
  const get = async (i: number, name?: string): Promise<boolean> => (await download(`${url}?${i}`, { ...max, digest: sha(files[i]!), name })).kept;
  await get(0, 'assistant');
  await get(1, 'other');
  await get(2, 'assistant');
  assert.deepEqual([...fake.entries.keys()], [keyOf(sha(files[1]!)), keyOf(sha(files[2]!))]);
  // Without a name: the URL up to its query.
  await get(3);
  await get(4);
  assert.deepEqual([...fake.entries.keys()].map((key) => [1, 2, 3, 4].find((i) => keyOf(sha(files[i]!)) === key)), [1, 2, 4]);
  for (let i = 0; i < 20; i++) assert.equal(await get(i, `file ${i}`), true);
  // 1, 2 and 4 were there already, the oldest, and 0 came after them.
  assert.deepEqual(files.flatMap((file, i) => (fake.entries.has(keyOf(sha(file))) ? [i] : [])), [3, ...Array.from({ length: 15 }, (_, i) => i + 5)]);
});

test('no room: the oldest make it, four at most; a file that never fits is used all the same', async (t) => {
  const fake = FakeCaches.in(t);
  let now = 1e12;
  t.mock.method(Date, 'now', () => now++);
  const { url } = await served(t, (request, response) => rest(request, response, {}, request.url!.includes('small') ? FILE.subarray(Number(/(\d+)$/.exec(request.url!)![1]), 60_000) : FILE));
  fake.room = 400_000;
  for (let i = 0; i < 5; i++) await (await download(`${url}?small${i}`, { ...max, name: `${i}`, digest: sha(FILE.subarray(i, 60_000)) })).kept;
  assert.equal(fake.entries.size, 5);
  const { kept, bytes } = await download(url, { ...max, digest: DIGEST });
  assert.deepEqual([await kept, whole(bytes)], [true, DIGEST]);
  assert.equal(fake.entries.size, 2, 'four of 60 000 bytes made room');
  fake.room = 1000;
  fake.entries.delete(keyOf(DIGEST));
  const again = await download(url, { ...max, digest: DIGEST });
  assert.deepEqual([await again.kept, whole(again.bytes)], [false, DIGEST]);
});

test('a cache that is missing, forbidden (a private window, a frame of no origin) or throws is done without', async (t) => {
  const { url } = await served(t, (request, response) => rest(request, response));
  const get = async (): Promise<[string, boolean]> => {
    const { bytes, kept } = await download(url, { ...max, digest: DIGEST });
    return [whole(bytes), await kept];
  };
  assert.deepEqual(await get(), [DIGEST, false], 'no caches at all');
  const fake = FakeCaches.in(t);
  for (const what of ['open', 'match', 'put'] as const) {
    fake.fault = { [what]: 'throws' };
    assert.deepEqual(await get(), [DIGEST, what === 'match'], what);
    fake.entries.clear();
  }
  Object.defineProperty(globalThis, 'caches', {
    configurable: true,
    get() {
      throw new DOMException('no origin', 'SecurityError');
    },
  });
  assert.deepEqual(await get(), [DIGEST, false]);
});

test('a cache that hangs is not waited for', async (t) => {
  const { url } = await served(t, (request, response) => rest(request, response));
  const fake = FakeCaches.in(t);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  for (const what of ['open', 'match'] as const) {
    fake.fault = { [what]: 'hangs' };
    const got = download(url, { ...max, digest: DIGEST });
    for (let i = 0; i < 4; i++) {
      await new Promise((done) => setImmediate(done));
      t.mock.timers.tick(2_000);
    }
    assert.equal(whole((await got).bytes), DIGEST, what);
  }
});
