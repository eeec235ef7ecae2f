// nearhand/bucket against the engine's own, and against values that never change: visitors must stay in their arms.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { load } from 'nearhand';
import { bucket } from 'nearhand/bucket';

let shop;
before(async () => {
  shop = await load(process.env.NEARHAND_BUNDLE, { tier: 'lite' });
});
after(() => shop?.close());

test('equal to the engine for any text and number', () => {
  let seed = 42;
  const next = (n) => (seed = (seed * 48_271) % 2_147_483_647) % n;
  const letters = ['a', 'Z', '0', ' ', '\0', 'é', 'ß', '東', '😀', '\ud800', '\udfff', '\u{10ffff}', '"', '\n'];
  const word = () => Array.from({ length: next(24) }, () => letters[next(letters.length)]).join('');
  for (let i = 0; i < 5000; i++) {
    const [name, visitor, buckets] = [word(), word(), 2 + next(999)];
    assert.equal(bucket(name, visitor, buckets), shop.bucket(name, visitor, buckets), JSON.stringify([name, visitor, buckets]));
  }
  assert.equal(bucket('t', 'x'.repeat(100_000), 1000), shop.bucket('t', 'x'.repeat(100_000), 1000));
});

test('the same for ever', () => {
  const golden = [
    ['slates-1', 'visitor 1', 2, 0],
    ['slates-1', 'visitor 2', 2, 0],
    ['slates-1', 'visitor 3', 2, 1],
    ['', '', 2, 0],
    ['tea', 'GA1.1.123.456', 1000, 144],
    ['tea', '東京😀', 1000, 874],
    ['a', 'b', 3, 1],
    ['ab', '', 1000, 673],
    ['a', 'b', 1000, 480],
  ];
  for (const [name, visitor, buckets, wanted] of golden) assert.equal(bucket(name, visitor, buckets), wanted, `${name} ${visitor} ${buckets}`);
});

test('even, and two tests have nothing to do with each other', () => {
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < 20_000; i++) counts[2 * bucket('tea', `visitor ${i}`, 2) + bucket('coffee', `visitor ${i}`, 2)]++;
  for (const count of counts) assert.ok(Math.abs(count - 5000) < 250, `${counts}`);
});

test('refused as the engine refuses it', () => {
  const code = (act) => {
    try {
      return act();
    } catch (error) {
      return error.code;
    }
  };
  for (const args of [[1, 'v', 2], ['t', undefined, 2], ['t', 'v', 1], ['t', 'v', 1001], ['t', 'v', 2.5], ['t', 'v', NaN], ['t', 'v', '2'], ['t', 'v', 2n]]) {
    assert.equal(code(() => bucket(...args)), 'invalid-option', String(args));
    assert.equal(code(() => shop.bucket(...args)), 'invalid-option', String(args));
  }
});
