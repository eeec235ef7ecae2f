// One small shop log, which every case writes down in its own way. What is right is counted from it, so that it is the same for
// all of them. Of twelve items, most often the next one follows.

const START = Date.UTC(2026, 0, 5, 8);
const MINUTE = 60_000;

/** Numbers below one, the same in every run. */
export function* random(seed) {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

const THINGS = ['Mug', 'Tray', 'Lamp', 'Bowl', 'Clock', 'Vase', 'Towel', 'Basket', 'Candle', 'Cushion', 'Frame', 'Teapot'];
const pad = (number, width) => String(number).padStart(width, '0');

/** id and number name the same item in shops with words and in shops with numbers. */
export const items = THINGS.map((thing, i) => ({
  id: `A${pad(i + 1, 3)}`,
  number: 5861 + i,
  title: `${thing} ${i + 1}`,
  price: (i + 1) * 2.5 + 0.25,
  category: i < 6 ? 'Kitchen' : 'Living',
  brand: ['Nord', 'Sued', 'West'][i % 3],
  stock: i + 3,
}));

/** Sixty sessions of thirty visitors, two each, a day and more apart; whole seconds; no event twice. */
function make() {
  const next = random(7);
  const draw = (below) => Math.floor(next.next().value * below);
  const events = [];
  for (let s = 0; s < 60; s++) {
    let at = START + s * 61 * MINUTE;
    let item = draw(items.length);
    const add = (kind) => {
      events.push({
        ...items[item],
        session: `s${pad(s + 1, 3)}`,
        sessionNumber: 7001 + s,
        visitor: `v${pad((s % 30) + 1, 2)}`,
        at,
        kind,
        quantity: 1 + (item % 3),
      });
      at += (20 + draw(40)) * 1000;
    };
    for (let views = 2 + draw(5); views > 0; views--) {
      add('view');
      if (views > 1) item = (item + (draw(10) < 8 ? 1 : 5)) % items.length;
    }
    if (s % 4 === 0) add('cart-add');
    if (s % 8 === 0) add('purchase');
  }
  return events;
}
export const events = make();

/** One row for each item that a session looked at: how a till has it. All rows of an order have one time. */
export const orders = events
  .filter((event) => event.kind === 'view')
  .filter((event, i, all) => all.findIndex((other) => other.session === event.session && other.id === event.id) === i)
  .map((event) => ({ ...event, kind: 'purchase', at: events.find((first) => first.session === event.session).at }));

export const iso = (ms) => new Date(ms).toISOString().replace('.000Z', 'Z');
/** `YYYY-MM-DD HH:MM:SS`. */
export const stamp = (ms) => iso(ms).replace('T', ' ').replace('Z', '');
export function count(all, key) {
  const counts = {};
  for (const one of all) counts[key(one)] = (counts[key(one)] ?? 0) + 1;
  return counts;
}
export const distinct = (all, key) => new Set(all.map(key)).size;

/** The `log` of `nearhand check --json` for events that are all kept. `session` is the key by which they belong together. */
export function right(kept = events, { session = (e) => e.session, kind } = {}) {
  const lengths = Object.values(count(kept, session));
  const times = kept.map((e) => e.at);
  return {
    rows: kept.length,
    events: kept.length,
    sessions: lengths.length,
    items: distinct(kept, (e) => e.id),
    from: iso(Math.min(...times)),
    to: iso(Math.max(...times)),
    kinds: kind ? { [kind]: kept.length } : count(kept, (e) => e.kind),
    left_out: nothing,
    session_events: { max: Math.max(...lengths) },
  };
}
export const nothing = { no_session: 0, no_item: 0, no_time: 0, returns: 0, skipped: 0, bad_rows: 0, rare: 0, short: 0 };

/** Columns as the plain log has them: name and value. */
export const columns = {
  session: ['session', (e) => e.session],
  item: ['item', (e) => e.id],
  time: ['time', (e) => iso(e.at)],
  kind: ['event', (e) => e.kind],
  title: ['title', (e) => e.title],
  price: ['price', (e) => e.price],
  quantity: ['quantity', (e) => e.quantity],
};
export const plain = [columns.session, columns.item, columns.time, columns.kind];

/** Header and rows. */
export const table = (of = plain, all = events) => [of.map(([name]) => name), ...all.map((event, i) => of.map(([, value]) => value(event, i)))];
/** The same as objects. */
export const objects = (of = plain, all = events) => all.map((event, i) => Object.fromEntries(of.map(([name, value]) => [name, value(event, i)])));
