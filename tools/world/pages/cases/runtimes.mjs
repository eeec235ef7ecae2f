// One slate, wherever it is made: Node, Deno, Bun, workerd, a worker thread, a service worker.
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { root } from '../../../face.mjs';
import { EVERYWHERE } from '../engines.mjs';
import { built } from '../bundled.mjs';
import { ROOM } from '../installed.mjs';

/** A slate of both tiers in one line. */
const told = `async function told(load, source, options = {}) {
  const out = [];
  for (const tier of ['full', 'lite']) {
    const shop = await load(source, { tier, ...options[tier] });
    shop.observe({ kind: 'view', item: '85123A' });
    const slate = await shop.recommend({ source: '22423' });
    out.push([slate.tier, slate.source, ...slate.items.map(({ item }) => item)].join(' '));
    shop.close();
  }
  return out;
}`;
const program = `import { load } from 'nearhand';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
${told}
const path = process.argv[2];
const all = [];
for (const source of [path, readFileSync(path), pathToFileURL(path)]) all.push(...(await told(load, source)));
console.log(JSON.stringify([...new Set(all)]));`;

let wanted;
/** What Node says. */
const byNode = async (ctx) => (wanted ??= await told_(ctx));
async function told_(ctx) {
  const { load } = await import(`${ctx.dist}/node.js`);
  return (0, eval)(`(${told})`)(load, ctx.bundle);
}

const runtime = (name, what, command, args) => ({
  name,
  what,
  needs: command ? 'tools' : undefined,
  // The package's own tests load it in Node.
  slow: true,
  async run(ctx) {
    mkdirSync(ctx.folder, { recursive: true });
    writeFileSync(`${ctx.folder}/app.mjs`, program);
    writeFileSync(`${ctx.folder}/package.json`, '{"type":"module"}');
    const ran = ctx.child(command?.() ?? process.execPath, [...args, `${ctx.folder}/app.mjs`, ctx.bundle], { cwd: ctx.folder });
    assert.deepEqual(await ran.json(), await byNode(ctx));
    assert.equal(ran.said().trim().split('\n').length, 1, `says nothing else: ${ran.said().slice(0, 400)}`);
  },
});

export const cases = [
  runtime('node', 'Node: by path, bytes and file URL', undefined, []),
  runtime('node-frozen', 'Node with frozen intrinsics, no code from strings and warnings as errors', undefined, ['--disable-warning=ExperimentalWarning', '--disallow-code-generation-from-strings', '--frozen-intrinsics', '--throw-deprecation']),
  runtime('deno', 'Deno, allowed to read and nothing else: the slates of Node', () => `${ROOM}/node_modules/.bin/deno`, ['run', '--allow-read', '--allow-env', '--node-modules-dir=manual', '--no-prompt']),
  runtime('bun', 'Bun: the slates of Node', () => `${ROOM}/node_modules/.bin/bun`, ['run']),
  {
    name: 'worker-thread',
    what: "a worker thread of Node's, two at once: the slates of Node",
    async run(ctx) {
      const { Worker } = await import('node:worker_threads');
      const code = `import { parentPort, workerData } from 'node:worker_threads';
        ${told}
        const { load } = await import(workerData.module);
        parentPort.postMessage(await told(load, workerData.bundle));`;
      const url = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
      const one = () =>
        new Promise((done, fail) => {
          const worker = new Worker(url, { workerData: { module: `file://${ctx.dist}/node.js`, bundle: ctx.bundle } });
          worker.once('message', done).once('error', fail);
        });
      for (const got of await Promise.all([one(), one()])) assert.deepEqual(got, await byNode(ctx));
    },
  },
  {
    name: 'workerd',
    what: "workerd, by its own entry and nothing named: the slates of Node",
    async run(ctx) {
      mkdirSync(ctx.folder, { recursive: true });
      const code = `import { load } from 'nearhand';
        ${told}
        let bundle;
        export default { async fetch(request, env) {
          try {
            bundle ??= await (await env.FILES.fetch('http://files/shop.safetensors')).arrayBuffer();
            return Response.json(await told(load, bundle));
          } catch (e) { return Response.json({ code: e.code, message: String(e.stack) }); }
        } };`;
      writeFileSync(`${ctx.folder}/worker.js`, await built(ctx, { code, conditions: ['workerd', 'worker'], external: ['*.wasm'], platform: 'neutral', mainFields: ['module', 'main'] }));
      for (const name of ['nearhand.wasm', 'nearhand-lite.wasm']) copyFileSync(`${ctx.dist}/${name}`, `${ctx.folder}/${name}`);
      mkdirSync(`${ctx.folder}/files`);
      copyFileSync(ctx.bundle, `${ctx.folder}/files/shop.safetensors`);
      writeFileSync(
        `${ctx.folder}/config.capnp`,
        `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [ (name = "main", worker = .main), (name = "files", disk = "files") ],
  sockets = [ (name = "http", address = "127.0.0.1:0", http = (), service = "main") ]
);
const main :Workerd.Worker = (
  modules = [ (name = "worker", esModule = embed "worker.js"), (name = "nearhand.wasm", wasm = embed "nearhand.wasm"), (name = "nearhand-lite.wasm", wasm = embed "nearhand-lite.wasm") ],
  bindings = [ (name = "FILES", service = "files") ],
  compatibilityDate = "2025-09-01",
);`,
      );
      const ran = ctx.child(`${root}/node_modules/.bin/workerd`, ['serve', 'config.capnp', '--control-fd=3'], { cwd: ctx.folder, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
      let port;
      for await (const line of createInterface({ input: ran.process.stdio[3] })) {
        const said = JSON.parse(line);
        if (said.event === 'listen') {
          port = said.port;
          break;
        }
      }
      assert.ok(port, `workerd listens: ${ran.said()}`);
      assert.deepEqual(await (await fetch(`http://127.0.0.1:${port}/`)).json(), await byNode(ctx));
    },
  },
  {
    name: 'module-worker',
    what: "a worker of the page's own that loads the package: lite and full answer there",
    on: EVERYWHERE,
    async run(ctx) {
      const worker = `import { load } from '/nearhand/browser.js'; ${told}
        told(load, '/shop.safetensors').then((said) => postMessage(said), (e) => postMessage([e.code, e.message]));`;
      const { page } = await ctx.shop({ bare: true, routes: { '/own.js': worker }, script: "new Worker('/own.js', { type: 'module' }).onmessage = ({ data }) => { globalThis.said = data; };" });
      assert.deepEqual(await page.until(() => globalThis.said), await byNode(ctx));
    },
  },
  {
    name: 'service-worker',
    what: 'a service worker that makes the slate (offline pages): lite answers there, where import() and Worker are not allowed',
    on: EVERYWHERE,
    async run(ctx) {
      const sw = await built(ctx, {
        code: `import { load } from 'nearhand/slim';
          self.addEventListener('install', () => self.skipWaiting());
          self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
          self.addEventListener('message', (event) => event.waitUntil((async () => {
            try {
              const shop = await load('/shop.safetensors', { tier: 'lite', wasm: { lite: '/nearhand/nearhand-lite.wasm' } });
              const slate = await shop.recommend({ source: '85123A' });
              event.source.postMessage([slate.tier, slate.items.length]);
            } catch (e) { event.source.postMessage([e.code, e.message]); }
          })()));`,
        format: 'iife',
      });
      const { page } = await ctx.shop({ bare: true, routes: { '/sw.js': sw }, script: ';' });
      await page.evaluate(async () => {
        navigator.serviceWorker.onmessage = ({ data }) => {
          globalThis.said = data;
        };
        await navigator.serviceWorker.register('/sw.js');
        (await navigator.serviceWorker.ready).active.postMessage('go');
      });
      assert.deepEqual(await page.until(() => globalThis.said), ['lite', 5]);
      await page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).unregister());
    },
  },
  {
    name: 'jest-jsdom',
    what: "a shop's unit tests in Jest with jsdom (no fetch, no TextDecoder, bytes of another realm): it works or is refused with a code that names what lacks; with that given it works",
    needs: 'tools',
    async run(ctx) {
      mkdirSync(`${ctx.folder}/t`, { recursive: true });
      writeFileSync(`${ctx.folder}/package.json`, JSON.stringify({ type: 'module', jest: { testEnvironment: 'jsdom', transform: {}, testMatch: ['<rootDir>/t/*.test.mjs'], moduleFileExtensions: ['mjs', 'js', 'json'] } }));
      writeFileSync(
        `${ctx.folder}/t/shop.test.mjs`,
        `import { readFileSync } from 'node:fs';
        import { TextDecoder, TextEncoder } from 'node:util';
        import { load, NearhandError } from 'nearhand';
        import { signals } from 'nearhand/signals';
        const dist = ${JSON.stringify(ctx.dist)}, bundle = ${JSON.stringify(ctx.bundle)};
        const use = async (source, options) => {
          try {
            const shop = await load(source, options);
            const { items } = await shop.recommend();
            shop.close();
            return items.length;
          } catch (e) {
            if (!(e instanceof NearhandError) || e.code === 'internal') throw e;
            return e.code;
          }
        };
        test('as it comes', async () => {
          const lacks = [];
          await load(readFileSync(bundle), { tier: 'lite', wasm: { lite: lite() } }).then((shop) => shop.close(), ({ code, message }) => lacks.push(code, message));
          if (lacks.length) expect(lacks).toEqual(['runtime-lacks', expect.stringMatching(/TextDecoder|TextEncoder/)]);
          Object.assign(globalThis, { TextDecoder, TextEncoder });
        });
        const lite = () => readFileSync(dist + '/nearhand-lite.wasm');
        test('by a URL, which jsdom cannot fetch', async () => expect(await use('/shop.safetensors', {})).toEqual(expect.any(String)));
        test('bytes of Node', async () => expect(await use(readFileSync(bundle), { tier: 'lite', wasm: { lite: lite() } })).toBe(5));
        test('bytes of its own', async () => expect(await use(Uint8Array.from(readFileSync(bundle)), { tier: 'lite', wasm: { lite: Uint8Array.from(lite()) } })).toBe(5));
        test('signals', () => {
          document.body.innerHTML = '<main data-nearhand-view="85123A"></main><button data-nearhand-cart-add="22423"></button>';
          const told = [];
          const stop = signals((s) => told.push(s.kind));
          document.querySelector('button').click();
          stop();
          expect(told).toEqual(expect.arrayContaining(['view', 'cart-add']));
        });`,
      );
      const ran = ctx.child(process.execPath, ['--experimental-vm-modules', `${ROOM}/node_modules/jest/bin/jest.js`, '--runInBand', '--rootDir', ctx.folder], { cwd: ctx.folder });
      const { code } = await ran.ended;
      assert.equal(code, 0, ran.said().slice(0, 1500));
    },
  },
  {
    name: 'happy-dom',
    what: 'the same in happy-dom, whose window is put over the globals of Node',
    needs: 'tools',
    async run(ctx) {
      mkdirSync(ctx.folder, { recursive: true });
      writeFileSync(
        `${ctx.folder}/app.mjs`,
        `import { Window } from 'happy-dom';
        import { readFileSync } from 'node:fs';
        const window = new Window({ url: 'http://localhost/' });
        for (const name of ['document', 'HTMLElement', 'Element', 'Node', 'MutationObserver', 'IntersectionObserver', 'localStorage', 'sessionStorage', 'Event', 'location', 'Document', 'ShadowRoot']) Object.defineProperty(globalThis, name, { value: window[name], configurable: true });
        for (const name of ['addEventListener', 'removeEventListener', 'dispatchEvent']) globalThis[name] = window[name].bind(window);
        globalThis.window = window;
        const { load } = await import(${JSON.stringify(`${ctx.dist}/browser.js`)});
        const { signals } = await import(${JSON.stringify(`${ctx.dist}/signals.js`)});
        document.body.innerHTML = '<main data-nearhand-view="85123A"></main>';
        const shop = await load(readFileSync(process.argv[2]), { tier: 'lite', consent: 'session', wasm: { lite: readFileSync(${JSON.stringify(`${ctx.dist}/nearhand-lite.wasm`)}) } });
        const stop = signals((s) => shop.observe(s));
        stop.flush();
        console.log(JSON.stringify([shop.session().map(({ item }) => item), (await shop.recommend()).items.length]));
        process.exit(0);`,
      );
      assert.ok(existsSync(`${ROOM}/node_modules/happy-dom`));
      const ran = ctx.child(process.execPath, [`${ctx.folder}/app.mjs`, ctx.bundle], { cwd: ctx.folder });
      assert.deepEqual(await ran.json(), [['85123A'], 5]);
    },
  },
];
