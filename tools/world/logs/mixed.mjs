// Ways to write a log down, thrown together by chance, the same chance in every run: what is right stays the same.
import { gzipSync } from 'node:zlib';
import { columns, events, iso, items, random, right, stamp } from '../shop.mjs';
import { lines, marked, text, utf16be, utf16le, zstd } from '../write.mjs';

const log = right();
const separators = { comma: ',', semicolon: ';', tab: '\t', bar: '|' };
const ends = { lf: '\n', crlf: '\r\n', cr: '\r' };
const encodings = { utf8: (plain) => plain, mark: marked, utf16le: (plain) => utf16le(marked(plain)), utf16be: (plain) => utf16be(marked(plain)) };
const packs = { plain: (bytes) => bytes, gzip: gzipSync, zstd: (bytes) => zstd(bytes) };
const times = {
  seconds: (ms) => ms / 1000,
  milliseconds: (ms) => ms,
  microseconds: (ms) => ms * 1000,
  iso,
  stamp,
  ahead: (ms) => `${iso(ms + 19_800_000).replace('Z', '')}+05:30`,
  points: (ms) => stamp(ms).replace(/(\d+)-(\d+)-(\d+)/, '$3.$2.$1'),
  digits: (ms) => stamp(ms).replaceAll(/\D/g, ''),
  serial: (ms) => (ms / 86_400_000 + 25_569).toFixed(10),
};
const ids = {
  words: (e) => e.id,
  numbers: (e) => e.number,
  floats: (e) => `${e.number}.0`,
  zeros: (e) => `00${e.number}`,
  large: (e) => 17_000_000_000_000_000_000n + BigInt(e.number),
  blanks: (e) => `Tea ${e.id}`,
};
const titles = {
  plain: (e) => e.title,
  separators: (e) => `${e.title}, new; blue | "best"\tof all`,
  lines: (e) => `${e.title}\nin two lines`,
  letters: (e) => `${e.title} – Crème brûlée 茶 🍵`,
  inches: (e) => `${e.title} 12" x 9"`,
  none: () => '',
};
const names = {
  plain: ['session', 'item', 'time', 'event'],
  camel: ['SessionId', 'ItemId', 'Timestamp', 'EventType'],
  capitals: ['SESSION_ID', 'ITEM_ID', 'TIME', 'ACTION'],
  blanks: ['Session ID', 'Product ID', 'Event Time', 'Event Name'],
};
const nothing = ['NULL', '', 'NaN', '\\N'];

/** One way of each, and the case that it makes. */
function mix(number) {
  const next = random(Math.imul(number + 1, 2_654_435_761) >>> 0);
  const pick = (of) => Object.entries(of)[Math.floor(next.next().value * Object.keys(of).length)];
  const [separator, end, encoding, pack, time, id, title, name] = [separators, ends, encodings, packs, times, ids, titles, names].map(pick);
  const quotes = next.next().value < 0.5 ? 'needed' : 'all';
  const [session, item, at, kind] = name[1];
  const all = [
    [session, columns.session[1]],
    [item, id[1]],
    [at, (e) => time[1](e.at)],
    [kind, (e) => e.kind],
    ['title', title[1]],
    ['price', (e) => (separator[0] === 'semicolon' ? e.price.toFixed(2).replace('.', ',') : e.price)],
    ['country', (e, i) => ['DE', 'NA', '', 'null'][i % 4]],
    ['page', (e) => `https://shop.example/${e.id}?a=1&b=2`],
  ]
    .map((column) => [next.next().value, column])
    .sort((a, b) => a[0] - b[0])
    .map(([, column]) => column);
  const rows = events.map((e, i) => all.map(([, value]) => value(e, i)));
  // Rows without an item, here and there.
  const gaps = Math.floor(next.next().value * 5);
  const place = all.findIndex(([column]) => column === item);
  for (let i = 0; i < gaps; i++)
    rows.splice(
      40 * (i + 1),
      0,
      rows[i].map((value, at) => (at === place ? nothing[i % nothing.length] : value)),
    );
  const header = all.map(([column]) => column);
  const written = (these) => text(these, { separator: separator[1], quotes, eol: end[1] });
  const packed = (these) => ({ 'log.csv': pack[1](encoding[1](written([header, ...these]))) });
  const what = [separator, end, encoding, pack, time, id, title, name].map(([word]) => word).join(' ') + ` ${quotes} ${gaps}`;
  // The same with a fault in one row: it is told where an editor shows it.
  const bad = Math.floor(next.next().value * rows.length);
  const line = String(written([header, ...rows.slice(0, bad)]).match(end[0] === 'cr' ? /\r/g : /\n/g).length + 1);
  const [column, value] = [
    [at, 'soon'],
    ['price', 'on request'],
    [kind, 'teleported'],
  ][number % 3];
  const put = { [item]: id[1](items[0]), [column]: value };
  const faulty = (make) => packed(rows.map((row, i) => (i === bad ? make(row) : row)));
  const fault = {
    name: `${number}-${column}`,
    what,
    files: faulty((row) => row.map((cell, i) => put[header[i]] ?? cell)),
    refuse: column === kind ? { details: { words: /^teleported \(1\)$/, column } } : { details: { line, column, value } },
  };
  const ragged = { name: `${number}-ragged`, what, files: faulty((row) => (number % 2 ? row.slice(1) : [...row, 'more'])), refuse: { details: { line } } };
  const right = {
    name: `${number}`,
    what,
    files: packed(rows),
    want: {
      log: {
        ...log,
        rows: log.rows + gaps,
        left_out: { ...log.left_out, no_item: gaps },
        files: [{ separator: separator[0] === 'tab' ? 'tab' : separator[1], compression: pack[0] === 'plain' ? 'none' : pack[0] }],
        columns: { session: [session], item: [item], time: [at], kind: [kind], price: ['price'], title: ['title'] },
      },
    },
    notes: id[0] === 'floats' ? ['ids-as-floats'] : [],
    made: Object.fromEntries(items.map((one) => [String(id[0] === 'floats' ? one.number : id[1](one)), { price: one.price }])),
  };
  return [right, fault, ragged];
}

const shapes = {
  lines: (rows) => lines(rows),
  crlf: (rows) => lines(rows, '\r\n'),
  array: (rows) => JSON.stringify(rows),
  pretty: (rows) => JSON.stringify(rows, null, 2),
};
/** Where a value stands: at the top, or in objects within. */
const depths = { top: [], within: ['properties'], deep: ['context', 'product'] };
const numbersOr = { words: (value) => String(value), numbers: (value) => value };

function put(row, path, key, value) {
  let at = row;
  for (const step of path) at = at[step] ??= {};
  at[key] = value;
}

/** The same for JSON. */
function mixJson(number) {
  const next = random(Math.imul(number + 7777, 2_654_435_761) >>> 0);
  const pick = (of) => Object.entries(of)[Math.floor(next.next().value * Object.keys(of).length)];
  const [shape, encoding, pack, form] = [shapes, { utf8: encodings.utf8, mark: encodings.mark, utf16le: encodings.utf16le }, packs, numbersOr].map(pick);
  const [session, item, when] = [depths, depths, { top: [], within: ['properties'] }].map(pick);
  const time = pick({ seconds: times.seconds, milliseconds: times.milliseconds, iso, stamp });
  const rows = events.map((e, i) => {
    const row = { id: `e${i}`, tags: ['a', 'b'], agent: { name: 'x', version: i } };
    put(row, session[1], 'session_id', form[1](e.sessionNumber));
    put(row, item[1], 'product_id', form[1](e.number));
    put(row, when[1], 'timestamp', time[1](e.at));
    put(row, [], 'event', e.kind);
    put(row, item[1], 'price', e.price);
    return row;
  });
  const path = (depth, key) => [...depth[1], key].join('.');
  return {
    name: `json-${number}`,
    what: `${[shape, encoding, pack, form, time].map(([word]) => word).join(' ')} session ${session[0]} item ${item[0]} time ${when[0]}`,
    files: { 'log.json': pack[1](encoding[1](shape[1](rows))) },
    want: {
      log: { ...log, columns: { session: [path(session, 'session_id')], item: [path(item, 'product_id')], time: [path(when, 'timestamp')], kind: ['event'] } },
    },
    made: Object.fromEntries(items.map((one) => [one.number, { price: one.price }])),
  };
}

/** Forty of each; more, where MIXED says so. */
const many = Array.from({ length: Number(process.env.MIXED ?? 40) }, (_, i) => i);
export const cases = [...many.flatMap(mix), ...many.map(mixJson)];
