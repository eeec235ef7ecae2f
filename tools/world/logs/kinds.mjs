// Words for what happened. The same log, with the words of each tool.
import { columns, count, events, right, table } from '../shop.mjs';
import { text } from '../write.mjs';

const log = right();
const of = count(events, (e) => e.kind);
const said = (word, all = events, name = 'event') => text(table([columns.session, columns.item, columns.time, [name, word]], all));
/** The words of a tool for the three kinds. */
const known = (name, view, cart, purchase, more = {}) => ({
  name,
  what: `${view}, ${cart}, ${purchase}`,
  files: { 'log.csv': said((e) => ({ view, 'cart-add': cart, purchase })[e.kind]) },
  want: {
    log: {
      ...log,
      words: (words) =>
        [
          [view, 'view'],
          [cart, 'cart-add'],
          [purchase, 'purchase'],
        ].every(([word, kind]) => words.some((one) => one.word === word && one.kind === kind && one.rows === of[kind])),
    },
  },
  ...more,
});
const at = '2026-01-05T08:30:00Z';
const plus = (...words) => said((e) => e.kind) + words.map((word) => `s001,A001,${at.replace('30:00', `3${word.length % 10}:00`)},${word}\n`).join('');
/** Rows of a word are left out. */
const skipped = (name, ...words) => ({
  name,
  what: `${words.join(', ')}: nothing that an item is liked by`,
  files: { 'log.csv': plus(...words) },
  want: { log: { ...log, rows: log.rows + words.length, left_out: { ...log.left_out, skipped: words.length } } },
});
/** Kinds of products, none of which is a word for an event. */
const things = ['Mug', 'Tray', 'Lamp', 'Bowl', 'Clock', 'Vase', 'Towel', 'Hamper', 'Candle', 'Cushion', 'Frame', 'Teapot'];
const unknown = events.map((e, i) => ({ ...e, kind: i % 10 === 0 ? 'gifted' : i % 10 === 1 ? 'swiped' : e.kind }));

export const cases = [
  known('own', 'view', 'cart-add', 'purchase'),
  known('ga4', 'view_item', 'add_to_cart', 'purchase'),
  known('segment', 'Product Viewed', 'Product Added', 'Order Completed'),
  known('segment-warehouse', 'product_viewed', 'product_added', 'order_completed'),
  known('snowplow', 'product_view', 'add_to_cart', 'transaction'),
  {
    name: 'matomo',
    what: 'action, ecommerceOrder',
    files: {
      'log.csv': said(
        (e) => ({ view: 'action', purchase: 'ecommerceOrder' })[e.kind],
        events.filter((e) => e.kind !== 'cart-add'),
      ),
    },
    want: { log: { kinds: { view: of.view, purchase: of.purchase } } },
  },
  known('shopify', 'product_viewed', 'product_added_to_cart', 'checkout_completed'),
  known('adobe-commerce', 'product-page-view', 'add-to-cart', 'place-order'),
  known('personalize', 'View', 'AddToCart', 'Purchase'),
  known('algolia', 'view', 'addToCart', 'purchase'),
  known('google-retail', 'detail-page-view', 'add-to-cart', 'purchase-complete'),
  known('rees46', 'view', 'cart', 'purchase'),
  known('otto', 'clicks', 'carts', 'orders'),
  known('retailrocket', 'view', 'addtocart', 'transaction'),
  known('capitals', 'VIEW', 'ADD_TO_CART', 'PURCHASE'),
  {
    name: 'clicks-alone',
    what: 'clicks, as RecBole’s logs have them',
    files: { 'log.csv': said(() => 'click') },
    want: { log: right(events, { kind: 'view' }) },
  },
  {
    name: 'removed',
    what: 'Product Removed, remove_from_cart',
    files: { 'log.csv': plus('Product Removed', 'remove_from_cart') },
    want: { log: { kinds: { ...log.kinds, 'cart-remove': 2 } } },
  },
  skipped('ga4-others', 'session_start', 'begin_checkout', 'user_engagement', 'scroll'),
  skipped('segment-others', 'Cart Viewed', 'Checkout Started', 'Products Searched'),
  {
    name: 'refund',
    what: 'a refund is no purchase',
    files: { 'log.csv': plus('refund') },
    want: { log: { ...log, rows: log.rows + 1, left_out: (all) => all.skipped + all.returns === 1 } },
  },
  {
    name: 'unknown',
    what: 'all unknown words in one refusal, with their counts and the flag',
    files: { 'log.csv': said((e) => e.kind, unknown) },
    refuse: {
      message: /--kind-word/,
      details: {
        words: new RegExp(
          `(?=[\\s\\S]*gifted[\\s\\S]*${unknown.filter((e) => e.kind === 'gifted').length})(?=[\\s\\S]*swiped[\\s\\S]*${unknown.filter((e) => e.kind === 'swiped').length})`,
        ),
      },
    },
  },
  {
    name: 'unknown-told',
    what: 'told what they are, they are read',
    files: { 'log.csv': said((e) => e.kind, unknown) },
    flags: ['--kind-word', 'gifted=purchase', '--kind-word', 'swiped=skip'],
    want: {
      log: {
        rows: log.rows,
        words: (words) => words.some((one) => one.word === 'swiped' && one.kind === 'skip'),
        left_out: { ...log.left_out, skipped: unknown.filter((e) => e.kind === 'swiped').length },
      },
    },
  },
  {
    name: 'unknown-half-told',
    what: 'the refusal names those that are left',
    files: { 'log.csv': said((e) => e.kind, unknown) },
    flags: ['--kind-word', 'gifted=purchase'],
    refuse: { details: { words: /swiped/ } },
  },
  {
    name: 'told-over-known',
    what: 'what is told comes before what is known',
    files: { 'log.csv': said((e) => e.kind) },
    flags: ['--kind-word', 'cart-add=view'],
    want: { log: { kinds: { view: of.view + of['cart-add'], purchase: of.purchase } } },
  },
  {
    name: 'told-wrongly',
    what: 'a kind that is none is refused',
    files: { 'log.csv': said((e) => e.kind) },
    flags: ['--kind-word', 'view=glance'],
    refuse: { code: 'invalid-option', message: /kind-word/ },
  },
  {
    name: 'product-type',
    what: 'a column type with kinds of product: both ways on are named',
    files: { 'log.csv': said((e) => things[e.number - 5861], events, 'type') },
    refuse: { message: /(?=[\s\S]*--kind-col)(?=[\s\S]*--kind-word)/ },
  },
  {
    name: 'product-type-none',
    what: '--kind-col "" reads it',
    files: { 'log.csv': said((e) => e.title.split(' ')[0], events, 'type') },
    flags: ['--kind-col', ''],
    want: { log: { ...right(events, { kind: 'view' }), columns: { kind: [] } } },
  },
  {
    name: 'none-told',
    what: '--kind for a log without kinds',
    files: { 'log.csv': text(table([columns.session, columns.item, columns.time])) },
    flags: ['--kind', 'purchase'],
    want: { log: right(events, { kind: 'purchase' }) },
  },
  { name: 'empty', what: 'a row without a word is of the told kind', files: { 'log.csv': said((e) => (e.kind === 'view' ? '' : e.kind)) }, want: { log } },
  {
    name: 'others-first',
    what: 'a thousand rows of pages before the first of a product',
    files: {
      'log.csv': text([
        ['session', 'item', 'time', 'event'],
        ...Array.from({ length: 1000 }, (_, i) => [`s${i % 50}`, '', at, 'page_view']),
        ...events.map((e) => [e.session, e.id, e.at, e.kind]),
      ]),
    },
    want: { log: { ...log, rows: log.rows + 1000, left_out: (all) => all.skipped + all.no_item === 1000 } },
  },
  {
    name: 'two-columns-of-words',
    what: 'of two columns the one with words for products is taken',
    files: { 'log.csv': text(table([columns.session, columns.item, columns.time, ['event', () => 'track'], ['event_name', (e) => e.kind]])) },
    want: { log: { ...log, columns: { kind: ['event_name'] } } },
  },
  {
    name: 'numbers',
    what: 'numbers for kinds are refused, and told are read',
    files: { 'log.csv': said((e) => ({ view: 1, 'cart-add': 2, purchase: 3 })[e.kind]) },
    refuse: { message: /--kind-word/ },
  },
  {
    name: 'numbers-told',
    what: 'the same, told',
    files: { 'log.csv': said((e) => ({ view: 1, 'cart-add': 2, purchase: 3 })[e.kind]) },
    flags: ['--kind-word', '1=view', '--kind-word', '2=cart-add', '--kind-word', '3=purchase'],
    want: { log },
  },
  {
    name: 'many-words',
    what: 'a column of a thousand words is not printed whole',
    files: { 'log.csv': said((e, i) => `word-${i}-${'x'.repeat(60)}`) },
    refuse: { message: /--kind/ },
  },
  {
    name: 'one-unknown-row',
    what: 'one unknown word among many rows is found at the end as well',
    files: { 'log.csv': plus('teleported') },
    refuse: { details: { words: /teleported/ } },
  },
];
