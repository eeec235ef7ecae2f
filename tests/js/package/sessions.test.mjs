/** Sessions through the real engine: lifetimes, the cart, forgetting, and the snippets of docs/sessions.md. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { load } from 'nearhand';

const bundle = readFileSync(process.env.NEARHAND_BUNDLE);
const DAY = 86_400_000;
const [A, B, C] = ['85123A', '22423', '47566'];
const ids = (slate) => slate.items.map(({ item }) => item);
const counts = (shop) => shop.session().map(({ item, kind, counts }) => `${kind} ${item} ${counts}`);

test('the snippets of docs/sessions.md run, and do what they say', async (t) => {
  t.mock.method(console, 'warn', () => {});
  const text = readFileSync(`${process.env.NEARHAND_ROOT}/docs/sessions.md`, 'utf8');
  const snippets = [...text.matchAll(/^```js\n(.*?)^```/gms)].map(([, code]) => code);
  assert.ok(snippets.length >= 6);
  const run = new (async () => {}).constructor('load', 'bundle', `${snippets.join('\n')}; return { shop, visitor, slate, again, shopInThePage };`);
  const { shop, visitor, slate, again, shopInThePage } = await run((source, options) => load(source, { tier: 'lite', ...options }), bundle);
  assert.deepEqual(shop.session(), []);
  assert.deepEqual(ids(again), ids(slate));
  assert.deepEqual(shopInThePage.session(), visitor.session());
});

test('each kind lives as long as it should', async () => {
  let now = Date.UTC(2026, 0, 1);
  const shop = await load(bundle, { tier: 'lite', now: () => now, lifetimes: { dismissedMs: 7 * DAY } });
  shop.observe({ kind: 'view', item: A });
  shop.observe({ kind: 'view', item: B });
  shop.observe({ kind: 'dismiss', item: C });
  shop.observe({ kind: 'cart-add', item: '21212' });
  now += DAY;
  assert.deepEqual(counts(shop), [`view ${A} recent`, `view ${B} recent`, `dismiss ${C} dismissed`, 'cart-add 21212 cart']);
  assert.deepEqual(ids(await shop.recommend({ placement: 'recently-viewed' })), [B, A]);
  const { items, events } = await shop.recommend({ k: 100, exclude: ['seen'] });
  assert.equal(events, 1, 'the cart alone speaks');
  assert.ok(items.some(({ item }) => item === A), 'what was viewed yesterday is not seen today');
  assert.ok(items.flatMap(({ reasons }) => reasons).every(({ item }) => item === undefined || item === '21212'));
  now += 7 * DAY;
  assert.ok(!counts(shop).some((text) => text.includes('dismiss')));
  shop.observe({ kind: 'view', item: C });
  now += 23 * DAY;
  assert.deepEqual(counts(shop), ['cart-add 21212 cart', `view ${C} recent`]);
  shop.close();
});

test('a refresh right after the cart is told shows it', async () => {
  const shop = await load(bundle, { tier: 'lite' });
  shop.observe({ kind: 'cart-add', item: A });
  const slate = await shop.recommend({ k: 20, exclude: ['cart'] });
  assert.ok(!ids(slate).includes(A) && slate.items[0].reasons.some(({ kind, item }) => kind === 'in-cart' && item === A));
  shop.setCart([{ item: B }, { item: 'of another shop' }]);
  const [cart] = await shop.recommendPage([{ placement: 'cart', k: 3 }]);
  assert.ok(cart.items.every(({ reasons }) => reasons.every(({ item }) => item === undefined || item === B)));
  assert.deepEqual(shop.session().map(({ item, known }) => [item, known]), [[A, true], [B, true], ['', false]]);
  assert.ok(shop.snapshot().length <= 1024);
  for (const lines of [[{ item: '' }], [{ item: A, quantity: 0 }]]) assert.throws(() => shop.setCart(lines), { code: 'event-invalid' });
  assert.throws(() => shop.setCart(Array(1001).fill({ item: A })), { code: 'invalid-option' });
  shop.close();
});

test('dismissals: not shown, taken back, and shown again', async () => {
  const shop = await load(bundle, { tier: 'lite' });
  const top = async () => ids(await shop.recommend({ k: 1 }))[0];
  const first = await top();
  shop.observe({ kind: 'dismiss', item: first });
  assert.notEqual(await top(), first);
  shop.undismiss(first);
  assert.equal(await top(), first);
  assert.deepEqual(shop.session(), []);
  shop.close();
});

test('a server\'s snapshot of the future, of another shop, and no snapshot at all', async () => {
  const shop = await load(bundle, { tier: 'lite' });
  const page = shop.page();
  page.observe({ kind: 'view', item: A });
  const future = page.snapshot();
  future[3] = 9;
  for (const [bytes, code] of [
    [future, 'snapshot-unsupported-version'],
    [new Uint8Array(), 'snapshot-foreign'],
    [page.snapshot().subarray(0, 20), 'snapshot-malformed'],
  ]) {
    assert.throws(() => shop.page(bytes), { code });
    await assert.rejects(shop.recommend({ session: bytes }), { code });
    await assert.rejects(load(bundle, { tier: 'lite', session: bytes }), { code });
  }
  assert.throws(() => shop.page('cookie'), { code: 'invalid-option' });
  assert.deepEqual(shop.session(), []);
  shop.close();
});
