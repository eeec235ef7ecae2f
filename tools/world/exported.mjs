// What the cases of whole exports have in common.
import { events, items, orders, plain, right, table } from './shop.mjs';
import { text } from './write.mjs';

export const log = right();
export const views = events.filter((e) => e.kind === 'view');
export const viewed = right(views);
export const sold = right(orders);
export const purchases = ['--kind', 'purchase'];
export const csv = (of, all, options) => text(table(of, all), options);
/** A tool's words for the three kinds. */
export const word = (view, cart, purchase) => (e) => ({ view, 'cart-add': cart, purchase })[e.kind];
/** What a bundle holds of titles and prices. */
export const titles = Object.fromEntries(items.map((item) => [item.id, { title: item.title, price: item.price }]));
export const bySession = [...new Set(events.map((e) => e.session))].map((session) => events.filter((e) => e.session === session));
/** Whether a row is the first of its order. */
export const first = (e, i, all = orders) => i === 0 || all[i - 1].session !== e.session;

/** A log that is read: as the plain one, but for what `more.log` says. */
export const read = (name, what, content, more = {}) => ({
  name,
  what,
  files: { [more.file ?? 'log.csv']: content },
  flags: more.flags,
  want: { log: { ...log, ...more.log } },
  notes: more.notes,
  made: more.made,
});

/** The plain log with an item list. */
export const withList = (name, what, file, content, more) => ({
  name,
  what,
  files: { 'log.csv': csv(plain, events), [file]: content },
  list: file,
  flags: more.flags,
  refuse: more.refuse,
  want: { log, list: { in_log: 12, events_known: 1, ...more.list } },
  notes: more.notes,
  made: more.made,
});
