// The shop without an engine refuses what the engine refuses, with its code and its place; what is a fault of ours says so.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { load, NearhandError } from 'nearhand';

const { open } = await import(`${import.meta.dirname}/node_modules/nearhand/dist/fallback.js`);
const bytes = new Uint8Array(readFileSync(process.env.NEARHAND_BUNDLE));
const why = new NearhandError('wasm-unsupported', 'none here');
const parts = { bundle: Promise.resolve(bytes), digestOf: async () => undefined, store: () => ({ use() {}, clear() {} }), error: why, fallback: true };

let real;
let spare;
before(async () => {
  real = await load(bytes, { tier: 'lite' });
  spare = await open(parts);
});

/** Code and place of a refusal; `fine` where there is none. */
async function outcome(act, shop) {
  try {
    await act(shop);
    return 'fine';
  } catch (error) {
    assert.ok(error instanceof NearhandError, String(error));
    return `${error.code} ${error.details.option ?? ''}`.trim();
  }
}

const thrower = { get k() { throw new RangeError('mine'); } };
const calls = {
  'a key that is unknown': (s) => s.recommend({ limit: 5 }),
  'one on a page': (s) => s.recommendPage([{}, { limit: 5 }]),
  'one in a filter': (s) => s.recommend({ where: { colour: 'red' } }),
  'one in a range': (s) => s.recommend({ where: { price: { below: 5 } } }),
  'one in names': (s) => s.recommend({ where: { category: { only: ['Garden'] } } }),
  'one in a rule': (s) => s.recommend({ rules: [{ hide: true, items: [], wher: {} }] }),
  'one in the filter of a rule': (s) => s.recommend({ rules: [{ hide: true, where: { colour: 'red' } }] }),
  'one in caps': (s) => s.recommend({ caps: { colour: 1 } }),
  'one in relate': (s) => s.recommend({ relate: { colour: 'same' } }),
  'one in explore': (s) => s.recommend({ explore: { place: 2, colour: 1 } }),
  'one of the prototype\'s': (s) => s.recommend(JSON.parse('{"__proto__":{"k":1}}')),
  'one that says nothing': (s) => s.recommend({ limit: undefined }),
  'one without a value': (s) => s.recommend({ limit: null }),
  'one in a query': (s) => s.items({ q: 'tea' }),
  'one in an event': (s) => s.observe({ kind: 'view', item: '85123A', qty: 1 }),
  'one in the cart': (s) => s.setCart([{ item: '85123A', qty: 1 }]),
  'one in a delta': (s) => s.updateCatalog({ rows: [] }),
  'a number as text': (s) => s.recommend({ k: '5' }),
  'a fraction': (s) => s.recommend({ k: 2.5 }),
  'not a number': (s) => s.recommend({ where: { price: { lt: 'cheap' } } }),
  'a word where a list belongs': (s) => s.recommend({ excludeItems: '85123A' }),
  'a list where an object belongs': (s) => s.recommend({ where: [] }),
  'numbers as ids': (s) => s.recommend({ excludeItems: [85123] }),
  'a number as the name': (s) => s.recommend({ where: { category: 5 } }),
  'a list of numbers as names': (s) => s.recommend({ where: { category: [5] } }),
  'a list without end': (s) => s.recommend({ excludeItems: Array(2 ** 32 - 1) }),
  'a list with a hole': (s) => s.recommend({ excludeItems: [, '85123A'] }),
  'a cart without end': (s) => s.setCart(Array(2 ** 32 - 1)),
  'a page of more widgets than any': (s) => s.recommendPage(Array(17).fill({})),
  'rules that are none': (s) => s.recommend({ rules: ['hide'] }),
  'a search that is none': (s) => s.items({ search: 5 }),
  'no options at all': (s) => s.recommend(null),
  'options that are still to come': (s) => s.recommend(Promise.resolve({})),
  'a map of rows': (s) => s.updateCatalog(new Map()),
  'no event': (s) => s.observe(undefined),
  'an event without an item': (s) => s.observe({ kind: 'view' }),
  'a cart that is none': (s) => s.setCart({ item: '85123A' }),
  'widgets that are none': (s) => s.recommendPage({}),
  'a getter that throws': (s) => s.recommend(thrower),
  'an id that is none': (s) => s.item(85123),
  'an item to take back that is none': (s) => s.undismiss(undefined),
  'a consent that is none': (s) => s.setConsent('yes'),
  'a snapshot that is none': (s) => s.restore('abc'),
  'what is right': (s) => s.recommend({ k: 3, offset: 2, source: '85123A', exclude: ['cart'], excludeItems: ['22423'], where: { price: { lt: 9 }, category: { in: ['Garden & Outdoors'] } }, relate: { category: 'same' }, rules: [{ boost: 2, items: ['22423'], on: ['home'], test: { name: 'a', buckets: 2, bucket: 1 } }], caps: { category: 2 }, diversity: 0.5, explore: { place: 2 }, visitor: 'v', curated: ['22423'], explain: true, strict: false }),
  'a signal': (s) => s.observe({ kind: 'view', id: 'x', item: '85123A', at: Date.now(), slate: 's', rank: 1, placement: 'home', propensity: 1 }),
  'a query': (s) => s.items({ where: { category: 'Garden & Outdoors' }, search: 'heart', offset: 1, limit: 2, strict: true }),
};

test('what the engine refuses is refused, by its code and place', async () => {
  for (const [what, act] of Object.entries(calls)) assert.equal(await outcome(act, spare), await outcome(act, real), what);
  assert.match(await outcome(calls['a key that is unknown'], spare), /^unknown-option recommend\.limit$/);
});

test('a page refuses as the shop does', async () => {
  for (const what of ['a key that is unknown', 'one in an event', 'one in the cart', 'a getter that throws', 'an item to take back that is none', 'what is right']) {
    assert.equal(await outcome(calls[what], spare.page()), await outcome(calls[what], real.page()), what);
  }
  assert.equal(await outcome((s) => s.page('abc'), spare), 'invalid-option snapshot');
});

test('numbers out of range, lines that are ids', async () => {
  for (const act of [(s) => s.recommend({ k: 0 }), (s) => s.recommend({ k: 101 }), (s) => s.recommend({ offset: 1000 }), (s) => s.items({ limit: 0 }), (s) => s.setCart(['85123A']), (s) => s.bucket('a', 'b', 1), (s) => s.bucket('a', 5, 10)]) {
    assert.deepEqual([(await outcome(act, spare)).split(' ')[0], (await outcome(act, real)).split(' ')[0]], ['invalid-option', 'invalid-option'], String(act));
  }
});

test('rows of a feed cost themselves', async () => {
  const shop = await open(parts);
  const delta = {
    upsert: [{ item: '85123A', price: 3 }, { item: '85123A', colour: 'red' }, { item: '85123A', price: '3' }, { item: 'NEW', price: 3 }, { item: 'NEW', title: 'Mug' }, null],
    update: [{ item: 'ghost', price: 1 }],
    remove: ['ghost', 5],
  };
  const [ours, theirs] = [await shop.updateCatalog(delta), await (await load(bytes, { tier: 'lite' })).updateCatalog(delta)];
  const counts = ({ examples, ...rest }) => ({ ...rest, places: examples.filter(({ list }) => list !== 'remove').map(({ list, at }) => `${list}[${at}]`).sort() });
  assert.deepEqual({ ...counts(ours), unknown: 0, refused: 0 }, { ...counts(theirs), unknown: 0, refused: 0 });
  assert.equal(ours.refused + ours.unknown, theirs.refused + theirs.unknown);
  assert.deepEqual([shop.item('85123A').price, shop.item('NEW').title], [3, 'Mug']);
  await assert.rejects(shop.updateCatalog({ upsert: 'rows' }), { code: 'invalid-option' });
});

test('a fault of ours is internal, and never the host\'s option', async () => {
  const { now } = performance;
  performance.now = () => { throw new TypeError('ours'); };
  try {
    const error = await spare.recommend({}).catch((error) => error);
    assert.deepEqual([error.code, error.cause?.message], ['internal', 'ours']);
  } finally {
    performance.now = now;
  }
});
