// Item lists: what they hold, and whether they fit the log.
import { gzipSync } from 'node:zlib';
import { columns, events, items, right, table } from '../shop.mjs';
import { lines, marked, text, utf16le } from '../write.mjs';

const log = right();
const csv = text(table());
const rows = (of, all = items) => text([of.map(([name]) => name), ...all.map((item, i) => of.map(([, value]) => value(item, i)))]);
const id = ['sku', (item) => item.id];
const title = ['title', (item) => item.title];
const price = ['price', (item) => item.price];
const usual = [id, title, price];
const list = { rows: 12, in_log: 12, events_known: 1, duplicates: 0, titles_cut: 0 };
const read = (name, what, content, more = {}) => ({
  name,
  what,
  files: { 'log.csv': csv, [more.file ?? 'items.csv']: content },
  list: more.file ?? 'items.csv',
  flags: more.flags,
  want: { log, list: { ...list, ...more.list } },
  notes: more.notes,
  made: more.made ?? { A001: { title: 'Mug 1', price: 2.75 }, A012: { title: 'Teapot 12', price: 30.25 } },
});
const refused = (name, what, content, refuse, flags) => ({ name, what, files: { 'log.csv': csv, 'items.csv': content }, list: 'items.csv', flags, refuse });
const again = (change) => rows(usual, [...items, { ...items[2], ...change }]);

export const cases = [
  read('plain', 'id, title, price', rows(usual), { list: { priced: 12, columns: { item: ['sku'], title: ['title'], price: ['price'] } } }),
  read(
    'all-columns',
    'category, brand, stock, group',
    rows([...usual, ['category', (i) => i.category], ['brand', (i) => i.brand], ['stock', (i) => i.stock], ['item_group_id', (i) => i.category]]),
    {
      list: { columns: { category: ['category'], brand: ['brand'], stock: ['stock'], group: ['item_group_id'] } },
      made: { A012: { category: 'Living', brand: 'West', stock: 14 } },
    },
  ),
  read(
    'semicolons',
    'semicolons and German prices',
    text([['sku', 'title', 'price'], ...items.map((i) => [i.id, i.title, `${i.price.toFixed(2).replace('.', ',')} €`])], { separator: ';' }),
    { list: { priced: 12 } },
  ),
  read('tabs', 'tabs in a file called .txt', text([['sku', 'title', 'price'], ...items.map((i) => [i.id, i.title, i.price])], { separator: '\t' }), {
    file: 'items.txt',
  }),
  read('quoted-tabs', 'tabs and quotes', text([['sku', 'title', 'price'], ...items.map((i) => [i.id, i.title, i.price])], { separator: '\t', quotes: 'all' }), {
    file: 'items.tsv',
  }),
  read('gzip', 'gzip', gzipSync(rows(usual)), { file: 'items.csv.gz' }),
  read('utf16', 'UTF-16', utf16le(marked(rows(usual)))),
  read('json-lines', 'JSON lines', lines(items.map((i) => ({ sku: i.id, title: i.title, price: i.price }))), { file: 'items.jsonl' }),
  read('json-array', 'a JSON array', JSON.stringify(items.map((i) => ({ sku: i.id, title: i.title, price: i.price }))), { file: 'items.json' }),
  read('mark-crlf', 'a byte order mark and CRLF', marked(rows(usual).replaceAll('\n', '\r\n'))),
  read('encoding-told', 'another encoding, told', Buffer.from(rows([id, ['title', (i) => `${i.title} é`], price]), 'latin1'), {
    flags: ['--items-encoding', 'windows-1252'],
    made: { A001: { title: 'Mug 1 é' } },
  }),
  refused('encoding', 'another encoding, not told', Buffer.from(rows([id, ['title', (i) => `${i.title} é`], price]), 'latin1'), {
    message: /UTF-8[\s\S]*--items-encoding/,
    details: { path: /items\.csv$/, line: '2' },
  }),
  read('columns-told', 'no header, columns told', rows(usual).split('\n').slice(1).join('\n'), { flags: ['--items-columns', 'sku,title,price'] }),
  read(
    'names-told',
    'columns with names of their own',
    rows([
      ['Artikel', id[1]],
      ['Bezeichnung', title[1]],
      ['Preis', price[1]],
      ['Warengruppe', (i) => i.category],
      ['Marke', (i) => i.brand],
      ['Bestand', (i) => i.stock],
    ]),
    {
      flags: [
        '--item-col',
        'Artikel',
        '--title-col',
        'Bezeichnung',
        '--price-col',
        'Preis',
        '--category-col',
        'Warengruppe',
        '--brand-col',
        'Marke',
        '--stock-col',
        'Bestand',
      ],
      list: { columns: { item: ['Artikel'], price: ['Preis'], stock: ['Bestand'] } },
    },
  ),
  refused(
    'names-unknown',
    'names of their own, not told',
    rows([
      ['Artikel', id[1]],
      ['Bezeichnung', title[1]],
    ]),
    { message: /--item-col/ },
  ),
  read('html-titles', 'titles as web pages write them', rows([id, ['title', (i) => `${i.title} &amp; more`], price]), {
    made: { A001: { title: 'Mug 1 & more' } },
  }),
  read('long-title', 'a title of 5,000 letters is cut and counted', rows([id, ['title', (i) => (i.id === 'A003' ? 'x'.repeat(5000) : i.title)], price]), {
    list: { titles_cut: 1 },
    notes: ['titles-cut'],
    made: { A003: { title: (title) => /^x+…?$/.test(title) && Buffer.byteLength(title) <= 4096 && title.length > 4000 } },
  }),
  read('line-in-title', 'an end of line in a title', rows([id, ['title', (i) => `${i.title}\nnew`], price]), { made: { A001: { title: 'Mug 1 new' } } }),
  read('no-title', 'a list without titles', rows([id, price]), { made: { A001: { price: 2.75 } } }),
  read('some-prices', 'some without a price', rows([id, title, ['price', (i, n) => (n < 4 ? '' : i.price)]]), {
    list: { priced: 8 },
    made: { A012: { price: 30.25 } },
  }),
  refused('price-word', 'a price that is a word', rows([id, title, ['price', (i) => (i.id === 'A005' ? 'on request' : i.price)]]), {
    details: { path: /items\.csv$/, line: '6', column: 'price', value: 'on request' },
  }),
  ...[
    ['text', 'a category', (i) => i.category, 'Kitchen'],
    ['path', 'a category as a path', (i) => `Home > ${i.category} > ${i.brand}`, 'Home > Kitchen > Nord'],
    ['path-html', 'a path as web pages write it', (i) => `Home &gt; ${i.category}`, 'Home > Kitchen'],
    ['path-narrow', 'a path without blanks', (i) => `Home>${i.category}`, /^Home ?> ?Kitchen$/],
    ['json', 'several in a JSON list', (i) => JSON.stringify([i.category, 'Sale']), 'Kitchen'],
    ['python', 'several as Python prints them', (i) => `['${i.category}', 'Sale']`, 'Kitchen'],
    ['ampersand', 'a category with a comma and an ampersand', (i) => `${i.category}, Home &amp; Garden`, (category) => category.startsWith('Kitchen')],
  ].map(([name, what, category, want]) =>
    read(`category-${name}`, what, rows([...usual, ['category', category]]), {
      list: { columns: { category: ['category'] } },
      made: { A001: { category: want } },
    }),
  ),
  read('category-level', 'one level of a path', rows([...usual, ['category', (i) => `Home > ${i.category} > ${i.brand}`]]), {
    flags: ['--category-level', '2'],
    made: { A001: { category: 'Kitchen' }, A012: { category: 'Living' } },
  }),
  read('brand-and-stock', 'brand and stock', rows([...usual, ['brand', (i) => i.brand], ['stock', (i) => i.stock]]), {
    made: { A001: { brand: 'Nord', stock: 3 }, A002: { brand: 'Sued', stock: 4 } },
  }),
  read('stock-as-float', 'stock as 3.0000, as databases print it', rows([...usual, ['stock', (i) => `${i.stock}.0000`]]), { made: { A001: { stock: 3 } } }),
  refused('stock-word', 'stock as a word: line, column, and how to go on without', rows([...usual, ['stock', () => 'in stock']]), {
    message: /--stock-col ''/,
    details: { line: '2', column: 'stock', value: 'in stock' },
  }),
  refused('stock-none', 'a column that is not there', rows(usual), { message: /stock/ }, ['--stock-col', 'inventory']),

  read('twice-the-same', 'the same row twice is one', rows(usual, [...items, items[2]]), {
    list: { rows: (n) => n === 12 || n === 13, duplicates: 1 },
    notes: 'any',
  }),
  refused('twice', 'an id twice with other values: both lines', again({ title: 'Other' }), {
    code: /^(data-invalid|catalog-duplicate-id)$/,
    message: /--duplicates/,
    details: { path: /items\.csv$/, key: 'A003', first: 'line 4', second: 'line 14' },
  }),
  read('twice-first', '--duplicates first', again({ title: 'Other' }), {
    flags: ['--duplicates', 'first'],
    list: { rows: (n) => n === 12 || n === 13, duplicates: 1 },
    notes: 'any',
    made: { A003: { title: 'Lamp 3' } },
  }),
  read('twice-last', '--duplicates last', again({ title: 'Other' }), {
    flags: ['--duplicates', 'last'],
    list: { rows: (n) => n === 12 || n === 13, duplicates: 1 },
    notes: 'any',
    made: { A003: { title: 'Other' } },
  }),

  {
    name: 'leading-zeros-lost',
    what: 'no id in common: refused with one of each and --key-col',
    files: { 'log.csv': text(table([columns.session, ['item', (e) => `000${e.number}`], columns.time])), 'items.csv': rows([['sku', (i) => i.number], title]) },
    list: 'items.csv',
    refuse: { message: /--key-col/, details: (all) => Object.values(all).join(' ').includes('000586') && /(^|\D)58\d\d/.test(Object.values(all).join(' ')) },
  },
  {
    name: 'hardly-meet',
    what: 'few ids in common are told',
    files: { 'log.csv': csv, 'items.csv': rows(usual, [items[0], ...Array.from({ length: 40 }, (_, n) => ({ ...items[1], id: `B${n}` }))]) },
    list: 'items.csv',
    want: {
      log,
      list: { rows: 41, in_log: 1, events_known: (share) => Math.abs(share - events.filter((e) => e.id === 'A001').length / events.length) < 0.006 },
    },
    notes: ['ids-hardly-meet'],
  },
  {
    name: 'key-column',
    what: 'the log has numbers, the shop shows codes: --key-col',
    files: { 'log.csv': text(table([columns.session, ['item', (e) => e.number], columns.time])), 'items.csv': rows([id, ['number', (i) => i.number], title]) },
    list: 'items.csv',
    flags: ['--key-col', 'number'],
    want: { log: right(events, { kind: 'view' }), list },
    made: { A001: { title: 'Mug 1' } },
  },
  {
    name: 'list-is-larger',
    what: 'a list with items that nobody looked at',
    files: { 'log.csv': csv, 'items.csv': rows(usual, [...items, ...Array.from({ length: 5 }, (_, n) => ({ ...items[1], id: `B${n}` }))]) },
    list: 'items.csv',
    want: { log, list: { rows: 17, in_log: 12, events_known: 1 } },
  },
  {
    name: 'list-is-smaller',
    what: 'a list that lacks some items',
    files: { 'log.csv': csv, 'items.csv': rows(usual, items.slice(0, 9)) },
    list: 'items.csv',
    want: { log, list: { rows: 9, in_log: 9, events_known: (share) => Math.abs(share - events.filter((e) => e.id <= 'A009').length / events.length) < 0.006 } },
    notes: 'any',
  },
  refused('empty', 'an empty list', '', {}),
  refused('header-only', 'a list with a header alone', 'sku,title\n', {}),
  refused('too-few', 'a row with too few values', `${rows(usual)}A013,Lost\n`, { details: { path: /items\.csv$/, line: '14' } }),
  { name: 'missing', what: 'a list that is not there', files: { 'log.csv': csv }, list: 'no.csv', refuse: { code: 'io', details: { path: /no\.csv$/ } } },
  read('id-blanks', 'blanks around ids', rows([['sku', (i) => ` ${i.id} `], title, price])),
  {
    name: 'ids-as-floats',
    what: 'ids as floats in the list alone',
    files: {
      'log.csv': text(table([columns.session, ['item', (e) => e.number], columns.time])),
      'items.csv': rows([['sku', (i) => `${i.number}.0`], title, price]),
    },
    list: 'items.csv',
    want: { log: right(events, { kind: 'view' }), list },
    notes: 'any',
    made: { 5861: { title: 'Mug 1', price: 2.75 } },
  },
];
