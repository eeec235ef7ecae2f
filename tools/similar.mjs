// `similar` on the shipped bundle, to be looked at by hand: the middle item of every category and five that people know, then
// figures over the whole catalog. What was seen stands in docs/evaluation.md. Usage: node tools/similar.mjs [ITEM…]
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { root } from './face.mjs';

const { load } = await import(pathToFileURL(`${process.env.NEARHAND_DIST ?? `${root}/www/lib/dist`}/node.js`));
const shop = await load(readFileSync(`${root}/models/online-retail/online-retail.safetensors`), { tier: 'full' });
const all = [];
for (let page; page?.length !== 0; all.push(...page)) page = shop.items({ offset: all.length, limit: 1000 }).items;
const similar = (source) => shop.recommend({ placement: 'product', relation: 'similar', source });

/** Teacups, a candle holder and a cake stand: what the shop sells most. */
const KNOWN = ['22699', '22697', '22698', '85123A', '22423'];
const middle = ({ name }) => {
  const own = all.filter(({ category }) => category === name);
  return own[Math.floor(own.length / 2)].item;
};
const asked = process.argv.slice(2);
for (const item of asked.length ? asked : [...shop.facets().categories.map(middle), ...KNOWN]) {
  const { title, category } = shop.item(item) ?? { title: 'not in the catalog' };
  const { items, notes } = await similar(item);
  console.log(`\n${item} ${title} · ${category}${notes.length ? ` (${notes.join(', ')})` : ''}`);
  for (const one of items) console.log(`  ${one.rank}  ${one.score.toFixed(2)}  ${one.title} · ${one.category}`);
}

const sum = { first: 0, places: 0, own: 0, weak: 0 };
for (const { item, category } of all) {
  const { items, notes } = await similar(item);
  sum.first += Number(items[0]?.category === category);
  sum.own += items.filter((one) => one.category === category).length;
  sum.places += items.length;
  sum.weak += Number(notes.includes('likeness-weak'));
}
const share = (part, whole) => `${((100 * part) / whole).toFixed(1)} %`;
console.log(`\nall ${all.length} items: first place of the page's category ${share(sum.first, all.length)}, all places ${share(sum.own, sum.places)}, likeness-weak ${share(sum.weak, all.length)}`);
shop.close();
