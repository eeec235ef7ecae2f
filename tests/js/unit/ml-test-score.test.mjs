import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inCheckout, score } from '../../../tools/ml-test-score.mjs';

test('the evidence of docs/ml-test-score.md is where it says', () => {
  const sums = score(inCheckout('docs/ml-test-score.md'), inCheckout);
  assert.deepEqual(sums.map(([name]) => name), ['data', 'model', 'infrastructure', 'monitoring']);
});

test('a table that does not hold is refused by its line', () => {
  const files = { 'a.rs': 'fn holds()' };
  const read = (path) => files[path];
  const row = (at, points = '1', evidence = '`a.rs` "fn holds"', missing = '') => `| ${at}. it holds | ${points} | ${evidence} | ${missing} |`;
  const page = (...rows) => ['A', 'B', 'C', 'D'].map((name) => [`| **${name}** | | | |`, ...rows].join('\n')).join('\n');
  const seven = (first) => [first, ...[2, 3, 4, 5, 6, 7].map((at) => row(at))];
  assert.deepEqual(score(page(...seven(row(1, '0.5', '`a.rs`', 'half'))), read), [['a', 6.5], ['b', 6.5], ['c', 6.5], ['d', 6.5]]);
  for (const [rows, why] of [
    [seven(row(2)), 'out of its order'],
    [seven(row(1, '2')), 'scores "2"'],
    [seven(row(1, '1', '')), 'without evidence'],
    [seven(row(1, '0.5')), 'what is missing'],
    [seven(row(1, '1', '`b.rs`')), 'b.rs is not there'],
    [seven(row(1, '1', '`a.rs` "fn fails"')), 'does not hold "fn fails"'],
    [seven(row(1)).slice(1).map((line, at) => line.replace(/\d/, at + 1)), '6 tests'],
  ]) {
    assert.throws(() => score(page(...rows), read), (error) => error.message.includes(why), why);
  }
  assert.throws(() => score('', read), /0 sections/);
});
