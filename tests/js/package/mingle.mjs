// Many visitors of one shop, in any order and at once: what each gets is what he would get alone. Runs in Node and workerd.

const T = Date.UTC(2026, 10, 29);

/** The same draws everywhere. */
function chance(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/**
 * `calls` calls of `count` visitors on one shop, slates asked for and not waited for. Each visitor views items that are his alone, so that
 * a foreign event shows in the session, and a foreign session in the slate. Gives what was wrong, and how much was looked at.
 */
export async function mingle(load, bundle, { count = 40, calls = 10_000, seed = 1 } = {}) {
  const draw = chance(seed);
  const options = { tier: 'lite', now: () => T };
  const [shop, alone] = [await load(bundle, options), await load(bundle, options)];
  const { items } = shop.items({ limit: 1000 });
  const visitors = Array.from({ length: count }, (_, i) => ({
    own: items.filter((_, n) => n % count === i).map(({ item }) => item),
    page: shop.page(),
    log: [],
    at: T - 1_000_000,
  }));
  const wrong = [];
  const asked = [];
  let slates = 0;
  const check = (what, got, want) => {
    const [a, b] = [JSON.stringify(got), JSON.stringify(want)];
    if (a !== b) wrong.push(`${what}: ${a} instead of ${b}`);
  };
  const ask = (visitor, source, promise) => {
    // The session as it stands at the call; what follows must not change the answer.
    const session = visitor.page.snapshot();
    asked.push(promise.then((slate) => ({ session, source, got: slate.items.map(({ item }) => item) })));
  };
  const settle = async () => {
    for (const { session, source, got } of await Promise.all(asked.splice(0))) {
      alone.restore(session);
      const want = await alone.recommend({ k: 5, source });
      slates++;
      check(`slate of ${source}`, got, want.items.map(({ item }) => item));
    }
  };
  for (let call = 0; call < calls; call++) {
    const visitor = visitors[draw(count)];
    const item = visitor.own[draw(visitor.own.length)];
    switch (draw(8)) {
      case 0:
      case 1:
      case 2:
        visitor.at += 1000;
        visitor.page.observe({ kind: 'view', item, at: visitor.at });
        visitor.log.push(`${item}@${visitor.at}`);
        break;
      case 3:
      case 4:
        ask(visitor, item, visitor.page.recommend({ k: 5, source: item }));
        break;
      case 5:
        ask(visitor, item, shop.recommend({ k: 5, source: item, session: visitor.page.snapshot() }));
        break;
      case 6:
        // As a cookie does it: the next request begins with the snapshot.
        visitor.page = shop.page(visitor.page.snapshot());
        break;
      default:
        check('session', visitor.page.session().map((event) => `${event.item}@${event.at}`), visitor.log.slice(-50));
        if (draw(20) === 0) {
          visitor.page.forget();
          visitor.log = [];
          visitor.at = Math.max(visitor.at, T - 900_000);
        }
    }
    if (asked.length >= 100) await settle();
  }
  await settle();
  check('the shop’s own session', shop.session(), []);
  shop.close();
  alone.close();
  return { calls, slates, wrong: wrong.slice(0, 5) };
}
