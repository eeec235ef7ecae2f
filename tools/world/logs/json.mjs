// JSON: one event a line, several in a line, nested, or one array.
import { count, events, iso, objects, plain, right } from '../shop.mjs';
import { lines, marked } from '../write.mjs';

const log = right();
const told = (content, want = {}, name = 'log.jsonl') => ({
  files: { [name]: content },
  want: { log: { ...log, files: [{ format: 'json-lines' }], ...want } },
});
const flat = lines(objects());
const all = flat.split('\n');
/** The log with a line of its own at line `at`. */
const put = (line, at) => [...all.slice(0, at - 1), line, ...all.slice(at - 1)].join('\n');
const bySession = [...new Set(events.map((e) => e.session))].map((session) => events.filter((e) => e.session === session));
/** The two most frequent items. */
const often = Object.entries(count(events, (e) => e.id))
  .sort((a, b) => b[1] - a[1])
  .map(([id]) => id);
const otto = { view: 'clicks', 'cart-add': 'carts', purchase: 'orders' };
const param = (key, value) => ({ key, value: typeof value === 'number' ? { int_value: value } : { string_value: value } });

export const cases = [
  { name: 'flat', what: 'one event a line', ...told(flat) },
  { name: 'ndjson', what: 'the same as .ndjson', ...told(flat, {}, 'log.ndjson') },
  { name: 'dot-json', what: 'JSON lines in a file called .json', ...told(flat, {}, 'log.json') },
  { name: 'named-txt', what: 'JSON lines in a file called .txt', ...told(flat, {}, 'log.txt') },
  { name: 'crlf-and-blank-lines', what: 'CRLF, empty lines', ...told(lines(objects(), '\r\n\r\n')) },
  { name: 'mark', what: 'a byte order mark', ...told(marked(flat)) },
  { name: 'no-end', what: 'no end of line at the end', ...told(flat.trimEnd()) },
  { name: 'array', what: 'one array of objects', ...told(JSON.stringify(objects()), { files: (files) => files.length === 1 }, 'log.json') },
  { name: 'array-pretty', what: 'the same over many lines', ...told(JSON.stringify(objects(), null, 2), { files: (files) => files.length === 1 }, 'log.json') },
  {
    name: 'array-mark',
    what: 'with blanks and a mark before it',
    ...told(marked(`\n  ${JSON.stringify(objects())}\n`), { files: (files) => files.length === 1 }, 'log.json'),
  },
  { name: 'array-empty', what: 'an empty array is refused', files: { 'log.json': '[]' }, refuse: {} },
  {
    name: 'array-cut',
    what: 'an array that ends too early is refused',
    files: { 'log.json': JSON.stringify(objects()).slice(0, -30) },
    refuse: { message: /JSON|end/i },
  },
  {
    name: 'numbers',
    what: 'ids and times as numbers',
    ...told(lines(events.map((e) => ({ session: e.sessionNumber, item: e.number, time: e.at, event: e.kind })))),
  },
  {
    name: 'numbers-beyond-doubles',
    what: 'ids beyond 2^53 keep every digit',
    ...told(flat.replaceAll(`"${often[0]}"`, '9007199254740993').replaceAll(`"${often[1]}"`, '17000000000000000003'), {
      top_items: (top) => ['9007199254740993', '17000000000000000003'].every((id) => top.some((one) => one.item === id)),
    }),
  },
  {
    name: 'floats',
    what: 'ids written 5863.0',
    ...told(lines(events.map((e) => ({ session: e.session, item: e.number, time: e.at, event: e.kind }))).replaceAll(/"item":(\d+)/g, '"item":$1.0'), {
      top_items: (top) => top.every((one) => /^58\d\d$/.test(one.item)),
    }),
    notes: 'any',
  },
  {
    name: 'escapes',
    what: 'letters as \\u escapes',
    ...told(lines(objects([...plain, ['title', () => 'Café']])).replaceAll('é', '\\u00e9'), { top_items: (top) => top.every((one) => one.title === 'Café') }),
  },
  {
    name: 'keys-in-any-order',
    what: 'keys in any order, others among them',
    ...told(
      lines(
        events.map((e, i) =>
          i % 2
            ? { session: e.session, item: e.id, time: iso(e.at), event: e.kind }
            : { page: { url: '/x' }, event: e.kind, time: iso(e.at), item: e.id, tags: ['a'], session: e.session },
        ),
      ),
    ),
  },
  {
    name: 'key-appears-late',
    what: 'a key that only later lines have',
    ...told(lines(events.map((e, i) => ({ session: e.session, item: e.id, time: iso(e.at), event: e.kind, ...(i > 200 ? { price: e.price } : {}) }))), {
      columns: { price: ['price'] },
    }),
  },
  {
    name: 'null-and-missing',
    what: 'null, "" and a missing key are nothing',
    files: {
      'log.jsonl': `${flat}{"session":null,"item":"A001","time":"2026-01-06","event":"view"}\n{"session":"s1","item":"","time":"2026-01-06","event":"view"}\n{"session":"s1","time":"2026-01-06","event":"view"}\n{"session":"s2","item":"A001","time":null,"event":"view"}\n`,
    },
    want: { log: { ...log, rows: log.rows + 4, left_out: { ...log.left_out, no_session: 1, no_item: 2, no_time: 1 } } },
  },
  {
    name: 'nested-told',
    what: 'nested values by their path',
    files: {
      'log.jsonl': lines(events.map((e) => ({ who: { visit: e.session }, what: { product: { id: e.id, title: e.title } }, when: iso(e.at), did: e.kind }))),
    },
    flags: [
      '--session-col',
      'who.visit',
      '--event-item-col',
      'what.product.id',
      '--event-title-col',
      'what.product.title',
      '--time-col',
      'when',
      '--kind-col',
      'did',
    ],
    want: { log: { ...log, columns: { session: ['who.visit'], item: ['what.product.id'], time: ['when'] } } },
  },
  {
    name: 'dotted-keys-told',
    what: 'keys that have points in their names',
    files: { 'log.jsonl': lines(events.map((e) => ({ 'who.visit': e.session, 'what.id': e.id, time: iso(e.at), event: e.kind }))) },
    flags: ['--session-col', 'who.visit', '--event-item-col', 'what.id'],
    want: { log },
  },
  {
    name: 'list-in-a-line',
    what: 'a session a line with its events in a list',
    files: { 'log.jsonl': lines(bySession.map((of) => ({ session: of[0].session, events: of.map((e) => ({ item: e.id, time: iso(e.at), event: e.kind })) }))) },
    want: { log },
  },
  {
    name: 'list-of-items-told',
    what: 'an order a line with its items in a list',
    files: {
      'log.jsonl': lines(bySession.map((of) => ({ order: of[0].session, time: iso(of[0].at), items: of.map((e) => ({ sku: e.id, qty: e.quantity })) }))),
    },
    flags: ['--session-col', 'order', '--event-item-col', 'items.sku', '--quantity-col', 'items.qty', '--kind', 'purchase'],
    want: { log: { events: events.length, sessions: log.sessions, items: log.items, kinds: { purchase: events.length } } },
    notes: 'any',
  },
  {
    name: 'list-of-ids-told',
    what: 'an order a line with its ids in a list',
    files: { 'log.jsonl': lines(bySession.map((of) => ({ order: of[0].session, time: iso(of[0].at), skus: of.map((e) => e.id) }))) },
    flags: ['--session-col', 'order', '--event-item-col', 'skus'],
    want: { log: { events: events.length, sessions: log.sessions, items: log.items, kinds: { view: events.length } } },
    notes: 'any',
  },
  {
    name: 'pairs-told',
    what: 'a list of key and value is a map',
    files: {
      'log.jsonl': lines(events.map((e) => ({ name: e.kind, at: e.at * 1000, params: [param('page', '/x'), param('visit', e.session), param('sku', e.id)] }))),
    },
    flags: ['--session-col', 'params.visit', '--event-item-col', 'params.sku', '--time-col', 'at', '--kind-col', 'name'],
    want: { log },
  },
  {
    name: 'first-line-of-200-kb',
    what: 'a first line of 200 KB',
    files: { 'log.jsonl': lines(objects().map((row, i) => (i ? row : { page: 'x'.repeat(200_000), ...row }))) },
    want: { log },
  },
  {
    name: 'first-object-of-200-kb',
    what: 'a first object of 200 KB in an array',
    files: { 'log.json': JSON.stringify(objects().map((row, i) => (i ? row : { page: 'x'.repeat(200_000), ...row }))) },
    want: { log },
  },
  {
    name: 'session-of-4000-events',
    what: 'a first line with thousands of events in a list',
    files: {
      'log.jsonl': lines([
        { session: 1, events: Array.from({ length: 4000 }, (_, i) => ({ aid: 5861 + (i % 12), ts: events[0].at + i * 1000, type: 'clicks' })) },
        ...bySession.map((of) => ({ session: of[0].sessionNumber, events: of.map((e) => ({ aid: e.number, ts: e.at, type: otto[e.kind] })) })),
      ]),
    },
    want: { log: { events: 4000 + log.events, sessions: log.sessions + 1 } },
    notes: ['bots'],
  },
  {
    name: 'others-first',
    what: 'a thousand views of pages before the first of a product',
    files: {
      'log.jsonl': lines([
        ...Array.from({ length: 1000 }, (_, i) => ({ session: `s${i % 50}`, time: iso(events[0].at + i * 1000), event: 'page_view', page: '/' })),
        ...objects(),
      ]),
    },
    want: { log: { ...log, rows: (n) => n >= log.rows, left_out: (all) => all.skipped + all.no_item === 1000, columns: { item: ['item'] } } },
  },
  {
    name: 'otto',
    what: 'OTTO’s shape',
    files: {
      'otto.jsonl': lines(bySession.map((of) => ({ session: of[0].sessionNumber, events: of.map((e) => ({ aid: e.number, ts: e.at, type: otto[e.kind] })) }))),
    },
    want: { log },
  },
  {
    name: 'wrapped',
    what: 'all events in a list within one object, as an interface answers',
    ...told(JSON.stringify({ meta: { page: 1 }, events: objects() }), {}, 'log.json'),
  },
  { name: 'wrapped-pretty', what: 'the same over many lines', ...told(JSON.stringify({ data: objects(), total: 256 }, null, 1), {}, 'log.json') },
  {
    name: 'elasticsearch',
    what: 'Elasticsearch’s documents, one a line',
    ...told(lines(objects().map((row) => ({ _index: 'logs', _id: 'x', _source: row })))),
  },
  {
    name: 'elasticsearch-answer',
    what: 'Elasticsearch’s answer to a query',
    ...told(JSON.stringify({ took: 1, hits: { total: { value: 256 }, hits: objects().map((row) => ({ _index: 'logs', _source: row })) } }), {}, 'log.json'),
  },
  {
    name: 'mongodb-told',
    what: 'MongoDB’s dates and long numbers',
    files: {
      'log.json': lines(events.map((e) => ({ session: e.session, item: { $numberLong: String(e.number) }, time: { $date: iso(e.at) }, event: e.kind }))),
    },
    flags: ['--event-item-col', 'item.$numberLong', '--time-col', 'time.$date'],
    want: { log },
  },
  {
    name: 'no-ends-of-line',
    what: 'objects one after the other without ends of line are all read',
    files: {
      'log.json': objects()
        .map((row) => JSON.stringify(row))
        .join(''),
    },
    want: { log },
  },
  {
    name: 'nan',
    what: 'NaN, which Python writes, is no JSON: the line is told',
    files: { 'log.jsonl': put('{"session":"s1","item":"A001","time":"2026-01-06","event":"view","price":NaN}', 9) },
    refuse: { details: { line: '9' } },
  },
  {
    name: 'python',
    what: 'what Python prints of a dictionary is no JSON',
    files: { 'log.jsonl': flat.replaceAll('"', "'") },
    refuse: { details: { line: '1' } },
  },
  {
    name: 'array-trailing-comma',
    what: 'a comma after the last object',
    files: { 'log.json': `[${all.slice(0, -1).join(',\n')},\n]` },
    refuse: { message: /JSON/ },
  },
  {
    name: 'broken',
    what: 'a broken line is refused by its number',
    files: { 'log.jsonl': put('{"session":"s1",', 12) },
    refuse: { message: /JSON/, details: { line: '12' } },
  },
  {
    name: 'broken-skipped',
    what: '--bad-rows skip counts it',
    files: { 'log.jsonl': put('{"session":"s1",', 12) },
    flags: ['--bad-rows', 'skip'],
    want: { log: { ...log, rows: (n) => n >= log.rows, left_out: { ...log.left_out, bad_rows: 1 } } },
    notes: 'any',
  },
  { name: 'cut', what: 'a last line that ends too early', files: { 'log.jsonl': flat.slice(0, -20) }, refuse: { details: { line: String(events.length) } } },
  { name: 'not-an-object', what: 'a line that is a number', files: { 'log.jsonl': put('17', 3) }, refuse: { details: { line: '3' } } },
  {
    name: 'two-in-a-line',
    what: 'two objects in one line are both read',
    files: { 'log.jsonl': [...all.slice(0, 2), `${all[2]}${all[3]}`, ...all.slice(4)].join('\n') },
    want: { log },
  },
  {
    name: 'half-in-a-line',
    what: 'an object and half of one in one line are not half read',
    files: { 'log.jsonl': put(`${all[0]}${all[1].slice(0, -9)}`, 3) },
    refuse: { message: /JSON/, details: { line: '3' } },
  },
  {
    name: 'bad-value',
    what: 'a bad value with line and column',
    files: { 'log.jsonl': put('{"session":"s1","item":"A001","time":"soon","event":"view"}', 7) },
    refuse: { details: { line: '7', column: 'time', value: 'soon' } },
  },
  {
    name: 'object-for-id',
    what: 'an object where an id is wanted is no id, and counted',
    files: { 'log.jsonl': put('{"session":"s1","item":{"a":1},"time":"2026-01-06","event":"view"}', 7) },
    want: { log: { ...log, rows: log.rows + 1, left_out: { ...log.left_out, no_item: 1 } } },
  },
  {
    name: 'no-usual-names',
    what: 'keys with names of their own are refused by the flag',
    files: { 'log.jsonl': lines(events.map((e) => ({ wer: e.session, was: e.id, wann: iso(e.at) }))) },
    refuse: { message: /--session-col/ },
  },
];
