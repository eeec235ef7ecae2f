// A shop whose bundles must be signed: what is refused never reaches an engine, and what served before goes on.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { noShops } from '../../../www/lib/src/shop/share.js';
import type { LoadOptions, Shop, Trust } from '../../../www/lib/src/words/types.js';
import { fakeBundle } from './fake.js';
import { code, FakeStorage, world, type World } from './harness.js';
import { bytesOf, envelope, file, signed, signer, statement } from './signed.js';

const own = signer();
const next = signer();
const stranger = signer();
const NOW = Date.parse('2026-11-10T00:00:00Z');
const now = (): number => NOW;
const bundleOf = (version: string): Uint8Array => fakeBundle({ version, items: ['A', 'B'] });
const [ONE, TWO, THREE] = ['1', '2', '3'].map(bundleOf) as [Uint8Array, Uint8Array, Uint8Array];
const trust = (statement?: Uint8Array, more: Partial<Trust> = {}): Trust => ({ keys: [own.key], name: 'shop', ...(statement && { statement }), ...more });
const by = (bytes: Uint8Array, sequence: number, given: object = {}): Uint8Array => signed(bytes, own, { sequence, version: String(sequence), ...given });
const version = (shop: Shop): string => shop.info().bundle.version;
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
/** As a page has kept them. */
const keptIn = (storage: FakeStorage): string[] => JSON.parse(storage.data.get('nearhand-trust:shop')!) as string[];
const opened = (w: World): number => w.lite.opened.length + w.full.opened.length;

async function running(options: LoadOptions = {}, w = world({ kind: 'node' }), sequence = 5): Promise<{ w: World; shop: Shop }> {
  const shop = await w.load({ now, trust: trust(by(ONE, sequence)), ...options }, ONE);
  await shop.ready;
  return { w, shop };
}

for (const kind of ['browser', 'node'] as const) {
  test(`${kind}: a signed bundle serves, and info says by whom and until when`, async () => {
    const { w, shop } = await running({}, world({ kind }));
    assert.equal((await shop.recommend()).items.length, 2);
    const { trust: told } = shop.info();
    assert.deepEqual(told, { name: 'shop', version: '5', sequence: 5, createdAt: '2026-11-01T00:00:00Z', expires: '2026-11-15T00:00:00Z', key: own.key, expired: false });
    assert.ok(Object.isFrozen(shop.info()) && Object.isFrozen(told));
    assert.deepEqual(JSON.parse(JSON.stringify(shop)).trust, told, 'the handle tells the same');
    await shop.swap(TWO, { statement: by(TWO, 6) });
    assert.deepEqual([version(shop), shop.info().trust?.sequence], ['2', 6]);
    shop.close();
    assert.throws(() => shop.info(), code('closed'));
    assert.ok(opened(w) >= 2);
  });

  test(`${kind}: what is refused reaches no engine, in load and in swap; the bundle before goes on`, async () => {
    const cases: [string, Uint8Array, Uint8Array | undefined, string][] = [
      ['tampered', THREE, by(TWO, 7), 'bundle-digest-mismatch'],
      ['longer than it was signed', new Uint8Array([...TWO, 32]), by(TWO, 7), 'bundle-digest-mismatch'],
      ['expired', TWO, by(TWO, 7, { createdAt: '2026-01-01T00:00:00Z', expires: '2026-01-15T00:00:00Z' }), 'bundle-expired'],
      ['rolled back', TWO, by(TWO, 4), 'bundle-rolled-back'],
      ['unsigned', TWO, undefined, 'bundle-unsigned'],
      ['a stranger\'s', TWO, signed(TWO, stranger, { sequence: 7 }), 'key-unknown'],
      ['another shop\'s', TWO, by(TWO, 7, { name: 'other' }), 'bundle-other-name'],
      ['no statement', TWO, bytesOf('<!doctype html>'), 'bundle-unsigned'],
      ['a broken signature', TWO, bytesOf({ ...envelope(statement(TWO, { sequence: 7 }), [own]), signatures: envelope(statement(ONE), [own]).signatures }), 'signature-invalid'],
      ['a statement of two readings', TWO, bytesOf(envelope(JSON.stringify(statement(TWO)).replace('{', '{ '), [own])), 'statement-invalid'],
    ];
    const { w, shop } = await running({}, world({ kind }));
    const before = opened(w);
    for (const [what, bytes, statement, word] of cases) {
      await assert.rejects(shop.swap(bytes, statement ? { statement } : {}), code(word), what);
      assert.deepEqual([opened(w), version(shop), shop.info().trust?.sequence], [before, '1', 5], what);
      const fresh = world({ kind });
      await assert.rejects(fresh.load({ now, trust: trust(statement, { lowest: 5 }) }, bytes), code(word), `load: ${what}`);
      assert.equal(opened(fresh), 0, `load: ${what}`);
    }
    // The ten before left nothing in the way of a good one.
    await shop.swap(TWO, { statement: by(TWO, 6) });
    assert.equal(version(shop), '2');
    shop.close();
  });
}

test('trust that is none is refused, and so is a statement where no trust was asked for', async () => {
  const w = world({ kind: 'node' });
  for (const given of [null, false, '', 0, {}]) await assert.rejects(w.load({ now, trust: given as never }, ONE), code('invalid-option'), String(given));
  assert.equal(opened(w), 0);
  const shop = await w.load({}, ONE);
  await assert.rejects(shop.swap(TWO, { statement: by(TWO, 6) }), code('unknown-option'));
  const { shop: trusted } = await running();
  await assert.rejects(trusted.swap(TWO, { statement: by(TWO, 6), trust: trust() } as never), code('unknown-option'), 'a swap cannot bring its own keys');
  await assert.rejects(trusted.swap(TWO, 5 as never), (error: { code: string }) => /bundle-unsigned|invalid-option/.test(error.code));
});

test('no way back: not in the shop, not on the next page where it is kept, and not further than consent goes', async () => {
  const { shop } = await running();
  await shop.swap(TWO, { statement: by(TWO, 9) });
  await assert.rejects(shop.swap(ONE, { statement: by(ONE, 5) }), code('bundle-rolled-back'));
  // The way back: the old bundle is signed again.
  await shop.swap(ONE, { statement: by(ONE, 10) });
  assert.equal(version(shop), '1');

  const persistent = new FakeStorage();
  const page = (consent: LoadOptions['consent'], sequence: number, keys = [own.key], w = world({ persistent })) => w.load({ now, consent: consent!, tier: 'lite', trust: trust(by(ONE, sequence), { keys }) }, ONE);
  (await page('memory', 20)).close();
  assert.equal(persistent.data.size, 0, 'nothing is written without consent');
  const kept = await page('persistent', 7);
  assert.deepEqual(keptIn(persistent), [textOf(by(ONE, 7))]);
  await assert.rejects(page('persistent', 6), code('bundle-rolled-back'));
  (await page('persistent', 7)).close();
  (await page('persistent', 8)).close();
  await assert.rejects(page('persistent', 7), code('bundle-rolled-back'));
  // Without consent nothing is read, either.
  const aside = new FakeStorage();
  aside.data.set('nearhand-trust:shop', JSON.stringify([textOf(by(ONE, 99))]));
  (await page('memory', 6, [own.key], world({ persistent: aside }))).close();
  // Withdrawn: it goes with the rest.
  kept.setConsent('none');
  assert.equal(persistent.data.get('nearhand-trust:shop'), undefined);
  kept.setConsent('persistent');
  assert.deepEqual(keptIn(persistent), [textOf(by(ONE, 7))], 'what this page has had');
  kept.close();
});

test('keys are exchanged: with the old one goes the sequence that a thief has driven up', async () => {
  const persistent = new FakeStorage();
  const page = (sequence: number, key: typeof own, keys: string[]) => world({ persistent }).load({ now, consent: 'persistent', tier: 'lite', trust: { keys, name: 'shop', statement: signed(ONE, key, { sequence }) } }, ONE);
  (await page(2 ** 53 - 1, own, [own.key, next.key])).close();
  // Both are trusted: what the one has seen holds for the other.
  await assert.rejects(page(6, next, [own.key, next.key]), code('bundle-rolled-back'));
  (await page(6, next, [next.key])).close();
  await assert.rejects(page(5, next, [next.key]), code('bundle-rolled-back'));
  await assert.rejects(page(7, own, [next.key]), code('key-unknown'));
});

test('keys are exchanged: what both have signed opens no way back when the page knows the new one alone', async () => {
  const persistent = new FakeStorage();
  const page = (sequence: number, signers: (typeof own)[], keys: string[]) =>
    world({ persistent }).load({ now, consent: 'persistent', tier: 'lite', trust: { keys, name: 'shop', statement: bytesOf(envelope(statement(ONE, { sequence }), signers)) } }, ONE);
  (await page(9, [own, next], [own.key, next.key])).close();
  await assert.rejects(page(8, [next], [next.key]), code('bundle-rolled-back'));
  await assert.rejects(page(8, [own], [own.key]), code('bundle-rolled-back'));
  (await page(10, [next], [own.key, next.key])).close();
  // What the old key has signed is still there for a page that knows that one alone.
  assert.equal(keptIn(persistent).length, 2);
  await assert.rejects(page(8, [own], [own.key]), code('bundle-rolled-back'));
});

test('pages with other keys on one origin erase nothing of each other, and keep few', async () => {
  const persistent = new FakeStorage();
  const page = (sequence: number, key: typeof own) => world({ persistent }).load({ now, consent: 'persistent', tier: 'lite', trust: { keys: [key.key], name: 'shop', statement: signed(ONE, key, { sequence }) } }, ONE);
  (await page(9, own)).close();
  (await page(4, next)).close();
  assert.equal(keptIn(persistent).length, 2);
  await assert.rejects(page(8, own), code('bundle-rolled-back'));
  await assert.rejects(page(3, next), code('bundle-rolled-back'));
  for (let i = 0; i < 10; i++) (await page(1, signer())).close();
  (await page(10, own)).close();
  assert.equal(keptIn(persistent).length, 8);
  await assert.rejects(page(9, own), code('bundle-rolled-back'));
});

test('a storage that is blocked, full or full of rubbish is as good as none', async () => {
  for (const rubbish of ['', 'null', '[]', '5', '{', '{"a":"b"}', JSON.stringify({ [own.key]: 2 ** 53 - 1 }), '[null,5,{},[],""]', JSON.stringify([textOf(signed(ONE, stranger, { sequence: 99 })), textOf(by(ONE, 99, { name: 'other' })), textOf(by(ONE, 99)).replace(/"sig":"./, '"sig":"_')]), JSON.stringify(Array(200_000).fill('[')), JSON.stringify(['y'.repeat(20_000)])]) {
    const persistent = new FakeStorage();
    persistent.data.set('nearhand-trust:shop', rubbish);
    const { shop } = await running({ consent: 'persistent', tier: 'lite' }, world({ persistent }));
    assert.equal(shop.info().trust?.sequence, 5, rubbish);
    shop.close();
  }
  const full = new FakeStorage();
  full.mode = 'full';
  for (const w of [world({ persistent: full }), world({ blocked: true })]) {
    const { shop } = await running({ consent: 'persistent', tier: 'lite' }, w);
    await assert.rejects(shop.swap(TWO, { statement: by(TWO, 4) }), code('bundle-rolled-back'), 'the shop remembers');
    shop.close();
  }
});

test('the same bundle signed again is taken without being fetched, and its end is the later one', async () => {
  let time = NOW;
  const { w, shop } = await running({ now: () => time });
  const before = opened(w);
  time = Date.parse('2026-11-17T00:00:00Z');
  assert.equal(shop.info().trust?.expired, true);
  assert.equal((await shop.recommend()).items.length, 2, 'what serves goes on');
  await assert.rejects(shop.swap(by(ONE, 6)), code('bundle-expired'));
  // It names a file that nobody has.
  const { bundle, notes } = await shop.swap(by(ONE, 6, { expires: '2026-12-15T00:00:00Z' }));
  assert.deepEqual([bundle.version, notes, opened(w), shop.info().trust?.expired, shop.info().trust?.sequence], ['1', [], before, false, 6]);
  // What was replaced is not taken any more.
  await assert.rejects(shop.swap(by(ONE, 5, { expires: '2026-12-15T00:00:00Z' })), code('bundle-rolled-back'));
  // Where the host gives the bundle itself, it is looked at.
  await assert.rejects(shop.swap(TWO, { statement: by(ONE, 7, { expires: '2026-12-15T00:00:00Z' }) }), code('bundle-digest-mismatch'));
  await shop.swap(ONE, { statement: by(ONE, 7, { expires: '2026-12-15T00:00:00Z' }) });
  assert.ok(opened(w) > before);
});

test('a bundle that does not open is not remembered: the one before may come again', async () => {
  const persistent = new FakeStorage();
  const { shop } = await running({ consent: 'persistent', tier: 'lite' }, world({ persistent }));
  const broken = fakeBundle({ version: '9', items: ['A'], fault: 'golden-mismatch' });
  await assert.rejects(shop.swap(broken, { statement: by(broken, 9) }), code('golden-mismatch'));
  assert.deepEqual([version(shop), shop.info().trust?.sequence], ['1', 5]);
  assert.deepEqual(keptIn(persistent), [textOf(by(ONE, 5))]);
  await shop.swap(TWO, { statement: by(TWO, 6) });
  shop.close();
});

test('of two swaps the later one wins, whichever statement comes first; a signal ends one', async () => {
  const { shop } = await running();
  let slow = (_: Uint8Array): void => {};
  const waits = new Promise<Uint8Array>((done) => (slow = done));
  const first = shop.swap(TWO, { statement: waits });
  const second = shop.swap(THREE, { statement: by(THREE, 7) });
  await second;
  slow(by(TWO, 8));
  await assert.rejects(first, code('aborted'));
  assert.deepEqual([version(shop), shop.info().trust?.sequence], ['3', 7]);
  // The bundle that serves, signed anew, is a swap like any other: what was begun before ends.
  const hanging = shop.swap(new Promise<Uint8Array>(() => {}), { statement: by(TWO, 8) });
  // Its statement is in by then, its bundle is not.
  await new Promise((done) => setTimeout(done, 30));
  const ended = await Promise.allSettled([hanging, shop.swap(by(THREE, 9))]);
  assert.deepEqual(ended.map((one) => (one as { reason?: { code: string } }).reason?.code), ['aborted', 'fetch-failed']);
  const stop = new AbortController();
  const third = shop.swap(TWO, { statement: new Promise<Uint8Array>(() => {}), signal: stop.signal });
  stop.abort();
  await assert.rejects(third, code('aborted'));
  await assert.rejects(shop.swap(TWO, { statement: by(TWO, 9), signal: AbortSignal.abort() }), code('aborted'));
  assert.equal(version(shop), '3');
});

test('a statement that never comes ends the load; with a fallback the page has its list', async () => {
  const never = { now, timeouts: { loadMs: 30 }, trust: { ...trust(), statement: new Promise<Uint8Array>(() => {}) } };
  await assert.rejects(world({ kind: 'node' }).load(never, ONE), code('load-timeout'));
  const w = world({ rescue: true });
  for (const options of [never, { now, trust: trust(by(TWO, 5)) }, { now, trust: trust() }]) {
    const shop = await w.load({ ...options, fallback: ['A', 'B'] }, ONE);
    assert.deepEqual([shop.info().tier, (await shop.recommend({ k: 2 })).items.map(({ item }) => item)], ['none', ['A', 'B']]);
    shop.close();
    // Popular items of a bundle that nobody vouches for are not shown.
    await assert.rejects(w.load({ ...options, fallback: true }, ONE), (error: { code: string }) => /load-timeout|bundle-(digest-mismatch|unsigned)/.test(error.code));
  }
  assert.equal(opened(w), 0);
});

test('from an address: the statement names the files beside it, is fetched anew, and loads of it share a shop', async () => {
  const model = new Uint8Array([9, 9, 9]);
  const files: Record<string, Uint8Array> = { '/s/shop.json': by(ONE, 5, { files: [file(ONE, 'a/one.bin'), file(model, 'a/model.bin')] }), '/s/a/one.bin': ONE, '/s/a/model.bin': model, '/s/a/two.bin': TWO };
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers['cache-control'] ?? ''}`.trim());
    const bytes = files[request.url!.split('?')[0]!];
    response.writeHead(bytes ? 200 : 404).end(bytes);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/s/shop.json`;
  try {
    const w = world({ kind: 'node', shops: noShops() });
    const [shop, twin] = await Promise.all([w.load({ now, trust: trust() }, `${url}?v=1`), w.load({ now, trust: trust() }, `${url}?v=1`)]);
    await shop.ready;
    assert.deepEqual(asked, ['/s/shop.json?v=1 no-cache', '/s/a/one.bin', '/s/a/model.bin']);
    assert.deepEqual(w.full.opened.at(-1)!.model, model, 'the second file came from where the statement says');
    twin.close();
    files['/s/shop.json'] = by(TWO, 6, { files: [file(TWO, 'a/two.bin')] });
    await shop.swap(url);
    assert.deepEqual([version(shop), shop.info().trust?.sequence], ['2', 6]);
    // The pointer names what is not there, or half of it: the bundle goes on, and the next look takes it.
    files['/s/shop.json'] = by(THREE, 7, { files: [file(THREE, 'a/three.bin')] });
    await assert.rejects(shop.swap(url), code('fetch-failed'));
    files['/s/a/three.bin'] = THREE.subarray(0, 9);
    await assert.rejects(shop.swap(url), code('bundle-digest-mismatch'));
    files['/s/a/three.bin'] = new Uint8Array(1 << 20);
    await assert.rejects(shop.swap(url), code('bundle-digest-mismatch'));
    assert.equal(version(shop), '2');
    files['/s/a/three.bin'] = THREE;
    await shop.swap(url);
    assert.equal(version(shop), '3');
    // The bundle's own address is no statement.
    await assert.rejects(shop.swap(url.replace('shop.json', 'a/two.bin')), code('bundle-unsigned'));
    await assert.rejects(shop.swap(url.replace('shop.json', 'gone.json')), code('fetch-failed'));
    shop.close();
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('the second file is read as it was signed, wherever it comes from; the lite tier reads none', async () => {
  const model = new Uint8Array([9, 9, 9]);
  const two = (bytes: Uint8Array, sequence = 5) => trust(by(bytes, sequence, { files: [file(bytes), file(model, 'model.bin')] }));
  const load = (given: LoadOptions, w = world({ kind: 'node' })) => w.load({ now, tier: 'full', ...given }, ONE);
  const w = world({ kind: 'node' });
  const shop = await load({ trust: two(ONE), model }, w);
  assert.deepEqual(w.full.opened.at(-1)!.model, model);
  const not = (error: { code: string; details: Record<string, unknown> }): boolean => error.code === 'bundle-digest-mismatch' && error.details['reason'] === 'signed' && error.details['path'] === 'model.bin';
  for (const lies of [new Uint8Array([9, 9, 8]), new Uint8Array([9, 9]), new Uint8Array(1 << 20)]) {
    const fresh = world({ kind: 'node' });
    await assert.rejects(load({ trust: two(ONE), model: lies }, fresh), not);
    assert.equal(fresh.full.opened.length, 0);
    await assert.rejects(shop.swap(TWO, { statement: two(TWO, 6).statement!, model: lies }), not);
  }
  // A file that the statement does not have is nobody's.
  await assert.rejects(load({ trust: trust(by(ONE, 5)), model }), code('bundle-unsigned'));
  assert.equal(version(shop), '1');
  const before = w.full.opened.length;
  await shop.swap(TWO, { statement: two(TWO, 6).statement!, model: Promise.resolve(model) });
  assert.deepEqual([version(shop), w.full.opened.length, w.full.opened.at(-1)!.model], ['2', before + 1, model]);
  let pulled = 0;
  const endless = new ReadableStream({ pull: (c) => void (pulled++, c.enqueue(new Uint8Array(8))) }, { highWaterMark: 0 });
  (await load({ tier: 'lite', trust: two(ONE), model: new Response(endless) })).close();
  assert.equal(pulled, 0);
  shop.close();
});

test('a swap to the bundle that serves: options are checked, what is asked beyond it is done, another second file is another bundle', async () => {
  const { w, shop } = await running();
  for (const [given, word] of [[null, 'invalid-option'], [5, 'invalid-option'], [{ maxBytes: 'x' }, 'invalid-option'], [{ digestt: '1' }, 'unknown-option'], [{ digest: 5 }, 'invalid-option'], [{ signal: 5 }, 'invalid-option']] as const) {
    await assert.rejects(shop.swap(by(ONE, 6), given as never), code(word), JSON.stringify(given));
  }
  assert.equal(shop.info().trust?.sequence, 5);
  // Each is fetched, and here that fails: nobody has the file.
  for (const [given, files] of [[{ digest: 'ab'.repeat(32) }], [{ maxBytes: 1 << 20 }], [{}, [file(ONE), file(TWO, 'model.bin')]]] as const) {
    await assert.rejects(shop.swap(by(ONE, 6, files ? { files } : {}), given), code('fetch-failed'), JSON.stringify(given));
  }
  const before = opened(w);
  await shop.swap(by(ONE, 6), { signal: new AbortController().signal });
  assert.deepEqual([opened(w), shop.info().trust?.sequence], [before, 6]);
});
