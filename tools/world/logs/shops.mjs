// Exports of shops and tills: orders, line by line.
import { csv, first, log, purchases, read, sold, titles } from '../exported.mjs';
import { orders, right, stamp } from '../shop.mjs';
import { marked, utf16le } from '../write.mjs';

const none = (name) => [name, () => ''];
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

const lookup = [
  ['order_item_id', (e, i) => i + 1],
  ['order_id', (e) => e.sessionNumber],
  ['product_id', (e) => e.number],
  ['variation_id', () => 0],
  ['customer_id', (e) => e.visitor.slice(1)],
  ['date_created', (e) => stamp(e.at)],
  ['product_qty', (e) => e.quantity],
  ['product_net_revenue', (e) => e.price * e.quantity],
];
const wooExport = [
  ['Order Number', (e) => e.sessionNumber],
  ['Order Status', () => 'Completed'],
  ['Order Date', (e) => stamp(e.at)],
  ['Customer Note', () => ''],
  ['First Name (Billing)', () => 'A'],
  ['SKU', (e) => e.id],
  ['Item #', (e, i) => i + 1],
  ['Item Name', (e) => e.title],
  ['Quantity', (e) => e.quantity],
  ['Item Cost', (e) => e.price],
];
const magentoLines = [
  ['item_id', (e, i) => i + 1],
  ['order_id', (e) => e.sessionNumber],
  ['store_id', () => 1],
  ['created_at', (e) => stamp(e.at)],
  ['updated_at', (e) => stamp(e.at + 5000)],
  ['product_id', (e) => e.number],
  ['product_type', () => 'simple'],
  ['sku', (e) => e.id],
  ['name', (e) => e.title],
  ['qty_ordered', (e) => `${e.quantity}.0000`],
  ['price', (e) => e.price.toFixed(4)],
];

export const cases = [
  read('shopify-orders', 'Shopify’s orders: later lines of an order have no time', csv(shopifyOrders, orders), {
    log: {
      ...sold,
      layout: /Shopify/,
      columns: {
        session: ['Name'],
        item: ['Lineitem sku'],
        time: ['Created at'],
        title: ['Lineitem name'],
        price: ['Lineitem price'],
        quantity: ['Lineitem quantity'],
      },
    },
    notes: ['times-carried'],
    made: titles,
  }),
  read(
    'shopify-orders-no-sku',
    'products without a SKU are left out and counted',
    csv(
      shopifyOrders.map(([name, value]) => (name === 'Lineitem sku' ? [name, (e) => (e.id === 'A001' ? '' : e.id)] : [name, value])),
      orders,
    ),
    {
      log: {
        ...right(orders.filter((e) => e.id !== 'A001')),
        rows: orders.length,
        left_out: { ...log.left_out, no_item: orders.filter((e) => e.id === 'A001').length },
      },
      notes: ['times-carried'],
    },
  ),
  read('woocommerce-lookup', 'WooCommerce’s table of order lines', csv(lookup, orders), {
    log: { ...sold, columns: { session: ['order_id'], item: ['product_id'], time: ['date_created'] } },
    flags: purchases,
  }),
  read('woocommerce-export', 'WooCommerce’s orders by a plugin', csv(wooExport, orders), {
    log: { ...sold, columns: { session: ['Order Number'], item: ['SKU'], time: ['Order Date'], title: ['Item Name'], quantity: ['Quantity'] } },
    made: { A001: { title: 'Mug 1' } },
  }),
  read('magento-orders', 'Magento’s table of order lines', csv(magentoLines, orders), {
    log: { ...sold, layout: /Magento/, columns: { session: ['order_id'], item: ['sku'], time: ['created_at'], quantity: ['qty_ordered'] } },
  }),
  read(
    'excel-unicode',
    'Excel’s "Unicode text" of a till',
    utf16le(
      marked(
        csv(
          [
            ['Bon', (e) => e.sessionNumber],
            ['Artikel', (e) => e.id],
            ['Datum', (e) => stamp(e.at)],
            ['Menge', (e) => e.quantity],
          ],
          orders,
          { separator: '\t', eol: '\r\n' },
        ),
      ),
    ),
    {
      file: 'Kasse.txt',
      flags: ['--session-col', 'Bon', '--event-item-col', 'Artikel', '--time-col', 'Datum', '--quantity-col', 'Menge', ...purchases],
      log: sold,
    },
  ),
];
