// Ids of sessions and items: kept as they are, or refused where a tool on the way has damaged them.
import { columns, events, plain, right, table } from '../shop.mjs';
import { text } from '../write.mjs';

const log = right();
/** The plain log with other ids of items. */
const withItems = (id) => text(table([columns.session, ['item', id], columns.time, columns.kind]));
const withSessions = (id) => text(table([['session', id], columns.item, columns.time, columns.kind]));
const csv = text(table());
/** All items of the log are among the twelve most frequent. */
const ids = (test) => ({ items: 12, top_items: (top) => top.length > 0 && top.every((one) => test(one.item)) });
const kept = (name, what, id, test, more = {}) => ({ name, what, files: { 'log.csv': withItems(id) }, want: { log: { ...log, ...ids(test) } }, ...more });
const nulls = ['NULL', '\\N', 'NaN', 'None', '(not set)', 'null', 'nan', 'NA', '<NA>', '#N/A', 'undefined', '', '  '];
const rowsOf = (cells) => cells.map((cell) => `${cell.join(',')}\n`).join('');

export const cases = [
  kept(
    'floats',
    'a table with gaps has 5863.0 for 5863',
    (e) => `${e.number}.0`,
    (id) => /^58\d\d$/.test(id),
    { notes: ['ids-as-floats'] },
  ),
  {
    name: 'floats-some',
    what: 'the same where some have no point',
    files: { 'log.csv': withItems((e, i) => (i % 2 ? `${e.number}.0` : e.number)) },
    want: { log: { ...log, ...ids((id) => /^58\d\d$/.test(id)) } },
    notes: ['ids-as-floats'],
  },
  kept(
    'points-that-mean',
    'ids like 12.5 and 12.0 are versions, not floats',
    (e, i) => (e.number % 2 ? `${e.number}.0` : `${e.number}.5`),
    (id) => /^58\d\d\.[05]$/.test(id),
  ),
  {
    name: 'floats-sessions',
    what: 'session ids as floats',
    files: { 'log.csv': withSessions((e) => `${e.sessionNumber}.0`) },
    want: { log: { ...log, largest_sessions: (all) => all.every((one) => /^\d+$/.test(one.session)) } },
    notes: 'any',
  },
  {
    name: 'floats-and-list',
    what: 'floats in the log, whole numbers in the list: they meet',
    files: { 'log.csv': withItems((e) => `${e.number}.0`), 'items.csv': `sku,title\n${[...Array(12).keys()].map((i) => `${5861 + i},Thing ${i}\n`).join('')}` },
    events: 'log.csv',
    list: 'items.csv',
    want: { log, list: { rows: 12, in_log: 12, events_known: 1 } },
    notes: ['ids-as-floats'],
    made: { 5861: { title: 'Thing 0' }, 5872: { title: 'Thing 11' } },
  },
  kept(
    'leading-zeros',
    'leading zeros are kept',
    (e) => `000${e.number}`,
    (id) => /^00058\d\d$/.test(id),
  ),
  kept(
    'beyond-doubles',
    'ids beyond 2^53 keep every digit',
    (e) => 9007199254740993n + BigInt(e.number),
    (id) => BigInt(id) - 9007199254740993n >= 5861n && BigInt(id) - 9007199254740993n <= 5872n,
  ),
  kept(
    'unsigned',
    'ids above 2^63 too',
    (e) => 17000000000000000000n + BigInt(e.number),
    (id) => id.startsWith('170000000000000058'),
  ),
  kept(
    'twenty-eight-digits',
    'and ids of 28 digits',
    (e) => `1234567890123456789012${e.number}`,
    (id) => id.startsWith('123456789012345678901258'),
  ),
  kept(
    'negative',
    'hashes may be negative',
    (e) => `-${e.number}`,
    (id) => /^-58\d\d$/.test(id),
  ),
  {
    name: 'scientific',
    what: 'EANs as a spreadsheet rounds them are refused',
    files: { 'log.csv': withItems((e) => `4.0063${(e.number % 3) + 6}E+12`) },
    refuse: { message: /spreadsheet|round|scientific/i, details: { line: '2', column: 'item', value: /^4\.0063\dE\+12$/ } },
  },
  {
    name: 'scientific-sessions',
    what: 'session ids too',
    files: { 'log.csv': withSessions((e) => `1.7676${e.sessionNumber % 10}E+15`) },
    refuse: { message: /spreadsheet|round|scientific/i, details: { column: 'session' } },
  },
  {
    name: 'scientific-comma',
    what: 'the same with a comma, as in German',
    files: { 'log.csv': text(table([columns.session, ['item', (e) => `4,0063${(e.number % 3) + 6}E+12`], columns.time, columns.kind]), { separator: ';' }) },
    refuse: { message: /spreadsheet|round|scientific/i },
  },
  kept(
    'codes-with-e',
    'codes like 12E05 are words',
    (e) => `12E${e.number}`,
    (id) => /^12E58\d\d$/.test(id),
  ),
  {
    name: 'null-words',
    what: 'words for nothing are nothing, and counted',
    files: {
      'log.csv': csv + rowsOf(nulls.map((word) => [word, 'A001', '2026-01-06', 'view'])) + rowsOf(nulls.map((word) => ['s001', word, '2026-01-06', 'view'])),
    },
    want: { log: { ...log, rows: log.rows + 2 * nulls.length, left_out: { ...log.left_out, no_session: nulls.length, no_item: nulls.length } } },
  },
  {
    name: 'null-words-quoted',
    what: 'the same in quotes',
    files: { 'log.csv': csv + nulls.map((word) => `"s001","${word}","2026-01-06","view"\n`).join('') },
    want: { log: { ...log, rows: log.rows + nulls.length, left_out: { ...log.left_out, no_item: nulls.length } } },
  },
  kept(
    'zero',
    'an item 0 is an item',
    (e) => e.number - 5861,
    (id) => /^\d+$/.test(id),
  ),
  { name: 'session-zero', what: 'a session 0 is a session', files: { 'log.csv': withSessions((e) => e.sessionNumber - 7001) }, want: { log } },
  kept(
    'blanks-within',
    'ids with blanks',
    (e) => `TEA ${e.id}`,
    (id) => id.startsWith('TEA A'),
  ),
  kept(
    'commas-within',
    'ids with commas',
    (e) => `tea,${e.id}`,
    (id) => id.startsWith('tea,A'),
  ),
  kept(
    'letters',
    'ids with letters beyond ASCII',
    (e) => `Tée-${e.id}-茶`,
    (id) => /^Tée-A0\d\d-茶$/.test(id),
  ),
  kept(
    'emoji',
    'ids with emoji',
    (e) => `🍵${e.id}`,
    (id) => id.startsWith('🍵A'),
  ),
  {
    name: 'capitals-differ',
    what: 'a001 and A001 are two items',
    files: { 'log.csv': withItems((e, i) => (i % 2 ? e.id.toLowerCase() : e.id)) },
    want: { log: { ...log, items: new Set(events.map((e, i) => (i % 2 ? e.id.toLowerCase() : e.id))).size } },
  },
  kept(
    'uuids',
    'ids of 36 letters',
    (e) => `3f2504e0-4f89-11d3-9a0c-0305e82c${e.number}`,
    (id) => id.length === 36,
  ),
  kept(
    'links',
    'Shopify’s gid://',
    (e) => `gid://shopify/Product/${e.number}`,
    (id) => id.startsWith('gid://shopify/Product/58'),
  ),
  kept(
    'longest',
    'ids of 256 bytes',
    (e) => 'x'.repeat(252) + e.number,
    (id) => id.length === 256,
  ),
  {
    name: 'too-long',
    what: 'ids of 257 bytes are refused',
    files: { 'log.csv': `${csv}s001,${'x'.repeat(257)},2026-01-06,view\n` },
    refuse: { message: /256/, details: { line: String(events.length + 2), column: 'item' } },
  },
  {
    name: 'control',
    what: 'a control character in an id is refused and shown escaped',
    files: { 'log.csv': `${csv}s001,A\u001b[31m1,2026-01-06,view\n` },
    refuse: { message: /control/, details: { line: String(events.length + 2), column: 'item' } },
  },
  { name: 'plain-again', what: 'the plain log has no note', files: { 'log.csv': text(table(plain)) }, want: { log } },
];
