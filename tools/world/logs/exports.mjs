// Whole exports, with the columns that each tool gives them: found without a flag wherever the names say enough.
import { events, iso, items, orders, plain, right, stamp, table } from '../shop.mjs';
import { latin1, lines, marked, text, utf16le } from '../write.mjs';

const log = right();
const views = events.filter((e) => e.kind === 'view');
const viewed = right(views);
const sold = right(orders);
const csv = (of, all, options) => text(table(of, all), options);
const word = (view, cart, purchase) => (e) => ({ view, 'cart-add': cart, purchase })[e.kind];
const read = (name, what, content, more = {}) => ({
  name,
  what,
  files: { [more.file ?? 'log.csv']: content },
  flags: more.flags,
  want: { log: { ...log, ...more.log } },
  notes: more.notes,
  made: more.made,
});
const none = (name) => [name, () => ''];
const titles = Object.fromEntries(items.map((item) => [item.id, { title: item.title, price: item.price }]));

// GA4, BigQuery.
const gaSession = (e) => 1_767_600_000 + ((e.sessionNumber - 7001) % 30 >> 1) * 60 + (e.sessionNumber < 7031 ? 0 : 86_400);
const gaWords = word('view_item', 'add_to_cart', 'purchase');
const gaItem = (e) => ({ item_id: e.id, item_name: e.title, item_brand: e.brand, item_variant: '(not set)', item_category: e.category, price: e.price, quantity: String(e.quantity), item_params: [] });
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
const gaFlat = [['event_date', (e) => iso(e.at).slice(0, 10).replaceAll('-', '')], ['event_timestamp', (e) => e.at * 1000], ['event_name', gaWords], ['user_pseudo_id', (e) => `${e.visitor}.1767`], ['ga_session_id', gaSession], ['item_id', (e) => e.id], ['item_name', (e) => e.title], ['item_category', (e) => e.category], ['price', (e) => e.price], ['quantity', (e) => e.quantity]];

// Shopify.
const first = (e, i, all = orders) => i === 0 || all[i - 1].session !== e.session;
const local = (e) => `${stamp(e.at + 7_200_000)} +0200`;
const ofOrder = (name, value) => [name, (e, i) => (first(e, i) ? value(e) : '')];
const shopifyOrders = [
  ['Name', (e) => `#${e.sessionNumber}`],
  ['Email', (e) => `${e.visitor}@shop.example`],
  ofOrder('Financial Status', () => 'paid'),
  ofOrder('Paid at', local),
  ofOrder('Fulfillment Status', () => 'fulfilled'),
  ofOrder('Fulfilled at', local),
  ofOrder('Accepts Marketing', () => 'no'),
  ofOrder('Currency', () => 'EUR'),
  ofOrder('Subtotal', () => '53.90'),
  ofOrder('Shipping', () => '0.00'),
  ofOrder('Taxes', () => '0.00'),
  ofOrder('Total', () => '53.90'),
  ofOrder('Discount Code', () => ''),
  ofOrder('Discount Amount', () => '0.00'),
  ofOrder('Shipping Method', () => 'DHL'),
  ofOrder('Created at', local),
  ['Lineitem quantity', (e) => e.quantity],
  ['Lineitem name', (e) => e.title],
  ['Lineitem price', (e) => e.price.toFixed(2)],
  none('Lineitem compare at price'),
  ['Lineitem sku', (e) => e.id],
  ['Lineitem requires shipping', () => 'true'],
  ['Lineitem taxable', () => 'true'],
  ['Lineitem fulfillment status', () => 'fulfilled'],
  ofOrder('Billing Name', () => 'A "B" C'),
  ofOrder('Billing Zip', () => "'10115"),
  none('Notes'),
  none('Cancelled at'),
  ofOrder('Payment Method', () => 'Shopify Payments'),
  none('Refunded Amount'),
  ['Vendor', (e) => e.brand],
  ofOrder('Id', (e) => 7_410_991_464_000 + e.sessionNumber),
  none('Tags'),
  ofOrder('Source', () => 'web'),
];
/** A product of two variants and a second image: three rows, of which the second has no title and the third no SKU. */
const shopifyProduct = (item) => {
  const row = (more) => ({ Handle: item.title.toLowerCase().replaceAll(' ', '-'), Title: '', 'Body (HTML)': '', Vendor: '', 'Product Category': '', Type: '', Tags: '', Published: '', 'Option1 Name': '', 'Option1 Value': '', 'Variant SKU': '', 'Variant Grams': '', 'Variant Inventory Qty': '', 'Variant Price': '', 'Variant Compare At Price': '', 'Variant Barcode': '', 'Image Src': '', 'Image Position': '', 'Gift Card': '', Status: '', ...more });
  const variant = { 'Option1 Value': 'Blue', 'Variant SKU': item.id, 'Variant Grams': '100', 'Variant Inventory Qty': String(item.stock), 'Variant Price': item.price.toFixed(2) };
  return [
    row({ Title: item.title, 'Body (HTML)': `<p class="text">A ${item.title},\n"new" &amp; fine</p>`, Vendor: item.brand, 'Product Category': `Home > ${item.category}`, Type: item.category, Published: 'true', 'Option1 Name': 'Colour', ...variant, 'Image Src': 'https://cdn.example/1.jpg', 'Image Position': '1', 'Gift Card': 'false', Status: 'active' }),
    row({ ...variant, 'Option1 Value': 'Red', 'Variant SKU': `${item.id}-R`, 'Image Src': 'https://cdn.example/2.jpg', 'Image Position': '2' }),
    row({ 'Image Src': 'https://cdn.example/3.jpg', 'Image Position': '3' }),
  ];
};
const shopifyProducts = items.flatMap(shopifyProduct);
const ofObjects = (all, options) => text([Object.keys(all[0]), ...all.map((one) => Object.values(one))], options);

// Google Retail.
const retailWords = word('detail-page-view', 'add-to-cart', 'purchase-complete');
const retail = (e) => ({ eventType: retailWords(e), visitorId: e.visitor, sessionId: e.session, eventTime: iso(e.at), attributionToken: 'x', productDetails: [{ product: { id: e.id }, quantity: e.quantity }], ...(e.kind === 'purchase' ? { purchaseTransaction: { id: 't1', revenue: e.price, currencyCode: 'EUR' } } : {}), userInfo: { userAgent: 'Mozilla/5.0' } });
const retailCatalog = (item) => ({ name: `projects/p/locations/global/catalogs/default_catalog/branches/0/products/${item.id}`, id: item.id, type: 'PRIMARY', primaryProductId: item.id, categories: [`Home > ${item.category}`, 'Sale'], title: item.title, brands: [item.brand], description: `<b>${item.title}</b>`, priceInfo: { currencyCode: 'EUR', price: item.price, originalPrice: item.price + 1 }, availability: 'IN_STOCK', availableQuantity: item.stock, uri: 'https://shop.example' });

// Matomo: visits with their actions in a list.
const bySession = [...new Set(events.map((e) => e.session))].map((session) => events.filter((e) => e.session === session));
const matomo = bySession.map((of) => ({ idSite: '1', idVisit: String(of[0].sessionNumber), visitorId: of[0].visitor, visitorType: 'new', actions: String(of.length), actionDetails: of.filter((e) => e.kind === 'view').map((e, i) => ({ type: 'action', url: `https://shop.example/${e.id}`, pageTitle: e.title, pageviewPosition: String(i + 1), productViewName: e.title, productViewSku: e.id, productViewPrice: e.price, productViewCategories: [e.category], timestamp: e.at / 1000, serverTimePretty: 'Jan 5, 2026' })) }));

const american = (e) => {
  const d = new Date(e.at);
  return `${d.getUTCMonth() + 1}/${d.getUTCDate()}/${d.getUTCFullYear()} ${d.getUTCHours()}:${String(d.getUTCMinutes()).padStart(2, '0')}`;
};
const uci = (names, date) => [[names[0], (e) => e.sessionNumber], ['StockCode', (e) => e.id], ['Description', (e) => `${e.title.toUpperCase()} `], ['Quantity', (e) => e.quantity], ['InvoiceDate', date], [names[1], (e) => e.price], [names[2], (e) => `${17_000 + (e.sessionNumber % 30)}.0`], ['Country', () => 'United Kingdom']];
const invoices = ['InvoiceNo', 'UnitPrice', 'CustomerID'];
const second = ['Invoice', 'Price', 'Customer ID'];
const purchases = ['--kind', 'purchase'];
const minutes = (ms) => iso(ms - (ms % 60_000));
const cancelled = orders.slice(0, 5).map((e) => ({ ...e, sessionNumber: `C${e.sessionNumber}`, quantity: -e.quantity }));

const rees = [['event_time', (e) => `${stamp(e.at)} UTC`], ['event_type', word('view', 'cart', 'purchase')], ['product_id', (e) => e.number], ['category_id', () => '2053013555631882655'], ['category_code', (e, i) => (i % 2 ? 'furniture.kitchen' : '')], ['brand', (e) => e.brand], ['price', (e) => e.price.toFixed(2)], ['user_id', (e) => 541_312_000 + Number(e.visitor.slice(1))], ['user_session', (e) => `72d76fde-8bb3-4e00-8c23-a032dfed${e.sessionNumber}`]];
const rocket = [['timestamp', (e) => e.at], ['visitorid', (e) => Number(e.visitor.slice(1))], ['event', word('view', 'addtocart', 'transaction')], ['itemid', (e) => e.number], ['transactionid', (e) => (e.kind === 'purchase' ? e.sessionNumber : '')]];
const segment = [['id', (e, i) => `ajs-${i}`], ['received_at', (e) => stamp(e.at + 2000)], ['uuid_ts', (e) => stamp(e.at + 9000)], ['anonymous_id', (e) => e.visitor], ['user_id', () => ''], ['event', word('product_viewed', 'product_added', 'order_completed')], ['event_text', word('Product Viewed', 'Product Added', 'Order Completed')], ['context_page_url', (e) => `https://shop.example/${e.id}`], ['product_id', (e) => e.id], ['name', (e) => e.title], ['price', (e) => e.price], ['quantity', (e) => e.quantity], ['timestamp', (e) => stamp(e.at)]];
const snowplow = [['app_id', () => 'shop'], ['platform', () => 'web'], ['etl_tstamp', (e) => `${stamp(e.at + 60_000)}.000`], ['collector_tstamp', (e) => `${stamp(e.at + 1000)}.123`], ['dvce_created_tstamp', (e) => `${stamp(e.at)}.000`], ['event', () => 'unstruct'], ['event_id', (e, i) => `0a1b-${i}`], ['domain_userid', (e) => e.visitor], ['domain_sessionidx', (e) => (e.sessionNumber < 7031 ? 1 : 2)], ['network_userid', (e) => e.visitor], ['page_url', (e) => `https://shop.example/${e.id}`], ['event_name', word('product_view', 'add_to_cart', 'transaction')], ['derived_tstamp', (e) => stamp(e.at)], ['domain_sessionid', (e) => e.session], ['product_id', (e) => e.id], ['product_name', (e) => e.title], ['product_price', (e) => e.price]];
const posthog = (e, i) => ({ uuid: `0190-${i}`, event: word('Product Viewed', 'Product Added', 'Order Completed')(e), distinct_id: e.visitor, person_id: `p-${e.visitor}`, timestamp: `${iso(e.at).replace('Z', '.000000+00:00')}`, created_at: iso(e.at + 3000), properties: { $session_id: e.session, $current_url: 'https://shop.example', product_id: e.id, name: e.title, price: e.price }, elements_chain: '' });
const algolia = (e) => ({ eventType: e.kind === 'view' ? 'view' : 'conversion', eventName: word('Product Viewed', 'Product Added', 'Product Purchased')(e), ...(e.kind === 'view' ? {} : { eventSubtype: e.kind === 'purchase' ? 'purchase' : 'addToCart' }), index: 'products', userToken: e.visitor, timestamp: e.at, objectIDs: [e.id] });
const personalize = [['USER_ID', (e) => e.visitor], ['ITEM_ID', (e) => e.id], ['TIMESTAMP', (e) => e.at / 1000], ['EVENT_TYPE', word('View', 'AddToCart', 'Purchase')], ['EVENT_VALUE', (e) => (e.kind === 'purchase' ? e.price : '')], ['IMPRESSION', (e, i) => (i % 3 ? '' : 'A001|A002|A003')]];
const lookup = [['order_item_id', (e, i) => i + 1], ['order_id', (e) => e.sessionNumber], ['product_id', (e) => e.number], ['variation_id', () => 0], ['customer_id', (e) => e.visitor.slice(1)], ['date_created', (e) => stamp(e.at)], ['product_qty', (e) => e.quantity], ['product_net_revenue', (e) => e.price * e.quantity]];
const wooExport = [['Order Number', (e) => e.sessionNumber], ['Order Status', () => 'Completed'], ['Order Date', (e) => stamp(e.at)], ['Customer Note', () => ''], ['First Name (Billing)', () => 'A'], ['SKU', (e) => e.id], ['Item #', (e, i) => i + 1], ['Item Name', (e) => e.title], ['Quantity', (e) => e.quantity], ['Item Cost', (e) => e.price]];
const magentoLines = [['item_id', (e, i) => i + 1], ['order_id', (e) => e.sessionNumber], ['store_id', () => 1], ['created_at', (e) => stamp(e.at)], ['updated_at', (e) => stamp(e.at + 5000)], ['product_id', (e) => e.number], ['product_type', () => 'simple'], ['sku', (e) => e.id], ['name', (e) => e.title], ['qty_ordered', (e) => `${e.quantity}.0000`], ['price', (e) => e.price.toFixed(4)]];
const magentoRow = (item, store) => ({ sku: item.id, store_view_code: store, attribute_set_code: store ? '' : 'Default', product_type: store ? '' : 'simple', categories: store ? '' : `Default Category/Home/${item.category},Default Category/Sale`, product_websites: 'base', name: store ? `${item.title} (${store})` : item.title, description: store ? '' : `<p>${item.title} &amp; more</p>`, price: store ? '' : item.price.toFixed(4), qty: store ? '' : item.stock });
const adressa = (e, i) => ({ eventId: 1_000_000 + i, city: 'trondheim', activeTime: 12, url: `http://adressa.no/${e.id}`, referrerHostClass: 'internal', userId: `cx:${e.visitor}`, sessionStart: false, sessionStop: false, time: e.at / 1000, title: e.title, category0: 'nyheter', id: e.id, documentId: e.id });
const yoochoose = text(views.map((e) => [e.sessionNumber, `${iso(e.at).replace('Z', '.000Z')}`, e.number, '0']));
const diginetica = [['sessionId', (e) => e.sessionNumber], ['userId', () => 'NA'], ['itemId', (e) => e.number], ['timeframe', (e) => e.at - views.find((other) => other.session === e.session).at], ['eventdate', (e) => iso(views.find((other) => other.session === e.session).at).slice(0, 10)]];

// Public data sets and further tools.
const mixpanel = (e, i) => ({ event: word('Product Viewed', 'Product Added', 'Order Completed')(e), properties: { time: e.at / 1000, distinct_id: e.visitor, $insert_id: `i${i}`, $browser: 'Chrome', product_id: e.id, price: e.price } });
const amplitude = (e) => ({ $insert_id: 'x', event_type: word('Product Viewed', 'Product Added', 'Order Completed')(e), user_id: null, device_id: e.visitor, session_id: events.find((first) => first.session === e.session).at, event_time: `${stamp(e.at)}.000000`, server_upload_time: `${stamp(e.at + 9000)}.000000`, event_properties: { product_id: e.id, price: e.price }, user_properties: {} });
const day = (e) => iso(e.at).slice(0, 10);
const perDay = right(orders.map((e) => ({ ...e, at: Date.parse(day(e)) })), { session: (e) => `${e.visitor} ${iso(e.at)}` });
const taobao = text(events.map((e) => [e.visitor.slice(1), e.number, 4_145_813, word('pv', 'cart', 'buy')(e), e.at / 1000]));
const coveo = [['session_id_hash', (e) => e.session], ['event_type', () => 'event_product'], ['product_action', word('detail', 'add', 'purchase')], ['product_sku_hash', (e) => e.id], ['server_timestamp_epoch_ms', (e) => e.at], ['hashed_url', () => 'x']];
const merchant = [['id', (i) => i.id], ['title', (i) => i.title], ['description', (i) => `${i.title}, "new"`], ['link', () => 'https://shop.example/?a=1&b=2'], ['image link', () => 'https://cdn.example/1.jpg'], ['availability', () => 'in stock'], ['price', (i) => `${i.price.toFixed(2)} EUR`], ['brand', (i) => i.brand], ['gtin', () => '4006381333931'], ['google product category', () => 'Home & Garden > Kitchen & Dining'], ['product type', (i) => `Home > ${i.category}`], ['item group id', (i) => i.category]];
const ofItems = (of, options) => text([of.map(([name]) => name), ...items.map((item) => of.map(([, value]) => value(item)))], options);
const index = (item) => ({ objectID: item.id, name: item.title, brand: item.brand, price: item.price, categories: ['Home', item.category], hierarchicalCategories: { lvl0: 'Home', lvl1: `Home > ${item.category}` }, popularity: 7, _tags: [] });
const withList = (name, what, file, content, columns, made = titles) => ({ name, what, files: { 'log.csv': csv(plain, events), [file]: content }, list: file, want: { log, list: { rows: 12, priced: 12, in_log: 12, columns } }, made });

export const cases = [
  read('ga4-json-lines', 'GA4 to BigQuery, as JSON lines', lines(events.map((e) => ga4(e))), { file: 'events_20260105.json', log: { layout: /GA4|Google Analytics/, columns: gaColumns }, notes: ['session-and-visitor'], made: titles }),
  read('ga4-other-events', 'with events of no product: none of them is an event here', lines([...gaOthers, ...events.map((e) => ga4(e))]), { file: 'ga4.json', log: { rows: (n) => n >= log.rows, left_out: {}, columns: gaColumns }, notes: ['session-and-visitor'] }),
  read('ga4-several-items', 'an event with several products is several', lines(orders.filter((e, i) => first(e, i)).map((e) => ({ ...ga4({ ...e, kind: 'purchase' }), items: orders.filter((other) => other.session === e.session).map(gaItem) }))), { file: 'ga4.json', log: { ...sold, rows: (n) => n > 0 }, notes: ['session-and-visitor'] }),
  read('ga4-flat', 'GA4, flattened', csv(gaFlat), { log: { columns: { session: ['user_pseudo_id', 'ga_session_id'], item: ['item_id'], time: ['event_timestamp'], kind: ['event_name'] } }, notes: ['session-and-visitor'], made: titles }),
  read('ga4-flat-not-set', '(not set) is no item', `${csv(gaFlat)}20260105,${events[0].at * 1000},view_item,v01.1767,${gaSession(events[0])},(not set),(not set),,,\n`, { log: { rows: log.rows + 1, left_out: { ...log.left_out, no_item: 1 } }, notes: ['session-and-visitor'] }),
  read('shopify-orders', 'Shopify’s orders: later lines of an order have no time', csv(shopifyOrders, orders), { log: { ...sold, layout: /Shopify/, columns: { session: ['Name'], item: ['Lineitem sku'], time: ['Created at'], title: ['Lineitem name'], price: ['Lineitem price'], quantity: ['Lineitem quantity'] } }, notes: ['times-carried'], made: titles }),
  read('shopify-orders-no-sku', 'products without a SKU are left out and counted', csv(shopifyOrders.map(([name, value]) => (name === 'Lineitem sku' ? [name, (e) => (e.id === 'A001' ? '' : e.id)] : [name, value])), orders), { log: { ...right(orders.filter((e) => e.id !== 'A001')), rows: orders.length, left_out: { ...log.left_out, no_item: orders.filter((e) => e.id === 'A001').length } }, notes: ['times-carried'] }),
  {
    name: 'shopify-products',
    what: 'Shopify’s products: variants, rows with a picture alone, HTML over several lines',
    files: { 'log.csv': csv(plain, events), 'products_export.csv': ofObjects(shopifyProducts) },
    list: 'products_export.csv',
    want: { log, list: { rows: 24, in_log: 12, events_known: 1, priced: 24, columns: { item: ['Variant SKU'], title: ['Title'], price: ['Variant Price'] } } },
    notes: 'any',
    made: { ...titles, 'A001-R': { title: /^Mug 1/ } },
  },
  read('google-retail', 'Google’s user events', lines(events.map(retail)), { file: 'events.json', log: { columns: { session: ['sessionId'], item: ['productDetails.product.id'], time: ['eventTime'], kind: ['eventType'] } } }),
  read('google-retail-visitors', 'the same without sessions: visitors are cut', lines(events.map((e) => ({ ...retail(e), sessionId: undefined }))), { file: 'events.json', log: { columns: { session: ['visitorId'] } }, notes: ['visitors-cut'] }),
  read('google-retail-others', 'with views of pages that are no product', lines([{ eventType: 'home-page-view', visitorId: 'v01', sessionId: 's001', eventTime: iso(events[0].at) }, ...events.map(retail), { eventType: 'search', visitorId: 'v01', sessionId: 's001', eventTime: iso(events[0].at), searchQuery: 'mug' }]), { file: 'events.json', log: { rows: (n) => n >= log.rows, left_out: {} } }),
  {
    name: 'google-retail-catalog',
    what: 'Google’s catalog: prices, brands and categories within',
    files: { 'log.csv': csv(plain, events), 'catalog.json': lines(items.map(retailCatalog)) },
    list: 'catalog.json',
    want: { log, list: { rows: 12, priced: 12, in_log: 12, columns: { item: ['id'], title: ['title'], price: ['priceInfo.price'], category: ['categories'], brand: ['brands'] } } },
    made: titles,
  },
  read('segment', 'Segment’s tracks', csv(segment), { log: { columns: { session: ['anonymous_id'], item: ['product_id'], time: ['timestamp'] } }, notes: ['visitors-cut'], made: titles }),
  read('posthog', 'PostHog’s events as JSON lines', lines(events.map(posthog)), { file: 'posthog.jsonl', log: { columns: { session: ['properties.$session_id'], item: ['properties.product_id'], time: ['timestamp'], kind: ['event'] } } }),
  read('snowplow', 'Snowplow’s enriched events, tabs and a header', csv(snowplow, events, { separator: '\t' }), { file: 'enriched.tsv', log: { columns: { session: ['domain_sessionid'], item: ['product_id'], kind: ['event_name'] } }, flags: ['--time-col', 'derived_tstamp'] }),
  read('matomo', 'Matomo’s visits: actions in a list', JSON.stringify(matomo), { file: 'visits.json', log: { ...viewed, rows: (n) => n > 0, columns: { session: ['idVisit'], item: ['actionDetails.productViewSku'], time: ['actionDetails.timestamp'] } }, flags: ['--session-col', 'idVisit', '--event-item-col', 'actionDetails.productViewSku', '--time-col', 'actionDetails.timestamp', '--kind-col', 'actionDetails.type'] }),
  read('woocommerce-lookup', 'WooCommerce’s table of order lines', csv(lookup, orders), { log: { ...sold, columns: { session: ['order_id'], item: ['product_id'], time: ['date_created'] } }, flags: purchases }),
  read('woocommerce-export', 'WooCommerce’s orders by a plugin', csv(wooExport, orders), { log: { ...sold, columns: { session: ['Order Number'], item: ['SKU'], time: ['Order Date'], title: ['Item Name'], quantity: ['Quantity'] } }, made: { A001: { title: 'Mug 1' } } }),
  read('magento-orders', 'Magento’s table of order lines', csv(magentoLines, orders), { log: { ...sold, layout: /Magento/, columns: { session: ['order_id'], item: ['sku'], time: ['created_at'], quantity: ['qty_ordered'] } } }),
  {
    name: 'magento-catalog',
    what: 'Magento’s catalog with a row for each store: refused with both lines',
    files: { 'log.csv': csv(plain, events), 'catalog.csv': ofObjects(items.flatMap((item) => [magentoRow(item, ''), magentoRow(item, 'de')])) },
    list: 'catalog.csv',
    refuse: { code: /^(data-invalid|catalog-duplicate-id)$/, message: /--duplicates/, details: { path: /catalog\.csv$/, key: 'A001', first: 'line 2', second: 'line 3' } },
  },
  {
    name: 'magento-catalog-first',
    what: 'and read with --duplicates first',
    files: { 'log.csv': csv(plain, events), 'catalog.csv': ofObjects(items.flatMap((item) => [magentoRow(item, ''), magentoRow(item, 'de')])) },
    list: 'catalog.csv',
    flags: ['--duplicates', 'first'],
    want: { log, list: { in_log: 12, priced: 12, duplicates: 12, columns: { item: ['sku'], title: ['name'], price: ['price'], category: ['categories'] } } },
    notes: 'any',
    made: titles,
  },
  read('personalize', 'AWS Personalize’s interactions', csv(personalize), { log: { columns: { session: ['USER_ID'], item: ['ITEM_ID'], time: ['TIMESTAMP'], kind: ['EVENT_TYPE'] } }, notes: ['visitors-cut'] }),
  read('algolia', 'Algolia’s events: ids in a list', lines(events.map(algolia)), { file: 'insights.jsonl', log: { columns: { session: ['userToken'], item: ['objectIDs'], time: ['timestamp'] } }, flags: ['--kind-col', 'eventSubtype'], notes: ['visitors-cut'] }),
  read('recbole', 'RecBole’s .inter: types after the names', csv([['session_id:token', (e) => e.sessionNumber], ['item_id:token', (e) => e.number], ['timestamp:float', (e) => (e.at / 1000).toFixed(1)]], views, { separator: '\t' }), { file: 'shop.inter', log: { ...viewed, columns: { session: ['session_id:token'], item: ['item_id:token'], time: ['timestamp:float'] } } }),
  read('recbole-users', 'the same with users and ratings', csv([['user_id:token', (e) => e.visitor], ['item_id:token', (e) => e.number], ['rating:float', () => '5.0'], ['timestamp:float', (e) => e.at / 1000]], views, { separator: '\t' }), { file: 'shop.inter', log: viewed, notes: ['visitors-cut'] }),
  read('rees46', 'REES46', csv(rees), { log: { columns: { session: ['user_session'], item: ['product_id'], time: ['event_time'], kind: ['event_type'], price: ['price'] } } }),
  read('otto', 'OTTO', lines(bySession.map((of) => ({ session: of[0].sessionNumber, events: of.map((e) => ({ aid: e.number, ts: e.at, type: word('clicks', 'carts', 'orders')(e) })) }))), { file: 'train.jsonl' }),
  read('retailrocket', 'RetailRocket', csv(rocket), { log: { columns: { session: ['visitorid'], item: ['itemid'], time: ['timestamp'], kind: ['event'] } }, notes: ['visitors-cut'] }),
  { name: 'online-retail', what: 'UCI’s Online Retail: 12/1/2010 8:26 is refused with the flag', files: { 'log.csv': csv(uci(invoices, american), orders) }, flags: purchases, refuse: { message: /--time-format/, details: { column: 'InvoiceDate', line: '2' } } },
  read('online-retail-told', 'and read with it; cancellations are left out', csv(uci(invoices, american), [...orders, ...cancelled]), { flags: [...purchases, '--time-format', '%m/%d/%Y %H:%M'], log: { ...sold, rows: orders.length + 5, from: minutes(orders[0].at), to: minutes(orders.at(-1).at), left_out: { ...log.left_out, returns: 5 }, columns: { session: ['InvoiceNo'], item: ['StockCode'], title: ['Description'], price: ['UnitPrice'] } }, made: { A001: { title: 'MUG 1', price: 2.75 } } }),
  read('online-retail-2', 'its second part, where names have blanks', csv(uci(second, (e) => stamp(e.at)), orders), { flags: purchases, log: { ...sold, columns: { session: ['Invoice'], item: ['StockCode'], price: ['Price'] } } }),
  { name: 'online-retail-latin1', what: 'its copies in windows-1252, with a pound sign', files: { 'log.csv': latin1(csv(uci(second, (e) => stamp(e.at)), orders).replace('LAMP 3 ', 'LAMP £3 ')) }, flags: purchases, refuse: { message: /UTF-8[\s\S]*--encoding/ } },
  { name: 'yoochoose', what: 'yoochoose: no header', files: { 'yoochoose-clicks.dat': yoochoose }, refuse: { message: /first line[\s\S]*--columns/ } },
  read('yoochoose-told', 'its columns told', yoochoose, { file: 'yoochoose-clicks.dat', flags: ['--columns', 'session,time,item,category'], log: viewed }),
  read('diginetica', 'diginetica: semicolons, the order within a session told', csv(diginetica, views, { separator: ';' }), { file: 'train-item-views.csv', flags: ['--time-col', 'timeframe', '--time-format', 'order'], log: { rows: views.length, events: views.length, sessions: viewed.sessions, items: viewed.items, kinds: viewed.kinds, from: () => true, to: () => true, session_events: {} }, notes: 'any' }),
  read('adressa', 'Adressa’s news', lines(views.map(adressa)), { file: '20260105', flags: ['--event-item-col', 'id'], log: { ...viewed, columns: { session: ['userId'], item: ['id'], time: ['time'] } }, notes: ['visitors-cut'] }),
  read('criteo', 'Criteo’s columns, tabs', csv([['user_id', (e) => e.visitor], ['session_id', (e) => e.session], ['product_id', (e) => e.number], ['timestamp', (e) => e.at / 1000], ['event_type', word('view', 'basket', 'sale')], ['product_price', (e) => e.price]], events, { separator: '\t' }), { file: 'criteo.txt', log: { columns: { session: ['session_id'], item: ['product_id'] } } }),
  read('mixpanel', 'Mixpanel’s events', lines(events.map(mixpanel)), { file: 'mixpanel.json', log: { columns: { session: ['properties.distinct_id'], item: ['properties.product_id'], time: ['properties.time'], kind: ['event'] } }, notes: ['visitors-cut'] }),
  read('amplitude', 'Amplitude’s events: sessions are the millisecond of their start', lines(events.map(amplitude)), { file: 'amplitude.json', log: { columns: { session: ['session_id'], item: ['event_properties.product_id'], time: ['event_time'], kind: ['event_type'] } } }),
  { name: 'instacart', what: 'Instacart’s orders have no time: refused with the flag', files: { 'order_products__prior.csv': csv([['order_id', (e) => e.sessionNumber], ['product_id', (e) => e.number], ['add_to_cart_order', (e, i) => i + 1], ['reordered', () => 1]], orders) }, flags: purchases, refuse: { message: /--time-col/ } },
  read('instacart-told', 'and read, told that only the order counts', csv([['order_id', (e) => e.sessionNumber], ['product_id', (e) => e.number], ['add_to_cart_order', (e, i) => i + 1], ['reordered', () => 1]], orders), { flags: [...purchases, '--time-col', 'add_to_cart_order', '--time-format', 'order'], log: { ...sold, from: () => true, to: () => true }, notes: 'any' }),
  read('dunnhumby', 'dunnhumby’s baskets: days are numbers', csv([['BASKET_ID', (e) => e.sessionNumber], ['DAY', (e) => 1 + Math.floor((e.at - orders[0].at) / 86_400_000)], ['PRODUCT_ID', (e) => e.number], ['QUANTITY', (e) => e.quantity], ['SALES_VALUE', (e) => e.price]], orders), { flags: [...purchases, '--time-col', 'DAY', '--time-format', 'order'], log: { ...sold, from: () => true, to: () => true }, notes: 'any' }),
  read('h-and-m', 'H&M’s purchases: days, customers, ids with zeros', csv([['t_dat', day], ['customer_id', (e) => e.visitor], ['article_id', (e) => `0${e.number}`], ['price', (e) => e.price / 100], ['sales_channel_id', () => 2]], orders), { flags: [...purchases, '--time-col', 't_dat'], log: { ...perDay, session_events: {}, columns: { session: ['customer_id'], item: ['article_id'] } }, notes: 'any', made: { '05861': {} } }),
  { name: 'taobao', what: 'Taobao’s behaviour: no header', files: { 'UserBehavior.csv': taobao }, refuse: { message: /first line[\s\S]*--columns/ } },
  read('taobao-told', 'its columns told: pv, cart, buy', taobao, { file: 'UserBehavior.csv', flags: ['--columns', 'user_id,item_id,category_id,behavior,timestamp'], log: { columns: { kind: ['behavior'] } }, notes: ['visitors-cut'] }),
  read('movielens', 'MovieLens: items have a name of their own', csv([['userId', (e) => e.visitor.slice(1)], ['movieId', (e) => e.number], ['rating', () => 4.5], ['timestamp', (e) => e.at / 1000]], views), { file: 'ratings.csv', flags: ['--event-item-col', 'movieId'], log: viewed, notes: ['visitors-cut'] }),
  { name: 'movielens-1m', what: 'MovieLens’ older files, two colons between: refused, and nothing is made up', files: { 'ratings.dat': views.map((e) => `${e.visitor.slice(1)}::${e.number}::5::${e.at / 1000}\n`).join('') }, refuse: {} },
  read('amazon-reviews', 'Amazon’s reviews of 2023', csv([['user_id', (e) => e.visitor], ['parent_asin', (e) => e.id], ['rating', () => '5.0'], ['timestamp', (e) => e.at]], views), { log: { ...viewed, columns: { item: ['parent_asin'] } }, notes: ['visitors-cut'] }),
  read('coveo', 'Coveo’s sessions: detail, add, purchase', csv(coveo, events), { flags: ['--session-col', 'session_id_hash', '--event-item-col', 'product_sku_hash', '--time-col', 'server_timestamp_epoch_ms', '--kind-col', 'product_action'] }),
  read('dressipi', 'Dressipi’s sessions', csv([['session_id', (e) => e.sessionNumber], ['item_id', (e) => e.number], ['date', (e) => `${stamp(e.at)}.000`]], views), { file: 'train_sessions.csv', log: { ...viewed, columns: { time: ['date'] } } }),
  withList('merchant-center', 'Google’s and Facebook’s product feed, tabs', 'feed.tsv', ofItems(merchant, { separator: '\t' }), { item: ['id'], title: ['title'], price: ['price'], brand: ['brand'], group: ['item group id'] }),
  withList('merchant-center-names', 'the same with _ in the names, commas', 'feed.csv', ofItems(merchant.map(([name, value]) => [name.replaceAll(' ', '_'), value])), { item: ['id'], title: ['title'], price: ['price'], brand: ['brand'], group: ['item_group_id'] }),
  withList('algolia-index', 'an index of Algolia’s', 'index.json', JSON.stringify(items.map(index)), { item: ['objectID'], title: ['name'], price: ['price'], brand: ['brand'] }),
  { name: 'merchant-center-xml', what: 'the feed as XML is refused', files: { 'log.csv': csv(plain, events), 'feed.xml': '<?xml version="1.0"?>\n<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel>\n<item><g:id>A001</g:id></item></channel></rss>\n' }, list: 'feed.xml', refuse: { details: { path: /feed\.xml$/ } } },
  read('excel-unicode', 'Excel’s "Unicode text" of a till', utf16le(marked(csv([['Bon', (e) => e.sessionNumber], ['Artikel', (e) => e.id], ['Datum', (e) => stamp(e.at)], ['Menge', (e) => e.quantity]], orders, { separator: '\t', eol: '\r\n' }))), { file: 'Kasse.txt', flags: ['--session-col', 'Bon', '--event-item-col', 'Artikel', '--time-col', 'Datum', '--quantity-col', 'Menge', ...purchases], log: sold }),
];
