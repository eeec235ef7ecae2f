// Situations that people reported of other tools, rebuilt small: data that was misread without a word, or a word that did not help.
import { columns, events, items, orders, plain, right, stamp, table } from '../shop.mjs';
import { lines, marked, text } from '../write.mjs';

const log = right();
const csv = text(table());
const two = (number) => String(number).padStart(2, '0');
const european = (ms) => {
  const d = new Date(ms);
  return `${two(d.getUTCDate())}/${two(d.getUTCMonth() + 1)}/${d.getUTCFullYear()} ${stamp(ms).slice(11)}`;
};
/** Twenty days of events, so that days beyond the twelfth occur. */
const spread = events.map((e) => ({ ...e, at: e.at + (e.sessionNumber - 7001) * 6 * 3_600_000 }));
const param = (key, value) => ({ key, value: typeof value === 'number' ? { string_value: null, int_value: value } : { string_value: value, int_value: null } });
const paramed = (e) => ({
  event_timestamp: e.at * 1000,
  event_name: e.kind,
  user_pseudo_id: e.visitor,
  event_params: [param('ga_session_id', e.sessionNumber % 2 ? e.sessionNumber : String(e.sessionNumber))],
  items: [{ item_id: e.id }],
});
const bought = events.filter((e) => e.kind === 'purchase');

export const cases = [
  // A web analytics export: a session id that counts the second of its start, and two visitors who came in the same second.
  {
    name: 'two-visitors-one-second',
    what: 'visitors who came in the same second are not one session',
    files: {
      'log.csv': text(
        table([
          ['event_timestamp', (e) => e.at * 1000],
          ['user_pseudo_id', (e) => e.visitor],
          ['ga_session_id', (e) => 1_767_600_000 + (((e.sessionNumber - 7001) % 30) >> 1) + (e.sessionNumber < 7031 ? 0 : 90_000)],
          ['event_name', (e) => ({ view: 'view_item', 'cart-add': 'add_to_cart', purchase: 'purchase' })[e.kind]],
          ['item_id', (e) => e.id],
        ]),
      ),
    },
    want: { log },
    notes: ['session-and-visitor'],
  },
  // The same export: a parameter that is a number in some events and a word in others.
  {
    name: 'session-number-or-word',
    what: 'a session that is a number in one event and a word in the next',
    files: { 'log.json': lines(events.map(paramed)) },
    want: { log: { ...log, left_out: log.left_out } },
    notes: ['session-and-visitor'],
  },
  // A table library that read the first days as months, and the others, which cannot be months, as days.
  {
    name: 'days-and-months',
    what: 'days and months are not swapped in the middle of a file',
    files: { 'log.csv': text(table([columns.session, columns.item, ['time', (e) => european(e.at)], columns.kind], spread)) },
    refuse: { message: /--time-format/, details: { line: '2', column: 'time' } },
  },
  {
    name: 'days-and-months-told',
    what: 'told once, all rows are read the same way',
    files: { 'log.csv': text(table([columns.session, columns.item, ['time', (e) => european(e.at)], columns.kind], spread)) },
    flags: ['--time-format', '%d/%m/%Y %H:%M:%S'],
    want: { log: right(spread) },
  },
  // A reader of text that hung at 20" in a file with tabs, which an old stock system had written.
  {
    name: 'inches-in-tabs',
    what: 'descriptions like 20" and "20 in a file with tabs',
    files: {
      'stock.tsv': text(
        table([
          columns.session,
          ['description', (e, i) => (i === 17 ? '"20 inch tray' : i === 60 ? 'tray 20"' : e.title)],
          columns.item,
          columns.time,
          columns.kind,
        ]),
        { separator: '\t', quotes: 'none' },
      ),
    },
    want: { log },
    notes: [{ code: 'stray-quote', details: { line: '19' } }],
  },
  // A reader that dropped a quote's line and all after it, and reported fewer rows.
  {
    name: 'quote-in-the-last-line',
    what: 'a quote that is opened in the last line does not swallow it',
    files: { 'log.csv': text(table([...plain, ['title', (e, i) => (i === events.length - 1 ? '"tray' : `"${e.title}"`)]]), { quotes: 'none' }) },
    want: { log },
    notes: ['stray-quote'],
  },
  // A database that found another separator at row k, and took all rows before, the header too, for a preamble.
  {
    name: 'wider-from-row-100',
    what: 'rows that become wider in the middle are refused, and no row before is lost',
    files: {
      'log.csv': text([
        ...table().slice(0, 101),
        ...table()
          .slice(101)
          .map((row) => [...row, 'new']),
      ]),
    },
    refuse: { details: { line: '102' } },
  },
  {
    name: 'semicolon-in-a-value',
    what: 'one semicolon in one value changes no separator',
    files: { 'log.csv': text(table([...plain, ['title', (e, i) => (i === 2 ? 'mug; blue' : e.title)]])) },
    want: { log: { ...log, files: [{ separator: ',' }] } },
  },
  // The same database took bars for commas.
  {
    name: 'bars-with-commas-in-values',
    what: 'bars between, commas within',
    files: {
      'log.csv': text(table([['session', (e) => e.session], ['title', (e) => `${e.title}, blue, new, sale`], columns.item, columns.time, columns.kind]), {
        separator: '|',
      }),
    },
    want: { log: { ...log, files: [{ separator: '|' }] } },
  },
  // A table whose ids became floats when some were missing: they met nothing in the other table.
  {
    name: 'missing-ids-make-floats',
    what: 'ids with gaps, saved as floats, still meet the list',
    files: {
      'log.csv': text(table([columns.session, ['item', (e, i) => (i % 20 === 7 ? '' : `${e.number}.0`)], columns.time, columns.kind])),
      'items.csv': text([['id', 'name'], ...items.map((item) => [item.number, item.title])]),
    },
    list: 'items.csv',
    want: { log: { rows: log.rows, left_out: { no_item: events.filter((e, i) => i % 20 === 7).length } }, list: { in_log: 12, events_known: 1 } },
    notes: ['ids-as-floats'],
    made: { 5861: { title: 'Mug 1' } },
  },
  // Ids of twenty digits: one table took them for unsigned numbers, the other for words, and nothing was joined.
  {
    name: 'twenty-digits',
    what: 'ids of twenty digits, in quotes here and without there',
    files: {
      'log.csv': text(table([columns.session, ['item', (e) => `1012442000103450${e.number}`], columns.time, columns.kind])),
      'items.csv': text(
        [
          ['id', 'name'],
          ...items.map((item) => [`2012440000101190${item.number}`, item.title]),
          ...items.map((item) => [`1012442000103450${item.number}`, item.title]),
        ],
        { quotes: 'all' },
      ),
    },
    list: 'items.csv',
    want: { log, list: { rows: 24, in_log: 12, events_known: 1 } },
  },
  // A spreadsheet saves a byte order mark, and the first column is never found by its name.
  {
    name: 'mark-before-the-first-name',
    what: 'the first column is found by its name after a mark',
    files: { 'log.csv': marked(csv) },
    flags: ['--session-col', 'session'],
    want: { log: { ...log, columns: { session: ['session'] } } },
  },
  // A shop's import: 0017 became 17 when the list was opened in an office program.
  {
    name: 'sku-0017',
    what: 'a list whose leading zeros an office program ate: refused with one id of each',
    files: {
      'log.csv': text(table([columns.session, ['sku', (e) => `00${e.number - 5844}`], columns.time, columns.kind])),
      'items.csv': text([['sku', 'name'], ...items.map((item) => [item.number - 5844, item.title])]),
    },
    list: 'items.csv',
    refuse: {
      details: (all) => Object.values(all).some((value) => /\b00\d\d\b/.test(value)) && Object.values(all).some((value) => /\b(1[7-9]|2[0-8])\b/.test(value)),
    },
  },
  // A shop's export that wrote 90.75 for the SKU 90.750.
  {
    name: 'sku-90-750',
    what: 'ids like 90.750 keep their zeros',
    files: { 'log.csv': text(table([columns.session, ['sku', (e) => `90.${(e.number - 5860) * 10}`], columns.time, columns.kind])) },
    want: { log: { ...log, top_items: (top) => top.every((one) => /^90\.\d+0$/.test(one.item)) } },
  },
  // Codes with an E that a spreadsheet showed as numbers: 219E01BE is one, 2.19E+26 none.
  {
    name: 'codes-219E01BE',
    what: 'codes with an E are words',
    files: { 'log.csv': text(table([columns.session, ['item', (e) => `219E0${e.number % 10}${e.number % 2 ? '' : 'BE'}`], columns.time, columns.kind])) },
    want: { log: { ...log, items: new Set(events.map((e) => `219E0${e.number % 10}${e.number % 2 ? '' : 'BE'}`)).size } },
  },
  {
    name: 'codes-2-19E26',
    what: 'what a spreadsheet made of them is refused',
    files: { 'log.csv': text(table([columns.session, ['item', (e, i) => (i % 9 === 4 ? '2.19E+26' : e.id)], columns.time, columns.kind])) },
    refuse: { details: { line: '6', column: 'item', value: '2.19E+26' } },
  },
  // A cluster that splits rows at ends of line within quotes, and counts more rows than there are.
  {
    name: 'line-breaks-in-titles',
    what: 'titles over several lines make no rows of their own',
    files: {
      'log.csv': text(table([columns.session, ['title', (e) => `${e.title}\r\nblue, new\n\n"sale"`], columns.item, columns.time, columns.kind]), {
        eol: '\r\n',
      }),
    },
    want: { log },
  },
  // Two letters that many readers take for nothing: the country of Windhoek.
  {
    name: 'country-na',
    what: 'NA in a column that is not asked for loses no row',
    files: { 'log.csv': text(table([columns.session, ['country', (e, i) => (i % 3 ? 'DE' : 'NA')], columns.item, columns.time, columns.kind])) },
    want: { log },
  },
  // Interaction files with types in their header: "timestamp does not exist", said the tool, of a column that was there.
  {
    name: 'typed-header',
    what: 'a header with types is understood',
    files: {
      'shop.inter': text(
        table([
          ['user_id:token', (e) => e.visitor],
          ['item_id:token', (e) => e.id],
          ['rating:float', () => 5],
          ['timestamp:float', (e) => e.at / 1000],
        ]),
        { separator: '\t' },
      ),
    },
    want: { log: right(events, { kind: 'view' }) },
    notes: ['visitors-cut'],
  },
  {
    name: 'typed-header-blanks',
    what: 'the same with blanks for tabs is refused, and the header is shown',
    files: {
      'shop.inter': text(
        table([
          ['user_id:token', (e) => e.visitor],
          ['item_id:token', (e) => e.id],
          ['timestamp:float', (e) => e.at / 1000],
        ]),
        { separator: '   ', quotes: 'none' },
      ),
    },
    refuse: { message: /--session-col|separat/, details: { columns: /user_id:token/ } },
  },
  // A data set of visitors over months, and the question on its forum how to cut it into sessions.
  {
    name: 'visitors-over-months',
    what: 'visitors over months are cut at half an hour, and it is said',
    files: {
      'events.csv': text(
        table([
          ['timestamp', (e) => e.at],
          ['visitorid', (e) => e.visitor],
          ['event', (e) => ({ view: 'view', 'cart-add': 'addtocart', purchase: 'transaction' })[e.kind]],
          ['itemid', (e) => e.id],
          ['transactionid', () => ''],
        ]),
      ),
    },
    want: { log },
    notes: ['visitors-cut'],
  },
  // An order's later lines have no status and no time, and were taken for other orders.
  {
    name: 'orders-of-several-lines',
    what: 'an order’s later lines take the time of its first',
    files: {
      'orders.csv': text(
        table(
          [
            ['Name', (e) => `#${e.sessionNumber}`],
            ['Financial Status', (e, i) => (i && orders[i - 1].session === e.session ? '' : 'paid')],
            ['Created at', (e, i) => (i && orders[i - 1].session === e.session ? '' : `${stamp(e.at)} +0000`)],
            ['Lineitem quantity', () => 1],
            ['Lineitem name', (e) => e.title],
            ['Lineitem price', (e) => e.price],
            ['Lineitem sku', (e) => e.id],
          ],
          orders,
        ),
      ),
    },
    want: { log: right(orders) },
    notes: ['times-carried'],
  },
  // SKUs of which some are numbers and some begin with those numbers: a database gave 310001BKL the data of 310001.
  {
    name: 'numbers-and-numbers-with-letters',
    what: '310001 and 310001BKL are two products',
    files: {
      'log.csv': text(
        table([columns.session, ['sku', (e) => (e.number % 2 ? '310001' : '310001BKL') + (e.number > 5866 ? '9' : '')], columns.time, columns.kind]),
      ),
      'items.csv': 'sku,name\n310001,Shirt\n310001BKL,Shirt L\n3100019,Coat\n310001BKL9,Coat L\n',
    },
    list: 'items.csv',
    want: { log: { items: 4 }, list: { rows: 4, in_log: 4 } },
    notes: 'any',
    made: { 310001: { title: 'Shirt' }, '310001BKL': { title: 'Shirt L' } },
  },
  // A catalog with HTML in quotes, quotes doubled, which an importer took apart at the commas.
  {
    name: 'html-in-descriptions',
    what: 'HTML with commas and quotes between the columns that count',
    files: {
      'log.csv': csv,
      'items.csv': text([
        ['sku', 'name', 'description', 'price'],
        ...items.map((item) => [item.id, item.title, `<p class="description"><b>Set</b>: 2015, "Mega"<br>\n<b>Size</b>: 5/6</p>`, item.price]),
      ]),
    },
    list: 'items.csv',
    want: { log, list: { rows: 12, priced: 12, in_log: 12 } },
    made: { A012: { title: 'Teapot 12', price: 30.25 } },
  },
  // A page that thanks for an order, loaded again: the purchase is logged once more.
  {
    name: 'thank-you-page-loaded-again',
    what: 'purchases logged twice are told',
    files: { 'log.csv': text(table(plain, [...events, ...bought, ...bought])) },
    want: { log: { rows: log.rows + 2 * bought.length, sessions: log.sessions, duplicates: 2 * bought.length } },
    notes: ['duplicates'],
  },
  // A file with a separator at the end of each line but the header's: a table library took the first column for row names, and
  // all others moved by one.
  {
    name: 'separator-at-the-end-of-rows',
    what: 'a separator too many at the end of each row moves no column',
    files: {
      'log.csv': text([
        ...table().slice(0, 1),
        ...table()
          .slice(1)
          .map((row) => [...row, '']),
      ]),
    },
    want: { log },
    notes: 'any',
  },
  // Times in seconds and in milliseconds in one file, since one of two apps was changed.
  {
    name: 'seconds-and-milliseconds',
    what: 'seconds in some rows, milliseconds in others',
    files: { 'log.csv': text(table([columns.session, columns.item, ['time', (e, i) => (i % 2 ? e.at : e.at / 1000)], columns.kind])) },
    want: { log },
  },
];
