// Catalogs as shops export them, for item lists.
import { titles, withList } from '../exported.mjs';
import { items } from '../shop.mjs';
import { lines, text } from '../write.mjs';

/** A product of two variants and a second image: three rows, of which the second has no title and the third no SKU. */
const shopifyProduct = (item) => {
  const row = (more) => ({
    Handle: item.title.toLowerCase().replaceAll(' ', '-'),
    Title: '',
    'Body (HTML)': '',
    Vendor: '',
    'Product Category': '',
    Type: '',
    Tags: '',
    Published: '',
    'Option1 Name': '',
    'Option1 Value': '',
    'Variant SKU': '',
    'Variant Grams': '',
    'Variant Inventory Qty': '',
    'Variant Price': '',
    'Variant Compare At Price': '',
    'Variant Barcode': '',
    'Image Src': '',
    'Image Position': '',
    'Gift Card': '',
    Status: '',
    ...more,
  });
  const variant = {
    'Option1 Value': 'Blue',
    'Variant SKU': item.id,
    'Variant Grams': '100',
    'Variant Inventory Qty': String(item.stock),
    'Variant Price': item.price.toFixed(2),
  };
  return [
    row({
      Title: item.title,
      'Body (HTML)': `<p class="text">A ${item.title},\n"new" &amp; fine</p>`,
      Vendor: item.brand,
      'Product Category': `Home > ${item.category}`,
      Type: item.category,
      Published: 'true',
      'Option1 Name': 'Colour',
      ...variant,
      'Image Src': 'https://cdn.example/1.jpg',
      'Image Position': '1',
      'Gift Card': 'false',
      Status: 'active',
    }),
    row({ ...variant, 'Option1 Value': 'Red', 'Variant SKU': `${item.id}-R`, 'Image Src': 'https://cdn.example/2.jpg', 'Image Position': '2' }),
    row({ 'Image Src': 'https://cdn.example/3.jpg', 'Image Position': '3' }),
  ];
};
const shopifyProducts = items.flatMap(shopifyProduct);
const ofObjects = (all, options) => text([Object.keys(all[0]), ...all.map((one) => Object.values(one))], options);

const retailCatalog = (item) => ({
  name: `projects/p/locations/global/catalogs/default_catalog/branches/0/products/${item.id}`,
  id: item.id,
  type: 'PRIMARY',
  primaryProductId: item.id,
  categories: [`Home > ${item.category}`, 'Sale'],
  title: item.title,
  brands: [item.brand],
  description: `<b>${item.title}</b>`,
  priceInfo: { currencyCode: 'EUR', price: item.price, originalPrice: item.price + 1 },
  availability: 'IN_STOCK',
  availableQuantity: item.stock,
  uri: 'https://shop.example',
});
const magentoRow = (item, store) => ({
  sku: item.id,
  store_view_code: store,
  attribute_set_code: store ? '' : 'Default',
  product_type: store ? '' : 'simple',
  categories: store ? '' : `Default Category/Home/${item.category},Default Category/Sale`,
  product_websites: 'base',
  name: store ? `${item.title} (${store})` : item.title,
  description: store ? '' : `<p>${item.title} &amp; more</p>`,
  price: store ? '' : item.price.toFixed(4),
  qty: store ? '' : item.stock,
});
const merchant = [
  ['id', (i) => i.id],
  ['title', (i) => i.title],
  ['description', (i) => `${i.title}, "new"`],
  ['link', () => 'https://shop.example/?a=1&b=2'],
  ['image link', () => 'https://cdn.example/1.jpg'],
  ['availability', () => 'in stock'],
  ['price', (i) => `${i.price.toFixed(2)} EUR`],
  ['brand', (i) => i.brand],
  ['gtin', () => '4006381333931'],
  ['google product category', () => 'Home & Garden > Kitchen & Dining'],
  ['product type', (i) => `Home > ${i.category}`],
  ['item group id', (i) => i.category],
];
const ofItems = (of, options) => text([of.map(([name]) => name), ...items.map((item) => of.map(([, value]) => value(item)))], options);
const index = (item) => ({
  objectID: item.id,
  name: item.title,
  brand: item.brand,
  price: item.price,
  categories: ['Home', item.category],
  hierarchicalCategories: { lvl0: 'Home', lvl1: `Home > ${item.category}` },
  popularity: 7,
  _tags: [],
});

const woocommerce = [
  ['ID', (i) => i.number],
  ['Type', () => 'simple'],
  ['SKU', (i) => i.id],
  ['Name', (i) => i.title],
  ['Published', () => 1],
  ['Is featured?', () => 0],
  ['Short description', (i) => `<p>${i.title}</p>`],
  ['Regular price', (i) => i.price],
  ['Sale price', () => ''],
  ['Categories', (i) => `Home > ${i.category}, Sale`],
  ['Stock', (i) => i.stock],
  ['Images', () => ''],
];
const bigcommerce = [
  ['Product ID', (i) => i.number],
  ['Product Type', () => 'P'],
  ['Code', (i) => i.id],
  ['Name', (i) => i.title],
  ['Brand', (i) => i.brand],
  ['Price', (i) => i.price],
  ['Category', (i) => i.category],
  ['Stock Level', (i) => i.stock],
];
const amazon = [
  ['item-name', (i) => i.title],
  ['item-description', () => 'x'],
  ['listing-id', () => '0105'],
  ['seller-sku', (i) => i.id],
  ['price', (i) => i.price],
  ['quantity', (i) => i.stock],
  ['asin1', (i) => `B0${i.number}`],
];
const stores = ofObjects(items.flatMap((item) => [magentoRow(item, ''), magentoRow(item, 'de')]));
const twelve = { rows: 12, priced: 12 };
const feed = { item: ['id'], title: ['title'], price: ['price'], brand: ['brand'] };

export const cases = [
  withList('shopify', 'Shopify’s products: variants, rows with a picture alone, HTML over several lines', 'products_export.csv', ofObjects(shopifyProducts), {
    list: { rows: 24, priced: 24, columns: { item: ['Variant SKU'], title: ['Title'], price: ['Variant Price'] } },
    notes: 'any',
    made: { ...titles, 'A001-R': { title: /^Mug 1/ } },
  }),
  withList('google-retail', 'Google’s catalog: prices, brands and categories within', 'catalog.json', lines(items.map(retailCatalog)), {
    list: { ...twelve, columns: { item: ['id'], title: ['title'], price: ['priceInfo.price'], category: ['categories'], brand: ['brands'] } },
    made: titles,
  }),
  withList('magento', 'Magento’s catalog with a row for each store: refused with both lines', 'catalog.csv', stores, {
    refuse: {
      code: /^(data-invalid|catalog-duplicate-id)$/,
      message: /--duplicates/,
      details: { path: /catalog\.csv$/, key: 'A001', first: 'line 2', second: 'line 3' },
    },
  }),
  withList('magento-first', 'and read with --duplicates first', 'catalog.csv', stores, {
    flags: ['--duplicates', 'first'],
    list: { priced: 12, duplicates: 12, columns: { item: ['sku'], title: ['name'], price: ['price'], category: ['categories'] } },
    notes: 'any',
    made: titles,
  }),
  withList('woocommerce', 'WooCommerce’s products', 'products.csv', ofItems(woocommerce), {
    list: { ...twelve, columns: { item: ['SKU'], title: ['Name'], price: ['Regular price'], category: ['Categories'], stock: ['Stock'] } },
    made: titles,
  }),
  withList('bigcommerce', 'BigCommerce’s products: two columns of ids, and the log has the second', 'products.csv', ofItems(bigcommerce), {
    flags: ['--item-col', 'Code'],
    list: { ...twelve, columns: { item: ['Code'], title: ['Name'], price: ['Price'], brand: ['Brand'] } },
    made: titles,
  }),
  withList('bigcommerce-not-told', 'the same, not told: no id in common, and the flag is named', 'products.csv', ofItems(bigcommerce), {
    refuse: { message: /--key-col|--item-col/ },
  }),
  withList('amazon-told', 'a seller’s listings at Amazon, tabs', 'listings.txt', ofItems(amazon, { separator: '\t' }), {
    flags: ['--item-col', 'seller-sku', '--title-col', 'item-name'],
    list: { ...twelve, columns: { item: ['seller-sku'], title: ['item-name'], price: ['price'] } },
    made: titles,
  }),
  withList('merchant-center', 'Google’s and Facebook’s product feed, tabs', 'feed.tsv', ofItems(merchant, { separator: '\t' }), {
    list: { ...twelve, columns: { ...feed, group: ['item group id'] } },
    made: titles,
  }),
  withList(
    'merchant-center-names',
    'the same with _ in the names, commas',
    'feed.csv',
    ofItems(merchant.map(([name, value]) => [name.replaceAll(' ', '_'), value])),
    {
      list: { ...twelve, columns: { ...feed, group: ['item_group_id'] } },
      made: titles,
    },
  ),
  withList(
    'merchant-center-xml',
    'the feed as XML is refused',
    'feed.xml',
    '<?xml version="1.0"?>\n<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel>\n<item><g:id>A001</g:id></item></channel></rss>\n',
    {
      refuse: { details: { path: /feed\.xml$/ } },
    },
  ),
  withList('algolia', 'an index of Algolia’s', 'index.json', JSON.stringify(items.map(index)), {
    list: { ...twelve, columns: { item: ['objectID'], title: ['name'], price: ['price'], brand: ['brand'] } },
    made: titles,
  }),
];
