// The shop object in the hands of frameworks: kept in reactive state, logged, mounted twice, given values of another realm.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import vm from 'node:vm';
import { EVERYWHERE } from '../engines.mjs';
import { built } from '../bundled.mjs';

const counted = 'globalThis.workers = 0; globalThis.Worker = class extends Worker { constructor(...a) { super(...a); workers++; } };';

/** What each way of holding a shop must allow. */
const use = async (held) => {
  held.observe({ kind: 'view', item: '85123A' });
  const slate = await held.recommend({ k: 3 });
  const { bundle } = held.info();
  held.session();
  return slate.items.length === 3 && bundle.items > 0 && (await held.ready) === 'lite';
};

export const cases = [
  {
    name: 'object-of-the-shop',
    what: 'the shop is frozen, its methods work apart from it, it can be logged, copied and compared without an error',
    async run(ctx) {
      const { load } = await import(`${ctx.dist}/node.js`);
      const shop = await load(ctx.bundle, { tier: 'lite' });
      assert.equal(Object.isFrozen(shop), true);
      const { observe, recommend, session, info } = shop;
      observe({ kind: 'view', item: '85123A' });
      assert.equal((await recommend({ k: 3 })).items.length, 3);
      assert.deepEqual([session().length, info().tier], [1, 'lite']);
      assert.equal(typeof JSON.stringify({ shop, slate: await recommend() }), 'string');
      const { inspect } = await import('node:util');
      assert.equal(typeof inspect(shop, { depth: 6, showHidden: true, getters: true }), 'string');
      assert.ok(await use({ ...shop }));
      shop.close();
    },
  },
  {
    name: 'proxy-of-a-store',
    what: 'a store that wraps what it holds in proxies, as reactive frameworks do: all methods work through them',
    on: EVERYWHERE,
    async run(ctx) {
      const { page } = await ctx.shop();
      const out = await page.evaluate(async (use) => {
        // Plain data are wrapped when they are read; what is frozen must come back as it is.
        const wrap = (value) =>
          value !== null && typeof value === 'object' && !(value instanceof Promise) && Object.isExtensible(value)
            ? new Proxy(value, { get: (target, key, self) => wrap(Reflect.get(target, key, self)) })
            : value;
        const shop = await n.load('/shop.safetensors', { tier: 'lite' });
        return (0, eval)(`(${use})`)(wrap({ shop }).shop);
      }, String(use));
      assert.equal(out, true);
    },
  },
  {
    name: 'vue-mobx',
    what: "Vue's ref, reactive and computed, and MobX's observable hold a shop and a slate",
    needs: 'tools',
    async run(ctx) {
      mkdirSync(ctx.folder, { recursive: true });
      const app = `${ctx.folder}/app.mjs`;
      writeFileSync(
        app,
        `import { load } from 'nearhand';
        import { computed, reactive, ref, toRaw } from 'vue';
        import { autorun, makeAutoObservable, observable } from 'mobx';
        const use = ${use};
        const shop = await load(process.argv[2], { tier: 'lite' });
        const told = { ref: await use(ref(shop).value), reactive: await use(reactive({ shop }).shop), computed: await use(computed(() => shop).value), raw: await use(toRaw(reactive({ shop })).shop) };
        told.observable = await use(observable({ shop }).shop);
        class Store { shop = shop; slate = undefined; constructor() { makeAutoObservable(this); } }
        const store = new Store();
        told.store = await use(store.shop);
        const slate = ref(await shop.recommend({ k: 3 }));
        told.slate = slate.value.items.map(({ item }) => item).length === 3;
        shop.close();
        console.log(JSON.stringify(told));`,
      );
      const told = await ctx.child(process.execPath, [app, ctx.bundle]).json();
      assert.deepEqual(Object.entries(told).filter(([, fine]) => fine !== true), []);
    },
  },
  {
    name: 'react-strict-mode',
    what: 'React in StrictMode mounts twice and lets go once: one shop, one worker, one download; the page answers',
    on: EVERYWHERE,
    async run(ctx) {
      const script = await built(ctx, {
        define: { 'process.env.NODE_ENV': '"development"' },
        code: `import { StrictMode, useEffect, useState } from 'react';
          import { createRoot } from 'react-dom/client';
          import { createElement as h } from 'react';
          globalThis.mounts = 0;
          function Widget({ name }) {
            const [told, tell] = useState('');
            useEffect(() => {
              mounts++;
              const stop = new AbortController();
              let shop;
              n.load('/shop.safetensors', { signal: stop.signal, thread: 'worker', timeouts: { slateMs: 10_000 } }).then(async (made) => {
                shop = made;
                await shop.ready;
                const slate = await shop.recommend({ k: 3 });
                tell(slate.items.length + ' ' + slate.tier);
              }).catch((e) => e.code === 'aborted' || tell(e.code));
              return () => { stop.abort(); shop?.close(); };
            }, []);
            return h('p', { className: 'told', id: name }, told);
          }
          createRoot(document.querySelector('#root')).render(h(StrictMode, null, h(Widget, { name: 'a' }), h(Widget, { name: 'b' })));`,
      });
      const { site, page } = await ctx.shop({ before: counted, body: '<div id="root"></div>', routes: { '/app.js': script }, script: "await import('/app.js');" });
      await page.until(() => [...document.querySelectorAll('.told')].every((p) => p.textContent === '3 full') && mounts);
      assert.deepEqual(await page.evaluate(() => [mounts, workers]), [4, 1]);
      assert.equal(site.requests.filter(({ path }) => path === '/shop.safetensors').length, 1);
    },
  },
  {
    name: 'values-of-another-realm',
    what: 'bytes, modules, URLs, signals and options that come from an iframe are taken as if they were our own',
    on: EVERYWHERE,
    async run(ctx) {
      const { page } = await ctx.shop({ body: '<iframe></iframe>' });
      const out = await page.evaluate(async () => {
        const other = frames[0];
        const bytes = await (await fetch('/shop.safetensors')).arrayBuffer();
        const theirs = new other.Uint8Array(bytes.byteLength);
        theirs.set(new Uint8Array(bytes));
        const module = await other.WebAssembly.compile(await (await fetch('/nearhand/nearhand-lite.wasm')).arrayBuffer());
        const told = {};
        const sources = {
          bytes: [theirs, {}],
          buffer: [theirs.buffer, {}],
          response: [await other.fetch('/shop.safetensors'), {}],
          url: [new other.URL('/shop.safetensors', location.href), {}],
          module: [theirs, { wasm: { lite: module } }],
          signal: [theirs, { signal: new other.AbortController().signal }],
          options: [theirs, Object.assign(new other.Object(), { consent: 'memory' })],
        };
        for (const [name, [source, options]] of Object.entries(sources)) {
          told[name] = await n.load(source, Object.assign(options, { tier: 'lite' })).then(
            async (shop) => {
              shop.observe(Object.assign(new other.Object(), { kind: 'view', item: '85123A' }));
              const kept = shop.snapshot();
              const copy = new other.Uint8Array(kept.length);
              copy.set(kept);
              shop.restore(copy);
              const slate = await shop.recommend(Object.assign(new other.Object(), { k: 2, excludeItems: other.Array.of('22423') }));
              shop.close();
              return slate.items.length;
            },
            (e) => `${e.code}: ${e.message}`,
          );
        }
        return told;
      });
      assert.deepEqual(Object.entries(out).filter(([, got]) => got !== 2), []);
    },
  },
  {
    name: 'values-of-a-vm',
    what: "bytes and options out of Node's vm, where jsdom and test runners live, are taken",
    async run(ctx) {
      const { load } = await import(`${ctx.dist}/node.js`);
      const sandbox = vm.createContext({ from: readFileSync(ctx.bundle), wasm: readFileSync(`${ctx.dist}/nearhand-lite.wasm`) });
      const { bytes, options, event } = vm.runInContext(
        "({ bytes: Uint8Array.from(from), options: { tier: 'lite', wasm: { lite: Uint8Array.from(wasm) } }, event: { kind: 'view', item: '85123A' } })",
        sandbox,
      );
      const shop = await load(bytes, options);
      shop.observe(event);
      assert.equal((await shop.recommend(vm.runInContext("({ k: 3, where: { price: { lt: 50 } }, exclude: ['seen'] })", sandbox))).items.length, 3);
      shop.close();
    },
  },
];
