// nearhand/suggest as it is installed, in Node: the recorded answers, sources and options, sessions, traps, and hostile input.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import * as esbuild from 'esbuild';
import * as all from 'nearhand/suggest';
import { leastPages, limited, trapping } from './broken-wasm.mjs';
import { answered, NOW } from './suggest/answered.mjs';

const here = import.meta.dirname;
const { load, NearhandError, version } = all;
const index = readFileSync(`${here}/suggest/shop.suggest`);
const answers = JSON.parse(readFileSync(`${here}/suggest/answers.json`, 'utf8'));
const wasm = readFileSync(new URL(import.meta.resolve('nearhand/nearhand-suggest.wasm')));
const right = answers.map(({ items }) => items);
const now = () => NOW;
const texts = (box, typed, options) => box.suggest(typed, options).items.map(({ text }) => text);
/** The error that it ends with. */
const failed = async (act) => {
  try {
    await act();
  } catch (error) {
    assert.ok(error instanceof NearhandError, String(error));
    return error;
  }
  return assert.fail('it did not fail');
};
const code = async (act) => (await failed(act)).code;

test('suggest: the recorded answers, in modules and by require', async () => {
  assert.ok(answers.length > 40 && right.flat().length > 150);
  assert.deepEqual(answered(await load(index, { now }), answers), right);
  const common = createRequire(import.meta.url)('nearhand/suggest');
  assert.deepEqual(Object.keys(common).filter((name) => name !== '__esModule').sort(), Object.keys(all).sort());
  assert.deepEqual(answered(await common.load(index, { now }), answers), right);
});

for (const format of ['esm', 'cjs']) {
  test(`suggest: bundled for a server as ${format}, without the file, it answers`, async () => {
    const file = `${here}/dist-suggest/server-${format}/server.${format === 'esm' ? 'mjs' : 'cjs'}`;
    const contents = "import { load } from 'nearhand/suggest';\nload(process.argv[2]).then((box) => console.log(box.suggest('lunchbag').items[0].text));";
    await esbuild.build({ stdin: { contents, resolveDir: here }, outfile: file, bundle: true, platform: 'node', format, logLevel: 'error' });
    assert.equal(execFileSync(process.execPath, [file, `${here}/suggest/shop.suggest`], { encoding: 'utf8' }).trim(), 'lunch bag');
  });
}

test('suggest: what docs/suggest-box.md shows is what it says', async () => {
  const doc = readFileSync(`${process.env.NEARHAND_ROOT}/docs/suggest-box.md`, 'utf8');
  const [, typed] = /box\.suggest\('(.*)'\)/.exec(doc);
  const [, shown] = /items\[0\]: (\{.*\})$/m.exec(doc);
  const [{ score, ...first }] = (await load(index)).suggest(typed).items;
  assert.ok(score > 0);
  assert.deepEqual(new Function(`return ${shown.replace('score: …, ', '')}`)(), { ...first });
});

test('suggest: an index from a path, a file: URL, bytes, a part of a buffer, a Response, promises of them', async () => {
  const path = `${here}/suggest-index.bin`;
  copyFileSync(`${here}/suggest/shop.suggest`, path);
  const part = new Uint8Array(100 + index.length);
  part.set(index, 100);
  const data = `data:application/octet-stream;base64,${index.toString('base64')}`;
  const bytes = Uint8Array.from(index);
  const sources = [path, pathToFileURL(path), pathToFileURL(path).href, data, new URL(data), index, bytes.buffer, new DataView(bytes.buffer), part.subarray(100), new Response(bytes), Promise.resolve(bytes), Promise.resolve(new Response(bytes))];
  for (const source of sources) assert.equal(texts(await load(source), 'cakestand')[0], 'REGENCY CAKESTAND 3 TIER');
  rmSync(path);
});

test('suggest: answers are frozen and plain; highlights are units of JavaScript', async () => {
  const box = await load(index);
  const answer = box.suggest('gift 🎁');
  const [item] = answer.items;
  for (const part of [box, answer, answer.items, item, item.highlights, item.highlights[0]]) assert.ok(Object.isFrozen(part));
  assert.deepEqual(Object.keys(item), ['text', 'kind', 'typos', 'score', 'highlights']);
  assert.deepEqual(item.highlights.map(([start, end]) => item.text.slice(start, end)), ['gift 🎁']);
  assert.ok(answer.tookMs >= 0);
  assert.deepEqual(structuredClone(answer), answer);
});

test('suggest: allowed items stay set, session and all others taken back', async () => {
  const box = await load(index);
  const plain = texts(box, 'bag');
  assert.equal(box.setAllowed(['20725', '20725', 'no such']), 1);
  assert.equal(box.info().allowed, 1);
  assert.deepEqual(texts(box, 'bag'), ['lunch bag', 'gift 🎁 bag', 'LUNCH BAG RED RETROSPOT']);
  assert.equal(box.setAllowed(new Set(['85099B', '20725'])), 2);
  assert.equal(box.setAllowed(null), box.info().items);
  assert.deepEqual(texts(box, 'bag'), plain);
});

test('suggest: what was viewed, searched or bought ranks; nothing, and what a shop says does not count, ranks for anybody', async () => {
  const box = await load(index, { now });
  const anybody = texts(box, 're');
  const viewed = { kind: 'view', item: '20724', at: NOW, known: true, counts: 'interest' };
  box.setSession([viewed]);
  const one = texts(box, 're');
  assert.notDeepEqual(one, anybody);
  assert.equal(box.info().session, 1);
  // Events of `shop.session()` that are no interest, signals of analytics, an item that the shop has no more.
  const idle = [{ ...viewed, counts: 'recent' }, { ...viewed, kind: 'impression', counts: 'shown' }, { ...viewed, kind: 'dismiss', counts: 'dismissed' }, { kind: 'slate-click', item: '20724', id: 'a', slate: 'b' }, { ...viewed, item: '' }];
  box.setSession(idle);
  assert.deepEqual([texts(box, 're'), box.info().session], [anybody, 0]);
  // The newest count, wherever they stand: sessions are told oldest first.
  const old = Array.from({ length: 100 }, (_, i) => ({ kind: 'view', text: 'alarm clock', at: NOW - 1e9 - i }));
  box.setSession([...old, viewed]);
  const both = texts(box, 're');
  box.setSession([viewed, ...old]);
  assert.deepEqual([texts(box, 're'), box.info().session], [both, 64]);
  for (const none of [[], null, undefined]) {
    box.setSession([viewed]);
    box.setSession(none);
    assert.deepEqual(texts(box, 're'), anybody);
  }
  // A clock that was set back: younger than now is now.
  box.setSession([{ ...viewed, at: NOW + 1e12 }]);
  assert.deepEqual(texts(box, 're'), one);
});

test('suggest: a shop’s session without consent is empty, and ranks for anybody', async () => {
  const { load: open } = await import('nearhand');
  const { default: sample } = await import('nearhand/sample');
  const shop = await open(sample, { tier: 'lite', consent: 'none' });
  const box = await load(index);
  const anybody = texts(box, 're');
  const { item } = shop.items({ limit: 1 }).items[0];
  shop.observe({ kind: 'view', item });
  assert.deepEqual(shop.session(), []);
  box.setSession(shop.session());
  assert.deepEqual(texts(box, 're'), anybody);
  shop.close();
});

test('suggest: a source of the shape that autocomplete-core has', async () => {
  const box = await load(index, { now });
  const told = [];
  let session = [];
  const shop = { session: () => session, observe: (event) => told.push(event) };
  const source = box.source({ shop, k: 3, onSelect: ({ item, setQuery }) => told.push([item.text, setQuery]) });
  assert.deepEqual(Object.keys(source), ['sourceId', 'getItems', 'getItemInputValue', 'onSelect']);
  assert.equal(source.sourceId, 'nearhand');
  const plain = source.getItems({ query: 're', state: {} });
  assert.equal(plain.length, 3);
  // The library copies items into objects of its own.
  plain.push({ ...plain[0], __autocomplete_id: 0 });
  assert.equal(source.getItemInputValue({ item: plain[0] }), plain[0].text);
  session = [{ kind: 'view', item: '20724', at: NOW, known: true, counts: 'interest' }];
  assert.notDeepEqual(source.getItems({ query: 're' }), plain.slice(0, 3), 'the session of this moment ranks');
  source.onSelect({ item: box.suggest('lunch bag woodland').items[0], setQuery: 1 });
  source.onSelect({ item: { ...box.suggest('home décor').items[0], __autocomplete_id: 1 } });
  assert.deepEqual(told, [{ kind: 'search-click', item: '20726' }, ['LUNCH BAG WOODLAND', 1], ['home décor', undefined]]);
  assert.deepEqual(source.getItems({ query: '' }), []);
  // A shop that was closed meanwhile is none.
  const closed = box.source({ shop: { session: () => assert.fail(), observe: () => assert.fail() } });
  assert.equal(closed.getItems({ query: 're' }).length, 10);
  closed.onSelect({ item: box.suggest('lunch bag woodland').items[0] });
  assert.equal(await code(() => source.getItems({ query: 1 })), 'invalid-option');
});

test('suggest: options are checked, with the list of those that there are', async () => {
  const box = await load(index);
  const { code: unknown, details, message } = await failed(() => box.suggest('a', { catgory: 'x' }));
  assert.deepEqual([unknown, details], ['unknown-option', { option: 'suggest.catgory', allowed: ['k', 'category'], nearest: 'category' }]);
  assert.match(message, /did you mean "category"\? Allowed: k, category$/);
  const hostile = new Proxy({}, { ownKeys: () => assert.fail('never') });
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const wrong = {
    'suggest.k': [0, 21, NaN, 1.5, -1, '5', Infinity, null].map((k) => () => box.suggest('a', { k })),
    'suggest.category': [1, null, {}].map((category) => () => box.suggest('a', { category })),
    'suggest.typed': [undefined, null, 1, {}, ['a'], Symbol('a')].map((typed) => () => box.suggest(typed)),
    suggest: [1, 'k', [], new Map(), hostile, revoked.proxy].map((options) => () => box.suggest('a', options)),
    setAllowed: [1, '20725', {}, new Map(), { length: 1 }, revoked.proxy].map((ids) => () => box.setAllowed(ids)),
    'setAllowed[0]': [[1], [null], new Set([1]), Array(3)].map((ids) => () => box.setAllowed(ids)),
    setSession: [1, 'view', {}, Array(10_001), revoked.proxy].map((events) => () => box.setSession(events)),
    'setSession[0]': [[1], [null], [[]], [{ kind: 'view' }], [revoked.proxy]].map((events) => () => box.setSession(events)),
    'setSession[0].kind': [[{ kind: 'veiw', item: 'a' }], [{ item: 'a' }], [{ kind: 'toString', item: 'a' }]].map((events) => () => box.setSession(events)),
    'setSession[0].at': [[{ kind: 'view', item: 'a', at: NaN }], [{ kind: 'view', item: 'a', at: '1' }]].map((events) => () => box.setSession(events)),
    'setSession[0].text': [[{ kind: 'search', text: 1 }]].map((events) => () => box.setSession(events)),
    'source.shop': [{}, 1, null].map((shop) => () => box.source({ shop })),
    'source.onSelect': [() => box.source({ onSelect: 1 })],
    'load.maxBytes': [0, 2 ** 32, '1'].map((maxBytes) => () => load(index, { maxBytes })),
    'load.digest': ['abc', 1, 'g'.repeat(64)].map((digest) => () => load(index, { digest })),
    'load.signal': [1, {}].map((signal) => () => load(index, { signal })),
    'load.now': [1, null].map((now) => () => load(index, { now })),
    'load.index': [undefined, null, 1, {}, [], ''].map((source) => () => load(source)),
    load: [1, 'x', []].map((options) => () => load(index, options)),
  };
  for (const [option, acts] of Object.entries(wrong)) {
    for (const act of acts) {
      const error = await failed(act);
      assert.deepEqual([error.code, error.details.option], ['invalid-option', option], error.message);
    }
  }
  assert.equal(await code(() => load(index, { maxbytes: 1 })), 'unknown-option');
  assert.equal(await code(() => box.source({ limit: 1 })), 'unknown-option');
  const { code: none, details: named } = await failed(() => box.suggest('a', { category: 'Hats' }));
  assert.deepEqual([none, named.category], ['name-unknown', 'Hats']);
  // All of that has changed nothing.
  assert.deepEqual(answered(await load(index, { now, digest: undefined }), answers), right);
  assert.deepEqual([box.info().session, box.info().restarts, texts(box, 're')], [0, 0, right[answers.findIndex(({ typed, session }) => typed === 're' && session[0].item === 'no such')].map(({ text }) => text)]);
});

test('suggest: half characters, controls, a megabyte of text: an answer, at once', async () => {
  const box = await load(index);
  assert.deepEqual(texts(box, 'lunch bag'.padEnd(1_000_000, ' ')), texts(box, 'lunch bag '));
  const long = ['x', '🎁', 'é', '\ud800', 'a ', 'lunch bag '].map((part) => part.repeat(1_000_000 / part.length));
  const odd = ['\ud800', '\udfff lunch', 'lunch\0bag', '\u202e', '\ufeff', 'e\u0301', '‘’“”', 'İI', 'ß', '👩‍👩‍👧', 'a'.repeat(255) + '🎁', 'a'.repeat(254) + 'é'];
  for (const typed of [...long, ...odd]) {
    const { items, tookMs } = box.suggest(typed, { k: 20 });
    assert.ok(items.length <= 20 && tookMs < 5000, `${typed.slice(0, 20)}: ${tookMs} ms`);
    for (const { text, highlights } of items) for (const [start, end] of highlights) assert.ok(start < end && end <= text.length);
  }
  box.setSession(long.map((text) => ({ kind: 'search', text })));
  box.setAllowed(long);
  assert.deepEqual([box.info().session, box.info().allowed, box.info().restarts], [6, 0, 0]);
});

test('suggest: bytes of another file, cut or changed ones, too many, another digest: refused by a code', async () => {
  assert.equal(await code(() => load(wasm)), 'suggest-foreign');
  assert.equal(await code(() => load(new Uint8Array(0))), 'suggest-foreign');
  for (let length = 8; length < index.length; length += 97) assert.match(await code(() => load(index.subarray(0, length))), /^suggest-(digest-mismatch|malformed|unsupported-version)$/);
  for (let at = 0; at < index.length; at += 89) {
    const changed = Uint8Array.from(index);
    changed[at] ^= 1 << at % 8;
    assert.match(await code(() => load(changed)), /^suggest-(foreign|digest-mismatch|malformed|unsupported-version)$/, `byte ${at}`);
  }
  const { code: large, details } = await failed(() => load(index, { maxBytes: 100 }));
  assert.deepEqual([large, details.maxBytes], ['suggest-too-large', 100]);
  const digest = createHash('sha256').update(index).digest('hex');
  assert.equal((await load(index, { digest: digest.toUpperCase() })).info().bytes, index.length);
  const other = await failed(() => load(index, { digest: '0'.repeat(64) }));
  assert.deepEqual([other.code, other.details.reason, other.details.computed], ['suggest-digest-mismatch', 'expected', digest]);
  assert.equal(await code(() => load(`${here}/no-such.suggest`)), 'fetch-failed');
  const response = new Response(index);
  await response.arrayBuffer();
  assert.equal(await code(() => load(response)), 'body-used');
  assert.equal(await code(() => load(index, { signal: AbortSignal.abort() })), 'aborted');
  assert.equal(await code(() => load(new Promise((_, fail) => fail(new Error('no')))),), 'fetch-failed');
});

test('suggest: an instance that traps is replaced, with what it was told, until it has trapped too often', async () => {
  const box = await load(index, { now, wasm: limited(wasm, leastPages(wasm) + 8) });
  box.setSession([{ kind: 'view', item: '20724', at: NOW }]);
  box.setAllowed(['20724', '85099B']);
  const before = texts(box, 're');
  /** The engine's calls within a stack that is nearly full. */
  const deep = (n) => {
    try {
      return deep(n + 1);
    } catch {
      try {
        box.suggest('re');
      } catch (error) {
        return error;
      }
    }
  };
  deep(0);
  assert.deepEqual(texts(box, 're'), before, 'after a stack that was full');
  const many = Array.from({ length: 100_000 }, (_, i) => String(i).padStart(200, 'x'));
  const { restarts } = box.info();
  assert.equal(await code(() => box.setAllowed(many)), 'engine-trapped', 'more ids than there is memory');
  assert.deepEqual(texts(box, 're'), before);
  const told = box.info();
  assert.deepEqual([told.restarts, told.allowed, told.session], [restarts + 1, 2, 1]);
  const broken = await load(index, { wasm: trapping(wasm, 'searchbox_suggest') });
  const source = broken.source();
  const codes = [];
  for (let i = 0; i < 6; i++) codes.push((await failed(() => broken.suggest('a'))).message.replace(/.*(for good).*/, '$1'));
  assert.deepEqual(codes.slice(4), ['for good', 'for good']);
  assert.notEqual(codes[3], 'for good');
  assert.equal(await code(() => broken.info()), 'engine-trapped');
  assert.deepEqual(source.getItems({ query: 'a' }), [], 'a box of a library goes on, empty');
});

test('suggest: binaries that do not fit, no memory', async () => {
  assert.equal(await code(() => load(index, { wasm: index })), 'wasm-unsupported');
  assert.equal(await code(() => load(index, { wasm: `${here}/none.wasm` })), 'fetch-failed');
  const lite = readFileSync(new URL(import.meta.resolve('nearhand/nearhand-lite.wasm')));
  assert.equal(await code(() => load(index, { wasm: lite })), 'wasm-mismatch');
  assert.equal(await code(() => load(new Uint8Array(32 << 20), { wasm: limited(wasm, leastPages(wasm)) })), 'engine-trapped');
});

test('suggest: info tells the index; a closed box says so; two boxes do not meet', async () => {
  const [box, other] = [await load(index), await load(index)];
  const { memoryBytes, ...rest } = box.info();
  assert.ok(memoryBytes > index.length && Object.isFrozen(box.info()));
  assert.deepEqual(rest, { version, bytes: index.length, texts: 149, items: 140, allowed: 140, session: 0, restarts: 0 });
  box.close();
  box.close();
  for (const act of [() => box.suggest('a'), () => box.setSession([]), () => box.setAllowed(null), () => box.info(), () => box.source().getItems({ query: 'a' })]) assert.equal(await code(act), 'closed');
  assert.equal(texts(other, 'lunchbag')[0], 'lunch bag');
});

test('suggest: it answers in a worker thread', async () => {
  const worker = new Worker(`import('nearhand/suggest').then(async ({ load }) => require('node:worker_threads').parentPort.postMessage((await load(${JSON.stringify(`${here}/suggest/shop.suggest`)})).suggest('tote').items));`, { eval: true });
  const [items] = await new Promise((done) => worker.once('message', (items) => done([items])));
  await worker.terminate();
  assert.deepEqual(items, right[answers.findIndex(({ typed }) => typed === 'tote')]);
});
