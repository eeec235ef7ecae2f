// Parquet files of tests/world/parquet, which its make.py wrote from the same log: they are only read here.
import { readFileSync } from 'node:fs';
import { root } from '../../face.mjs';
import { columns, count, events, iso, items, right, table } from '../shop.mjs';
import { text } from '../write.mjs';

const fixture = (name) => readFileSync(`${root}/tests/world/parquet/${name}`);
const log = right();
const read = (name, what, more = {}) => ({
  name,
  what,
  files: { 'log.parquet': fixture(`${name}.parquet`) },
  flags: more.flags,
  want: { log: { ...log, files: [{ format: 'parquet', separator: null }], ...more.log } },
  notes: more.notes,
  made: more.made,
});
const refused = (name, what, refuse = {}) => ({
  name,
  what,
  files: { 'log.parquet': fixture(`${name}.parquet`) },
  refuse: { code: /^(data-invalid|io)$/, ...refuse },
});
const ids = (test) => ({ log: { top_items: (top) => top.length > 0 && top.every((one) => test(one.item)) } });
const numbered = (top) => top.every((one) => /^58\d\d$/.test(one.item));
const days = (() => {
  const day = (ms) => `${iso(ms).slice(0, 10)}T00:00:00Z`;
  return { from: day(Math.min(...events.map((e) => e.at))), to: day(Math.max(...events.map((e) => e.at))) };
})();
const prices = Object.fromEntries(items.map((item) => [item.id, { price: item.price }]));
const sessions = Object.keys(count(events, (e) => e.session)).length;

export const cases = [
  ...['none', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4', 'lz4-old', 'lz4-hadoop'].map((codec) => read(`codec-${codec}`, `compressed with ${codec}`)),
  read('pages-v2', 'pages of the second version'),
  read('plain-encoding', 'no dictionary'),
  read('delta-encoding', 'differences for numbers and words'),
  read('row-groups', 'many small row groups'),
  read('spark-metadata', 'notes of Spark in the footer'),
  { ...read('codec-zstd', ''), name: 'named-csv', what: 'Parquet under another name', files: { 'log.csv': fixture('codec-zstd.parquet') } },
  { ...read('codec-zstd', ''), name: 'no-extension', what: 'Parquet without an extension', files: { log: fixture('codec-zstd.parquet') } },
  {
    name: 'folder',
    what: 'a folder of Parquet parts',
    events: 'logs',
    files: {
      'logs/part-0.snappy.parquet': fixture('codec-snappy.parquet'),
      'logs/part-1.zstd.parquet': fixture('no-rows.parquet'),
      'logs/_SUCCESS': '',
      'logs/_committed_123': '{}',
    },
    want: { log },
  },
  {
    name: 'zstd-real',
    what: 'a zstd file that zstd itself compressed',
    files: { 'log.csv.zst': fixture('log.csv.zst') },
    want: { log: { ...log, files: [{ compression: 'zstd', format: 'text' }] } },
  },

  read(
    'ids-uint64',
    'ids above 2^63 keep every digit',
    ids((id) => id.startsWith('170000000000000058')),
  ),
  read(
    'ids-int64',
    'ids beyond 2^53',
    ids((id) => BigInt(id) - 9007199254740993n >= 5861n && BigInt(id) - 9007199254740993n <= 5872n),
  ),
  read(
    'ids-negative',
    'negative ids',
    ids((id) => /^-58\d\d$/.test(id)),
  ),
  read('ids-int16', 'small ids', { log: { top_items: numbered } }),
  read('ids-float', 'whole numbers as floats', { log: { top_items: numbered }, notes: 'any' }),
  read('ids-float-gaps', 'the same with gaps', { log: { rows: log.rows + 3, left_out: { ...log.left_out, no_item: 3 }, top_items: numbered }, notes: 'any' }),
  read('ids-decimal', 'ids as decimals', { log: { top_items: numbered } }),
  read('ids-bytes', 'words without the mark that they are text'),
  read('ids-fixed-bytes', 'words of a fixed length'),
  read('ids-large-string', 'words of another width'),
  read('ids-dictionary', 'columns with dictionaries'),
  read('ids-uuid', 'bytes that are no text are hexadecimal digits, each session by itself'),
  refused('ids-not-utf8', 'bytes that are no text', { message: /UTF-8|text/, details: { column: 'item' } }),

  ...['int32', 'int64', 'fixed'].map((kind) => read(`price-${kind}`, `decimal prices in ${kind}`, { made: prices })),
  read('price-float32', 'prices as floats', { made: prices }),
  read('price-text', 'prices as words', { made: prices }),
  read('quantity-int8', 'small quantities', { log: { columns: { quantity: ['quantity'] } } }),

  ...['s', 'ms', 'us', 'ns'].map((unit) => read(`time-${unit}`, `times in ${unit}`)),
  read('time-zone', 'times of a zone are those of UTC'),
  read('time-int96', 'times as Hive and Impala wrote them'),
  read('time-date32', 'days', { log: days, notes: 'any' }),
  read('time-date-and-clock', 'a day and a time of day', { flags: ['--time-col', 'date,time'] }),
  read('time-seconds', 'seconds in 32 bits'),
  read('time-float', 'seconds as floats'),
  read('time-text', 'times as words'),
  read('flag-column', 'a column of true and false that nobody needs'),
  read('nulls-column', 'a column of nothing for prices', { log: { columns: { price: (of) => Array.isArray(of) } } }),
  {
    name: 'kind-flag',
    what: 'true and false for kinds are refused',
    files: { 'log.parquet': fixture('kind-flag.parquet') },
    refuse: { message: /--kind-word/, details: { column: 'event' } },
  },
  {
    name: 'kind-flag-told',
    what: 'and read when told',
    files: { 'log.parquet': fixture('kind-flag.parquet') },
    flags: ['--kind-word', 'true=purchase', '--kind-word', 'false=view'],
    want: { log: { kinds: { purchase: log.kinds.purchase, view: log.events - log.kinds.purchase } } },
  },

  read('ga4', 'GA4’s export: items in a list, the session among key and value', {
    log: {
      ...log,
      rows: (n) => n >= log.rows,
      layout: /GA4|Google Analytics/,
      left_out: (all) => all.skipped + all.no_item + all.no_session <= 1,
      columns: { session: ['user_pseudo_id', 'event_params.ga_session_id'], item: ['items.item_id'] },
    },
    notes: ['session-and-visitor'],
    made: prices,
  }),
  read('list-column', 'a list of ids', {
    flags: ['--event-item-col', 'items'],
    log: { rows: (n) => n >= sessions, kinds: { view: log.events }, events: log.events, sessions, from: () => true, to: () => true, session_events: {} },
    notes: 'any',
  }),
  read('map-column', 'a map', { flags: ['--session-col', 'params.session', '--event-item-col', 'params.item'] }),
  read('struct-column', 'structures within structures', { flags: ['--session-col', 'who.session', '--event-item-col', 'what.product.id'] }),
  {
    name: 'posthog',
    what: 'PostHog’s export, where properties are JSON within a word: the column is named that is not there',
    files: { 'log.parquet': fixture('posthog.parquet') },
    flags: ['--session-col', 'properties.$session_id', '--event-item-col', 'properties.product_id'],
    refuse: { message: /properties\.\$session_id/, details: { columns: /properties/ } },
  },
  {
    name: 'list',
    what: 'an item list in Parquet',
    files: { 'log.csv': text(table([columns.session, columns.item, columns.time, columns.kind])), 'items.parquet': fixture('items.parquet') },
    list: 'items.parquet',
    want: { log, list: { rows: 12, priced: 12, in_log: 12 } },
    made: Object.fromEntries(items.map((item) => [item.id, { title: item.title, price: item.price }])),
  },

  refused('no-rows', 'no rows'),
  refused('cut', 'half a file', { message: /Parquet|footer|end/i }),
  refused('cut-footer', 'a file whose last bytes are missing', { message: /Parquet|footer|end/i }),
  refused('magic-only', 'four bytes', { message: /Parquet|footer|short|end/i }),
  refused('magic-twice', 'eight bytes'),
  refused('footer-too-long', 'a footer longer than the file'),
  refused('footer-zero', 'a footer of no bytes'),
  refused('footer-damaged', 'a footer with wrong bytes'),
  refused('pages-damaged', 'pages with wrong bytes'),
  refused('encrypted', 'an encrypted file', { message: /encrypt/i }),
  refused('very-many-rows', 'a footer that promises 10^18 rows'),
  refused('same-row-often', 'forty million rows in nine kilobytes', { message: /--max-rows|rows|session/ }),
  {
    name: 'max-rows',
    what: '--max-rows',
    files: { 'log.parquet': fixture('codec-snappy.parquet') },
    flags: ['--max-rows', '100'],
    refuse: { message: /--max-rows/ },
  },
];
