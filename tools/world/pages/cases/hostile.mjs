// Pages that are not ours: scripts that change what is built in, options and events that are not what they seem.
import assert from 'node:assert/strict';
import { EVERYWHERE } from '../engines.mjs';

/** A whole use, from load to a slate of the full tier; in the page. */
const whole = async () => {
  const shop = await n.load('/shop.safetensors', { consent: 'persistent' });
  const told = [];
  const stop = signals((s) => (told.push(s.kind), shop.observe(s)), { impressions: true });
  stop.view('85123A');
  stop.cartAdd('22423', 2);
  stop.flush();
  await shop.ready;
  const slate = await shop.recommend({ k: 5, where: { price: { lt: 100 } }, caps: { category: 3 }, rules: [{ boost: 2, where: { category: 'x' } }], explain: true });
  const page = await shop.recommendPage([{ k: 2 }, { k: 2, placement: 'home' }]);
  const kept = shop.snapshot();
  shop.restore(kept);
  const out = { tier: slate.tier, items: slate.items.length, page: page.map(({ items }) => items.length), session: shop.session().length, told: [...new Set(told)] };
  stop();
  shop.forget();
  shop.close();
  return out;
};
const RIGHT = { tier: 'full', items: 5, page: [2, 2], session: 2, told: ['view', 'cart-add'] };

const changed = (name, what, before, on = EVERYWHERE) => ({
  name,
  what,
  on,
  async run(ctx) {
    const { page } = await ctx.shop({ before });
    assert.deepEqual(await page.evaluate(whole), RIGHT);
  },
});

export const cases = [
  changed(
    'old-frameworks',
    'an old framework that puts its own Array.from, and each, clone, last into everything: all works, to the full tier',
    `Array.from = function (it) { if (!it) return []; if ('toArray' in Object(it)) return it.toArray(); const out = []; for (let i = 0; i < (it.length || 0); i++) out.push(it[i]); return out; };
    for (const name of ['each', 'clone', 'last', 'clean', 'associate', 'link', 'contains', 'invoke']) { Array.prototype[name] = function () { return this; }; Function.prototype[name] = function () {}; String.prototype[name] = function () { return this; }; }
    Element.prototype.remove = function () { return this; };
    document.getElementsByClassName = function () { return []; };`,
  ),
  changed(
    'grown-object',
    'Object.prototype with enumerable things of its own (get, set, value, map, hash): all works',
    `for (const name of ['hash', 'forEach', 'map', 'extend', 'isEmpty', 'item', 'k', 'where', 'signal', 'wasm', 'tier']) {
      Object.defineProperty(Object.prototype, name, { value: undefined, enumerable: true, writable: true, configurable: true });
    }`,
    ['chromium'],
  ),
  changed(
    'frozen-intrinsics',
    'a page that freezes all that is built in (hardened JavaScript): all works',
    'for (const name of Object.getOwnPropertyNames(globalThis)) { const value = globalThis[name]; if (typeof value !== "function" || /^(on|webkit|Worker|recorded)/.test(name)) continue; try { if (value.prototype && !/Element|Document|Window|Node|Event|Storage/.test(name)) Object.freeze(value.prototype); Object.freeze(value); } catch {} } Object.freeze(Object.prototype); Object.freeze(Array.prototype);',
    ['chromium', 'firefox'],
  ),
  changed(
    'wrapped-by-monitoring',
    'monitoring that wraps fetch, Worker, timers, addEventListener and console with functions of its own: all works',
    `const real = globalThis.fetch; globalThis.fetch = function (...a) { return real.apply(this, a).then((r) => (r.clone(), r)); };
    globalThis.Worker = new Proxy(Worker, { construct: (W, a) => new W(...a) });
    const add = EventTarget.prototype.addEventListener; EventTarget.prototype.addEventListener = function (type, f, o) { return add.call(this, type, typeof f === 'function' ? function (...a) { return f.apply(this, a); } : f, o); };
    const later = globalThis.setTimeout; globalThis.setTimeout = (f, ms, ...a) => later(() => f(...a), ms);`,
  ),
  changed(
    'node-like-page',
    'a desktop shell that gives its pages process, module, require, global and Buffer: the page is still a page',
    "globalThis.process = { versions: { node: '20.0.0', electron: '30' }, env: {}, nextTick: (f) => setTimeout(f), platform: 'linux' }; globalThis.module = { exports: {} }; globalThis.exports = module.exports; globalThis.require = () => { throw new Error('no'); }; globalThis.global = globalThis; globalThis.Buffer = class extends Uint8Array {};",
  ),
  changed(
    'amd-loader',
    'a page with an AMD loader and a define of its own: nothing is defined behind its back',
    "globalThis.define = Object.assign(() => { throw new Error('defined'); }, { amd: {} });",
    ['chromium'],
  ),
  {
    name: 'options-that-throw',
    what: 'options and events with getters that throw, proxies, __proto__ keys, cycles: an error with a name or what they say, and the next call works',
    on: EVERYWHERE,
    async run(ctx) {
      const { page } = await ctx.shop();
      const out = await page.evaluate(async () => {
        const shop = await n.load('/shop.safetensors', { tier: 'lite' });
        const cycle = {};
        cycle.where = cycle;
        const getter = (key) => Object.defineProperty({}, key, { enumerable: true, get() { throw new Error('boom'); } });
        const options = {
          getter: getter('k'),
          proxy: new Proxy({}, { get() { throw new Error('boom'); }, ownKeys() { throw new Error('boom'); } }),
          proto: JSON.parse('{"__proto__":{"k":1},"k":3}'),
          protoWhere: { where: JSON.parse('{"__proto__":["x"]}') },
          constructor: { constructor: 1 },
          cycle,
          long: { ['x'.repeat(10_000)]: 1 },
          lists: { excludeItems: Array.from({ length: 200_000 }, (_, i) => `i${i}`) },
          rules: { rules: Array.from({ length: 65 }, () => ({ boost: 2, items: ['a'] })) },
          symbol: { k: Symbol('x') },
          big: { k: 5n },
          nan: { k: Number.NaN },
          number: 7,
          text: 'k',
          nested: { where: { price: { lt: 'x'.repeat(100_000) } } },
        };
        const told = {};
        const say = (e) => (e instanceof n.NearhandError ? (e.message.length < 2000 ? e.code : `long ${e.message.length}`) : `${e?.name}: ${e?.message}`);
        for (const [name, given] of Object.entries(options)) told[name] = await Promise.resolve().then(() => shop.recommend(given)).then((s) => `slate ${s.items.length > 0}`, say);
        const events = { getter: getter('kind'), proto: JSON.parse('{"__proto__":null,"kind":"view","item":"85123A"}'), noItem: { kind: 'view' }, object: { kind: 'view', item: {} }, nul: null, none: undefined, huge: { kind: 'view', item: 'x'.repeat(1_000_000) }, dates: { kind: 'view', item: 'a', at: new Date('x') } };
        for (const [name, event] of Object.entries(events)) {
          try {
            shop.observe(event);
            told[`event ${name}`] = 'kept';
          } catch (e) {
            told[`event ${name}`] = say(e);
          }
        }
        const polluted = {}.k;
        return { told, polluted, items: (await shop.recommend()).items.length, ok: (shop.observe({ kind: 'view', item: '85123A' }), shop.session().length > 0) };
      });
      for (const [name, got] of Object.entries(out.told)) {
        assert.match(got, /^(slate true|kept|[a-z]+(-[a-z]+)*)$/, `${name}: ${got}`);
        assert.notEqual(got, 'internal', name);
      }
      assert.deepEqual([out.polluted ?? null, out.items, out.ok], [null, 5, true]);
    },
  },
  {
    name: 'ids-of-all-kinds',
    what: 'ids like __proto__, constructor, emoji, lone surrogates, zero bytes and long ones in events, feeds and options do no harm',
    on: EVERYWHERE,
    async run(ctx) {
      const { page } = await ctx.shop();
      const out = await page.evaluate(async () => {
        const shop = await n.load('/shop.safetensors', { tier: 'lite', consent: 'session' });
        const ids = ['__proto__', 'constructor', 'toString', '👩‍👩‍👧', '\ud800', 'a\u0000b', ' ', '<script>', '"', '85123a', 'é'.repeat(60), '-1', 'null'];
        const odd = [];
        for (const item of ids) {
          for (const call of [() => shop.observe({ kind: 'view', item }), () => shop.item(item), () => shop.recommend({ source: item, excludeItems: [item], curated: [item] })]) {
            await Promise.resolve().then(call).catch((e) => e instanceof n.NearhandError || odd.push(`${item}: ${e}`));
          }
        }
        const slate = await shop.recommend();
        return { odd, items: slate.items.length, snapshot: shop.snapshot().length <= 1024 };
      });
      assert.deepEqual(out, { odd: [], items: 5, snapshot: true });
    },
  },
  {
    name: 'host-goes-on',
    what: 'a sink that throws, a shop that was closed, signals stopped twice: the page goes on and its own handlers run',
    on: ['chromium'],
    async run(ctx) {
      const { page } = await ctx.shop({ body: '<button id="b" data-nearhand-cart-add="85123A">buy</button>' });
      await page.evaluate(() => {
        globalThis.sold = 0;
        globalThis.errors = [];
        document.querySelector('#b').addEventListener('click', () => sold++);
        globalThis.stop = signals(() => { throw new Error('analytics is down'); }, { onError: (e) => errors.push(e.message) });
      });
      await page.click('#b');
      const out = await page.evaluate(async () => {
        stop.flush();
        stop();
        stop();
        const shop = await n.load('/shop.safetensors', { tier: 'lite' });
        shop.close();
        shop.close();
        const told = await Promise.resolve().then(() => shop.recommend()).catch((e) => e.code);
        return { sold, errors: errors.length, told };
      });
      assert.deepEqual(out, { sold: 1, errors: 1, told: 'closed' });
    },
  },
];
