// Signed statements: what is taken, what is refused, and by which word. Public reports of signed updates, rebuilt small here; what is right
// stands as a test.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { holds, keyBytes } from '../../../www/lib/src/trust/envelope.js';
import { checkTrust } from '../../../www/lib/src/trust/options.js';
import { hasEnded, time } from '../../../www/lib/src/trust/statement.js';
import { trusting } from '../../../www/lib/src/trust/trusting.js';
import { vouching } from '../../../www/lib/src/trust/vouched.js';
import type { BundleSource, Trust } from '../../../www/lib/src/words/types.js';
import { code } from './harness.js';
import { bytesOf, envelope, file, seeded, signed, signer, statement, TYPE } from './signed.js';

const BYTES = new TextEncoder().encode('the bundle');
const own = signer();
const other = signer();
const NOW = Date.parse('2026-11-10T00:00:00Z');
const DAY = 86_400_000;
const vouched = vouching();
/** The bundle with this statement beside it. */
const ask = async (given: BundleSource, trust: Partial<Trust> = {}, now = NOW, bytes: BundleSource = BYTES) => {
  const { read, ...rest } = await vouched(bytes, { keys: [own.key], name: 'shop', statement: given, ...trust }, { now: () => now });
  return { ...rest, bytes: await read() };
};
const refused = (given: object | string | Uint8Array, word: string, trust: Partial<Trust> = {}, now = NOW) =>
  assert.rejects(ask(given instanceof Uint8Array ? given : bytesOf(given), trust, now), code(word));

// RFC 8032, 7.1: secret key, public key, message, signature.
const RFC8032 = [
  ['9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', '', 'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b'],
  ['4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb', '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c', '72', '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00'],
  ['c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7', 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025', 'af82', '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a'],
] as const;

test('the vectors of RFC 8032 verify, and not with another bit', async () => {
  for (const [secret, key, message, signature] of RFC8032) {
    const name = `ed25519:${Buffer.from(key, 'hex').toString('base64')}`;
    assert.equal(seeded(secret).key, name);
    assert.deepEqual(Buffer.from(keyBytes(name)!).toString('hex'), key);
    const [text, sig] = [Buffer.from(message, 'hex'), Buffer.from(signature, 'hex')];
    assert.equal(await holds(name, sig, text), true);
    assert.equal(await holds(name, sig, Buffer.concat([text, Buffer.from('00', 'hex')])), false);
    for (const at of [0, 31, 32, 63]) assert.equal(await holds(name, sig.map((byte, i) => (i === at ? byte ^ 1 : byte)), text), false);
    assert.equal(await holds(name, sig.subarray(1), text), false);
  }
});

test('what is as it was signed is given, and what the statement says of it', async () => {
  const { bytes, files, trust } = await ask(signed(BYTES, own));
  assert.deepEqual(bytes, BYTES);
  assert.equal(files, 1);
  const { name, version, sequence, createdAt, expires } = statement(BYTES);
  assert.deepEqual(trust, { name, version, sequence, createdAt, expires, key: own.key, expired: false });
  assert.ok(Object.isFrozen(trust));
});

test('a statement that was signed elsewhere, byte for byte, is taken; one recorded from node:crypto and the command line', async () => {
  const golden = `${process.cwd()}/tests/golden/signed`;
  const key = seeded(RFC8032[0][0]).key;
  const { trust } = await ask(readFileSync(`${golden}/demo.json`), { keys: [key], name: 'demo' }, Date.parse('2026-12-01'), readFileSync(`${golden}/demo.bin`));
  assert.deepEqual([trust.sequence, trust.key], [7, key]);
});

test('tampered: of the bundle, the payload, the signature and the type no bit may change', async () => {
  const good = envelope(statement(BYTES), [own]);
  await assert.rejects(ask(bytesOf(good), {}, NOW, BYTES.map((b, i) => (i === 3 ? b ^ 1 : b))), code('bundle-digest-mismatch'));
  await assert.rejects(ask(bytesOf(good), {}, NOW, BYTES.subarray(1)), code('bundle-digest-mismatch'));
  await assert.rejects(ask(bytesOf(good), {}, NOW, new Uint8Array([...BYTES, 0])), code('bundle-digest-mismatch'));
  const changed = (how: (body: Buffer) => void) => {
    const body = Buffer.from(good.payload as string, 'base64');
    how(body);
    return { ...good, payload: body.toString('base64') };
  };
  for (let bit = 0; bit < 8; bit++) await refused(changed((body) => (body[20]! ^= 1 << bit)), 'signature-invalid');
  const [{ sig }] = good.signatures as [{ sig: string }];
  const flipped = Buffer.from(sig, 'base64').map((byte, i) => (i === 40 ? byte ^ 1 : byte));
  await refused({ ...good, signatures: [{ keyid: own.key, sig: Buffer.from(flipped).toString('base64') }] }, 'signature-invalid');
  await refused({ ...good, signatures: [{ keyid: own.key, sig: '' }] }, 'signature-invalid');
  // Signed as something else, and told as a statement.
  const elsewhere = envelope(statement(BYTES), [own], { type: 'application/vnd.other+json' });
  await refused({ ...elsewhere, payloadType: TYPE }, 'signature-invalid');
  await refused(elsewhere, 'statement-invalid');
});

test('of a file no more is read than was signed', async () => {
  let pulled = 0;
  const endless = new ReadableStream({ pull: (c) => void (pulled++, c.enqueue(new Uint8Array(8))) }, { highWaterMark: 0 });
  await assert.rejects(ask(signed(BYTES, own), {}, NOW, new Response(endless)), code('bundle-digest-mismatch'));
  assert.ok(pulled < 5, `${pulled} parts were read`);
});

test('a version that is not bound to its file: two good statements cannot be mixed', async () => {
  const [one, two] = [envelope(statement(BYTES, { version: '1', sequence: 1 }), [own]), envelope(statement(BYTES, { version: '9', sequence: 9 }), [own])];
  await refused({ ...one, payload: two.payload }, 'signature-invalid');
  await refused({ ...one, signatures: two.signatures }, 'signature-invalid');
});

test('keys: several are trusted, one must have signed; a name is a hint; an unknown key is told with the known ones', async () => {
  await refused(signed(BYTES, other), 'key-unknown');
  await assert.rejects(ask(signed(BYTES, other)), (error: { details: { signedBy: string[]; keys: string[] } }) => error.details.signedBy[0] === other.key && error.details.keys[0] === own.key);
  await refused({ ...envelope(statement(BYTES), []) }, 'key-unknown');
  // The first of two keys failing does not end it, and neither does the first of two signatures.
  assert.equal((await ask(signed(BYTES, own), { keys: [other.key, own.key] })).trust.key, own.key);
  const both = envelope(statement(BYTES), [other, own]);
  assert.equal((await ask(bytesOf(both))).trust.key, own.key);
  assert.equal((await ask(bytesOf(envelope(statement(BYTES), [other, own], { named: false })))).trust.key, own.key);
  // A stranger's signature under our name.
  const lie = envelope(statement(BYTES), [other]);
  await refused({ ...lie, signatures: [{ ...lie.signatures[0], keyid: own.key }] }, 'signature-invalid');
  // Ours under a stranger's name is not looked at: the name spares tries.
  await refused({ ...both, signatures: [{ keyid: other.key, sig: both.signatures[1]!.sig }] }, 'key-unknown');
});

test('no statement: bytes of all kinds, ten megabytes, a deep nest', async () => {
  const deep = '['.repeat(16_000);
  for (const bytes of [new Uint8Array(0), BYTES, bytesOf('null'), bytesOf('[]'), bytesOf('{}'), bytesOf('{"payload":5}'), new Uint8Array(10 << 20), bytesOf(deep), bytesOf(`{"payload":"${'A'.repeat(10 << 20)}"}`)]) {
    await refused(bytes, 'bundle-unsigned');
  }
  // As a response, too, whose length nobody told.
  let pulled = 0;
  const endless = new ReadableStream({ pull: (c) => void (pulled++, c.enqueue(new Uint8Array(1 << 12))) }, { highWaterMark: 0 });
  await assert.rejects(ask(new Response(endless)), code('bundle-unsigned'));
  assert.ok(pulled < 10, `${pulled} parts were read`);
});

test('base64: either alphabet, one text for the same bytes', async () => {
  // A payload whose base64 has both of the letters that differ.
  const good = envelope(statement(BYTES, { version: '>>>???ÿÿ' }), [own]);
  const payload = good.payload as string;
  assert.match(payload, /[+/]/);
  const url = (text: string): string => text.replace(/\+/g, '-').replace(/\//g, '_');
  const sig = good.signatures[0]!.sig;
  const web = { ...good, payload: url(payload), signatures: [{ keyid: own.key, sig: url(sig) }] };
  assert.equal((await ask(bytesOf(web))).trust.version, '>>>???ÿÿ');
  const padded = sig.replace(/=+$/, '');
  const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  // The last letter before the padding has four bits that are of no byte.
  const loose = padded.slice(0, -1) + last[last.indexOf(padded.at(-1)!) | 1] + '==';
  for (const text of [padded, loose, `${sig}\n`, ` ${sig}`, sig.replace(/(.{20})/, '$1\n'), sig.replace(/.$/, ''), `${sig}=`, 'é', 5, null, undefined]) {
    await refused({ ...good, signatures: [{ keyid: own.key, sig: text }] }, 'statement-invalid');
  }
  for (const text of [`${payload}=`, `${payload} `, '!', `${payload.slice(0, 40)}\n${payload.slice(40)}`]) await refused({ ...good, payload: text }, 'statement-invalid');
  // Both alphabets in one text.
  const mixed = payload.replace(/[+/]/, (c) => (c === '+' ? '-' : '_'));
  if (/[+/]/.test(mixed)) await refused({ ...good, payload: mixed }, 'statement-invalid');
});

test('envelopes: signatures that are none, too many', async () => {
  const good = envelope(statement(BYTES), [own]);
  for (const signatures of [undefined, null, 5, {}, [null], [5], ['x'], Array(9).fill(good.signatures[0])]) await refused({ ...good, signatures }, 'statement-invalid');
  for (const payloadType of [undefined, null, 5, '', `${TYPE} `, TYPE.toUpperCase()]) await refused({ ...good, payloadType }, 'statement-invalid');
  // A key that comes twice: what was verified is what is read.
  const evil = envelope(statement(BYTES, { name: 'evil' }), [other]);
  const twice = JSON.stringify(good).replace('{', `{"payload":"${evil.payload}",`);
  assert.equal((await ask(bytesOf(twice))).trust.name, 'shop');
});

test('payloads that their own key has signed, and that could be read in two ways or are out of range', async () => {
  const text = JSON.stringify(statement(BYTES));
  const put = (from: string | RegExp, to: string): string => {
    const made = text.replace(from, to);
    assert.notEqual(made, text);
    return made;
  };
  const bad = [
    '', 'null', '[]', '5', '"a"', text.slice(0, -1), `${text} `, `\ufeff${text}`, `${text}\n`,
    put('{', '{ '), put('"sequence":5', '"sequence":5,"sequence":6'), put('"name":"shop"', '"name":"evil","name":"shop"'), put('"name"', '"\\u006eame"'),
    put('"version":"1",', ''), put('"version":"1"', '"version":1'), put('"version":"1"', '"version":""'), put('"version":"1"', '"version":"1\\u0007"'), put('"version":"1"', '"extra":1,"version":"1"'),
    put(/"name":"shop",("version":"1",)/, '$1"name":"shop",'), put('}]}', '}],"more":{}}'), put('}]}', ',"more":1}]}'),
    ...['0', '-1', '1.5', '5.0', '5e0', '1e3', '9007199254740992', '9007199254740993', '1e400', '"5"', 'null', 'true', '05'].map((n) => put('"sequence":5', `"sequence":${n}`)),
    ...['2026-11-01', '2026-11-01T00:00:00.000Z', '2026-11-01T00:00:00+00:00', '2026-11-01T00:00:60Z', '2026-11-31T00:00:00Z', '2026-13-01T00:00:00Z', '+002026-11-01T00:00:00Z', ''].map((t) => put('2026-11-01T00:00:00Z', t)),
    ...['2026-11-01T00:00:00Z', '2026-10-01T00:00:00Z', '2026-02-30T00:00:00Z', 'never'].map((t) => put('2026-11-15T00:00:00Z', t)),
    put(/"files":.*\]/, '"files":[]'), put(/"files":.*\]/, '"files":null'), put(/"files":.*\]/, '"files":[null]'), put(/"files":\[(.*)\]/, `"files":[${Array(17).fill('$1').join(',')}]`),
    ...['', '/etc/shop', '../shop', 'a/../b', 'a//b', '.hidden', 'https://evil.example/x', 'a b', 'a%2fb', 'a\\\\b', '-x', '//evil.example/x', 'ä'].map((p) => put('"shop.bin"', `"${p}"`)),
    put(/"sha256":"../, '"sha256":"'), put(/"sha256":"./, '"sha256":"G'), put(/"bytes":10/, '"bytes":0'), put(/"bytes":10/, '"bytes":-10'), put(/"bytes":10/, '"bytes":"10"'),
  ];
  for (const payload of bad) await assert.rejects(ask(bytesOf(envelope(payload, [own]))), code('statement-invalid'), payload);
  // Half a character in the bytes that are signed.
  const raw = Buffer.from(text);
  raw[raw.indexOf('shop')] = 0xff;
  await refused(envelope(raw, [own]), 'statement-invalid');
});

test('names: a statement of another shop under the same key is refused', async () => {
  await refused(signed(BYTES, own, { name: 'other' }), 'bundle-other-name');
  assert.equal((await ask(signed(BYTES, own, { name: 'other' }), { name: 'other' })).trust.name, 'other');
});

test('expiry: a day of tolerance, and no end for a clock that is behind', async () => {
  const given = signed(BYTES, own);
  const end = Date.parse('2026-11-15T00:00:00Z');
  assert.equal((await ask(given, {}, end)).trust.expired, false);
  assert.equal((await ask(given, {}, end + DAY)).trust.expired, false);
  await refused(given, 'bundle-expired', {}, end + DAY + 1);
  await refused(given, 'bundle-expired', { toleranceMs: 0 }, end + 1);
  await refused(given, 'bundle-expired', {}, Date.parse('2036-01-01'));
  // 1970: the battery of the clock is empty. Nobody is refused for that.
  for (const now of [0, -1e12, 1]) assert.equal((await ask(given, {}, now)).trust.sequence, 5);
  for (const now of [NaN, Infinity, '5' as never]) await refused(given, 'invalid-option', {}, now);
  assert.equal(hasEnded(statement(BYTES), end + 1, 0), true);
  assert.ok(Number.isNaN(time('2026-02-29T00:00:00Z')) && !Number.isNaN(time('2028-02-29T00:00:00Z')));
});

test('rolled back: below the lowest is refused, the same again is not, the way back is a higher number', async () => {
  await refused(signed(BYTES, own), 'bundle-rolled-back', { lowest: 6 });
  assert.equal((await ask(signed(BYTES, own), { lowest: 5 })).trust.sequence, 5);
  assert.equal((await ask(signed(BYTES, own, { version: 'the old one', sequence: 7 }), { lowest: 6 })).trust.sequence, 7);
  assert.equal((await ask(signed(BYTES, own, { sequence: Number.MAX_SAFE_INTEGER }), { lowest: Number.MAX_SAFE_INTEGER })).trust.sequence, 2 ** 53 - 1);
});

test('a runtime without Ed25519 refuses by name, whether it fails as the key comes in or as it verifies', async () => {
  const { subtle } = globalThis.crypto;
  const broken = (how: object) => Object.defineProperty(globalThis, 'crypto', { configurable: true, value: { subtle: how } });
  const no = () => Promise.reject(new DOMException('Unrecognized algorithm name', 'NotSupportedError'));
  const real = Object.getOwnPropertyDescriptor(globalThis, 'crypto')!;
  try {
    for (const how of [undefined, {}, { importKey: no }, { importKey: subtle.importKey.bind(subtle), verify: no }]) {
      broken(how as object);
      await refused(signed(BYTES, own), 'signature-unsupported');
    }
  } finally {
    Object.defineProperty(globalThis, 'crypto', real);
  }
});

test('several files: in order, each as it was signed', async () => {
  const more = new Uint8Array([7, 7]);
  const two = { files: [file(BYTES), file(more, 'b/model.bin')] };
  const served = (paths: string[]) => (async (url: string | URL) => {
    paths.push(String(url));
    const bytes = { 'https://cdn.example/s/now.json': signed(BYTES, own, two), 'https://cdn.example/s/shop.bin': BYTES, 'https://cdn.example/s/b/model.bin': more }[String(url)];
    return Object.defineProperty(new Response(bytes as BodyInit | undefined, { status: bytes ? 200 : 404 }), 'url', { value: String(url) });
  }) as typeof fetch;
  const real = globalThis.fetch;
  const paths: string[] = [];
  globalThis.fetch = served(paths);
  try {
    const { files, read } = await vouched('https://cdn.example/s/now.json', { keys: [own.key], name: 'shop' }, { now: () => NOW });
    assert.deepEqual([files, await read(), await read(1)], [2, BYTES, more]);
    for (const at of [2, -1, 0.5, 'a' as never]) await assert.rejects(read(at), code('bundle-unsigned'));
    assert.deepEqual(paths, ['https://cdn.example/s/now.json', 'https://cdn.example/s/shop.bin', 'https://cdn.example/s/b/model.bin']);
    await assert.rejects(vouched('https://cdn.example/s/gone.json', { keys: [own.key], name: 'shop' }), code('fetch-failed'));
    const small = await vouched('https://cdn.example/s/now.json', { keys: [own.key], name: 'shop' }, { now: () => NOW, maxBytes: 5 });
    await assert.rejects(small.read(), code('bundle-too-large'));
  } finally {
    globalThis.fetch = real;
  }
});

test('a path on a disk keeps the marks that an address would lose', async () => {
  const paths: string[] = [];
  const read = vouching(async (path: string | URL) => (paths.push(String(path)), /json/.test(String(path)) ? signed(BYTES, own) : BYTES));
  for (const at of ['a#b/c?d/now.json', 'now.json', '/x/now#1.json', 'file:///a/now.json?v=1#x']) {
    const { read: bytes } = await read(at, { keys: [own.key], name: 'shop' }, { now: () => NOW });
    assert.deepEqual(await bytes(), BYTES);
  }
  assert.deepEqual(paths.filter((path) => /bin/.test(path)), ['a#b/c?d/shop.bin', 'shop.bin', '/x/shop.bin', 'file:///a/shop.bin']);
});

test('what is no object of options, and a clock beyond all dates, are told by name', async () => {
  const trust = { keys: [own.key], name: 'shop', statement: signed(BYTES, own) };
  for (const options of [null, 5, 'x', [], { get now() { throw new Error('no'); } }]) await assert.rejects(vouched(BYTES, trust, options as never), code('invalid-option'), String(options));
  for (const now of [9e15, -9e15]) await assert.rejects(vouched(BYTES, trust, { now: () => now }), (error: { code: string; details: { option: string } }) => error.code === 'invalid-option' && error.details.option === 'now');
});

test('options are checked before anything is fetched', () => {
  const good = { keys: [own.key], name: 'shop' };
  for (const given of [null, 5, 'x', [], { ...good, keys: [] }, { ...good, keys: own.key }, { ...good, keys: Array(17).fill(own.key) }, { ...good, name: '' }, { name: 'shop' }, { keys: [own.key] }, { ...good, lowest: -1 }, { ...good, lowest: 1.5 }, { ...good, toleranceMs: -1 }, { ...good, toleranceMs: Infinity }]) {
    assert.throws(() => checkTrust(given, 'load.trust'), code('invalid-option'), JSON.stringify(given));
  }
  // What a clipboard does to a key: a mark before it, a space behind, hex, half of it, the private file.
  for (const key of [`\ufeff${own.key}`, `${own.key} `, own.key.replace('ed25519:', ''), own.key.replace('=', ''), `ed25519:${'ab'.repeat(32)}`, own.key.slice(0, 30), 'ed25519:-_'.padEnd(51, 'A') + '=', '-----BEGIN PRIVATE KEY-----']) {
    assert.throws(() => checkTrust({ ...good, keys: [key] }, 'load.trust'), code('invalid-option'), key);
  }
  assert.throws(() => checkTrust({ ...good, key: own.key }, 'load.trust'), code('unknown-option'));
  assert.throws(() => checkTrust({ ...good, get lowest() { throw new Error('no'); } }, 'load.trust'), code('invalid-option'));
});

test('of two that come at once, the older one is not opened once the later one has been', async () => {
  const files: Record<string, Uint8Array | Promise<Uint8Array>> = {};
  const trust = trusting(async (url) => files[String(url).split('/').at(-1)!]!)({ keys: [own.key], name: 'shop' }, { now: () => NOW });
  for (const [name, sequence] of [['old', 5], ['new', 6]] as const) files[`${name}.json`] = bytesOf(envelope(statement(BYTES, { sequence, files: [file(BYTES, `${name}.bin`)] }), [own]));
  let arrives: (bytes: Uint8Array) => void = () => {};
  files['old.bin'] = new Promise((done) => (arrives = done));
  files['new.bin'] = BYTES;
  const opened: string[] = [];
  const open = (name: string): Promise<unknown> => trust.open(`/s/${name}.json`, {}, async (bytes) => (await bytes, opened.push(name)));
  const old = open('old');
  await open('new');
  arrives(BYTES);
  await assert.rejects(old, code('bundle-rolled-back'));
  assert.deepEqual([opened, trust.info()?.sequence], [['new'], 6]);
  // Where the file lies, of an answer that has come already.
  const answer = new Response(BYTES);
  Object.defineProperty(answer, 'url', { value: 'https://cdn.example/m/completer.json' });
  const apart = trusting()({ keys: [own.key], name: 'shop', statement: signed(BYTES, own, {}) }, { now: () => NOW });
  assert.equal(await apart.open(answer, {}, async (_, place) => place), 'https://cdn.example/m/completer.json');
});
