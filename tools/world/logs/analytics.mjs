// Exports of tools that count visits, as whole files: found without a flag wherever the names say enough.
import { bySession, csv, first, log, read, sold, titles, viewed, word } from '../exported.mjs';
import { events, iso, orders, stamp } from '../shop.mjs';
import { lines } from '../write.mjs';

// GA4, BigQuery.
const gaSession = (e) => 1_767_600_000 + (((e.sessionNumber - 7001) % 30) >> 1) * 60 + (e.sessionNumber < 7031 ? 0 : 86_400);
const gaWords = word('view_item', 'add_to_cart', 'purchase');
const gaItem = (e) => ({
  item_id: e.id,
  item_name: e.title,
  item_brand: e.brand,
  item_variant: '(not set)',
  item_category: e.category,
  price: e.price,
  quantity: String(e.quantity),
  item_params: [],
});
/** As `bq extract` writes it: whole numbers in quotes. */
const ga4 = (e, more = {}) => ({
  event_date: iso(e.at).slice(0, 10).replaceAll('-', ''),
  event_timestamp: String(e.at * 1000),
  event_name: gaWords(e),
  event_params: [
    { key: 'page_location', value: { string_value: `https://shop.example/p/${e.id}` } },
    { key: 'engagement_time_msec', value: { int_value: '1200' } },
    { key: 'ga_session_id', value: { int_value: String(gaSession(e)) } },
    { key: 'ga_session_number', value: { int_value: '1' } },
  ],
  user_pseudo_id: `${e.visitor}.1767`,
  user_properties: [],
  device: { category: 'mobile', web_info: { browser: 'Chrome' } },
  geo: { country: 'Germany' },
  ecommerce: { total_item_quantity: String(e.quantity) },
  items: [gaItem(e)],
  ...more,
});
const gaOthers = [
  { ...ga4(events[0]), event_name: 'session_start', items: [] },
  { ...ga4(events[1]), event_name: 'page_view', items: [] },
  { ...ga4(events[2]), event_name: 'scroll', items: [] },
];
const gaColumns = { session: ['user_pseudo_id', 'event_params.ga_session_id'], item: ['items.item_id'], time: ['event_timestamp'], kind: ['event_name'] };
const gaFlat = [
  ['event_date', (e) => iso(e.at).slice(0, 10).replaceAll('-', '')],
  ['event_timestamp', (e) => e.at * 1000],
  ['event_name', gaWords],
  ['user_pseudo_id', (e) => `${e.visitor}.1767`],
  ['ga_session_id', gaSession],
  ['item_id', (e) => e.id],
  ['item_name', (e) => e.title],
  ['item_category', (e) => e.category],
  ['price', (e) => e.price],
  ['quantity', (e) => e.quantity],
];

// Google Retail.
const retailWords = word('detail-page-view', 'add-to-cart', 'purchase-complete');
const retail = (e) => ({
  eventType: retailWords(e),
  visitorId: e.visitor,
  sessionId: e.session,
  eventTime: iso(e.at),
  attributionToken: 'x',
  productDetails: [{ product: { id: e.id }, quantity: e.quantity }],
  ...(e.kind === 'purchase' ? { purchaseTransaction: { id: 't1', revenue: e.price, currencyCode: 'EUR' } } : {}),
  userInfo: { userAgent: 'Mozilla/5.0' },
});

/** Matomo: visits with their actions in a list. */
const matomo = bySession.map((of) => ({
  idSite: '1',
  idVisit: String(of[0].sessionNumber),
  visitorId: of[0].visitor,
  visitorType: 'new',
  actions: String(of.length),
  actionDetails: of
    .filter((e) => e.kind === 'view')
    .map((e, i) => ({
      type: 'action',
      url: `https://shop.example/${e.id}`,
      pageTitle: e.title,
      pageviewPosition: String(i + 1),
      productViewName: e.title,
      productViewSku: e.id,
      productViewPrice: e.price,
      productViewCategories: [e.category],
      timestamp: e.at / 1000,
      serverTimePretty: 'Jan 5, 2026',
    })),
}));

const segment = [
  ['id', (e, i) => `ajs-${i}`],
  ['received_at', (e) => stamp(e.at + 2000)],
  ['uuid_ts', (e) => stamp(e.at + 9000)],
  ['anonymous_id', (e) => e.visitor],
  ['user_id', () => ''],
  ['event', word('product_viewed', 'product_added', 'order_completed')],
  ['event_text', word('Product Viewed', 'Product Added', 'Order Completed')],
  ['context_page_url', (e) => `https://shop.example/${e.id}`],
  ['product_id', (e) => e.id],
  ['name', (e) => e.title],
  ['price', (e) => e.price],
  ['quantity', (e) => e.quantity],
  ['timestamp', (e) => stamp(e.at)],
];
const snowplow = [
  ['app_id', () => 'shop'],
  ['platform', () => 'web'],
  ['etl_tstamp', (e) => `${stamp(e.at + 60_000)}.000`],
  ['collector_tstamp', (e) => `${stamp(e.at + 1000)}.123`],
  ['dvce_created_tstamp', (e) => `${stamp(e.at)}.000`],
  ['event', () => 'unstruct'],
  ['event_id', (e, i) => `0a1b-${i}`],
  ['domain_userid', (e) => e.visitor],
  ['domain_sessionidx', (e) => (e.sessionNumber < 7031 ? 1 : 2)],
  ['network_userid', (e) => e.visitor],
  ['page_url', (e) => `https://shop.example/${e.id}`],
  ['event_name', word('product_view', 'add_to_cart', 'transaction')],
  ['derived_tstamp', (e) => stamp(e.at)],
  ['domain_sessionid', (e) => e.session],
  ['product_id', (e) => e.id],
  ['product_name', (e) => e.title],
  ['product_price', (e) => e.price],
];
const posthog = (e, i) => ({
  uuid: `0190-${i}`,
  event: word('Product Viewed', 'Product Added', 'Order Completed')(e),
  distinct_id: e.visitor,
  person_id: `p-${e.visitor}`,
  timestamp: `${iso(e.at).replace('Z', '.000000+00:00')}`,
  created_at: iso(e.at + 3000),
  properties: { $session_id: e.session, $current_url: 'https://shop.example', product_id: e.id, name: e.title, price: e.price },
  elements_chain: '',
});
const mixpanel = (e, i) => ({
  event: word('Product Viewed', 'Product Added', 'Order Completed')(e),
  properties: { time: e.at / 1000, distinct_id: e.visitor, $insert_id: `i${i}`, $browser: 'Chrome', product_id: e.id, price: e.price },
});
const amplitude = (e) => ({
  $insert_id: 'x',
  event_type: word('Product Viewed', 'Product Added', 'Order Completed')(e),
  user_id: null,
  device_id: e.visitor,
  session_id: events.find((first) => first.session === e.session).at,
  event_time: `${stamp(e.at)}.000000`,
  server_upload_time: `${stamp(e.at + 9000)}.000000`,
  event_properties: { product_id: e.id, price: e.price },
  user_properties: {},
});
const algolia = (e) => ({
  eventType: e.kind === 'view' ? 'view' : 'conversion',
  eventName: word('Product Viewed', 'Product Added', 'Product Purchased')(e),
  ...(e.kind === 'view' ? {} : { eventSubtype: e.kind === 'purchase' ? 'purchase' : 'addToCart' }),
  index: 'products',
  userToken: e.visitor,
  timestamp: e.at,
  objectIDs: [e.id],
});
const personalize = [
  ['USER_ID', (e) => e.visitor],
  ['ITEM_ID', (e) => e.id],
  ['TIMESTAMP', (e) => e.at / 1000],
  ['EVENT_TYPE', word('View', 'AddToCart', 'Purchase')],
  ['EVENT_VALUE', (e) => (e.kind === 'purchase' ? e.price : '')],
  ['IMPRESSION', (e, i) => (i % 3 ? '' : 'A001|A002|A003')],
];

export const cases = [
  read('ga4-json-lines', 'GA4 to BigQuery, as JSON lines', lines(events.map((e) => ga4(e))), {
    file: 'events_20260105.json',
    log: { layout: /GA4|Google Analytics/, columns: gaColumns },
    notes: ['session-and-visitor'],
    made: titles,
  }),
  read('ga4-other-events', 'with events of no product: none of them is an event here', lines([...gaOthers, ...events.map((e) => ga4(e))]), {
    file: 'ga4.json',
    log: { rows: (n) => n >= log.rows, left_out: {}, columns: gaColumns },
    notes: ['session-and-visitor'],
  }),
  read(
    'ga4-several-items',
    'an event with several products is several',
    lines(
      orders
        .filter((e, i) => first(e, i))
        .map((e) => ({ ...ga4({ ...e, kind: 'purchase' }), items: orders.filter((other) => other.session === e.session).map(gaItem) })),
    ),
    { file: 'ga4.json', log: { ...sold, rows: (n) => n > 0 }, notes: ['session-and-visitor'] },
  ),
  read('ga4-flat', 'GA4, flattened', csv(gaFlat), {
    log: { columns: { session: ['user_pseudo_id', 'ga_session_id'], item: ['item_id'], time: ['event_timestamp'], kind: ['event_name'] } },
    notes: ['session-and-visitor'],
    made: titles,
  }),
  read(
    'ga4-flat-not-set',
    '(not set) is no item',
    `${csv(gaFlat)}20260105,${events[0].at * 1000},view_item,v01.1767,${gaSession(events[0])},(not set),(not set),,,\n`,
    { log: { rows: log.rows + 1, left_out: { ...log.left_out, no_item: 1 } }, notes: ['session-and-visitor'] },
  ),
  read('google-retail', 'Google’s user events', lines(events.map(retail)), {
    file: 'events.json',
    log: { columns: { session: ['sessionId'], item: ['productDetails.product.id'], time: ['eventTime'], kind: ['eventType'] } },
  }),
  read('google-retail-visitors', 'the same without sessions: visitors are cut', lines(events.map((e) => ({ ...retail(e), sessionId: undefined }))), {
    file: 'events.json',
    log: { columns: { session: ['visitorId'] } },
    notes: ['visitors-cut'],
  }),
  read(
    'google-retail-others',
    'with views of pages that are no product',
    lines([
      { eventType: 'home-page-view', visitorId: 'v01', sessionId: 's001', eventTime: iso(events[0].at) },
      ...events.map(retail),
      { eventType: 'search', visitorId: 'v01', sessionId: 's001', eventTime: iso(events[0].at), searchQuery: 'mug' },
    ]),
    { file: 'events.json', log: { rows: (n) => n >= log.rows, left_out: {} } },
  ),
  read('segment', 'Segment’s tracks', csv(segment), {
    log: { columns: { session: ['anonymous_id'], item: ['product_id'], time: ['timestamp'] } },
    notes: ['visitors-cut'],
    made: titles,
  }),
  read('posthog', 'PostHog’s events as JSON lines', lines(events.map(posthog)), {
    file: 'posthog.jsonl',
    log: { columns: { session: ['properties.$session_id'], item: ['properties.product_id'], time: ['timestamp'], kind: ['event'] } },
  }),
  read('mixpanel', 'Mixpanel’s events', lines(events.map(mixpanel)), {
    file: 'mixpanel.json',
    log: { columns: { session: ['properties.distinct_id'], item: ['properties.product_id'], time: ['properties.time'], kind: ['event'] } },
    notes: ['visitors-cut'],
  }),
  read('amplitude', 'Amplitude’s events: sessions are the millisecond of their start', lines(events.map(amplitude)), {
    file: 'amplitude.json',
    log: { columns: { session: ['session_id'], item: ['event_properties.product_id'], time: ['event_time'], kind: ['event_type'] } },
  }),
  read('snowplow', 'Snowplow’s enriched events, tabs and a header', csv(snowplow, events, { separator: '\t' }), {
    file: 'enriched.tsv',
    log: { columns: { session: ['domain_sessionid'], item: ['product_id'], kind: ['event_name'] } },
    flags: ['--time-col', 'derived_tstamp'],
  }),
  read('matomo', 'Matomo’s visits: actions in a list', JSON.stringify(matomo), {
    file: 'visits.json',
    log: { ...viewed, rows: (n) => n > 0, columns: { session: ['idVisit'], item: ['actionDetails.productViewSku'], time: ['actionDetails.timestamp'] } },
    flags: [
      '--session-col',
      'idVisit',
      '--event-item-col',
      'actionDetails.productViewSku',
      '--time-col',
      'actionDetails.timestamp',
      '--kind-col',
      'actionDetails.type',
    ],
  }),
  read('personalize', 'AWS Personalize’s interactions', csv(personalize), {
    log: { columns: { session: ['USER_ID'], item: ['ITEM_ID'], time: ['TIMESTAMP'], kind: ['EVENT_TYPE'] } },
    notes: ['visitors-cut'],
  }),
  read('algolia', 'Algolia’s events: ids in a list', lines(events.map(algolia)), {
    file: 'insights.jsonl',
    log: { columns: { session: ['userToken'], item: ['objectIDs'], time: ['timestamp'] } },
    flags: ['--kind-col', 'eventSubtype'],
    notes: ['visitors-cut'],
  }),
];
