// The snippets of docs/signals.md, docs/measuring.md and docs/react.md, as they stand there: written to files, and run.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { before, test } from 'node:test';
import * as esbuild from 'esbuild';

const root = process.env.NEARHAND_ROOT;
const bundle = process.env.NEARHAND_BUNDLE;
const out = `${import.meta.dirname}/snippets`;

/** Blocks that begin with `// name.js`, as files. */
function written(doc) {
  const text = readFileSync(`${root}/docs/${doc}.md`, 'utf8');
  const files = [];
  for (const [, name, code] of text.matchAll(/^```jsx?\n\/\/ (\S+\.jsx?)\n(.*?)^```$/gms)) {
    mkdirSync(`${out}/${doc}`, { recursive: true });
    writeFileSync(`${out}/${doc}/${name}`, code.replaceAll('/models/shop.safetensors', bundle));
    files.push(name);
  }
  return files;
}
const use = (doc, name) => import(`${out}/${doc}/${name}`);
before(() => rmSync(out, { recursive: true, force: true }));

test('measuring.md: both arms are told, one is loaded', async () => {
  assert.deepEqual(written('measuring').sort(), ['arm.js', 'beacon.js', 'check.js', 'ga4.js', 'page.js', 'segment.js']);
  const { armOf } = await use('measuring', 'arm.js');
  const visitors = Array.from({ length: 50 }, (_, i) => `visitor ${i}`);
  const [control, slates] = ['control', 'slates'].map((arm) => visitors.find((v) => armOf(v) === arm));

  const calls = [];
  globalThis.gtag = (...args) => calls.push(args);
  const { start } = await use('measuring', 'page.js');
  assert.equal(await start(control), undefined);
  assert.deepEqual(calls[0], ['set', 'user_properties', { slates_1: 'control' }]);
  assert.deepEqual(calls[1], ['event', 'experiment_viewed', { experiment_id: 'slates-1', variant_id: 'control' }]);
  calls.length = 0;
  const shop = await start(slates);
  assert.equal((await shop.recommend({ k: 3 })).items.length, 3);
  assert.deepEqual(calls[1], ['event', 'experiment_viewed', { experiment_id: 'slates-1', variant_id: 'slates' }]);
  shop.close();

  const { metafile } = await esbuild.build({ entryPoints: [`${out}/measuring/page.js`], bundle: true, splitting: true, format: 'esm', outdir: 'x', write: false, metafile: true, loader: { '.wasm': 'file' }, conditions: ['browser'] });
  const [[, entry]] = Object.entries(metafile.outputs).filter(([, { entryPoint }]) => entryPoint?.endsWith('page.js'));
  const first = entry.imports.filter(({ kind }) => kind === 'import-statement').map(({ path }) => metafile.outputs[path].bytes);
  assert.ok(entry.bytes + first.reduce((a, b) => a + b, 0) < 6000, `the control arm downloads ${entry.bytes} and ${first} bytes`);
});

const click = { kind: 'slate-click', id: 'p.1', item: 'A', at: 1, slate: 's', rank: 2, placement: 'product' };
const others = [{ kind: 'cart-add', id: 'p.2', item: 'A', at: 1 }, { kind: 'impression', id: 'p.3', item: 'A', at: 1 }];

test('measuring.md: GA4 and Segment hear what a slate did, under the id of the happening', async () => {
  const calls = [];
  globalThis.gtag = (...args) => calls.push(args);
  globalThis.analytics = { track: (...args) => calls.push(args) };
  for (const name of ['ga4.js', 'segment.js']) {
    const { exposed, tell } = await use('measuring', name);
    exposed('slates');
    const before = calls.length;
    for (const signal of [click, ...others]) tell('slates', signal);
    assert.equal(calls.length, before + 1, 'the cart is the shop\'s own, and no slate is none');
  }
  assert.deepEqual(calls.find(([, name]) => name === 'select_item')[2], { variant_id: 'slates', event_id: 'p.1', item_list_id: 'product', items: [{ item_id: 'A', index: 2 }] });
  assert.deepEqual(calls.find(([name]) => name === 'Product Clicked').slice(1), [{ variation_id: 'slates', list_id: 'product', product_id: 'A', position: 2 }, { messageId: 'p.1' }]);
  assert.ok(calls.some(([name]) => name === 'Experiment Viewed'));
});

test('measuring.md: a beacon goes when the page is hidden, and what it has no room for stays', async () => {
  const listeners = [];
  const sent = [];
  let room = false;
  globalThis.addEventListener = (_, listener) => listeners.push(listener);
  globalThis.document = { visibilityState: 'visible' };
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { sendBeacon: (url, body) => (room && sent.push([url, JSON.parse(body)]), room) } });
  try {
    const { exposed, tell } = await use('measuring', 'beacon.js');
    exposed('control');
    tell('slates', click);
    listeners[0]();
    document.visibilityState = 'hidden';
    listeners[0]();
    room = true;
    listeners[0]();
    listeners[0]();
    assert.equal(sent.length, 1);
    assert.equal(sent[0][0], '/measure');
    assert.deepEqual(sent[0][1].map(({ test, arm, kind, id }) => [test, arm, kind, id]), [['slates-1', 'control', 'exposed', undefined], ['slates-1', 'slates', 'slate-click', 'p.1']]);
  } finally {
    for (const name of ['addEventListener', 'document', 'navigator']) delete globalThis[name];
  }
});

test('measuring.md: the numbers in the text are those of the functions', async () => {
  const { mismatch, needed, lift } = await use('measuring', 'check.js');
  const text = readFileSync(`${root}/docs/measuring.md`, 'utf8');
  for (const [rate, rise] of [[0.03, 0.05], [0.03, 0.2]]) assert.ok(text.includes(needed(rate, rise).toLocaleString('en')), `${needed(rate, rise)}`);
  assert.ok(mismatch(50_000, 50_300) < 3.3 && mismatch(50_000, 51_300) > 3.3);
  const { lift: rise, low, high } = lift({ orders: 3000, visitors: 100_000 }, { orders: 3300, visitors: 100_000 });
  assert.ok(Math.abs(rise - 0.1) < 1e-9 && low > 0.04 && low < 0.05 && high > 0.15 && high < 0.16, `${low} ${high}`);
  // The rise that `needed` is for is seen four times out of five: it lies 2.8 spreads away.
  const n = needed(0.03, 0.05);
  const spread = Math.sqrt((2 * 0.03 * 0.97) / n);
  assert.ok(Math.abs((0.03 * 0.05) / spread - 2.8) < 0.05);
});

test('signals.md: shop and analytics at once, consent', async () => {
  assert.deepEqual(written('signals').sort(), ['banner.js', 'both.js', 'card.js', 'consent.js', 'signals.js']);
  const { shop, stop } = await use('signals', 'signals.js');
  stop.view('85123A');
  stop.slateClick('22423', { slate: 's', rank: 1 });
  stop.cartAdd('22423', 2);
  stop.flush();
  assert.deepEqual(shop.session().map((e) => `${e.kind} ${e.item}`), ['view 85123A', 'cart-add 22423']);
  stop();

  const { both } = await use('signals', 'both.js');
  const track = [];
  const end = both(shop, (signal) => track.push(signal));
  end.slateClick('21212', { slate: 's', rank: 3 });
  end.dismiss('21212');
  end();
  assert.deepEqual(track.map((s) => [s.kind, s.item, s.slate]), [['slate-click', '21212', 's'], ['dismiss', '21212', undefined]]);
  shop.close();

  const consent = await use('signals', 'consent.js');
  consent.stop.view('85123A');
  consent.stop.cartAdd('22423');
  consent.stop.flush();
  assert.equal(consent.shop.session().length, 0);
  // The banner, as far as Node has one: two buttons and the cookie.
  const pressed = {};
  const none = { cookie: '', querySelector: (id) => ({ addEventListener: (_, listener) => (pressed[id] = listener) }) };
  globalThis.document = none;
  await use('signals', 'banner.js');
  assert.equal(none.cookie, '');
  pressed['#yes']();
  assert.match(none.cookie, /^nearhand-consent=persistent; Path=\//);
  consent.stop.flush();
  assert.deepEqual(consent.shop.session().map((e) => `${e.kind} ${e.item}`), ['view 85123A']);
  pressed['#no']();
  assert.match(none.cookie, /^nearhand-consent=memory;/);
  delete globalThis.document;
  consent.stop.view('22423');
  consent.stop();
  assert.equal(consent.shop.session().length, 0);
  assert.equal(consent.shop.info().consent, 'memory');
  consent.shop.close();
});

test('react.md: the app renders on a server and in the page alike; the recipe of Next.js compiles', async () => {
  assert.deepEqual(written('react').sort(), ['app.jsx', 'basket.jsx', 'consent.jsx', 'page.jsx', 'server.jsx', 'session.jsx']);
  const dir = `${out}/react`;
  writeFileSync(`${dir}/product.jsx`, "'use client';\nexport { App as Product } from './app.jsx';\n");
  writeFileSync(`${dir}/server.js`, 'export const server = {};\n');
  const common = { bundle: true, format: 'esm', jsx: 'automatic', outdir: `${dir}/out`, packages: 'external', platform: 'node', outExtension: { '.js': '.mjs' } };
  await esbuild.build({ ...common, entryPoints: ['server', 'page', 'basket', 'consent', 'session'].map((name) => `${dir}/${name}.jsx`) });
  const { load } = await import('nearhand');
  const { visitors } = await import('nearhand/server');
  const shop = await load(bundle, { tier: 'lite' });
  const server = visitors({ open: () => shop, keys: ['k'.repeat(32)] });
  const { render } = await import(`${dir}/out/server.mjs`);
  const html = await render(await server.visit({ headers: {} }), '85123A');
  const start = JSON.parse(html.match(/data-nearhand="head-start">(.*)<\/script>/)[1]);
  assert.deepEqual([start.viewed, typeof start.session, start.slates['also-like'].items.length], ['85123A', 'string', 4]);
  for (const { item } of start.slates['also-like'].items) assert.ok(html.includes(`data-nearhand-click="${item}"`), html);
  for (const name of ['basket', 'consent', 'session']) await import(`${dir}/out/${name}.mjs`);
  shop.close();
});
