// Public data sets, with the columns that they have.
import { bySession, csv, log, purchases, read, sold, viewed, views, word } from '../exported.mjs';
import { events, iso, orders, right, stamp } from '../shop.mjs';
import { latin1, lines, text } from '../write.mjs';

const american = (e) => {
  const d = new Date(e.at);
  return `${d.getUTCMonth() + 1}/${d.getUTCDate()}/${d.getUTCFullYear()} ${d.getUTCHours()}:${String(d.getUTCMinutes()).padStart(2, '0')}`;
};
const uci = (names, date) => [
  [names[0], (e) => e.sessionNumber],
  ['StockCode', (e) => e.id],
  ['Description', (e) => `${e.title.toUpperCase()} `],
  ['Quantity', (e) => e.quantity],
  ['InvoiceDate', date],
  [names[1], (e) => e.price],
  [names[2], (e) => `${17_000 + (e.sessionNumber % 30)}.0`],
  ['Country', () => 'United Kingdom'],
];
const invoices = ['InvoiceNo', 'UnitPrice', 'CustomerID'];
const second = ['Invoice', 'Price', 'Customer ID'];
const minutes = (ms) => iso(ms - (ms % 60_000));
const cancelled = orders.slice(0, 5).map((e) => ({ ...e, sessionNumber: `C${e.sessionNumber}`, quantity: -e.quantity }));
const rees = [
  ['event_time', (e) => `${stamp(e.at)} UTC`],
  ['event_type', word('view', 'cart', 'purchase')],
  ['product_id', (e) => e.number],
  ['category_id', () => '2053013555631882655'],
  ['category_code', (e, i) => (i % 2 ? 'furniture.kitchen' : '')],
  ['brand', (e) => e.brand],
  ['price', (e) => e.price.toFixed(2)],
  ['user_id', (e) => 541_312_000 + Number(e.visitor.slice(1))],
  ['user_session', (e) => `72d76fde-8bb3-4e00-8c23-a032dfed${e.sessionNumber}`],
];
const rocket = [
  ['timestamp', (e) => e.at],
  ['visitorid', (e) => Number(e.visitor.slice(1))],
  ['event', word('view', 'addtocart', 'transaction')],
  ['itemid', (e) => e.number],
  ['transactionid', (e) => (e.kind === 'purchase' ? e.sessionNumber : '')],
];
const adressa = (e, i) => ({
  eventId: 1_000_000 + i,
  city: 'trondheim',
  activeTime: 12,
  url: `http://adressa.no/${e.id}`,
  referrerHostClass: 'internal',
  userId: `cx:${e.visitor}`,
  sessionStart: false,
  sessionStop: false,
  time: e.at / 1000,
  title: e.title,
  category0: 'nyheter',
  id: e.id,
  documentId: e.id,
});
const yoochoose = text(views.map((e) => [e.sessionNumber, `${iso(e.at).replace('Z', '.000Z')}`, e.number, '0']));
const diginetica = [
  ['sessionId', (e) => e.sessionNumber],
  ['userId', () => 'NA'],
  ['itemId', (e) => e.number],
  ['timeframe', (e) => e.at - views.find((other) => other.session === e.session).at],
  ['eventdate', (e) => iso(views.find((other) => other.session === e.session).at).slice(0, 10)],
];
const day = (e) => iso(e.at).slice(0, 10);
const perDay = right(
  orders.map((e) => ({ ...e, at: Date.parse(day(e)) })),
  { session: (e) => `${e.visitor} ${iso(e.at)}` },
);
const taobao = text(events.map((e) => [e.visitor.slice(1), e.number, 4_145_813, word('pv', 'cart', 'buy')(e), e.at / 1000]));
const coveo = [
  ['session_id_hash', (e) => e.session],
  ['event_type', () => 'event_product'],
  ['product_action', word('detail', 'add', 'purchase')],
  ['product_sku_hash', (e) => e.id],
  ['server_timestamp_epoch_ms', (e) => e.at],
  ['hashed_url', () => 'x'],
];

export const cases = [
  {
    name: 'online-retail',
    what: 'UCI’s Online Retail: 12/1/2010 8:26 is refused with the flag',
    files: { 'log.csv': csv(uci(invoices, american), orders) },
    flags: purchases,
    refuse: { message: /--time-format/, details: { column: 'InvoiceDate', line: '2' } },
  },
  read('online-retail-told', 'and read with it; cancellations are left out', csv(uci(invoices, american), [...orders, ...cancelled]), {
    flags: [...purchases, '--time-format', '%m/%d/%Y %H:%M'],
    log: {
      ...sold,
      rows: orders.length + 5,
      from: minutes(orders[0].at),
      to: minutes(orders.at(-1).at),
      left_out: { ...log.left_out, returns: 5 },
      columns: { session: ['InvoiceNo'], item: ['StockCode'], title: ['Description'], price: ['UnitPrice'] },
    },
    made: { A001: { title: 'MUG 1', price: 2.75 } },
  }),
  read(
    'online-retail-2',
    'its second part, where names have blanks',
    csv(
      uci(second, (e) => stamp(e.at)),
      orders,
    ),
    { flags: purchases, log: { ...sold, columns: { session: ['Invoice'], item: ['StockCode'], price: ['Price'] } } },
  ),
  {
    name: 'online-retail-latin1',
    what: 'its copies in windows-1252, with a pound sign',
    files: {
      'log.csv': latin1(
        csv(
          uci(second, (e) => stamp(e.at)),
          orders,
        ).replace('LAMP 3 ', 'LAMP £3 '),
      ),
    },
    flags: purchases,
    refuse: { message: /UTF-8[\s\S]*--encoding/ },
  },
  read('rees46', 'REES46', csv(rees), {
    log: { columns: { session: ['user_session'], item: ['product_id'], time: ['event_time'], kind: ['event_type'], price: ['price'] } },
  }),
  read(
    'otto',
    'OTTO',
    lines(
      bySession.map((of) => ({
        session: of[0].sessionNumber,
        events: of.map((e) => ({ aid: e.number, ts: e.at, type: word('clicks', 'carts', 'orders')(e) })),
      })),
    ),
    { file: 'train.jsonl' },
  ),
  read('retailrocket', 'RetailRocket', csv(rocket), {
    log: { columns: { session: ['visitorid'], item: ['itemid'], time: ['timestamp'], kind: ['event'] } },
    notes: ['visitors-cut'],
  }),
  read(
    'recbole',
    'RecBole’s .inter: types after the names',
    csv(
      [
        ['session_id:token', (e) => e.sessionNumber],
        ['item_id:token', (e) => e.number],
        ['timestamp:float', (e) => (e.at / 1000).toFixed(1)],
      ],
      views,
      { separator: '\t' },
    ),
    { file: 'shop.inter', log: { ...viewed, columns: { session: ['session_id:token'], item: ['item_id:token'], time: ['timestamp:float'] } } },
  ),
  read(
    'recbole-users',
    'the same with users and ratings',
    csv(
      [
        ['user_id:token', (e) => e.visitor],
        ['item_id:token', (e) => e.number],
        ['rating:float', () => '5.0'],
        ['timestamp:float', (e) => e.at / 1000],
      ],
      views,
      { separator: '\t' },
    ),
    { file: 'shop.inter', log: viewed, notes: ['visitors-cut'] },
  ),
  { name: 'yoochoose', what: 'yoochoose: no header', files: { 'yoochoose-clicks.dat': yoochoose }, refuse: { message: /first line[\s\S]*--columns/ } },
  read('yoochoose-told', 'its columns told', yoochoose, { file: 'yoochoose-clicks.dat', flags: ['--columns', 'session,time,item,category'], log: viewed }),
  read('diginetica', 'diginetica: semicolons, the order within a session told', csv(diginetica, views, { separator: ';' }), {
    file: 'train-item-views.csv',
    flags: ['--time-col', 'timeframe', '--time-format', 'order'],
    log: {
      rows: views.length,
      events: views.length,
      sessions: viewed.sessions,
      items: viewed.items,
      kinds: viewed.kinds,
      from: () => true,
      to: () => true,
      session_events: {},
    },
    notes: 'any',
  }),
  read('adressa', 'Adressa’s news', lines(views.map(adressa)), {
    file: '20260105',
    flags: ['--event-item-col', 'id'],
    log: { ...viewed, columns: { session: ['userId'], item: ['id'], time: ['time'] } },
    notes: ['visitors-cut'],
  }),
  read(
    'criteo',
    'Criteo’s columns, tabs',
    csv(
      [
        ['user_id', (e) => e.visitor],
        ['session_id', (e) => e.session],
        ['product_id', (e) => e.number],
        ['timestamp', (e) => e.at / 1000],
        ['event_type', word('view', 'basket', 'sale')],
        ['product_price', (e) => e.price],
      ],
      events,
      { separator: '\t' },
    ),
    { file: 'criteo.txt', log: { columns: { session: ['session_id'], item: ['product_id'] } } },
  ),
  {
    name: 'instacart',
    what: 'Instacart’s orders have no time: refused with the flag',
    files: {
      'order_products__prior.csv': csv(
        [
          ['order_id', (e) => e.sessionNumber],
          ['product_id', (e) => e.number],
          ['add_to_cart_order', (e, i) => i + 1],
          ['reordered', () => 1],
        ],
        orders,
      ),
    },
    flags: purchases,
    refuse: { message: /--time-col/ },
  },
  read(
    'instacart-told',
    'and read, told that only the order counts',
    csv(
      [
        ['order_id', (e) => e.sessionNumber],
        ['product_id', (e) => e.number],
        ['add_to_cart_order', (e, i) => i + 1],
        ['reordered', () => 1],
      ],
      orders,
    ),
    { flags: [...purchases, '--time-col', 'add_to_cart_order', '--time-format', 'order'], log: { ...sold, from: () => true, to: () => true }, notes: 'any' },
  ),
  read(
    'dunnhumby',
    'dunnhumby’s baskets: days are numbers',
    csv(
      [
        ['BASKET_ID', (e) => e.sessionNumber],
        ['DAY', (e) => 1 + Math.floor((e.at - orders[0].at) / 86_400_000)],
        ['PRODUCT_ID', (e) => e.number],
        ['QUANTITY', (e) => e.quantity],
        ['SALES_VALUE', (e) => e.price],
      ],
      orders,
    ),
    { flags: [...purchases, '--time-col', 'DAY', '--time-format', 'order'], log: { ...sold, from: () => true, to: () => true }, notes: 'any' },
  ),
  read(
    'h-and-m',
    'H&M’s purchases: days, customers, ids with zeros',
    csv(
      [
        ['t_dat', day],
        ['customer_id', (e) => e.visitor],
        ['article_id', (e) => `0${e.number}`],
        ['price', (e) => e.price / 100],
        ['sales_channel_id', () => 2],
      ],
      orders,
    ),
    {
      flags: [...purchases, '--time-col', 't_dat'],
      log: { ...perDay, session_events: {}, columns: { session: ['customer_id'], item: ['article_id'] } },
      notes: 'any',
      made: { '05861': {} },
    },
  ),
  { name: 'taobao', what: 'Taobao’s behaviour: no header', files: { 'UserBehavior.csv': taobao }, refuse: { message: /first line[\s\S]*--columns/ } },
  read('taobao-told', 'its columns told: pv, cart, buy', taobao, {
    file: 'UserBehavior.csv',
    flags: ['--columns', 'user_id,item_id,category_id,behavior,timestamp'],
    log: { columns: { kind: ['behavior'] } },
    notes: ['visitors-cut'],
  }),
  read(
    'movielens',
    'MovieLens: items have a name of their own',
    csv(
      [
        ['userId', (e) => e.visitor.slice(1)],
        ['movieId', (e) => e.number],
        ['rating', () => 4.5],
        ['timestamp', (e) => e.at / 1000],
      ],
      views,
    ),
    { file: 'ratings.csv', flags: ['--event-item-col', 'movieId'], log: viewed, notes: ['visitors-cut'] },
  ),
  {
    name: 'movielens-1m',
    what: 'MovieLens’ older files, two colons between: refused, and nothing is made up',
    files: { 'ratings.dat': views.map((e) => `${e.visitor.slice(1)}::${e.number}::5::${e.at / 1000}\n`).join('') },
    refuse: {},
  },
  read(
    'amazon-reviews',
    'Amazon’s reviews of 2023',
    csv(
      [
        ['user_id', (e) => e.visitor],
        ['parent_asin', (e) => e.id],
        ['rating', () => '5.0'],
        ['timestamp', (e) => e.at],
      ],
      views,
    ),
    { log: { ...viewed, columns: { item: ['parent_asin'] } }, notes: ['visitors-cut'] },
  ),
  read('coveo', 'Coveo’s sessions: detail, add, purchase', csv(coveo, events), {
    flags: [
      '--session-col',
      'session_id_hash',
      '--event-item-col',
      'product_sku_hash',
      '--time-col',
      'server_timestamp_epoch_ms',
      '--kind-col',
      'product_action',
    ],
  }),
  read(
    'dressipi',
    'Dressipi’s sessions',
    csv(
      [
        ['session_id', (e) => e.sessionNumber],
        ['item_id', (e) => e.number],
        ['date', (e) => `${stamp(e.at)}.000`],
      ],
      views,
    ),
    { file: 'train_sessions.csv', log: { ...viewed, columns: { time: ['date'] } } },
  ),
];
