// A basket of the held-out weeks (models/online-retail/sample_pairs.tsv) through the built package, full tier, in Node:
// its events, its slate with reasons, and what came next in the log. Usage: node tools/slate.mjs [SESSION, from 1]
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { root } from './face.mjs';

const dist = process.env.NEARHAND_DIST ?? `${root}/www/lib/dist`;
const folder = `${root}/models/online-retail`;
const pairs = readFileSync(`${folder}/sample_pairs.tsv`, 'utf8').trim().split('\n').map((line) => line.split('\t'));
const number = Number(process.argv[2] ?? 7);
const pair = pairs[number - 1];
if (!pair) {
  console.error(`slate: there are ${pairs.length} sessions; ${process.argv[2]} is none of them`);
  process.exit(2);
}
const [given, next] = [pair[0].split(' '), pair[1]];

const { load } = await import(pathToFileURL(`${dist}/node.js`));
// A shop's evening: a minute on each thing.
const began = Date.UTC(2011, 10, 25, 19);
let now = began;
const shop = await load(readFileSync(`${folder}/online-retail.safetensors`), { tier: 'full', consent: 'memory', now: () => now });
await shop.ready;
for (const item of given) {
  shop.observe({ kind: 'view', item, at: now });
  now += 60_000;
}
// Twice: the first question of an engine also warms it.
await shop.recommend({ source: given.at(-1) });
const slate = await shop.recommend({ source: given.at(-1) });

const pounds = (price) => (price === undefined ? '' : `${price.toFixed(2)} GBP`.padStart(10));
const line = (item) => `${item.item.padEnd(12)}  ${item.title.padEnd(42)} ${pounds(item.price)}`;
const named = ({ item, title }) => shop.item(item)?.title ?? title ?? item;
const because = ({ reasons }) => reasons.slice(0, 2).map((reason) => (reason.item ? `${reason.kind} ${named(reason)}` : reason.kind)).join('; ');
const say = (text = '') => console.log(text.trimEnd());

say(`Session ${number} of ${pairs.length}, ${given.length} of ${given.length + 1} events`);
given.forEach((item, i) => say(`  ${String(i + 1).padStart(2)}  viewed     ${line(shop.item(item) ?? { item, title: 'not in the catalog' })}`));
say();
say(`You may also like (by ${slate.source}, ${slate.tier} tier, ${slate.tookMs.toFixed(2)} ms)`);
for (const item of slate.items) say(`  ${String(item.rank).padStart(2)}  ${line(item)}  ${because(item)}`);
say();
const place = slate.items.find(({ item }) => item === next)?.rank;
say(`Then in the log: ${next}  ${shop.item(next)?.title ?? ''}: ${place ? `number ${place} of the slate` : 'not in the slate'}`);
shop.close();
