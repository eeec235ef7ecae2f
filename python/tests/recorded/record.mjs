// Records what the wasm answers, for the wheel's tests to be held against: slates of the shipped bundles, nothing excluded.
// Usage: node python/tests/recorded/record.mjs >python/tests/recorded/slates.json   (www/lib built before)
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { root } from '../../../tools/face.mjs';

const { load } = await import(pathToFileURL(`${process.env.NEARHAND_DIST ?? `${root}/www/lib/dist`}/node.js`));
const START_MS = 1_600_000_000_000;

const pairs = readFileSync(`${root}/models/online-retail/sample_pairs.tsv`, 'utf8').trim().split('\n');
const sessions = pairs.map((line) => line.split('\t')[0].split(' '));
const all = {};
for (const name of ['online-retail', 'sample']) {
  let now = START_MS;
  const shop = await load(readFileSync(`${root}/models/${name}/${name}.safetensors`), { tier: 'full', consent: 'memory', now: () => now });
  await shop.ready;
  all[name] = [];
  for (const session of sessions) {
    shop.forget();
    session.forEach((item, at) => {
      now = START_MS + at * 1000;
      shop.observe({ kind: 'view', item });
    });
    now = START_MS;
    const { items, tier, source } = await shop.recommend({ k: 20, exclude: [] });
    if (tier !== 'full') throw new Error(`answered by ${tier}`);
    all[name].push({ session, source, items: items.map(({ item }) => item), scores: items.map(({ score }) => score) });
  }
  shop.close();
}
console.log(JSON.stringify(all));
