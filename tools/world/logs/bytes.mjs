// Bytes before they are text: encodings, compression, what is no log at all, many files as one.
import { symlinkSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { columns, events, iso, objects, plain, right, table } from '../shop.mjs';
import { latin1, lines, marked, text, utf16be, utf16le, zstd } from '../write.mjs';

const log = right();
const csv = text(table());
const file = (name, content, want = {}) => ({ files: { [name]: content }, want: { log: { ...log, files: [want] } } });
const named = (title, head, pattern, name = 'log.csv') => ({
  name: title.replaceAll(' ', '-'),
  what: `${title} is refused by its name`,
  files: { [name]: typeof head === 'string' ? Buffer.from(head, 'latin1') : head },
  refuse: { message: pattern },
});

/** A shop whose titles have letters beyond ASCII. */
const titled = (title) => [...plain, ['title', () => title]];
const accents = text(table(titled('Café crème')));
const accented = { log: { ...log, top_items: (all) => all.every((one) => one.title === 'Café crème') } };
const cyrillic = Buffer.from(text(table(titled('X'))).replaceAll('X', '\xd7\xe0\xe9'), 'latin1');

/** The same log in several files, each with its header. */
const part = (from, to) => text(table(plain, events.slice(from, to)));
const parts = { 'part-00000-ab.csv': part(0, 100), 'part-00001-ab.csv': part(100, 180), 'part-00002-ab.csv': part(180) };
const under = (folder, files) => Object.fromEntries(Object.entries(files).map(([name, content]) => [`${folder}/${name}`, content]));
const days = [...new Set(events.map((e) => iso(e.at).slice(0, 10)))];
const hive = Object.fromEntries(
  days.map((day) => [
    `logs/dt=${day}/part-0.csv`,
    text(
      table(
        plain,
        events.filter((e) => iso(e.at).startsWith(day)),
      ),
    ),
  ]),
);
const kinds = ['view', 'cart-add', 'purchase'];
const noKind = [columns.session, columns.item, columns.time];

export const cases = [
  {
    name: 'plain',
    what: 'the plain log, which all others must equal',
    ...file('log.csv', csv, { format: 'text', encoding: 'UTF-8', compression: 'none', separator: ',' }),
  },
  { name: 'no-extension', what: 'a file called events is told by what is in it', ...file('events', csv, { format: 'text', separator: ',' }) },
  { name: 'dot-log', what: 'a file called shop.log too', ...file('shop.log', csv, { format: 'text' }) },
  { name: 'mark', what: 'a byte order mark belongs to no column', ...file('log.csv', marked(csv), { encoding: 'UTF-8' }), notes: [] },
  { name: 'mark-before-quotes', what: 'nor to a column in quotes', ...file('log.csv', marked(text(table(), { quotes: 'all' }))) },
  { name: 'utf16le', what: 'UTF-16 as Windows saves it', ...file('log.csv', utf16le(marked(csv)), { encoding: /^UTF-16/ }) },
  { name: 'utf16be', what: 'UTF-16 the other way round', ...file('log.csv', utf16be(marked(csv)), { encoding: /^UTF-16/ }) },
  { name: 'utf16le-no-mark', what: 'UTF-16 without a mark', ...file('log.csv', utf16le(csv), { encoding: /^UTF-16/ }) },
  { name: 'utf16be-no-mark', what: 'and the other way round', ...file('log.csv', utf16be(csv), { encoding: /^UTF-16/ }) },
  {
    name: 'utf16-tabs-crlf',
    what: 'Excel’s "Unicode text": UTF-16, tabs, CRLF',
    ...file('log.txt', utf16le(marked(text(table(), { separator: '\t', eol: '\r\n' }))), { encoding: /^UTF-16/, separator: 'tab' }),
  },
  { name: 'utf16-accents', what: 'letters beyond ASCII in UTF-16', files: { 'log.csv': utf16le(marked(accents)) }, want: accented },
  {
    name: 'latin1',
    what: 'letters that are not UTF-8 are refused with line and flag',
    files: { 'log.csv': latin1(accents) },
    refuse: { message: /UTF-8[\s\S]*--encoding/, details: { line: '2' } },
  },
  {
    name: 'latin1-late',
    what: 'in line 102, not before',
    files: { 'log.csv': Buffer.concat([Buffer.from(part(0, 100)), latin1('s999,É1,2026-01-09,view\n')]) },
    refuse: { message: /UTF-8/, details: { line: '102' } },
  },
  { name: 'latin1-told', what: 'with --encoding they are read', files: { 'log.csv': latin1(accents) }, flags: ['--encoding', 'windows-1252'], want: accented },
  { name: 'latin1-other-name', what: 'by its other name', files: { 'log.csv': latin1(accents) }, flags: ['--encoding', 'iso-8859-1'], want: accented },
  {
    name: 'cyrillic-told',
    what: 'windows-1251',
    files: { 'log.csv': cyrillic },
    flags: ['--encoding', 'windows-1251'],
    want: { log: { ...log, top_items: (all) => all[0].title === 'Чай' } },
  },
  {
    name: 'encoding-unknown',
    what: 'an encoding that nobody knows is refused',
    files: { 'log.csv': csv },
    args: ['check', '--events', 'log.csv', '--encoding', 'klingon'],
    rc: 2,
    says: /encoding/,
  },
  { name: 'utf8-told', what: 'telling what is so changes nothing', ...file('log.csv', accents), flags: ['--encoding', 'utf-8'], want: accented },

  { name: 'gzip', what: 'gzip', ...file('log.csv.gz', gzipSync(csv), { compression: 'gzip', format: 'text', separator: ',' }) },
  { name: 'gzip-hidden', what: 'gzip under a plain name', ...file('log.csv', gzipSync(csv), { compression: 'gzip' }) },
  { name: 'gzip-not', what: 'a plain file called .gz', ...file('log.csv.gz', csv, { compression: 'none' }) },
  {
    name: 'gzip-members',
    what: 'gzip files put one after the other are all read',
    ...file('log.csv.gz', Buffer.concat([gzipSync(csv.slice(0, 3000)), gzipSync(csv.slice(3000))]), { compression: 'gzip' }),
  },
  { name: 'gzip-json-lines', what: 'gzip of JSON lines', ...file('log.jsonl.gz', gzipSync(lines(objects())), { compression: 'gzip', format: 'json-lines' }) },
  { name: 'gzip-utf16', what: 'gzip of UTF-16', ...file('log.csv.gz', gzipSync(utf16le(marked(csv))), { compression: 'gzip', encoding: /^UTF-16/ }) },
  {
    name: 'gzip-cut',
    what: 'gzip that ends too early is refused, not read half',
    files: { 'log.csv.gz': gzipSync(csv).subarray(0, -200) },
    refuse: { code: /^(data-invalid|io)$/, says: /stream|gzip|end/, details: { path: /log\.csv\.gz$/ } },
  },
  {
    name: 'gzip-damaged',
    what: 'gzip with a wrong checksum is refused',
    files: { 'log.csv.gz': Buffer.concat([gzipSync(csv).subarray(0, -8), Buffer.alloc(8, 1)]) },
    refuse: { code: /^(data-invalid|io)$/, says: /checksum|corrupt/ },
  },
  { name: 'zstd', what: 'zstd', ...file('log.csv.zst', zstd(csv), { compression: 'zstd', format: 'text', separator: ',' }) },
  { name: 'zstd-hidden', what: 'zstd under a plain name', ...file('log.csv', zstd(csv), { compression: 'zstd' }) },
  {
    name: 'zstd-frames',
    what: 'zstd frames one after the other',
    ...file('log.csv.zst', Buffer.concat([zstd(csv.slice(0, 3000)), zstd(csv.slice(3000))]), { compression: 'zstd' }),
  },
  {
    name: 'zstd-cut',
    what: 'zstd that ends too early is refused',
    files: { 'log.csv.zst': zstd(csv).subarray(0, -500) },
    refuse: { code: /^(data-invalid|io)$/ },
  },

  named('a zip', 'PK\x03\x04\x14\0\0\0\x08\0log.csv', /zip/i, 'log.zip'),
  named('an Excel file', 'PK\x03\x04\x14\0\x06\0\x08\0[Content_Types].xml', /zip|Excel|xlsx/i, 'log.xlsx'),
  named('an old Excel file', '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0\0\0', /Excel|xls/i, 'log.xls'),
  named('ORC', 'ORC\n\x03\0\0\x12\x0a', /ORC/, 'log.orc'),
  named('Avro', 'Obj\x01\x04\x16avro.schema', /Avro/i, 'log.avro'),
  named('Arrow', 'ARROW1\0\0\xff\xff\xff\xff', /Arrow|Feather/i, 'log.feather'),
  named('SQLite', 'SQLite format 3\0\x10\0\x01\x01', /SQLite/i, 'log.db'),
  named('bzip2', 'BZh91AY&SY\x12\x34', /bzip2/i, 'log.csv.bz2'),
  named('xz', '\xfd7zXZ\0\0\x04', /\bxz\b/i, 'log.csv.xz'),
  named('PDF', '%PDF-1.7\n%\xe2\xe3\n', /PDF/, 'log.pdf'),
  named('a web page', '<!DOCTYPE html>\n<html><head><title>Sign in</title></head>\n<body>Sign in, please</body></html>\n', /HTML|web page/i),
  named(
    'a tar archive',
    gzipSync(Buffer.concat([Buffer.from('log.csv'), Buffer.alloc(250), Buffer.from('ustar\x0000'), Buffer.alloc(247), Buffer.from(csv), Buffer.alloc(1024)])),
    /tar|no text/i,
    'log.tar.gz',
  ),

  {
    name: 'spark-folder',
    what: 'a folder of parts as Spark leaves it',
    events: 'logs',
    files: { ...under('logs', parts), 'logs/_SUCCESS': '', 'logs/.part-00000-ab.csv.crc': 'crc\0\0' },
    want: { log: { ...log, files: [{}, {}, {}] } },
  },
  {
    name: 'folder-of-gzip',
    what: 'a folder of compressed parts',
    events: 'logs',
    files: Object.fromEntries(Object.entries(parts).map(([name, content]) => [`logs/${name}.gz`, gzipSync(content)])),
    want: { log: { ...log, files: [{ compression: 'gzip' }, {}, {}] } },
  },
  {
    name: 'folder-orders-differ',
    what: 'parts whose columns stand in another order',
    events: 'logs',
    files: { 'logs/a.csv': part(0, 100), 'logs/b.csv': text(table([...plain].reverse(), events.slice(100))) },
    want: { log },
  },
  {
    name: 'folder-header-only-part',
    what: 'a part with a header alone, and one with nothing',
    events: 'logs',
    files: { ...under('logs', parts), 'logs/part-00003-ab.csv': text([plain.map(([name]) => name)]), 'logs/part-00004-ab.csv': '' },
    want: { log },
  },
  {
    name: 'folder-column-missing',
    what: 'a part that lacks a column is refused by its path',
    events: 'logs',
    files: { 'logs/a.csv': part(0, 100), 'logs/b.csv': text(table(plain.slice(0, 2), events.slice(100))) },
    refuse: { details: { path: /b\.csv$/ } },
  },
  {
    name: 'folder-bad-value',
    what: 'a bad value is told with its own file and line',
    events: 'logs',
    files: { 'logs/a.csv': part(0, 100), 'logs/b.csv': `${part(100, 102)}s1,A001,soon,view\n` },
    refuse: { details: { path: /b\.csv$/, line: '4', column: 'time', value: 'soon' } },
  },
  {
    name: 'folder-mixed',
    what: 'CSV and JSON lines in one folder',
    events: 'logs',
    files: { 'logs/a.csv': part(0, 100), 'logs/b.jsonl': lines(objects(plain, events.slice(100))) },
    want: { log },
  },
  {
    name: 'session-over-files',
    what: 'a session that goes on in the next file is one',
    events: 'logs',
    files: { 'logs/a.csv': part(0, 3), 'logs/b.csv': part(3) },
    want: { log },
  },
  { name: 'hive-folders', what: 'folders dt=2026-01-05', events: 'logs', files: hive, want: { log } },
  {
    name: 'hive-column',
    what: 'a column that only the folders tell',
    events: 'logs',
    files: Object.fromEntries(
      kinds.map((kind) => [
        `logs/event=${kind}/part-0.csv`,
        text(
          table(
            noKind,
            events.filter((e) => e.kind === kind),
          ),
        ),
      ]),
    ),
    want: { log: { ...log, columns: { kind: ['event'] } } },
  },
  {
    name: 'folders-of-days',
    what: 'folders within folders',
    events: 'logs',
    files: { 'logs/2026/01/05.csv': part(0, 100), 'logs/2026/01/06.csv': part(100, 180), 'logs/2026/02/01.csv': part(180) },
    want: { log },
  },
  {
    name: 'pattern-of-folders',
    what: 'a pattern over folders',
    events: 'logs/**/*.csv',
    files: { 'logs/a/1.csv': part(0, 100), 'logs/b/2.csv': part(100) },
    want: { log },
  },
  { name: 'link', what: 'a link to a file', events: 'now.csv', files: { 'log.csv': csv, 'now.csv': (path) => symlinkSync('log.csv', path) }, want: { log } },
  {
    name: 'two-files-in-one',
    what: 'two files put one after the other: the header in the middle is no row',
    files: { 'log.csv': part(0, 100) + part(100) },
    refuse: { details: { line: '102', value: /time|event/ } },
  },
  {
    name: 'utf16-odd',
    what: 'UTF-16 that ends within a letter is refused',
    files: { 'log.csv': utf16le(marked(`${csv}s001,A00é`)).subarray(0, -1) },
    refuse: { code: /^(data-invalid|io)$/ },
  },
  {
    name: 'utf8-cut',
    what: 'UTF-8 that ends within a letter is refused',
    files: { 'log.csv': Buffer.concat([Buffer.from(csv), Buffer.from('s001,A00é').subarray(0, -1)]) },
    refuse: { message: /UTF-8|values/ },
  },
  {
    name: 'pattern',
    what: 'a pattern',
    events: 'logs/part-*.csv',
    files: { ...under('logs', parts), 'logs/readme.txt': 'not a log\n' },
    want: { log: { ...log, files: [{}, {}, {}] } },
  },
  { name: 'pattern-one-letter', what: 'a pattern with a question mark', events: 'logs/part-0000?-ab.csv', files: under('logs', parts), want: { log } },
  {
    name: 'pattern-nothing',
    what: 'a pattern that fits nothing is refused with it',
    events: 'logs/*.csv',
    files: { 'logs/a.txt': csv },
    refuse: { code: /^(io|invalid-option|data-invalid)$/, message: /no file|nothing|match/i },
  },
  { name: 'standard-input', what: 'standard input', events: '-', stdin: csv, want: { log } },
  {
    name: 'standard-input-gzip',
    what: 'gzip on standard input',
    events: '-',
    stdin: gzipSync(csv),
    want: { log: { ...log, files: [{ compression: 'gzip' }] } },
  },
  {
    name: 'standard-input-json',
    what: 'JSON lines on standard input',
    events: '-',
    stdin: lines(objects()),
    want: { log: { ...log, files: [{ format: 'json-lines' }] } },
  },
  {
    name: 'standard-input-nothing',
    what: 'nothing on standard input is refused',
    events: '-',
    stdin: '',
    refuse: { message: /empty|nothing|header|no line/i },
  },
];
