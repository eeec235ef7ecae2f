// The catalog as it is today: feeds, facets, what is sold out, what is not there. The real engine, in the lite tier.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { load } from 'nearhand';

const path = process.env.NEARHAND_BUNDLE;
let all;
const open = (options) => load(path, { tier: 'lite', ...options });

before(async () => {
  const shop = await open();
  all = [];
  for (let page; page?.length !== 0; all.push(...page)) page = shop.items({ offset: all.length, limit: 1000 }).items;
  shop.close();
});

/** How often others had their turn while `act` ran and its feed was partly in. `bench tasks` times the tasks. */
async function turns(act, partly) {
  let seen = 0;
  let over = false;
  const tick = () => {
    seen += Number(!over && partly());
    if (!over) setImmediate(tick);
  };
  setImmediate(tick);
  const result = await act();
  over = true;
  return { seen, result };
}

test('a feed of the whole catalog goes in slices, between which others have their turn and see what is in', async () => {
  const shop = await open();
  const feed = (price) => all.map(({ item }) => ({ item, price, stock: 3, url: `/p/${item}`, image: `/i/${item}.jpg`, brand: 'Acme' }));
  const ends = [all[0], all.at(-1)];
  const partly = (has) => () => Boolean(has(ends[0])) && !has(ends[1]);
  const costs = (price) => partly(({ item }) => shop.item(item).price === price);
  const first = await turns(() => shop.updateCatalog({ upsert: feed(1.5) }), costs(1.5));
  assert.deepEqual(first.result, { added: 0, updated: all.length, removed: 0, unknown: 0, refused: 0, examples: [] });
  const second = await turns(() => shop.updateCatalog({ update: feed(2) }), costs(2));
  const fresh = all.map(({ item, title, category }) => ({ item: `n${item}`, title, category, price: 2 }));
  const third = await turns(() => shop.updateCatalog({ upsert: fresh }), partly(({ item }) => shop.item(`n${item}`)));
  assert.equal(third.result.added, all.length);
  for (const { seen } of [first, second, third]) assert.ok(seen > 0, `${[first, second, third].map(({ seen }) => seen)} turns`);
  assert.equal(shop.item(all[7].item).price, 2);
  assert.deepEqual(shop.facets().brands, [{ name: 'Acme', count: all.length }]);
  assert.ok(shop.facets().columns.includes('stock'));
  shop.close();
});

test('bad rows cost themselves; null unsets', async () => {
  const shop = await open();
  const [a, b] = all;
  const { examples, ...counts } = await shop.updateCatalog({
    upsert: [
      { item: a.item, price: null, stock: 0 },
      { item: 'NEW-1', title: 'Red Teapot', category: a.category },
      { item: 'NEW-2', price: 3 },
      { item: b.item, price: NaN },
      { item: b.item, price: '3' },
      { item: b.item, colour: 'red' },
      { item: 17, title: 'x' },
      null,
    ],
    update: [{ item: 'ghost', price: 1 }],
    remove: ['ghost', all[2].item],
  });
  assert.deepEqual(counts, { added: 1, updated: 1, removed: 1, unknown: 2, refused: 6 });
  const told = Object.fromEntries(examples.map(({ list, at, code }) => [`${list}[${at}]`, code]));
  assert.deepEqual(told, {
    'upsert[2]': 'catalog-invalid', 'upsert[3]': 'invalid-option', 'upsert[4]': 'invalid-option', 'upsert[5]': 'unknown-option',
    'upsert[6]': 'invalid-option', 'upsert[7]': 'invalid-option', 'update[0]': 'item-unknown', 'remove[0]': 'item-unknown',
  });
  assert.ok(examples.some(({ message }) => message === 'delta.upsert[4].price must be a finite number, not string 3'));
  assert.deepEqual([shop.item(a.item).price, shop.item(a.item).stock, shop.item(b.item).price], [undefined, 0, b.price]);
  assert.equal(shop.item(all[2].item), undefined);
  shop.close();
});

test('what is sold out is not shown unless asked for; load applies a catalog before the first slate', async () => {
  const shop = await open({ catalog: { update: all.slice(0, 5).map(({ item }) => ({ item, stock: 0 })) } });
  const shown = async (options) => (await shop.recommend({ k: 5, ...options })).items.map(({ item }) => item);
  const sold = all.slice(0, 5).map(({ item }) => item);
  assert.ok((await shown()).every((item) => !sold.includes(item)));
  assert.deepEqual(await shown({ exclude: [] }), sold);
  assert.deepEqual((await shown({ where: { inStock: false } })).toSorted(), sold.toSorted());
  assert.ok(!(await shown({ rules: [{ pin: 1, items: sold }], curated: sold })).some((item) => sold.includes(item)));
  shop.close();
});

test('what the catalog does not have is told with the nearest name, and blanks no page', async () => {
  const shop = await open();
  const { categories, columns } = shop.facets();
  assert.ok(!columns.includes('brand') && categories.length > 3 && categories[0].count >= categories[1].count);
  const { name } = categories[0];
  const slate = await shop.recommend({ where: { category: `${name}x`, brand: 'Acme', inStock: true }, rules: [{ hide: true, where: { brand: 'x' } }] });
  assert.equal(slate.items.length, 5);
  assert.deepEqual(slate.notes, ['column-unknown', 'category-unknown']);
  assert.deepEqual(slate.unknown, [
    { rule: 0, option: 'where.brand', value: 'brand' },
    { option: 'where.inStock', value: 'stock' },
    { option: 'where.brand', value: 'brand' },
    { option: 'where.category', value: `${name}x`, nearest: name },
  ]);
  assert.deepEqual(shop.items({ where: { category: `${name}x` } }).unknown, [{ option: 'where.category', value: `${name}x`, nearest: name }]);
  await assert.rejects(shop.recommend({ strict: true, where: { category: `${name}x` } }), ({ code, details }) => code === 'name-unknown' && details.nearest === name);
  await assert.rejects(shop.recommend({ strict: true, where: { brand: 'x' } }), { code: 'column-unknown' });
  assert.throws(() => shop.items({ strict: true, where: { brand: 'x' } }), { code: 'column-unknown' });
  assert.equal((await shop.recommend()).unknown, undefined);
  shop.close();
});
