/** Many visitors of one shop, their calls interleaved at random, each beside a shop of the visitor's own that hears the same. */

const CALLS = 10_000;
const VISITORS = 4;
/** Items that only one visitor ever touches. */
const OWN = 40;

/** An xorshift: the same calls in every runtime. */
function dice(seed) {
  let state = seed;
  return (n) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % n;
  };
}

/** These shops are told that their session changes under way, by `forget`: that is what is tried here. */
const told = ({ tookMs, notes, ...slate }) => JSON.stringify({ ...slate, notes: notes.filter((note) => note !== 'session-shared') });

/** Throws where a visitor is told something else than by a shop of his own, or something of another. How many were compared. */
export async function interleave(load, bundle, seed = 1) {
  let now = Date.UTC(2026, 0, 1);
  const options = { tier: 'lite', now: () => now };
  const shop = await load(bundle, options);
  const ids = shop.items({ limit: VISITORS * OWN }).items.map(({ item }) => item);
  const roll = dice(seed);
  const visitors = [];
  for (let i = 0; i < VISITORS; i++) {
    visitors.push({ own: await load(bundle, options), page: shop.page(), items: ids.slice(i * OWN, (i + 1) * OWN) });
  }
  // The shop's own visitor is one more, whom nobody must disturb.
  visitors.push({ own: await load(bundle, options), page: shop, items: ids.slice(0, OWN) });
  const compared = { slates: 0, sessions: 0 };
  const waiting = [];
  const compare = (what, visitor, got, wanted) =>
    waiting.push(
      Promise.all([got, wanted]).then(([g, w]) => {
        for (const [i, slate] of g.entries()) {
          compared.slates++;
          if (told(slate) !== told(w[i])) throw new Error(`${what}: ${told(slate)}\nof his own: ${told(w[i])}`);
          const foreign = slate.items.flatMap(({ reasons }) => reasons).find(({ item }) => item !== undefined && !visitor.items.includes(item));
          if (foreign) throw new Error(`${what}: ${foreign.item} is of another visitor`);
        }
      }),
    );
  const kinds = ['view', 'view', 'view', 'search-click', 'cart-add', 'cart-remove', 'purchase', 'impression', 'dismiss'];
  const placements = [undefined, 'product', 'cart', 'home', 'post-purchase', 'recently-viewed', 'trending'];
  for (let call = 0; call < CALLS; call++) {
    now += roll(100) === 0 ? 40 * 60_000 : roll(20_000);
    const visitor = visitors[roll(visitors.length)];
    const { page, own, items } = visitor;
    const item = items[roll(items.length)];
    const both = (act) => [act(page), act(own)];
    const what = roll(20);
    if (what < 8) both((v) => v.observe({ kind: kinds[call % kinds.length], item }));
    else if (what < 13) {
      const widget = { k: 1 + roll(8), source: roll(2) ? item : undefined, placement: placements[roll(placements.length)] };
      compare('recommend', visitor, ...both((v) => v.recommend(widget).then((slate) => [slate])));
    } else if (what === 13) compare('recommendPage', visitor, ...both((v) => v.recommendPage([{ k: 3 }, { placement: 'cart' }])));
    else if (what === 14) compare('session', visitor, shop.recommend({ session: page.snapshot(), k: 4 }).then((s) => [s]), own.recommend({ k: 4 }).then((s) => [s]));
    else if (what === 15) {
      const lines = items.slice(0, roll(4)).map((id) => ({ item: id, quantity: 1 + roll(3) }));
      both((v) => v.setCart(lines));
    }
    else if (what === 16) both((v) => v.undismiss(item));
    else if (what === 17 && roll(30) === 0) both((v) => v.forget());
    // A request ends and the next one begins with what the cookie has kept.
    else if (what === 18 && page !== shop) visitor.page = shop.page(page.snapshot());
    else {
      compared.sessions++;
      const [a, b] = both((v) => JSON.stringify(v.session()));
      if (a !== b) throw new Error(`session: ${a}\nof his own: ${b}`);
      try {
        shop.page(new Uint8Array([1, 2, 3]));
        throw new Error('bytes that are no session are taken');
      } catch (error) {
        if (error.code !== 'snapshot-foreign') throw error;
      }
    }
    if (waiting.length > 50) await Promise.all(waiting.splice(0));
  }
  await Promise.all(waiting);
  for (const { own } of visitors) own.close();
  shop.close();
  return compared;
}
