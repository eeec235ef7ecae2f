// Prices, quantities and titles: what the bundle holds in the end.
import { columns, events, items, orders, plain, right, table } from '../shop.mjs';
import { text } from '../write.mjs';

const log = right();
const dear = (item) => item.price * 1000 - 250;
/** Prices from 2,500 to 30,000, each ending on .50: with marks of thousands and a decimal one. */
const amount = (item) => dear(item) + 0.5;
const grouped = (value, thousands, decimal) => {
  const [whole, part] = value.toFixed(2).split('.');
  return `${whole.replaceAll(/\B(?=(\d{3})+$)/g, thousands)}${decimal}${part}`;
};
const catalog = (of, prices) => Object.fromEntries(of.map((item) => [item.id, { price: prices(item) }]));
const priced = (name, what, write, prices, more = {}) => ({
  name,
  what,
  files: { 'log.csv': text(table([...plain, ['price', write]]), more.options) },
  flags: more.flags,
  want: { log: { ...log, columns: { price: ['price'] } } },
  made: catalog(items, prices),
});
const titled = (name, what, title, want, more = {}) => ({
  name,
  what,
  files: { 'log.csv': text(table([...plain, ['title', title]])) },
  want: { log: { ...log, top_items: (top) => top.every((one) => one.title === want(items.find((item) => item.id === one.item))) } },
  ...more,
});
const sold = right(orders);
const till = (of, all = orders) => text(table([['invoice', (e) => e.session], columns.item, columns.quantity, columns.time, ...of], all));
const returned = orders.map((e, i) => (i % 10 === 3 ? { ...e, quantity: -1 } : e));
const kept = returned.filter((e) => e.quantity > 0);
const purchases = ['--kind', 'purchase'];

export const cases = [
  priced(
    'point',
    'a point',
    (e) => e.price,
    (item) => item.price,
  ),
  priced(
    'comma',
    'a comma',
    (e) => e.price.toFixed(2).replace('.', ','),
    (item) => item.price,
    { options: { separator: ';' } },
  ),
  priced(
    'pounds',
    '£ before',
    (e) => `£${e.price.toFixed(2)}`,
    (item) => item.price,
  ),
  priced('dollars', '$ before, commas for thousands', (e) => `$${grouped(amount(e), ',', '.')}`, amount),
  priced('euros', '€ behind, points for thousands', (e) => `${grouped(amount(e), '.', ',')} €`, amount, { options: { separator: ';' } }),
  priced('kroner', 'kr behind, blanks for thousands', (e) => `${grouped(amount(e), ' ', ',')} kr`, amount, { options: { separator: ';' } }),
  priced('francs', 'CHF before, apostrophes', (e) => `CHF ${grouped(amount(e), '’', '.')}`, amount),
  priced(
    'code',
    'a code before',
    (e) => `EUR ${e.price.toFixed(2)}`,
    (item) => item.price,
  ),
  priced('hard-blanks', 'a hard blank for thousands', (e) => `${grouped(amount(e), '\u00a0', ',')} €`, amount, { options: { separator: ';' } }),
  priced(
    'whole',
    'whole numbers',
    (e) => Math.round(e.price),
    (item) => Math.round(item.price),
  ),
  priced(
    'thousands-only',
    'told that the comma is decimal, 1.234 is a thousand',
    (e) => grouped(amount(e), '.', ',').replace(/,\d+$/, ''),
    (item) => Math.floor(amount(item)),
    { options: { separator: ';' }, flags: ['--decimal-mark', ','] },
  ),
  priced(
    'three-decimals',
    'told that the point is decimal, 2.750 is not two thousand',
    (e) => e.price.toFixed(3),
    (item) => item.price,
    { flags: ['--decimal-mark', '.'] },
  ),
  priced(
    'some-without',
    'rows without a price',
    (e, i) => (i % 5 === 0 ? '' : e.price),
    (item) => item.price,
  ),
  priced('apostrophe', 'a plain apostrophe for thousands', (e) => grouped(amount(e), "'", '.'), amount),
  priced(
    'millions',
    'two marks of thousands',
    (e) => `$${grouped(amount(e) * 1000, ',', '.')}`,
    (item) => amount(item) * 1000,
  ),
  priced(
    'zero',
    'a price of 0 among others',
    (e, i) => (i === 3 ? 0 : e.price),
    (item) => item.price,
  ),
  priced(
    'mixed-lengths',
    'whole amounts and cents in one column',
    (e) => (e.price % 1 === 0.25 ? e.price.toFixed(2) : e.price.toFixed(0)),
    (item) => (item.price % 1 === 0.25 ? item.price : Math.round(item.price)),
  ),
  priced(
    'whole-thousands',
    'commas for thousands alone',
    (e) => grouped(dear(e), ',', '.').replace('.00', ''),
    (item) => Math.floor(dear(item)),
  ),
  {
    name: 'two-readings',
    what: '6.500 can be read in two ways, all rows alike: refused with the flag',
    files: { 'log.csv': text(table([...plain, ['price', (e) => `${e.number - 5850}.500`]]), { separator: ';' }) },
    refuse: { message: /--decimal-mark/, details: { column: 'price' } },
  },
  {
    name: 'mark-unknown',
    what: 'a decimal mark that is none',
    files: { 'log.csv': text(table([...plain, columns.price])) },
    args: ['check', '--events', 'log.csv', '--decimal-mark', ';'],
    rc: 2,
    says: /decimal-mark/,
  },
  {
    name: 'no-number',
    what: 'a price that is a word: line and column, and how to go on without',
    files: { 'log.csv': text(table([...plain, ['price', (e, i) => (i === 20 ? 'on request' : e.price)]])) },
    refuse: { message: /price/, details: { line: '22', column: 'price', value: 'on request' } },
  },
  {
    name: 'no-column',
    what: '--event-price-col "" leaves the column alone',
    files: { 'log.csv': text(table([...plain, ['price', () => 'on request']])) },
    flags: ['--event-price-col', ''],
    want: { log: { ...log, columns: { price: [] } } },
  },

  {
    name: 'orders',
    what: 'a till’s log',
    files: { 'log.csv': till([]) },
    flags: purchases,
    want: { log: { ...sold, columns: { quantity: ['quantity'], session: ['invoice'] } } },
  },
  {
    name: 'returns',
    what: 'rows with a negative quantity are returns',
    files: { 'log.csv': till([], returned) },
    flags: purchases,
    want: { log: { ...right(kept), rows: returned.length, left_out: { ...log.left_out, returns: returned.length - kept.length } } },
  },
  {
    name: 'returns-cancelled',
    what: 'invoices with C before the number are cancellations',
    files: { 'log.csv': text(table([['InvoiceNo', (e, i) => (i % 10 === 3 ? `C${e.sessionNumber}` : e.sessionNumber)], columns.item, columns.time], orders)) },
    flags: purchases,
    want: { log: { ...right(kept), rows: returned.length, left_out: { ...log.left_out, returns: returned.length - kept.length } } },
  },
  {
    name: 'returns-all',
    what: 'where all invoices begin with C, none is a cancellation',
    files: { 'log.csv': text(table([['InvoiceNo', (e) => `C${e.sessionNumber}`], columns.item, columns.time], orders)) },
    flags: purchases,
    want: { log: sold },
    notes: ['returns-kept'],
  },
  {
    name: 'returns-all-ch',
    what: 'so with CH-',
    files: { 'log.csv': text(table([['InvoiceNo', (e) => `CH-${e.sessionNumber}`], columns.item, columns.time], orders)) },
    flags: purchases,
    want: { log: sold },
    notes: 'any',
  },
  {
    name: 'quantity-all-zero',
    what: 'a quantity that is always 0 tells nothing',
    files: {
      'log.csv': till(
        [],
        orders.map((e) => ({ ...e, quantity: 0 })),
      ),
    },
    flags: purchases,
    want: { log: sold },
    notes: ['returns-kept'],
  },
  {
    name: 'quantity-comma',
    what: 'weights with a comma',
    files: { 'log.csv': text(table([columns.session, columns.item, ['quantity', () => '1,5'], columns.time], orders), { separator: ';' }) },
    flags: purchases,
    want: { log: sold },
  },
  {
    name: 'quantity-word',
    what: 'a quantity that is a word',
    files: {
      'log.csv': till(
        [],
        orders.map((e, i) => (i === 5 ? { ...e, quantity: 'six' } : e)),
      ),
    },
    flags: purchases,
    refuse: { details: { line: '7', column: 'quantity', value: 'six' } },
  },

  titled(
    'html',
    'titles as web pages write them',
    (e) => `${e.title} &amp; more &quot;new&quot; caf&eacute; &#8364;5`,
    (item) => `${item.title} & more "new" café €5`,
  ),
  titled(
    'html-twice',
    'written so twice, read once',
    (e) => `${e.title} &amp;amp; more`,
    (item) => `${item.title} &amp; more`,
    { notes: 'any' },
  ),
  titled(
    'ampersand',
    'an & that stands for itself',
    (e) => `${e.title} & Co`,
    (item) => `${item.title} & Co`,
  ),
  titled(
    'blanks',
    'blanks before and after a title',
    (e) => `  ${e.title}  `,
    (item) => item.title,
  ),
  titled(
    'most-often',
    'the title that an item has most often',
    (e, i) => (i % 4 === 0 ? `old ${e.title}` : e.title),
    (item) => item.title,
  ),
  titled(
    'missing',
    'a title that only some rows have',
    (e, i) => (i % 3 === 0 ? 'NULL' : i % 3 === 1 ? '' : e.title),
    (item) => item.title,
    { notes: 'any' },
  ),
  {
    name: 'letters-beyond',
    what: 'a title is cut between letters, not within one',
    files: { 'log.csv': text(table([...plain, ['title', () => `x${'é'.repeat(3000)}`]], events)) },
    want: { log },
    notes: ['titles-cut'],
    made: { A001: { title: (title) => /^xé+…?$/.test(title) && Buffer.byteLength(title) <= 4096 && title.length > 2000 } },
  },
];
