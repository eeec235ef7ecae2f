// What the package promises on every runtime, with the shipped bundle. Runs in Node, in pages and in workerd alike,
// so it asserts by throwing and returns what the runtime's own test wants to look at.

function same(actual, expected, what) {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: ${a}, expected ${b}`);
}

async function refused(act, code) {
  try {
    await act();
  } catch (error) {
    if (error.name === 'NearhandError' && error.code === code && error.message.startsWith('nearhand: ')) return;
    throw new Error(`expected ${code}, got ${error.name} ${error.code}: ${error.message}`);
  }
  throw new Error(`expected ${code}, nothing was thrown`);
}

/** `load` as imported; `options` for the runtime. The tier that answers at the end is given back. */
export async function contract(load, bundle, options = {}) {
  const shop = await load(bundle, options);
  const page = shop.items({ limit: 3 });
  same(page.items.length, 3, 'three popular items');
  const [first, second] = page.items.map(({ item }) => item);

  shop.observe({ kind: 'view', item: first, dwellMs: 4000 });
  shop.observe({ kind: 'cart-add', item: second, quantity: 2 });
  shop.observe({ kind: 'view', item: 'no such item' });
  same(shop.session().map((e) => [e.kind, e.known]), [['view', true], ['cart-add', true], ['view', false]], 'the session');

  const early = await shop.recommend({ k: 5 });
  const tier = await shop.ready;
  const slate = await shop.recommend({ k: 5, explain: true });
  for (const { items } of [early, slate]) {
    same(items.length, 5, 'five items');
    same(items.map((i) => i.rank), [1, 2, 3, 4, 5], 'ranks');
    same(items.some((i) => i.item === first || i.item === second), false, 'what was seen or lies in the cart is left out');
    same(new Set(items.map((i) => i.item)).size, 5, 'no item twice');
    same(items.every((i) => Number.isFinite(i.score) && i.propensity > 0 && i.reasons.length > 0), true, 'scores, propensities and reasons');
  }
  same(slate.tier, tier, 'the tier that is ready answers');
  same(slate.notes.includes('full-failed'), false, 'no failure');
  same(Object.isFrozen(slate.items[0].reasons), true, 'frozen');
  const again = await shop.recommend({ k: 5, explain: true });
  same(again.items, slate.items, 'the same input gives the same slate');

  const cheap = await shop.recommend({ k: 5, where: { price: { lt: 2 } }, exclude: [] });
  same(cheap.items.every((i) => i.price < 2), true, 'where is kept');

  await refused(() => shop.recommend({ exlude: [] }), 'unknown-option');
  await refused(() => shop.recommend({ k: 0 }), 'invalid-option');
  await refused(() => shop.observe({ kind: 'view', item: first, at: Date.now() + 3_600_000 }), 'event-in-future');
  await refused(() => load(bundle, { ...options, digest: '0'.repeat(64) }), 'bundle-digest-mismatch');

  const kept = shop.snapshot();
  const other = await load(bundle, { ...options, tier: 'lite', consent: 'memory' });
  other.restore(kept);
  same(other.session().length, 3, 'the session moves to another shop');
  other.close();

  const info = shop.info();
  shop.close();
  await refused(() => shop.recommend(), 'closed');
  return { early, slate, tier, info };
}
