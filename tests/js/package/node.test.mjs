import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { test } from 'node:test';
import { load, NearhandError, version } from 'nearhand';
import { load as slim } from 'nearhand/slim';
import { signals } from 'nearhand/signals';
import { contract } from './contract.mjs';

const path = process.env.NEARHAND_BUNDLE;
const bytes = readFileSync(path);

test('node: full, in process, from a path', async () => {
  const { tier, info } = await contract(load, path);
  assert.equal(tier, 'full');
  assert.equal(info.version, version);
  assert.equal(info.full.state, 'ready');
  assert.equal(info.bundle.bytes, bytes.length);
  assert.ok(info.bundle.licence && info.bundle.items > 0);
});

test('node: lite, progressive, file: URL and bytes', async () => {
  assert.equal((await contract(load, pathToFileURL(path), { tier: 'lite' })).tier, 'lite');
  assert.equal((await contract(load, bytes, { tier: 'progressive' })).tier, 'full');
});

test('node: two loads of one path are two shops', async () => {
  const [one, two] = await Promise.all([load(path, { tier: 'lite' }), load(path, { tier: 'lite' })]);
  one.observe({ kind: 'view', item: one.items().items[0].item });
  assert.equal(two.session().length, 0);
  one.close();
  assert.equal((await two.recommend()).items.length, 5);
  two.close();
});

test('node: a missing file, a cut file, a flipped bit', async () => {
  await assert.rejects(load('/no/such/file'), { name: 'NearhandError', code: 'fetch-failed' });
  await assert.rejects(load(bytes.subarray(0, 1000), { tier: 'lite' }), (error) => error instanceof NearhandError && error.code.startsWith('bundle-'));
  const { digest } = (await load(path, { tier: 'lite' })).info().bundle;
  const flipped = Uint8Array.from(bytes);
  flipped[flipped.length >> 1] ^= 1;
  await assert.rejects(load(flipped, { tier: 'lite', digest }), { code: 'bundle-digest-mismatch' });
});

test('node: a file above what a load may take is refused unread, with both sizes', async () => {
  const huge = `${import.meta.dirname}/huge.safetensors`;
  try {
    // Without any blocks on the disk.
    for (const bytes of [1.5e9, 4.5e9]) {
      closeSync(openSync(huge, 'w'));
      truncateSync(huge, bytes);
      const before = process.memoryUsage.rss();
      for (const maxBytes of bytes > 2 ** 31 ? [undefined, 2 ** 31] : [undefined]) {
        const refused = (error) => {
          assert.deepEqual(error.details, { bytes, maxBytes: maxBytes ?? 2 ** 26 });
          assert.match(error.message, /raise it, to 2 GiB at most, or split the bundle/);
          return error.code === 'bundle-too-large';
        };
        await assert.rejects(load(huge, { maxBytes }), refused);
        await assert.rejects(load(pathToFileURL(huge), { maxBytes, tier: 'lite' }), refused);
        await assert.rejects(load(path, { maxBytes, model: huge }), refused);
        const shop = await load(path, { tier: 'lite' });
        await assert.rejects(shop.swap(huge, { maxBytes }), refused);
        shop.close();
      }
      assert.ok(process.memoryUsage.rss() - before < 500e6);
    }
    await assert.rejects(load(path, { maxBytes: 2 ** 31 + 1 }), { code: 'invalid-option' });
  } finally {
    rmSync(huge, { force: true });
  }
});

test('slim: the host passes the binaries; without them it says so', async () => {
  const wasm = (name) => readFileSync(new URL(import.meta.resolve(`nearhand/${name}`)));
  const own = { lite: wasm('nearhand-lite.wasm'), full: wasm('nearhand.wasm') };
  assert.equal((await contract(slim, bytes, { wasm: own })).tier, 'full');
  assert.equal((await contract(slim, bytes, { wasm: { lite: own.lite } })).tier, 'lite');
  await assert.rejects(slim(bytes), { code: 'wasm-missing' });
  await assert.rejects(load(path, { tier: 'full', wasm: { full: own.lite } }), { code: 'wasm-mismatch' });
});

test('signals: safe to import and call where there is no document', () => {
  const stop = signals(() => {});
  stop();
});
