// What can be broken, each at the place where such a thing happens: in what the page tells the engine, in which bundle is served, in what stands
// between the engine and the visitor. Engine and monitor know nothing of it.

/** Of the visits, those that a robot makes while robots are there. */
const BOTS = 0.6;
const BOT_VIEWS = 12;

/**
 * `name`, `what` happens, `where` it comes from as a rule. `views(visitor, items, random)`: what is told in place of what he did.
 * `cached`: everybody gets the first slate. `bundle`: another one is published.
 */
export const FAULTS = {
  units: {
    name: 'Seconds for milliseconds',
    what: 'The tracker tells how long somebody looked in seconds. The engine reads milliseconds.',
    where: 'a release of the page’s own script',
    views: ({ views }) => views.map(({ item, dwellMs }) => ({ item, dwellMs: Math.round(dwellMs / 1000) })),
  },
  stale: {
    name: 'Last year’s catalog',
    what: 'A bundle is published that was made of the 500 best-loved things alone. shop.swap() takes it, as its file is whole.',
    where: 'a nightly job that read the wrong folder',
    bundle: true,
  },
  shifted: {
    name: 'Ids shifted by one',
    what: 'Every view is told with the id of the thing one row further down.',
    where: 'a join by row number in place of the id',
    views: ({ views }, items, _, places) => views.map(({ item, dwellMs }) => ({ item: items[(places.get(item) + 1) % items.length].item, dwellMs })),
  },
  same: {
    name: 'One slate for all',
    what: 'Everybody gets the slate that was made for the first visitor.',
    where: 'a cache in front of the shop that leaves the visitor out of its key',
    cached: true,
  },
  bots: {
    name: 'Robots',
    what: 'Six visits in ten are a crawler’s: twelve things in catalog order, each for a few hundredths of a second.',
    where: 'the open web',
    views({ views }, items, random) {
      if (random() >= BOTS) return views;
      const from = Math.floor(random() * items.length);
      return Array.from({ length: BOT_VIEWS }, (_, at) => ({ item: items[(from + at) % items.length].item, dwellMs: 20 + Math.floor(random() * 60) }));
    },
  },
};
