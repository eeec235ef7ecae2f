// The simulated shop: which answer a visitor gets, and what is done when the monitor says that answers may be garbage. All by calls that any
// host has: swap, the lite tier, a visit of which nothing is told.

/** Things in a slate. */
const K = 10;
/** Slates of a fallback after which it is asked whether it helps, and the share of what visitors usually went to that it must have. */
const TRIAL = 200;
const HELPS = 0.5;

/** What answers; from the best to what needs nothing. */
export const ANSWERS = {
  model: 'the model',
  last: 'the model, of the bundle before',
  lite: 'the lite tier',
  popular: 'popular things',
};

/** `shop`: the published bundle. `spare`: the lite tier of the last bundle that was good. `good`: that bundle's bytes; `hit`: what is usual, or undefined. */
export function serving(shop, spare, good) {
  let mode = 'model';
  let published = shop.info().bundle.digest;
  const trusted = published;
  let cached;
  let served = { slates: 0, hits: 0 };

  const asked = { k: K };
  const visit = (of, views, now) => {
    const page = of.page();
    views.forEach(({ item, dwellMs }, at) => page.observe({ kind: 'view', item, dwellMs, at: now - (views.length - at) * 20_000 }));
    return page.recommend(asked);
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
      const given = mode === 'lite' ? await visit(spare, views, now) : mode === 'popular' ? await spare.page().recommend(asked) : watched;
      const hit = has(given, next);
      served.slates += 1;
      served.hits += Number(hit);
      return { watched, given, hit, unknown };
    },

    /** A bundle is published. */
    async publish(bytes) {
      await shop.swap(bytes);
      published = shop.info().bundle.digest;
    },

    /**
     * The next thing to do, for what stands at the level `fallback`: the bundle before, where another has been published since; the lite
     * tier, where what comes in is as usual and what goes out is not; else what needs no input at all.
     */
    async fallBack(alerts) {
      const inputs = alerts.some(({ code, subject }) => code === 'input-drift' || subject === 'unknown-item');
      mode = published !== trusted && mode === 'model' ? 'last' : inputs || mode !== 'model' ? 'popular' : 'lite';
      if (mode === 'last') await shop.swap(good);
      served = { slates: 0, hits: 0 };
      return mode;
    },

    /** Whether a fallback has had its time and visitors still go elsewhere. `usual`: the share of slates that had what they went to. */
    helpless: (usual) => mode === 'lite' && served.slates >= TRIAL && served.hits / served.slates < usual * HELPS,

    /** All is as it was: the published bundle is the good one. */
    async mend() {
      cached = undefined;
      if (published !== trusted || mode === 'last') await this.publish(good);
    },
    back() {
      mode = 'model';
      served = { slates: 0, hits: 0 };
    },
  };
}

export const has = ({ items }, id) => items.some(({ item }) => item === id);
