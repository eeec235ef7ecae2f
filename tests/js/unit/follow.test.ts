// The edge worker that follows a signed pointer: which shop it follows, and what it has of it.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { vouching } from '../../../www/lib/src/trust/vouched.js';
import type { Shop } from '../../../www/lib/src/words/types.js';
import { Follower, isFirst, Opened, type Signed } from '../../../www/worker/follow.js';
import { fakeBundle } from './fake.js';
import { world } from './harness.js';
import { signed, signer } from './signed.js';

const own = signer();
const bundleOf = (version: string): Uint8Array => fakeBundle({ version, items: ['A', 'B'] });
const [DEPLOYED, NEXT, BACK] = ['1', '2', '3'].map(bundleOf) as [Uint8Array, Uint8Array, Uint8Array];
const ENV = { STATEMENT: 'https://cdn.example/s/shop.json', TRUST_KEYS: own.key, TRUST_NAME: 'shop' };
const open = (): Promise<Shop> => world({ kind: 'node' }).load({ tier: 'lite' }, DEPLOYED);
const version = (shop: Shop): string => shop.info().bundle.version;

/** A follower of files that the test lays, and what it says. */
function following(t: TestContext) {
  const files: Record<string, Uint8Array> = {};
  const said: string[] = [];
  for (const name of ['log', 'warn'] as const) t.mock.method(console, name, (line: string) => said.push(line));
  const vouched = vouching(async (url) => files[String(url).split('/').at(-1)!] ?? Promise.reject(new Error('gone')));
  const put = (sequence: number, bytes: Uint8Array): void => {
    files['shop.json'] = signed(bytes, own, { sequence, version: String(sequence), expires: '2999-01-01T00:00:00Z' });
    files['shop.bin'] = bytes;
  };
  return { follower: new Follower(vouched), files, put, said };
}

test('a shop that is opened anew with the deployed bundle takes the pointer\'s again, and still none below it', async (t) => {
  const { follower, put, said } = following(t);
  put(7, NEXT);
  const first = await open();
  await follower.look(first, ENV);
  await follower.look(first, ENV);
  assert.deepEqual([version(first), said.length], ['2', 1], 'the same statement again costs nothing');
  first.close();
  const second = await open();
  put(6, BACK);
  await follower.look(second, ENV);
  assert.equal(version(second), '1');
  assert.match(said.at(-1)!, /bundle-rolled-back/);
  put(7, NEXT);
  await follower.look(second, ENV);
  assert.equal(version(second), '2');
  put(8, BACK);
  await follower.look(second, ENV);
  assert.equal(version(second), '3');
  second.close();
});

test('what is wrong is told once, and once more when it comes back after a good look', async (t) => {
  const { follower, put, files, said } = following(t);
  const shop = await open();
  const turns = async (): Promise<number> => {
    for (let i = 0; i < 3; i++) await follower.look(shop, ENV);
    return said.splice(0).length;
  };
  assert.equal(await turns(), 1);
  put(7, NEXT);
  assert.equal(await turns(), 1, 'that it serves');
  delete files['shop.json'];
  assert.equal(await turns(), 1);
  shop.close();
});

test('of two that open at once the one is followed that visitors are served by', async () => {
  const shops = new Opened();
  assert.equal(shops.serving, undefined);
  const [one, two] = [shops.add(await open()), shops.add(await open())];
  two.close();
  assert.equal(shops.serving, one);
  one.close();
  assert.equal(shops.serving, undefined);
  const next = shops.add(await open());
  assert.equal(shops.serving, next);
  next.close();
});

test('the first bundle comes from the statement where that is asked for; one that is refused opens nothing', async (t) => {
  const { follower, put, said } = following(t);
  const opened: Uint8Array[] = [];
  const first = (env: Signed = ENV) =>
    follower.first(env, async (bytes) => {
      opened.push(bytes);
      return world({ kind: 'node' }).load({ tier: 'lite' }, bytes);
    });
  put(7, NEXT);
  for (const [env, word] of [[{ ...ENV, TRUST_LOWEST: '8' }, 'bundle-rolled-back'], [{ ...ENV, TRUST_NAME: 'another' }, 'bundle-other-name'], [{ ...ENV, TRUST_KEYS: signer().key }, 'key-unknown']] as const) {
    await assert.rejects(first(env), (error) => (error as { code?: string }).code === word);
  }
  assert.equal(opened.length, 0);
  const shop = await first();
  assert.equal(version(shop), '2');
  await follower.look(shop, ENV);
  assert.deepEqual([version(shop), said], ['2', []], 'what serves is not fetched again');
  put(6, BACK);
  await assert.rejects(first(), (error) => (error as { code?: string }).code === 'bundle-rolled-back');
});

test('what is not said clearly of the first bundle is refused', () => {
  assert.deepEqual([{}, { TRUST_FIRST: '' }, { TRUST_FIRST: '0' }, { TRUST_FIRST: '1' }].map(isFirst), [false, false, false, true]);
  for (const told of ['true', 'yes', ' 1', '2']) assert.throws(() => isFirst({ TRUST_FIRST: told }), /TRUST_FIRST/);
});
