// Feeds as people bring them from other tools, after public reports about Algolia's clients, Typesense, MiniSearch, lunr,
// elasticlunr, search-index, FlexSearch, Recommendations AI, shop platforms and their feeds; each built anew. The real engine, lite.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { load } from 'nearhand';

const path = process.env.NEARHAND_BUNDLE;
const KNOWN = '85123A';

/** A shop for one test, its console unheard. */
const shopTest = (what, act) =>
  test(what, async () => {
    const { warn } = console;
    console.warn = () => {};
    const shop = await load(path, { tier: 'lite' });
    try {
      await act(shop);
    } finally {
      shop.close();
      console.warn = warn;
    }
  });
const many = (n, row) => Array.from({ length: n }, (_, i) => row(i));
const shown = async (shop, options) => (await shop.recommend({ k: 20, ...options })).items.map(({ item }) => item);

shopTest('a partial row of what is not there makes nothing, not even an item called "undefined"', async (shop) => {
  const { total } = shop.items();
  const told = await shop.updateCatalog({ update: [{ item: 'ghost', price: 1 }], upsert: [{ price: 1 }, { item: undefined, title: 'Nobody' }, { item: 'ghost', price: 2 }] });
  assert.deepEqual([told.added, told.unknown, told.refused], [0, 1, 3]);
  assert.deepEqual([shop.items().total, shop.item('ghost'), shop.item('undefined')], [total, undefined, undefined]);
});

shopTest('a partial row leaves the columns that it does not name', async (shop) => {
  await shop.updateCatalog({ upsert: [{ item: KNOWN, image: '/a.jpg', brand: 'Acme', stock: 4 }] });
  const before = shop.item(KNOWN);
  await shop.updateCatalog({ update: [{ item: KNOWN, price: 9 }] });
  await shop.updateCatalog({ upsert: [{ item: KNOWN, title: 'A new name', brand: undefined }] });
  assert.deepEqual(shop.item(KNOWN), { ...before, price: 9, title: 'A new name' });
});

shopTest('the same feed twice, and one id twice in it: one item, with the last word', async (shop) => {
  const { total } = shop.items();
  for (const n of [10, 500]) {
    const feed = many(n, (i) => ({ item: `T${n}-${i}`, title: `Tin whistle ${i}`, price: i }));
    await shop.updateCatalog({ upsert: feed });
    const again = await shop.updateCatalog({ upsert: [...feed, ...feed.map((row) => ({ ...row, price: 7 }))] });
    assert.deepEqual([again.added, again.updated, again.refused], [0, 2 * n, 0]);
    assert.equal(shop.item(`T${n}-9`).price, 7);
  }
  assert.equal(shop.items().total, total + 510);
  const page = await shown(shop, { k: 100, curated: ['T10-1', 'T10-1', 'T500-1'], where: { price: { gte: 7, lte: 7 } } });
  assert.equal(new Set(page).size, page.length);
  // `add` is for new ones alone.
  const { refused, examples } = await shop.updateCatalog({ add: [{ item: 'T10-1', title: 'Once more' }, { item: 'T-new', title: 'One' }, { item: 'T-new', title: 'Two' }] });
  assert.deepEqual([refused, ...examples.map(({ code }) => code)], [2, 'catalog-duplicate-id', 'catalog-duplicate-id']);
});

shopTest('rows are copied: what becomes of the host\'s own objects changes nothing', async (shop) => {
  const row = { item: KNOWN, price: 5, title: 'Before' };
  const done = shop.updateCatalog({ upsert: [row] });
  Object.assign(row, { price: 6, title: 'After' });
  await done;
  assert.deepEqual([shop.item(KNOWN).price, shop.item(KNOWN).title], [5, 'Before']);
  assert.ok(Object.isFrozen(shop.item(KNOWN)));
  const feed = many(300, (i) => ({ item: `C${i}`, title: `Copper pan ${i}`, stock: 1 }));
  await shop.updateCatalog({ upsert: feed });
  feed.forEach((one) => (one.stock = 0));
  assert.equal(shop.item('C299').stock, 1);
});

shopTest('after a change old words find nothing, and old names hold nothing', async (shop) => {
  await shop.updateCatalog({ upsert: [{ item: 'Z1', title: 'Zebra lamp', category: 'Zoo lights', brand: 'Zed' }] });
  assert.deepEqual([shop.items({ search: 'zebra' }).total, shop.items({ where: { category: 'Zoo lights' } }).total], [1, 1]);
  await shop.updateCatalog({ update: [{ item: 'Z1', title: 'Xylophone lamp', category: 'Candles & Lighting', brand: null }] });
  assert.deepEqual([shop.items({ search: 'zebra' }).total, shop.items({ search: 'xylophone' }).total], [0, 1]);
  const { categories, brands, columns } = shop.facets();
  assert.deepEqual([categories.some(({ name }) => name === 'Zoo lights'), brands, columns.includes('brand')], [false, [], false]);
  assert.deepEqual((await shop.recommend({ where: { category: 'Zoo lights' } })).notes, ['category-unknown']);
});

shopTest('prices, stocks and ids of every other type cost their row, by place, and nothing is guessed', async (shop) => {
  const before = shop.item(KNOWN);
  const odd = [{ price: '2.55' }, { price: '2,55' }, { price: 'USD 2.55' }, { price: 255n }, { price: { amount: 2.55 } }, { price: [2.55] }, { price: -1 }, { price: Infinity }, { stock: '3' }, { stock: 1.5 }, { stock: -2 }, { stock: true }, { stock: 'in stock' }, { category: ['Tea', 'Gifts'] }, { brand: { name: 'Acme' } }, { title: 5 }];
  const good = many(odd.length, (i) => ({ item: `G${i}`, title: `Good ${i}` }));
  const told = await shop.updateCatalog({ upsert: odd.flatMap((row, i) => [{ item: KNOWN, ...row }, good[i]]) });
  assert.deepEqual([told.refused, told.added], [odd.length, odd.length]);
  assert.deepEqual(told.examples.map(({ at, item }) => [at, item]).sort(([a], [b]) => a - b), odd.map((_, i) => [2 * i, KNOWN]));
  assert.deepEqual(shop.item(KNOWN), before);
  for (const item of [22423, 22423n, null, ['22423'], { $oid: '22423' }]) {
    assert.equal((await shop.updateCatalog({ upsert: [{ item, title: 'x', price: 1 }], update: [{ item, price: 1 }], remove: [item] })).refused, 3, String(item));
  }
  assert.notEqual(shop.item('22423').price, 1);
});

shopTest('deltas that nobody waits for keep their order, and slates between them are whole', async (shop) => {
  const rows = (price) => many(400, (i) => ({ item: `O${i}`, title: `Oak box ${i}`, price }));
  const told = [shop.updateCatalog({ upsert: rows(1) }), shop.updateCatalog({ update: [{ item: 'O399', price: 2 }] }), shop.updateCatalog({ remove: ['O0', 'O1'] })];
  const slates = [];
  let over = false;
  told[2].finally(() => (over = true));
  for (; !over; await new Promise((turn) => setTimeout(turn))) slates.push((await shop.recommend()).items.length);
  assert.deepEqual((await Promise.all(told)).map(({ added, updated, removed }) => [added, updated, removed]), [[400, 0, 0], [0, 1, 0], [0, 0, 2]]);
  assert.deepEqual([shop.item('O399').price, shop.item('O0'), shop.item('O2').price], [2, undefined, 1]);
  assert.ok(slates.length > 1 && slates.every((n) => n === 5));
});

shopTest('a feed that is empty, late, or no feed changes nothing, and says so where it is none', async (shop) => {
  const { total } = shop.items();
  for (const nothing of [{}, { upsert: [] }, { upsert: undefined, remove: [] }]) assert.equal((await shop.updateCatalog(nothing)).updated, 0);
  const feed = { upsert: [{ item: KNOWN, price: 1 }] };
  const none = [Promise.resolve(feed), new Response(JSON.stringify(feed)), new Map(Object.entries(feed)), JSON.stringify(feed), '<!doctype html>', feed.upsert, new Set(feed.upsert), new Date(), null, undefined, () => feed, { upsert: new Set(feed.upsert) }, { upsert: feed.upsert.values() }, { upsert: Promise.resolve(feed.upsert) }, { upsert: 'rows' }];
  for (const given of none) assert.throws(() => shop.updateCatalog(given), { code: 'invalid-option' }, Object.prototype.toString.call(given));
  for (const given of none.filter((one) => one !== undefined)) await assert.rejects(load(path, { tier: 'lite', catalog: given }), { code: 'invalid-option' }, String(given));
  for (const given of [{ error: 'not found' }, { error: [] }]) assert.throws(() => shop.updateCatalog(given), ({ code }) => /-option$/.test(code));
  // Options that are still to come, or a map, are no options either.
  await assert.rejects(load(path, Promise.resolve({ tier: 'lite' })), { code: 'invalid-option', message: /not Promise; await it first$/ });
  await assert.rejects(load(path, new Map()), { code: 'invalid-option' });
  await assert.rejects(shop.swap(path, new Map()), { code: 'invalid-option' });
  assert.deepEqual([shop.items().total, shop.item(KNOWN).price === 1], [total, false]);
});

shopTest('what a module exports, a class has, or another realm made is a feed', async (shop) => {
  const exported = await import('data:text/javascript,export const upsert = [{ item: "85123A", price: 11 }]');
  await shop.updateCatalog(exported);
  assert.equal(shop.item(KNOWN).price, 11);
  class Delta {
    upsert = [Object.assign(Object.create(null), { item: KNOWN, price: 12 })];
  }
  await shop.updateCatalog(new Delta());
  assert.equal(shop.item(KNOWN).price, 12);
  const { runInNewContext } = await import('node:vm');
  await shop.updateCatalog(runInNewContext('({ upsert: [{ item: "85123A", price: 13 }] })'));
  assert.equal(shop.item(KNOWN).price, 13);
});

shopTest('names are whole names: no prefix, no other case, no entity of HTML; the nearest is told', async (shop) => {
  await shop.updateCatalog({ upsert: [{ item: 'P1', title: 'Plain tea', category: 'Tea' }] });
  assert.deepEqual(shop.items({ where: { category: 'Tea' } }).items.map(({ item }) => item), ['P1']);
  for (const slip of ['tea & tableware', 'Tea &amp; Tableware', ' Tea & Tableware ', 'TEA & TABLEWARE', 'Tea and Tableware']) {
    assert.deepEqual(shop.items({ where: { category: slip } }).unknown, [{ option: 'where.category', value: slip, nearest: 'Tea & Tableware' }], slip);
  }
});

shopTest('sold out, oversold, back again, ordered in advance', async (shop) => {
  const [first] = await shown(shop);
  const holds = async (stock) => {
    await shop.updateCatalog({ upsert: [{ item: first, stock }] });
    return [(await shown(shop)).includes(first), (await shown(shop, { where: { inStock: true } })).includes(first)];
  };
  assert.deepEqual([await holds(0), await holds(3), await holds(0), await holds(null)], [[false, false], [true, true], [false, false], [true, true]]);
});

shopTest('what is removed is nowhere, and what comes back is itself again', async (shop) => {
  const old = shop.item(KNOWN);
  shop.observe({ kind: 'view', item: KNOWN });
  shop.setCart([{ item: KNOWN }]);
  await shop.updateCatalog({ remove: [KNOWN] });
  const asked = [{}, { placement: 'recently-viewed' }, { placement: 'cart' }, { curated: [KNOWN] }, { rules: [{ pin: 1, items: [KNOWN] }] }, { exclude: [] }, { source: KNOWN }];
  for (const options of asked) assert.ok(!(await shown(shop, options)).includes(KNOWN), JSON.stringify(options));
  assert.deepEqual([shop.item(KNOWN), shop.items({ search: old.title }).items.some(({ item }) => item === KNOWN)], [undefined, false]);
  shop.setCart([]);
  const told = await shop.updateCatalog({ remove: [KNOWN], upsert: [old] });
  assert.deepEqual([told.added, told.unknown], [1, 1]);
  assert.deepEqual([shop.item(KNOWN), await shown(shop, { placement: 'recently-viewed' })], [old, [KNOWN]]);
});

shopTest('docs/rules.md: rows of a feed that was made for another tool', async (shop) => {
  const [, code] = /```js\n(\/\/ rows\.js\n[^]*?)```/.exec(readFileSync(`${process.env.NEARHAND_ROOT}/docs/rules.md`, 'utf8'));
  const { rowOf } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  const merchant = { id: KNOWN, title: 'White heart', description: 'long', price: '2.55 GBP', sale_price: '2.00 GBP', availability: 'in_stock', link: 'https://shop.example/p/1', image_link: 'https://shop.example/1.jpg', product_type: 'Home > Candles & Lighting', brand: 'Acme', gtin: '0' };
  const gone = { id: 22423, title: 'Cake stand', availability: 'out of stock' };
  const oversold = { id: 'NEW-1', title: 'Mug', price: '', quantity: '-3', item_group_id: 17 };
  for (const [price, want] of [['1,299.00 USD', null], ['19,99 EUR', null], ['1.299,00 EUR', null], ['USD 2.55', 2.55], ['£5', 5], [7, 7], [undefined, null]]) assert.equal(rowOf({ price }).price, want, String(price));
  const told = await shop.updateCatalog({ upsert: [merchant, gone, oversold, { title: 'no id' }].map(rowOf) });
  assert.deepEqual([told.updated, told.added, told.refused], [2, 1, 1]);
  assert.deepEqual(shop.item(KNOWN), { item: KNOWN, title: 'White heart', price: 2.55, category: 'Candles & Lighting', brand: 'Acme', image: 'https://shop.example/1.jpg', url: 'https://shop.example/p/1' });
  assert.deepEqual([shop.item('22423').stock, shop.item('22423').price], [0, undefined]);
  assert.deepEqual([shop.item('NEW-1').stock, shop.item('NEW-1').price, shop.item('NEW-1').group], [0, undefined, '17']);
});
