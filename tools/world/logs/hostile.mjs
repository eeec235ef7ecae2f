// Files that nobody should have, and paths that are no files: each ends soon, in little memory, with a word on what it is.
import { closeSync, openSync, readFileSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { events, plain, right, table } from '../shop.mjs';
import { text, zstd } from '../write.mjs';

const log = right();
const csv = text(table());
const header = 'session,item,time,event\n';
const row = 's1,A001,2026-01-05,view\n';
const MB = 1 << 20;
/** Writes parts one after the other, so that none of it is held. */
const big =
  (...parts) =>
  (path) => {
    const file = openSync(path, 'w');
    for (const [part, times] of parts) {
      const many = Math.max(1, Math.floor(MB / part.length));
      const block = part.repeat(many);
      for (let left = times; left > 0; left -= many) writeSync(file, left >= many ? block : part.repeat(left));
    }
    closeSync(file);
  };
const refused = (name, what, files, refuse = {}, more = {}) => ({ name, what, files, refuse, ...more });
const io = { code: /^(io|data-invalid|invalid-option)$/ };
/** Terminal sequences: colour, title, clear, a bell. */
const ESCAPES = '\u001b[31mred\u001b[0m\u001b]0;owned\u0007\u001b[2J';

export const cases = [
  refused('empty', 'an empty file', { 'log.csv': '' }, { message: /empty|nothing|header/i }),
  refused('blank', 'blanks and empty lines alone', { 'log.csv': '\n \n\t\n\r\n' }, { message: /empty|nothing|header/i }),
  refused('mark-only', 'a byte order mark alone', { 'log.csv': '\ufeff' }, { message: /empty|nothing|header/i }),
  refused('header-only', 'a header alone', { 'log.csv': header }, { message: /no (row|event|session)|empty|nothing|remain/i }),
  refused('comments-only', 'comments alone', { 'log.csv': '# one\n# two\n' }),
  refused('empty-gzip', 'gzip of nothing', { 'log.csv.gz': gzipSync('') }, { message: /empty|nothing|header/i }),
  refused('empty-json', 'an empty .jsonl', { 'log.jsonl': '' }),
  refused('missing', 'a file that is not there', {}, { ...io, details: { path: /no\.csv$/ } }, { events: 'no.csv' }),
  refused('missing-folder', 'nor its folder', {}, io, { events: 'no/no.csv' }),
  refused('folder-empty', 'a folder with nothing', { logs: null }, { ...io, message: /no file|empty|nothing/i }, { events: 'logs' }),
  refused(
    'folder-hidden-only',
    'a folder with hidden files alone',
    { 'logs/.DS_Store': 'x', 'logs/_SUCCESS': '' },
    { ...io, message: /no file|empty|nothing/i },
    { events: 'logs' },
  ),
  refused(
    'folder-of-others',
    'a folder with a picture',
    { 'logs/a.csv': csv, 'logs/shop.png': Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1') },
    { ...io, message: /./, details: { path: /shop\.png$/ } },
    { events: 'logs' },
  ),
  refused('link-loop', 'a link to itself', { 'loop.csv': (path) => symlinkSync(path, path) }, io),
  refused('folder-loop', 'a folder that holds a link to itself', { logs: null, 'logs/back': (path) => symlinkSync('.', path) }, io, { events: 'logs' }),
  refused('fifo', 'a pipe that nobody writes to', { 'log.csv': { fifo: true } }, { ...io, details: { why: /pipe/ } }),
  refused('device', 'a device that never ends', {}, { ...io, message: /device|file/i }, { events: '/dev/zero' }),
  refused('device-null', 'a device that holds nothing', {}, io, { events: '/dev/null' }),
  {
    name: 'names',
    what: 'blanks, umlauts, quotes in the path',
    events: 'my logs/März "26" ü.csv',
    files: { 'my logs/März "26" ü.csv': csv },
    want: { log: { ...log, path: 'my logs/März "26" ü.csv' } },
  },
  { name: 'name-of-pattern', what: 'a file whose name looks like a pattern', events: 'log[1].csv', files: { 'log[1].csv': csv }, want: { log } },
  { name: 'name-with-dash', what: 'a file called -log.csv', events: './-log.csv', files: { '-log.csv': csv }, want: { log } },

  refused('cell-8-mb', 'a cell of 8 MB', { 'log.csv': big([header, 1], ['s1,', 1], ['x', 8 * MB], [',2026-01-05,view\n', 1]) }, { details: { line: '2' } }),
  refused(
    'cell-300-mb',
    'a cell of 300 MB',
    { 'log.csv': big([header, 1], ['s1,', 1], ['x', 300 * MB], [',2026-01-05,view\n', 1]) },
    { message: /--max-cell-bytes|long|bytes/ },
  ),
  refused(
    'quote-never-closed-large',
    'a quote that is never closed before 300 MB of rows',
    { 'log.csv': big([header, 1], ['s1,"A001,2026-01-05,view\n', 1], ['s1,A001,2026-01-05,view,more\n', 10 * MB]) },
    {},
  ),
  refused('line-without-end', '300 MB without an end of line', { 'log.csv': big(['session,item,time,', 16 * MB]) }, {}),
  {
    name: 'max-cell-bytes',
    what: '--max-cell-bytes',
    files: { 'log.csv': text(table([...plain, ['title', () => 'x'.repeat(2000)]])) },
    flags: ['--max-cell-bytes', '1000'],
    refuse: { message: /--max-cell-bytes/, details: { line: '2' } },
  },
  { name: 'max-read-bytes', what: '--max-read-bytes', files: { 'log.csv': csv }, flags: ['--max-read-bytes', '1000'], refuse: { says: /--max-read-bytes/ } },
  { name: 'max-rows', what: '--max-rows', files: { 'log.csv': csv }, flags: ['--max-rows', '100'], refuse: { message: /--max-rows/ } },
  {
    name: 'limits-of-nonsense',
    what: 'a limit that is no number',
    args: ['check', '--events', 'log.csv', '--max-rows', 'many'],
    files: { 'log.csv': csv },
    rc: 2,
    says: /max-rows/,
  },
  refused(
    'header-of-10-000',
    'a header of 10,000 columns, none of them usual',
    { 'log.csv': `${Array.from({ length: 10_000 }, (_, i) => `column_${i}`).join(',')}\n${'1,'.repeat(9999)}1\n` },
    { message: /--session-col/ },
  ),
  {
    name: 'header-of-10-000-and-ours',
    what: 'a header of 10,000 columns, ours among them',
    files: {
      'log.csv': text(
        table([...Array.from({ length: 5000 }, (_, i) => [`a${i}`, () => '']), ...plain, ...Array.from({ length: 5000 }, (_, i) => [`b${i}`, () => ''])]),
      ),
    },
    want: { log },
  },
  refused('empty-lines', 'twenty million empty lines', { 'log.csv': big(['\n', 20 * MB]) }, { message: /empty|nothing|header/i }),
  {
    name: 'empty-lines-within',
    what: 'twenty million empty lines among rows',
    files: { 'log.csv': (path) => big([csv, 1], ['\n', 20 * MB], ['s001,A001,2026-01-05T08:30:00Z,view\n', 1])(path) },
    want: { log: { events: log.events + 1 } },
  },
  refused('separators-alone', 'rows of separators alone', { 'log.csv': `${header}${',,,\n'.repeat(1000)}` }),
  refused('nul', 'NUL bytes alone', { 'log.csv': big(['\0', MB]) }),
  refused('nul-in-a-row', 'a NUL in an id', { 'log.csv': `${csv}s001,A\0B,2026-01-06,view\n` }, { message: /zero|NUL|control/i }),
  refused('noise', 'noise', { 'log.csv': Buffer.from(Array.from({ length: 100_000 }, (_, i) => (Math.imul(i + 1, 2_654_435_761) >>> 13) & 255)) }),
  {
    name: 'gzip-bomb',
    what: 'a quarter of a gigabyte of one letter in a quarter of a megabyte of gzip',
    files: { 'log.csv.gz': (path) => writeFileSync(path, gzipSync(Buffer.alloc(256 * MB, 'x'))) },
    refuse: {},
  },
  {
    name: 'gzip-bomb-of-members',
    what: 'eight gigabytes of one letter in gzip upon gzip',
    files: { 'log.csv.gz': (path) => writeFileSync(path, Buffer.concat(Array(8192).fill(gzipSync(Buffer.alloc(MB, 'x'))))) },
    refuse: {},
  },
  {
    name: 'gzip-bomb-of-rows',
    what: 'one row, three million times: refused or read, within bounds',
    args: ['check', '--events', 'log.csv.gz'],
    files: { 'log.csv.gz': (path) => writeFileSync(path, Buffer.concat([gzipSync(header), ...Array(3000).fill(gzipSync(row.repeat(1000)))])) },
    rc: (rc) => rc === 0 || rc === 1,
  },
  {
    name: 'gzip-in-gzip',
    what: 'gzip within gzip is refused by its name',
    files: { 'log.csv.gz': gzipSync(gzipSync(csv)) },
    refuse: { message: /gzip|twice|compress|no text/i },
  },
  {
    name: 'zstd-bomb',
    what: 'eight gigabytes of one letter in a quarter of a megabyte of zstd',
    files: { 'log.csv.zst': (path) => writeFileSync(path, zstd(header, ['x'.charCodeAt(0), 8192 * MB])) },
    refuse: {},
  },
  {
    name: 'zstd-bomb-of-lines',
    what: 'a gigabyte of empty lines in zstd',
    files: { 'log.csv.zst': (path) => writeFileSync(path, zstd(['\n'.charCodeAt(0), 1024 * MB])) },
    refuse: {},
  },
  {
    name: 'zstd-window',
    what: 'a zstd frame that asks for a window of two gigabytes',
    files: { 'log.csv.zst': Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0x00, 0x00]) },
    refuse: { code: /^(data-invalid|io)$/ },
  },
  refused('nesting', '64 MB of opened brackets', { 'log.jsonl': big(['{"a":', 1], ['[', 64 * MB]) }, {}),
  refused('nesting-objects', '8 MB of opened objects', { 'log.jsonl': big(['{"a":', (8 * MB) / 5]) }, {}),
  refused(
    'nesting-within',
    'a line that is nested 10,000 deep',
    { 'log.jsonl': `{"session":"s1","item":"A1","time":"2026-01-05","x":${'['.repeat(10_000)}${']'.repeat(10_000)}}\n` },
    { details: { line: '1' } },
  ),
  refused('json-long-line', 'a line of 300 MB', { 'log.jsonl': big(['{"a":"', 1], ['x', 300 * MB], ['"}\n', 1]) }, {}),
  refused(
    'json-many-keys',
    'a line of a million keys',
    { 'log.jsonl': (path) => writeFileSync(path, `{${Array.from({ length: 1_000_000 }, (_, i) => `"k${i}":1`).join(',')}}\n`) },
    { message: /--session-col|keys|columns|long/ },
  ),
  refused(
    'json-number',
    'a number of a million digits',
    { 'log.jsonl': `{"session":"s1","item":${'9'.repeat(1_000_000)},"time":"2026-01-05"}\n` },
    { details: { line: '1' } },
  ),

  refused(
    'escapes-in-item',
    'terminal sequences in an id',
    { 'log.csv': `${csv}s001,${ESCAPES},2026-01-06,view\n` },
    { details: { line: String(events.length + 2), column: 'item' } },
  ),
  refused('escapes-in-time', 'in a time', { 'log.csv': `${csv}s001,A001,${ESCAPES},view\n` }, { details: { column: 'time' } }),
  refused('escapes-in-kind', 'in a word', { 'log.csv': `${csv}s001,A001,2026-01-06,${ESCAPES}\n` }, { message: /--kind/ }),
  refused('escapes-in-header', 'in a header', { 'log.csv': `${ESCAPES},b,c\n1,2,3\n` }, { message: /--session-col/ }),
  refused('escapes-in-name', 'in the name of a file', {}, io, { events: `no-${ESCAPES}.csv` }),
  {
    name: 'escapes-in-words',
    what: 'in words for people, not JSON',
    args: ['check', '--events', 'log.csv'],
    files: { 'log.csv': `${csv}s001,${ESCAPES},2026-01-06,view\n` },
    rc: 1,
    says: /line|control/,
  },
  {
    name: 'escapes-in-a-title',
    what: 'in a title, which is told to people',
    args: ['check', '--events', 'log.csv'],
    files: { 'log.csv': text(table([...plain, ['title', () => `mug ${ESCAPES}`]])) },
    rc: (rc) => rc === 0 || rc === 1,
  },
  {
    name: 'escapes-in-a-session',
    what: 'in a session, which is told to people',
    args: ['check', '--events', 'log.csv'],
    files: { 'log.csv': csv.replaceAll('s001', `s001${ESCAPES}`) },
    rc: (rc) => rc === 0 || rc === 1,
  },
  refused(
    'direction-marks',
    'marks that turn the direction of writing, in a word that is unknown',
    { 'log.csv': `${csv}s001,A001,2026-01-06,\u202egnp.exe\u2066\n` },
    { message: /--kind/ },
  ),
  refused(
    'time-of-megabytes',
    'a time of a megabyte',
    { 'log.csv': `${csv}s001,A001,${'9'.repeat(MB)},view\n` },
    { details: { line: String(events.length + 2) } },
  ),
  refused('kind-of-megabytes', 'a word of a megabyte', { 'log.csv': `${csv}s001,A001,2026-01-06,${'w'.repeat(MB)}\n` }, {}),
  refused(
    'price-of-megabytes',
    'a price of a hundred thousand digits',
    { 'log.csv': text(table([...plain, ['price', (e, i) => (i === 9 ? '9'.repeat(100_000) : 1)]])) },
    { details: { line: '11', column: 'price' } },
  ),
  refused(
    'price-infinite',
    'an infinite price',
    { 'log.csv': text(table([...plain, ['price', (e, i) => (i === 9 ? '1e999' : 1)]])) },
    { details: { line: '11', column: 'price' } },
  ),
  refused('column-of-megabytes', 'a name of a column of 8 MB', { 'log.csv': big(['c', 8 * MB], [',b\n1,2\n', 1]) }, {}),
  {
    name: 'page-escaped',
    what: 'a title with a script, in the page that --html writes',
    args: ['check', '--events', 'log.csv', '--html', 'page.html'],
    files: { 'log.csv': text(table([...plain, ['title', () => '<script>alert(1)</script>']])).replaceAll('s001', '<img src=x onerror=alert(1)>') },
    after: (folder) => {
      const page = readFileSync(`${folder}/page.html`, 'utf8');
      return [
        ...(/<script>alert|<img src=x/.test(page) ? ['the page holds the script as it is'] : []),
        ...(page.includes('A001') ? [] : ['the page does not name the items']),
      ];
    },
  },
  {
    name: 'page-cannot-be-written',
    what: '--html below a file',
    files: { 'log.csv': csv },
    flags: ['--html', 'log.csv/page.html'],
    refuse: { code: 'io', details: { path: /page\.html$/ } },
  },
  { name: 'no-log-named', what: 'no --events', args: ['check'], files: {}, rc: (rc) => rc === 1 || rc === 2, says: /--events/ },
  {
    name: 'in-words',
    what: 'the same in words: what was read',
    args: ['check', '--events', 'log.csv'],
    files: { 'log.csv': csv },
    says: [new RegExp(String(log.sessions)), new RegExp(String(log.events)), /2026-01-05/],
  },
  {
    name: 'in-words-refused',
    what: 'a refusal in words',
    args: ['check', '--events', 'log.csv'],
    files: { 'log.csv': `${csv}s001,A001,soon,view\n` },
    rc: 1,
    says: [/soon/, /time/, new RegExp(String(events.length + 2))],
  },
];
