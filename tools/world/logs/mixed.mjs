// Ways to write a log down, thrown together by chance, the same chance in every run: what is right stays the same.
import { gzipSync } from 'node:zlib';
import { columns, events, iso, items, random, right, stamp } from '../shop.mjs';
import { marked, text, utf16be, utf16le, zstd } from '../write.mjs';

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
const names = { plain: ['session', 'item', 'time', 'event'], camel: ['SessionId', 'ItemId', 'Timestamp', 'EventType'], capitals: ['SESSION_ID', 'ITEM_ID', 'TIME', 'ACTION'], blanks: ['Session ID', 'Product ID', 'Event Time', 'Event Name'] };
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
  for (let i = 0; i < gaps; i++) rows.splice(40 * (i + 1), 0, rows[i].map((value, at) => (at === place ? nothing[i % nothing.length] : value)));
  const header = all.map(([column]) => column);
  const written = (these) => text(these, { separator: separator[1], quotes, eol: end[1] });
  const packed = (these) => ({ 'log.csv': pack[1](encoding[1](written([header, ...these]))) });
  const what = [separator, end, encoding, pack, time, id, title, name].map(([word]) => word).join(' ') + ` ${quotes} ${gaps}`;
  // The same with one time that is none: it is told where an editor shows it.
  const bad = Math.floor(next.next().value * rows.length);
  const when = all.findIndex(([column]) => column === at);
  const line = written([header, ...rows.slice(0, bad)]).match(/\r\n|\r|\n/g).length + 1;
  const fault = {
    name: `${number}-fault`,
    what,
    files: packed(rows.map((row, i) => (i === bad ? row.map((value, column) => (column === when ? 'soon' : column === place ? 'A001' : value)) : row))),
    refuse: { details: { line: String(line), column: at, value: 'soon' } },
  };
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
  return [right, fault];
}

/** Fifty of each; more, where MIXED says so. */
export const cases = Array.from({ length: Number(process.env.MIXED ?? 50) }, (_, i) => mix(i)).flat();
