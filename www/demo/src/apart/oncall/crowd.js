// Simulated visitors. Where they begin goes by popularity; where they go next by what goes together in this shop, as the lite tier of the same
// bundle tells it of one item alone, by the department, or by popularity. So a visitor has a taste that no fault of the served shop touches.

/** Of the next items: those that go with this one, those of its department, all others. */
const BY_TASTE = 0.65;
const BY_DEPARTMENT = 0.2;
/** Items that go with one. */
const MOST_LIKE = 10;
/** Views of a visit at most, and the chance of one more. */
const MOST_VIEWS = 12;
const ONE_MORE = 0.72;
/** Visible time on an item: log-normal. */
const MEDIAN_DWELL_MS = 9000;
const DWELL_SPREAD = 0.9;

/** Numbers in [0, 1), the same ones for a seed: mulberry32. */
export function chance(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A standard normal number: Box and Muller. */
const normal = (random) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
/** A place of `length`, the first ones more often: about as 1 / place. */
const popular = (random, length) => Math.min(length - 1, Math.floor(length ** random()) - 1 + Math.floor(random() * 2));

/**
 * `items`: the catalog, most popular first, each with `item` and `category`. `taste`: a shop of the lite tier. Returns what makes the next visitor:
 * `{ id, views: [{ item, dwellMs }], next }`, `next` being where he goes after the slate.
 */
export function crowd(items, taste, random) {
  const departments = Map.groupBy ? Map.groupBy(items, ({ category }) => category) : grouped(items);
  const known = new Map(items.map((item) => [item.item, item]));
  const like = new Map();
  let visitors = 0;

  async function goesWith(id) {
    if (!like.has(id)) like.set(id, (await taste.recommend({ k: MOST_LIKE, source: id })).items.map(({ item }) => item).filter((item) => known.has(item)));
    return like.get(id);
  }

  async function after(id, seen) {
    const draw = random();
    for (let tries = 0; tries < 8; tries++) {
      const near = draw < BY_TASTE ? await goesWith(id) : draw < BY_TASTE + BY_DEPARTMENT ? departments.get(known.get(id).category).map(({ item }) => item) : undefined;
      const next = near?.length ? near[popular(random, near.length)] : items[popular(random, items.length)].item;
      if (!seen.has(next)) return next;
    }
    return items.find(({ item }) => !seen.has(item)).item;
  }

  return async function visitor() {
    visitors += 1;
    const views = [];
    const seen = new Set();
    let item = items[popular(random, items.length)].item;
    do {
      views.push({ item, dwellMs: Math.round(Math.min(600_000, MEDIAN_DWELL_MS * Math.exp(DWELL_SPREAD * normal(random)))) });
      seen.add(item);
      item = await after(item, seen);
    } while (views.length < MOST_VIEWS && random() < ONE_MORE);
    return { id: `visitor-${visitors}`, views, next: item };
  };
}

function grouped(items) {
  const groups = new Map();
  for (const item of items) groups.set(item.category, [...(groups.get(item.category) ?? []), item]);
  return groups;
}
