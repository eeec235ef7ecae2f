// Makes the index of the shop's search box: the catalog's titles as the shop prints them, departments, and how often each
// thing was bought, all from the bundle that recommends. The same bundle gives the same bytes.
//
//   node www/demo/search-index.mjs [--nearhand PROGRAM] [--out FILE]
//
// PROGRAM is the command line, target/release/nearhand unless said otherwise (cargo build --release -p nearhand-cli).

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { title } from './src/words.js';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const { values } = parseArgs({ options: { nearhand: { type: 'string', default: join(root, 'target/release/nearhand') }, out: { type: 'string', default: join(root, 'models/online-retail/search.nhs') } } });
const bundle = readFileSync(join(root, 'models/online-retail/online-retail.safetensors'));

const { load } = await import(pathToFileURL(join(root, 'www/lib/dist/node.js')));
const shop = await load(bundle, { tier: 'lite', consent: 'none' });
const items = [];
for (let total = 1; items.length < total; ) {
  const page = shop.items({ limit: 1000, offset: items.length });
  items.push(...page.items);
  total = page.items.length ? page.total : 0;
}
shop.close();

const times = popularity(bundle);
const work = join(root, 'target/demo-search');
mkdirSync(work, { recursive: true });
const [list, bought] = [join(work, 'items.jsonl'), join(work, 'bought.jsonl')];
// A word joiner keeps a printed line from ending in "T-"; nobody types one.
const named = items.map(({ item, title: name, category }) => ({ item, title: title(name).replaceAll('\u2060', ''), category: category ?? 'Curiosities' }));
writeFileSync(list, named.map((row) => `${JSON.stringify(row)}\n`).join(''));
// A purchase is a line, all of one day. The nth purchases of all things are one visit: one thing twice in a row would count once.
const lines = [];
for (let nth = 1, left = named; left.length > 0; nth += 1, left = left.filter(({ item }) => times.get(item) >= nth)) {
  lines.push(...left.map(({ item }) => `${JSON.stringify({ session_id: nth, item_id: item, time: '2011-11-24' })}\n`));
}
writeFileSync(bought, lines.join(''));

const run = spawnSync(values.nearhand, ['suggest-index', '--items', list, '--item-col', 'item', '--title-col', 'title', '--category-col', 'category', '--events', bought, '--half-life', '0', '--synonyms', join(root, 'www/demo/synonyms.txt'), '--out', values.out], { encoding: 'utf8' });
process.stdout.write(run.stdout ?? '');
if (run.status !== 0) {
  console.error(run.error?.message ?? run.stderr);
  process.exit(1);
}

/** How often each thing was bought, by id: the bundle keeps it for what is popular. */
function popularity(bytes) {
  const head = Number(bytes.readBigUInt64LE(0));
  const tensors = JSON.parse(bytes.subarray(8, 8 + head));
  const part = (name) => bytes.subarray(8 + head + tensors[name].data_offsets[0], 8 + head + tensors[name].data_offsets[1]);
  const counts = part('items.popularity');
  const ids = part('catalog.ids').toString().split('\n').filter(Boolean);
  return new Map(ids.map((id, at) => [id, counts.readUInt16LE(2 * at)]));
}
