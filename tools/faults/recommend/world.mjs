// A shop with its visitors. The bundle, the engine and its slates are those that ship; visitors are drawn along the bundle's own table: the first
// item by how often it was bought, each next one by what came next in the baskets that the table was made of.
import { readFileSync } from 'node:fs';
import { lib, root } from '../../face.mjs';
import { opened } from '../bundle.mjs';
import { below, normal, weighted } from '../chance.mjs';

const HOUR = 3_600_000;
export const file = () => readFileSync(`${root}/models/online-retail/online-retail.safetensors`);

/** Rows of the table: successors with their weights. */
function walks({ part }) {
  const counts = part('table.counts');
  const next = new Uint16Array(part('table.next').slice().buffer);
  const weights = part('table.weights');
  const rows = [];
  let at = 0;
  for (const count of counts) {
    rows.push(count ? { next: next.subarray(at, at + count), draw: weighted(Array.from(weights.subarray(at, at + count), (weight) => weight + 1)) } : null);
    at += count;
  }
  return rows;
}

/** One visitor: `{ items, dwells, next }`, places of what he views, how long, and of what he is after next. */
export function visitors(bundle, random) {
  const bought = new Uint16Array(bundle.part('items.popularity').slice().buffer);
  const rows = walks(bundle);
  const usual = weighted(bought);
  return {
    ids: new TextDecoder().decode(bundle.part('catalog.ids')).split('\n'),
    bought,
    /** `first`: draws the first item; `more`: probability of another view, at most eight. */
    visit({ first = usual, more = 0.7, wander = () => false } = {}) {
      const after = (item) => (!rows[item] || wander() ? below(random, bought.length) : rows[item].next[rows[item].draw(random)]);
      const items = [first(random)];
      while (items.length < 8 && random() < more) items.push(after(items.at(-1)));
      // Half a minute, mostly.
      return { items, dwells: items.map(() => Math.round(Math.exp(10.3 + normal(random)))), next: after(items.at(-1)) };
    },
  };
}

export async function open(bytes, options = {}) {
  const { load } = await import(`${lib}/dist/node.js`);
  return load(bytes, { tier: 'full', ...options });
}

/**
 * A visitor comes, looks, gets a slate, and clicks where it shows what he is after: what a monitor is told of it. `unseen`: the shop is told of no event.
 * `ids`: by which names the page tells items.
 */
export async function served({ shop, ids, clicks }, { items, dwells, next }, { ask = {}, unseen = false, trusted = true, clicking = true } = {}) {
  shop.forget();
  const named = (item) => ids[item] ?? String(item);
  if (!unseen) items.forEach((item, at) => shop.observe({ kind: 'view', item: named(item), dwellMs: dwells[at] }));
  const last = named(items.at(-1));
  const slate = await shop.recommend({ k: 8, source: last, ...ask });
  clicks.at += 60_000;
  const id = clicks.credit.shown(slate, { at: clicks.at, id: String(clicks.at) });
  const wanted = named(next);
  const clicked = clicking && slate.items.some(({ item }) => item === wanted) && clicks.credit.clicked(wanted, { at: clicks.at + 5000, slate: id, trusted }).became === 'credited';
  return { slate, last, dwell: dwells.at(-1), clicked, info: shop.info() };
}

/** Tells a monitor of an answer, as a host would; `visitor` is what tells visitors apart. */
export function tell(monitor, { slate, last, dwell, clicked, info }, visitor) {
  monitor.observe('dwell_ms', dwell);
  monitor.saw(slate, `${visitor} ${last}`);
  monitor.happened('unclicked', !clicked);
  if (info) monitor.counted(info);
  else monitor.happened('unknown-item', false);
}

/** What is kept of an answer: enough to tell it again. */
const kept = ({ slate: { items, tier, source, notes, events, tookMs }, last, dwell, clicked }, visitor) => {
  const slate = { items: items.map(({ item, score, category }) => ({ item, score, category })), tier, source, notes, events, tookMs };
  return (monitor) => tell(monitor, { slate, last, dwell, clicked }, visitor);
};

export async function world({ random, learn, quiet }) {
  const { createMonitor, createAttribution } = await import(`${lib}/dist/monitor-node.js`);
  const bytes = file();
  const people = visitors(opened(bytes), random);
  const place = async (shop) => {
    const clicks = { at: Date.parse(shop.info().bundle.createdAt) };
    // One for many visitors: here nobody has to be held to three clicks.
    clicks.credit = await createAttribution({ now: () => clicks.at, mostPerItem: 1000, mostSlates: 16 });
    return { shop, ids: people.ids, clicks };
  };
  const usual = await place(await open(bytes));
  const made = Date.parse(usual.shop.info().bundle.createdAt);
  const all = [];
  for (let at = 0; at < learn + quiet; at++) all.push(kept(await served(usual, people.visit()), at));
  const learner = await createMonitor({ learn, visitors: 'many' });
  for (const one of all.slice(0, learn)) one(learner);
  const reference = learner.reference();
  learner.close();
  const quietly = { quiet: all.slice(learn), made, now: made + 12 * HOUR, warnAfterMs: 48 * HOUR };
  return { task: 'recommend', createMonitor, bytes, place, people, reference, ...quietly };
}
