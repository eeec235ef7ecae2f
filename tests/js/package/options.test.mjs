// What a call may be given, as the engine answers it: codes, paths, the allowed names and the nearest one.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { load } from 'nearhand';

let shop;
before(async () => (shop = await load(process.env.NEARHAND_BUNDLE, { tier: 'lite' })));
after(() => shop.close());

/** Calls, and gives the error back. */
async function refused(act) {
  try {
    await act();
  } catch (error) {
    assert.equal(error.name, 'NearhandError');
    assert.ok(error.message.startsWith('nearhand: ') && error.message.length < 800, error.message);
    return error;
  }
  return assert.fail('nothing was refused');
}

test('an unknown option is refused with the allowed list and the nearest name', async () => {
  const { code, message, details } = await refused(() => shop.recommend({ exlude: ['seen'] }));
  assert.deepEqual([code, details.nearest, details.option], ['unknown-option', 'exclude', 'recommend.exlude']);
  assert.ok(details.allowed.includes('where'));
  assert.match(message, /recommend has no "exlude"; did you mean "exclude"\? Allowed: k, offset/);
  for (const [act, option, nearest] of [
    [() => shop.recommend({ where: { instock: true } }), 'recommend.where.instock', 'inStock'],
    [() => shop.recommend({ where: { price: { below: 3 } } }), 'recommend.where.price.below', undefined],
    [() => shop.recommendPage([{}, { kk: 2 }]), 'recommendPage[1].kk', 'k'],
    [() => shop.observe({ kind: 'view', item: 'A', dwell: 3 }), 'event.dwell', 'dwellMs'],
    [() => shop.setCart([{ item: 'A', quantiy: 1 }]), 'cart[0].quantiy', 'quantity'],
    [() => shop.items({ serch: 'x' }), 'items.serch', 'search'],
    [() => shop.updateCatalog({ added: [] }), 'delta.added', undefined],
    [() => shop.recommend(JSON.parse('{"__proto__":{"k":9}}')), 'recommend.__proto__', undefined],
    [() => shop.recommend({ constructor: 1 }), 'recommend.constructor', undefined],
    [() => shop.recommend({ rules: [{ boots: 2, boost: 2, items: ['a'] }] }), 'recommend.rules[0].boots', 'boost'],
    [() => shop.recommend({ caps: { colour: 1 } }), 'recommend.caps.colour', undefined],
    [() => shop.recommend({ where: { brand: { nor: [] } } }), 'recommend.where.brand.nor', 'not'],
  ]) {
    const error = await refused(act);
    assert.deepEqual([error.code, error.details.option, error.details.nearest], ['unknown-option', option, nearest]);
    assert.ok(Array.isArray(error.details.allowed));
  }
  assert.equal(shop.session().length, 0);
});

test('every option of a slate is known', async () => {
  const slate = await shop.recommend({
    k: 2, offset: 0, placement: 'product', relation: 'similar', source: 'B', category: 'c', exclude: ['variants'], excludeItems: ['x'],
    where: { price: { lt: 3 } },
    rules: [
      { boost: 2, where: { price: { gte: 1 } }, from: 1, until: 2, on: ['home'], source: { price: { lt: 9 } }, test: { name: 't', buckets: 2, bucket: 0 }, name: 'n' },
      { bury: 0.5, items: ['a'] }, { pin: 1, items: ['a', 'b'] }, { hide: true, items: ['c'] },
    ],
    caps: { category: 1, brand: 2, group: 1 }, diversity: 0.3, minRelevance: 0.1, rotate: 0.8, explore: { place: 1 }, visitor: 'v', curated: ['d'], explain: true,
  });
  assert.equal(slate.items.length, 2);
});

test('a wrong type is refused with path, what was expected, and the value', async () => {
  for (const [act, option, expected, value] of [
    [() => shop.recommend({ k: '5' }), 'recommend.k', 'an integer from 0', '5'],
    [() => shop.recommend({ k: 1.5 }), 'recommend.k', 'an integer from 0', 1.5],
    [() => shop.recommend({ exclude: ['seen', 'everything'] }), 'recommend.exclude[1]', /^one of seen, cart, /, 'everything'],
    [() => shop.recommend({ where: { price: { lt: NaN } } }), 'recommend.where.price.lt', 'a finite number', NaN],
    [() => shop.recommend({ where: { inStock: 'yes' } }), 'recommend.where.inStock', 'true or false', 'yes'],
    [() => shop.recommend({ placement: 'attic' }), 'recommend.placement', /^one of product, cart/, 'attic'],
    [() => shop.recommend({ rules: [{ pin: 1.5, items: [] }] }), 'recommend.rules[0].pin', 'an integer from 0', 1.5],
    [() => shop.recommend({ rules: [{ hide: true, test: { name: 't' } }] }), 'recommend.rules[0].test.buckets', 'given', undefined],
    [() => shop.recommend({ rules: [{ hide: true, boost: 2 }] }), 'recommend.rules[0]', /^exactly one of/, undefined],
    [() => shop.recommend({ rules: {} }), 'recommend.rules', 'an array', {}],
    [() => shop.recommend({ explore: { rate: 0.5 } }), 'recommend.explore.place', 'given', undefined],
    [() => shop.recommend({ explore: 'yes' }), 'recommend.explore', 'an object', 'yes'],
    [() => shop.recommend({ relate: { category: 'equal' } }), 'recommend.relate.category', 'one of same, different', 'equal'],
    [() => shop.recommend({ source: new Map() }), 'recommend.source', 'plain data', new Map()],
    [() => shop.recommend('x'), 'recommend', 'an object', 'x'],
    [() => shop.recommend([{}]), 'recommend', 'an object', [{}]],
    [() => shop.recommendPage({}), 'recommendPage', 'an array', {}],
    [() => shop.recommendPage([{ k: 1 }, { k: true }]), 'recommendPage[1].k', 'an integer from 0', true],
    [() => shop.observe({ kind: 'look', item: 'A' }), 'event.kind', /^one of view, /, 'look'],
    [() => shop.observe({ kind: 'view' }), 'event.item', 'given', undefined],
    [() => shop.observe({ kind: 'view', item: 7 }), 'event.item', 'a string', 7],
    [() => shop.observe(null), 'event', 'an object', null],
    [() => shop.setCart([{ item: 1 }]), 'cart[0].item', 'a string', 1],
    [() => shop.setCart([{}]), 'cart[0].item', 'given', undefined],
    [() => shop.items({ limit: '3' }), 'items.limit', 'an integer from 0', '3'],
  ]) {
    const { code, details, message } = await refused(act);
    assert.deepEqual([code, details.option, details.value], ['invalid-option', option, value]);
    assert.match(details.expected, expected instanceof RegExp ? expected : new RegExp(`^${expected}$`));
    assert.ok(message.includes(option));
  }
  assert.equal(shop.session().length, 0);
});

test('undefined and null count as absent; other realms, proxies and getters are taken', async () => {
  const asked = runInNewContext('({ k: 3, source: null, category: undefined, exclude: [], where: {} })');
  assert.equal((await shop.recommend(asked)).items.length, 3);
  const proxied = new Proxy({ k: 4 }, {});
  assert.equal((await shop.recommend(proxied)).items.length, 4);
  let reads = 0;
  assert.equal((await shop.recommend({ get k() { return 2 + reads++; } })).items.length, 2);
  assert.equal(reads, 1);
});

test('lists over their limit and long keys are refused at once', async () => {
  const [many, long] = [Array(1e6).fill({ hide: true, items: ['a'] }), 'k'.repeat(2 ** 20)];
  const cpu = () => Object.values(process.cpuUsage()).reduce((a, b) => a + b) / 1000;
  const started = cpu();
  for (const act of [
    () => shop.recommend({ rules: many }),
    () => shop.recommend({ curated: many }),
    () => shop.recommend({ excludeItems: many }),
    () => shop.recommendPage(many),
    () => shop.recommend({ k: long }),
    () => shop.observe({ kind: long, item: 'A' }),
  ]) {
    assert.equal((await refused(act)).code, 'invalid-option');
  }
  for (const act of [() => shop.recommend({ [long]: 1 }), () => shop.recommend({ where: { [long]: 1 } }), () => shop.items({ [long]: 1 })]) {
    assert.equal((await refused(act)).code, 'unknown-option');
  }
  // Time on a processor, as others may run beside it.
  assert.ok(cpu() - started < 400);
});
