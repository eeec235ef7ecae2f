import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { digestOf } from '../../../www/lib/src/files/digest.js';

test('the digest is the one that a packed bundle states', async () => {
  // A Buffer, as Node's hosts pass it.
  const bundle = readFileSync('models/online-retail/online-retail.safetensors');
  const stated = /\\"sha256\\":\\"([0-9a-f]{64})/.exec(new TextDecoder().decode(bundle.subarray(0, 200)))?.[1];
  assert.ok(stated);
  const before = Uint8Array.from(bundle);
  assert.equal(await digestOf(bundle), stated);
  assert.deepEqual(Uint8Array.from(bundle), before, 'untouched');
  bundle[bundle.length - 1]! ^= 1;
  assert.notEqual(await digestOf(bundle), stated);
});

test('bytes too short to state one, and a platform without SHA-256', async (t) => {
  assert.equal((await digestOf(new Uint8Array(4)))?.length, 64);
  t.mock.getter(globalThis, 'crypto', () => undefined);
  assert.equal(await digestOf(new Uint8Array(4)), undefined);
});
