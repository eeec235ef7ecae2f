// Signed files with the entries other than the shop's: what is refused never comes to a parser, and the sequence is remembered of what has opened.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { createAssessor } from 'nearhand/assess';
import { load as loadCompleter } from 'nearhand/complete';
import { InferenceSession } from 'nearhand/onnx';
import { load as loadBox } from 'nearhand/suggest';
import { trusted } from 'nearhand/trust';
import { laid, settings, started, transaction } from './checkout/till.mjs';
import { cases } from './onnx/models.mjs';
import { signer, statement } from './signing.mjs';

const here = import.meta.dirname;
const root = process.env.NEARHAND_ROOT;
const out = `${here}/dist-trust-entries`;
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const own = signer();
const stranger = signer();
const trust = (more = {}) => trusted({ keys: [own.key], name: 'online-retail', ...more });
const code = (expected) => (error) => {
  assert.equal(error.code, expected, error.message);
  return true;
};
const tampered = (bytes) => Uint8Array.from(bytes, (byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte));
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const stories = (name) => readFileSync(`${root}/models/stories260k/${name}`);
const named = (file, digest = true) => ({ file, ...(digest && { sha256: sha256(stories(file)) }) });
const manifest = (digest) => Buffer.from(JSON.stringify({ format: 1, model: named('stories260k.onnx'), tokenizer: named('tokenizer.json', digest) }));
for (const file of ['stories260k.onnx', 'tokenizer.json']) writeFileSync(`${out}/${file}`, stories(file));

/** What each opens, how, and that it answers. */
const ENTRIES = {
  suggest: [readFileSync(`${here}/suggest/shop.suggest`), loadBox, async (box) => box.info().texts > 0],
  assess: [readFileSync(`${root}/models/card-fraud/card-fraud.safetensors`), (bundle, options) => createAssessor({ bundle, ...options }), async (assessor) => assessor.info().bundle.sha256.length === 64],
  onnx: [cases[0].model, (model, options) => InferenceSession.create(model, options), async (session) => session.memoryBytes > 0],
  complete: [manifest(true), (source, options) => loadCompleter(source, { cache: false, ...options }), async (completer) => (await completer.complete('Once upon a time', { maxTokens: 2 })).usage.completion === 2],
};

for (const [name, [bytes, open, answers]] of Object.entries(ENTRIES)) {
  test(`${name}: what was signed opens; what is tampered with, a stranger's, over, another's or older than the last one does not`, async () => {
    const path = `${out}/${name}.json`;
    const put = (sequence, { by = own, lies = bytes, ...more } = {}) => {
      writeFileSync(path, statement(by, { [`${name}.bin`]: bytes }, { sequence, ...more }));
      writeFileSync(`${out}/${name}.bin`, lies);
    };
    const wanted = trust();
    assert.equal(wanted.info(), null);
    put(7);
    const opened = await open(path, { trust: wanted });
    assert.ok(await answers(opened));
    assert.deepEqual([wanted.info().sequence, wanted.info().key, wanted.info().expired], [7, own.key, false]);
    for (const [how, word] of [
      [() => put(8, { lies: tampered(bytes) }), 'bundle-digest-mismatch'],
      [() => put(8, { by: stranger }), 'key-unknown'],
      [() => put(8, { expires: '2026-02-01T00:00:00Z' }), 'bundle-expired'],
      [() => put(8, { name: 'another' }), 'bundle-other-name'],
      [() => put(6), 'bundle-rolled-back'],
      [() => writeFileSync(path, bytes), 'bundle-unsigned'],
      [() => rmSync(path), 'fetch-failed'],
    ]) {
      how();
      await assert.rejects(open(path, { trust: wanted }), code(word), word);
    }
    // Signed, and no such file at all: it is not remembered, so that the one before may come again.
    const broken = Buffer.from('no file of this kind');
    writeFileSync(path, statement(own, { 'broken.bin': broken }, { sequence: 9 }));
    writeFileSync(`${out}/broken.bin`, broken);
    await assert.rejects(open(path, { trust: wanted }), (error) => !/rolled|unsigned|digest/.test(error.code) && typeof error.code === 'string');
    put(7);
    assert.ok(await answers(await open(path, { trust: wanted })));
    // The statement beside the file, as the host has them; and one who knows a higher sequence.
    const apart = statement(own, { [`${name}.bin`]: bytes }, { sequence: 3 });
    if (name !== 'complete') assert.ok(await answers(await open(bytes, { trust: trust({ statement: apart }) })));
    await assert.rejects(open(bytes, { trust: trust({ statement: apart, lowest: 4 }) }), code('bundle-rolled-back'));
    // The shop's own form is refused by name: it would not be looked at.
    await assert.rejects(open(path, { trust: { keys: [own.key], name: 'online-retail' } }), code('invalid-option'));
    await assert.rejects(open(path, { trust: trust(), signal: AbortSignal.abort() }), code('aborted'));
    // Options are looked at before anything is fetched.
    await assert.rejects(open(`${out}/nowhere.json`, { trust: trust(), maxByte: 1 }), code('unknown-option'));
  });
}

test('complete: what a signed completer.json names is what it says by SHA-256, and no file goes without', async () => {
  const path = `${out}/completer.json`;
  const put = (bytes) => {
    writeFileSync(path, statement(own, { 'signed.json': bytes }));
    writeFileSync(`${out}/signed.json`, bytes);
  };
  put(manifest(false));
  await assert.rejects(loadCompleter(path, { cache: false, trust: trust() }), code('bundle-unsigned'));
  put(manifest(true));
  writeFileSync(`${out}/tokenizer.json`, tampered(stories('tokenizer.json')));
  await assert.rejects(loadCompleter(path, { cache: false, trust: trust() }), code('download-digest-mismatch'));
  writeFileSync(`${out}/tokenizer.json`, stories('tokenizer.json'));
});

test('`trusted` looks at what it is told when it is told', () => {
  for (const [given, word] of [[{ keys: [], name: 'a' }, 'invalid-option'], [{ keys: [own.key] }, 'invalid-option'], [{ keys: [own.key], name: 'a', key: 1 }, 'unknown-option'], [undefined, 'invalid-option']]) assert.throws(() => trusted(given), code(word));
  assert.ok(Object.isFrozen(trust()));
});

test('workerd: the checkout worker opens what a statement vouches for, and decides by its fallback where nothing is', async () => {
  const bundle = ENTRIES.assess[0];
  const files = {};
  const web = createServer(({ url }, response) => response.writeHead(files[url] ? 200 : 404).end(files[url]));
  await new Promise((done) => web.listen(0, '127.0.0.1', done));
  const at = `http://127.0.0.1:${web.address().port}`;
  const judged = async (signed, more = {}) => {
    files['/card.json'] = signed;
    files['/card.bin'] = bundle;
    const to = `${out}/till`;
    await laid(to);
    const till = await started(to, settings({ STATEMENT: `${at}/card.json`, TRUST_KEYS: own.key, TRUST_NAME: 'card', FALLBACK: 'decline', ...more }), {}, {}, true);
    try {
      const { body } = await till.assess(transaction({ card: 'signed-1' }));
      return [body.by, body.decision];
    } finally {
      await till.stop();
    }
  };
  try {
    const sign = (by, more) => statement(by, { 'card.bin': bundle }, { name: 'card', sequence: 5, ...more });
    assert.deepEqual(await judged(sign(own)), ['model', 'approve']);
    assert.deepEqual(await judged(sign(stranger)), ['fallback', 'decline']);
    assert.deepEqual(await judged(sign(own), { TRUST_LOWEST: '6' }), ['fallback', 'decline']);
  } finally {
    web.closeAllConnections();
    web.close();
  }
});
