// A few visitors of the shop, for Node, pages and workerd alike: what is logged of them is recorded in tests/golden/request-log.jsonl.

const MINUTE = 60_000;
/** Items of the shop that ships. */
const ITEMS = ['85123A', '22423', '20725', '21733', '84879', '22457', '22178', '23296'];

/** A clock that the visitors turn. */
export function clock() {
  let at = 1_790_000_000_000;
  return { now: () => at, wait: (ms) => (at += ms) };
}

/** Asks for slates by the log, as a shop would on its pages. */
export async function visits(shop, log, { now, wait }) {
  const slates = [];
  const ask = async (options, about) => slates.push(await log.recommend(shop, options, about));
  await ask({ k: 4 }, { id: 'first' });
  const one = shop.page();
  ITEMS.forEach((item, at) => {
    wait(MINUTE / 2);
    one.observe({ kind: at % 3 === 2 ? 'cart-add' : 'view', item, ...(at % 3 === 0 && { dwellMs: 4000 + at }), ...(at === 5 && { quantity: 3 }) });
  });
  one.observe({ kind: 'dismiss', item: ITEMS[3] });
  one.observe({ kind: 'view', item: 'nobody has this' });
  await ask({ k: 5 }, { id: 'plain', visit: one });
  await ask({ k: 5, placement: 'product', source: ITEMS[1], relation: 'similar' }, { id: 'similar', visit: one });
  await ask({ k: 6, caps: { category: 2 }, diversity: 0.3, explore: { place: 3, seed: 42 } }, { id: 'explored', visit: one });
  const boost = { boost: 1.5, where: { price: { lt: 3 } }, name: 'week' };
  await ask({ k: 5, rules: [{ ...boost, until: now() + 1 }, { hide: true, items: [ITEMS[0]], test: { name: 't', buckets: 2, bucket: 0 } }], visitor: 'somebody' }, { id: 'ruled', visit: one });
  await ask({ k: 5, rules: [{ ...boost, until: now() }] }, { id: 'over', visit: one });
  slates.push(...(await log.recommendPage(shop, [{ k: 3, placement: 'cart' }, { k: 3, placement: 'recently-viewed' }, { k: 3 }], { id: 'page', visit: one })));
  // The visit has ended, the cart stays, and so does what was viewed.
  wait(40 * MINUTE);
  one.observe({ kind: 'view', item: ITEMS[6] });
  await ask({ k: 5 }, { id: 'again', visit: one });
  one.setCart([{ item: ITEMS[2] }, { item: ITEMS[4], quantity: 2 }]);
  one.observe({ kind: 'purchase', item: ITEMS[4], quantity: 2 });
  await ask({ k: 5, placement: 'post-purchase' }, { id: 'bought', visit: one });
  await ask({ k: 5, session: one.snapshot() }, { id: 'carried' });
  // The cart, stated after a part of it was bought.
  one.observe({ kind: 'cart-add', item: ITEMS[0], quantity: 3 });
  one.observe({ kind: 'purchase', item: ITEMS[0], quantity: 1 });
  one.setCart([{ item: ITEMS[0] }]);
  wait(1000);
  await ask({ k: 5, placement: 'cart' }, { id: 'stated', visit: one });
  return slates;
}

/** Asks before and after a feed of which the log is not told. */
export async function fed(shop, log, { wait }, feed) {
  const one = shop.page();
  for (const item of [ITEMS[0], ITEMS[1], ITEMS[6], ITEMS[7]]) {
    wait(MINUTE);
    one.observe({ kind: 'view', item });
  }
  const request = { k: 5, where: { price: { lt: 500 } } };
  await log.recommend(shop, request, { visit: one, id: 'before' });
  await shop.updateCatalog(feed);
  await log.recommend(shop, request, { visit: one, id: 'after' });
  await log.recommend(shop, { k: 2, rules: [{ pin: 1, items: [feed.add[0].item] }] }, { visit: one, id: 'new' });
}

/** Rows as they are compared with the recorded ones: engines of other versions may differ in a score's last digits. */
export const rowsOf = (text) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const row = JSON.parse(line);
      return { ...row, slates: row.slates.map((slate) => ({ ...slate, scores: slate.scores.map((score) => Number(score.toPrecision(5))) })) };
    });
