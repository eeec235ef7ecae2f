// The simulated shop: which answer a visitor gets, and what is done when the monitor says that answers may be garbage. All by calls that any
// host has: swap, the lite tier, a visit of which nothing is told.

/** Things in a slate. */
const K = 10;
/** The last slates of a fallback, by which it is asked whether it helps. */
const TRIAL = 200;

/** What answers; from the best to what needs nothing. */
export const ANSWERS = {
  model: 'the model',
  last: 'the model, of the bundle before',
  lite: 'the lite tier',
  popular: 'popular things',
};

/** `shop`: the published bundle. `spare`: the lite tier of the last bundle that was good. `good`: that bundle's bytes. */
export async function serving(shop, spare, good) {
  let mode = 'model';
  let published = shop.info().bundle.digest;
  const trusted = published;
  let cached;
  /** Of the last slates, 1 where popular things alone would have had what the visitor went to, -1 where what he was given alone had it. */
  let compared = [];

  const asked = { k: K };
  /** The same for everybody. */
  const popular = await spare.page().recommend(asked);
  const visit = (of, views, now) => {
    const page = of.page();
    views.forEach(({ item, dwellMs }, at) => page.observe({ kind: 'view', item, dwellMs, at: now - (views.length - at) * 20_000 }));
    return page.recommend(asked);
  };

  const put = async (bytes) => {
    await shop.swap(bytes);
    published = shop.info().bundle.digest;
  };
  const step = (to) => {
    mode = to;
    compared = [];
  };

  return {
    mode: () => mode,
    bundle: () => shop.info().bundle,

    /** The slate of the published shop, which is watched, and the one the visitor gets, and whether he was told of a thing that the bundle does not have. `fault`: what stands between. */
    async answer(views, next, fault) {
      const now = Date.now();
      const before = shop.info().counts.unknownItems;
      const made = await visit(shop, views, now);
      const unknown = shop.info().counts.unknownItems > before;
      cached = fault?.cached ? (cached ?? made) : undefined;
      const watched = cached ? { ...made, items: cached.items } : made;
      const given = mode === 'lite' ? await visit(spare, views, now) : mode === 'popular' ? popular : watched;
      const hit = has(given, next);
      compared = [...compared, Number(has(popular, next)) - Number(hit)].slice(-TRIAL);
      return { watched, given, hit, unknown };
    },

    /** A bundle is published. It is what answers, where bundles do. */
    async publish(bytes) {
      await put(bytes);
      if (mode === 'last') step('model');
    },

    /** One step back, and no further: the bundle before, where another has been published since; the lite tier; last what needs no input at all. */
    async fallBack() {
      const last = mode === 'model' && published !== trusted;
      step(last ? 'last' : mode === 'model' || mode === 'last' ? 'lite' : 'popular');
      if (last) await shop.swap(good);
      return mode;
    },

    /** Whether a fallback has had its time, and popular things would have had what visitors went to more often: by more than a standard deviation of what chance makes of it. */
    helpless() {
      if ((mode !== 'last' && mode !== 'lite') || compared.length < TRIAL) return false;
      const differ = compared.filter(Boolean);
      return differ.reduce((sum, one) => sum + one, 0) > Math.sqrt(differ.length);
    },

    /** All is as it was: the published bundle is the good one. */
    async mend() {
      cached = undefined;
      if (published !== trusted || mode === 'last') await put(good);
    },
    back: () => step('model'),
  };
}

export const has = ({ items }, id) => items.some(({ item }) => item === id);
