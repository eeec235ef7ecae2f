// Replays held-out pairs through the Node build of the package and compares its slates with the native ones.
// Usage: node tools/eval-wasm.mjs BUNDLE PAIRS ITEMS.tsv KEY_COLUMN ID_COLUMN NATIVE_SLATES
// Every slate must be the same, items and order; but items whose scores are closer than the model's arithmetic is on two
// machines may have changed places.
import { readFileSync } from 'node:fs';
import { load } from '../www/lib/dist/node.js';

const [bundle, pairsFile, itemsFile, keyColumn, idColumn, slatesFile] = process.argv.slice(2);
const START_MS = 1_600_000_000_000;
/** The model's answers differ by some 10⁻⁷ between machines; its temperature makes more of it in a score. */
const TIE = 1e-6;

const lines = (file) => readFileSync(file, 'utf8').trimEnd().split('\n');
const [header, ...rows] = lines(itemsFile).map((line) => line.split('\t'));
const [key, id] = [header.indexOf(keyColumn), header.indexOf(idColumn)];
if (key < 0 || id < 0) throw new Error(`${itemsFile} has no column ${keyColumn} or ${idColumn}`);
const idOf = new Map(rows.map((row) => [row[key], row[id]]));

const native = lines(slatesFile).map((line) => line.split(' '));
const pairs = lines(pairsFile).map((line) => line.split('\t')[0].split(' ').map((k) => idOf.get(k)));
if (native.length !== pairs.length) throw new Error(`${native.length} native slates for ${pairs.length} pairs`);

let now = START_MS;
const shop = await load(bundle, { tier: 'full', consent: 'memory', now: () => now });
const k = native[0].length;
const count = { pairs: pairs.length, same: 0, ties: 0, reordered: 0, different: 0 };
const started = performance.now();
for (const [i, prefix] of pairs.entries()) {
  shop.forget();
  prefix.forEach((item, at) => {
    now = START_MS + at * 1000;
    shop.observe({ kind: 'view', item });
  });
  now = START_MS;
  const { items, tier } = await shop.recommend({ k, exclude: [] });
  if (tier !== 'full') throw new Error(`pair ${i + 1} was answered by ${tier}`);
  const slate = items.map(({ item }) => item);
  const scores = new Map(items.map(({ item, score }) => [item, score]));
  const apart = (item, at) => Math.abs(scores.get(item) - items[at].score);
  if (slate.join() === native[i].join()) count.same++;
  else if (slate.toSorted().join() !== native[i].toSorted().join()) count.different++;
  else if (native[i].every((item, at) => apart(item, at) <= TIE * items[at].score)) count.ties++;
  else count.reordered++;
}
const us = Math.round(((performance.now() - started) / pairs.length) * 1000);
shop.close();
console.log(`eval-wasm pairs=${count.pairs} k=${k} same=${count.same} ties=${count.ties} reordered=${count.reordered} different=${count.different} us_per_pair=${us}`);
if (count.same + count.ties !== count.pairs) {
  console.error(`${count.reordered + count.different} slates differ between native and wasm`);
  process.exit(1);
}
