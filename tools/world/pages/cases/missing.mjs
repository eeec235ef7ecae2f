// What a browser or a server does not have or does otherwise has a name: a code of its own, and the option that helps. There is
// a slate all the same, wherever one can be made.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { EVERYWHERE } from '../engines.mjs';
import { html } from '../site.mjs';

/** Runs in the page. Never throws: what came of it. */
const go = async (url, options) => {
  try {
    const shop = await n.load(url, options);
    const slate = await shop.recommend({ k: 5 });
    const ready = await shop.ready;
    const { full } = shop.info();
    const out = { items: slate.items.length, source: slate.source, notes: slate.notes, ready, full };
    shop.close();
    return out;
  } catch (e) {
    return { code: e?.code, message: String(e?.message), own: e instanceof n.NearhandError, details: e?.details };
  }
};
const SHOP = '/shop.safetensors';
/** An error of its own, never one from inside. */
function named(out, code, says = /./) {
  assert.ok(out.own, `a NearhandError: ${JSON.stringify(out)}`);
  assert.notEqual(out.code, "internal", JSON.stringify(out));
  if (code) assert.match(out.code, code);
  assert.match(out.message, says);
}
const said = (out, says) => assert.match(`${out.full?.error?.code} ${out.full?.error?.message}`, says);
/** A slate without the engine, or an error with a name: the bar is the first where a bundle's catalog can be read. */
const answers = (out) => assert.equal(out.items, 5, JSON.stringify(out));

export const cases = [
  {
    name: 'no-webassembly',
    what: "no WebAssembly at all (lockdown mode, hardened browsers): with `fallback` popular items from the bundle's catalog or the host's own, without it an error that says so",
    on: EVERYWHERE,
    async run(ctx) {
      const { page } = await ctx.shop({ before: 'delete globalThis.WebAssembly;' });
      const out = await page.evaluate(go, SHOP, { fallback: true });
      answers(out);
      assert.equal(out.source, 'popular');
      const own = await page.evaluate(go, '/gone.safetensors', { fallback: [{ item: 'A1', title: 'Lantern' }, { item: 'A2', title: 'Teapot' }] });
      assert.equal(own.items, 2, JSON.stringify(own));
      named(await page.evaluate(go, SHOP), /^wasm-unsupported$/, /fallback/);
    },
    console: /404|gone/,
  },
  {
    name: 'no-webassembly-any-tier',
    what: 'the same, whichever tier is asked for: a slate or wasm-unsupported, and nothing escapes into the console',
    on: ['chromium'],
    async run(ctx) {
      const { page } = await ctx.shop({ before: 'delete globalThis.WebAssembly;' });
      for (const tier of ['progressive', 'lite', 'full']) {
        const out = await page.evaluate(go, SHOP, { tier });
        if (out.code) named(out, /^wasm-unsupported$/);
        else answers(out);
      }
      await ctx.sleep(300);
    },
  },
  {
    name: 'no-webassembly-own-list',
    what: "no WebAssembly: the shop goes on to keep sessions and says what it cannot do; nothing is a TypeError",
    on: ['chromium'],
    async run(ctx) {
      const { page } = await ctx.shop({ before: 'delete globalThis.WebAssembly;' });
      const out = await page.evaluate(async () => {
        const shop = await n.load('/shop.safetensors', { fallback: true });
        const told = {};
        const calls = {
          observe: () => shop.observe({ kind: 'view', item: '85123A' }),
          session: () => shop.session(),
          snapshot: () => shop.snapshot(),
          item: () => shop.item('85123A'),
          items: () => shop.items(),
          page: () => shop.recommendPage([{ k: 2 }, { k: 2 }]),
          where: () => shop.recommend({ where: { price: { lt: 5 } }, excludeItems: ['85123A'] }),
          info: () => shop.info(),
          forget: () => shop.forget(),
          close: () => shop.close(),
        };
        for (const [name, call] of Object.entries(calls)) {
          told[name] = await Promise.resolve().then(call).then(() => 'ok', (e) => e.code ?? `${e.name}: ${e.message}`);
        }
        return told;
      });
      for (const [name, got] of Object.entries(out)) assert.match(got, /^[a-z-]+$/, `${name}: ${got}`);
      assert.equal(out.close, 'ok');
    },
  },
  {
    name: 'no-fetch',
    what: 'no fetch, or one that a script took away: an error with a name that says to pass bytes',
    on: EVERYWHERE,
    async run(ctx) {
      const { page } = await ctx.shop({ before: 'delete globalThis.fetch; globalThis.fetch = undefined;' });
      const out = await page.evaluate(go, SHOP, { tier: 'lite' });
      named(out, undefined, /fetch/);
      assert.doesNotMatch(out.message, /is not a function|not defined/);
    },
  },
  {
    name: 'no-text-decoder',
    what: 'no TextDecoder (jsdom, old in-app views): it works, or the error has a name',
    on: ['chromium'],
    async run(ctx) {
      const { page } = await ctx.shop({ before: 'delete globalThis.TextDecoder; delete globalThis.TextEncoder;' });
      const out = await page.evaluate(go, SHOP, { tier: 'lite' });
      if (out.code) named(out, undefined, /TextDecoder|TextEncoder/);
      else answers(out);
    },
  },
  {
    name: 'no-worker',
    what: "no Worker (a kiosk, a policy): the full tier answers in the page's thread; where a worker is asked for, lite does, and info says what it wants",
    on: EVERYWHERE,
    async run(ctx) {
      const { page } = await ctx.shop({ before: 'delete globalThis.Worker; globalThis.Worker = undefined;' });
      assert.equal((await page.evaluate(go, SHOP, { thread: 'page' })).ready, 'full');
      const out = await page.evaluate(go, SHOP, { thread: 'worker' });
      answers(out);
      assert.equal(out.ready, 'lite');
      said(out, /worker/i);
      assert.doesNotMatch(JSON.stringify(out.full), /internal|is not a constructor/);
    },
  },
  {
    name: 'insecure-context',
    what: 'plain http on a name of its own (a staging shop): no crypto.subtle, and the digest is checked all the same',
    on: ['chromium'],
    async run(ctx) {
      const launch = { args: ['--host-resolver-rules=MAP shop.test 127.0.0.1'] };
      const site = await ctx.site({ '/index.html': html() }, { name: 'shop.test' });
      const page = await ctx.page(`${site.url}/index.html`, { launch });
      await page.until(() => globalThis.ready_);
      assert.equal(await page.evaluate(() => isSecureContext || 'subtle' in crypto), false);
      const digest = 'f'.repeat(64);
      const out = await page.evaluate(go, SHOP);
      assert.deepEqual([out.items, out.ready], [5, 'full']);
      named(await page.evaluate(go, SHOP, { digest }), /^bundle-digest-mismatch$/);
    },
  },
  {
    name: 'csp-without-wasm',
    what: 'a CSP without wasm-unsafe-eval: there is a slate, or an error that names the word',
    on: EVERYWHERE,
    console: /Content.Security.Policy|wasm|WebAssembly|Refused|blocked/i,
    async run(ctx) {
      const csp = { 'content-security-policy': "default-src 'self'; img-src data:" };
      const main = `import * as n from '/nearhand/browser.js'; globalThis.n = n; globalThis.ready_ = true;`;
      const { page } = await ctx.shop({ bare: true, head: '<script type="module" src="/main.js"></script>', routes: { '/main.js': main }, headers: csp });
      const out = await page.evaluate(go, SHOP);
      if (out.code) named(out, /^wasm-unsupported$/, /wasm-unsafe-eval/);
      else answers(out);
    },
  },
  {
    name: 'csp-strict',
    what: "the CSP that the README names is enough, and nothing breaks it: script-src 'self' 'wasm-unsafe-eval', worker-src 'self'",
    on: EVERYWHERE,
    async run(ctx) {
      const csp = { 'content-security-policy': "default-src 'none'; connect-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; img-src data:" };
      const main = `import * as n from '/nearhand/browser.js'; globalThis.n = n; globalThis.ready_ = true;`;
      const { page } = await ctx.shop({ bare: true, head: '<script type="module" src="/main.js"></script>', routes: { '/main.js': main }, headers: csp });
      const out = await page.evaluate(go, SHOP);
      assert.deepEqual([out.items, out.ready], [5, 'full'], JSON.stringify(out));
    },
  },
  {
    name: 'csp-connect',
    what: 'a CSP whose connect-src leaves the bundle out: fetch-failed with the URL',
    on: EVERYWHERE,
    console: /Content.Security.Policy|Refused|blocked|connect/i,
    async run(ctx) {
      const other = await ctx.site({}, { name: '127.0.0.1', headers: { 'access-control-allow-origin': '*' } });
      const main = `import * as n from '/nearhand/browser.js'; globalThis.n = n; globalThis.ready_ = true;`;
      const { page } = await ctx.shop({ bare: true, head: '<script type="module" src="/main.js"></script>', routes: { '/main.js': main }, headers: { 'content-security-policy': "default-src 'self' 'wasm-unsafe-eval'; img-src data:" } });
      named(await page.evaluate(go, `${other.url}/shop.safetensors`, { tier: 'lite' }), /^fetch-failed$/, /127\.0\.0\.1/);
    },
  },
  {
    name: 'trusted-types',
    what: 'Trusted Types enforced, a policy `nearhand` allowed: the full tier serves; with `worker` a function that vouches for it, the console is empty',
    on: ['chromium'],
    // The plain way is tried first: whether types are enforced, no page can ask.
    console: /TrustedScriptURL/,
    async run(ctx) {
      const main = `import * as n from '/nearhand/browser.js'; globalThis.n = n; globalThis.ready_ = true;`;
      const csp = { 'content-security-policy': "script-src 'self' 'wasm-unsafe-eval'; require-trusted-types-for 'script'; trusted-types nearhand" };
      const { page } = await ctx.shop({ bare: true, head: '<script type="module" src="/main.js"></script>', routes: { '/main.js': main }, headers: csp });
      const right = (out) => assert.deepEqual([out.items, out.ready], [5, 'full'], JSON.stringify(out.full));
      const own = await page.evaluate(async (url) => {
        const policy = trustedTypes.createPolicy('nearhand', { createScriptURL: (text) => text });
        const shop = await n.load(url, { worker: () => new Worker(policy.createScriptURL('/nearhand/worker.js'), { type: 'module' }) });
        const out = { items: (await shop.recommend({ k: 5 })).items.length, ready: await shop.ready, full: shop.info().full };
        shop.close();
        return out;
      }, SHOP);
      right(own);
      assert.deepEqual(await page.faults(), []);
      right(await page.evaluate(go, SHOP, { thread: 'worker' }));
    },
  },
  {
    name: 'trusted-types-refused',
    what: 'Trusted Types enforced and no policy allowed: lite answers, and the message names what to allow or the `worker` option',
    on: ['chromium'],
    console: /TrustedScriptURL|[Tt]rusted/,
    async run(ctx) {
      const main = `import * as n from '/nearhand/browser.js'; globalThis.n = n; globalThis.ready_ = true;`;
      const csp = { 'content-security-policy': "script-src 'self' 'wasm-unsafe-eval'; require-trusted-types-for 'script'; trusted-types 'none'" };
      const { page } = await ctx.shop({ bare: true, head: '<script type="module" src="/main.js"></script>', routes: { '/main.js': main }, headers: csp });
      const out = await page.evaluate(go, SHOP, { thread: 'worker' });
      answers(out);
      said(out, /`?worker`?|[Tt]rusted/);
    },
  },
  {
    name: 'coep',
    what: 'the page is cross-origin isolated and worker.js has no such header: lite answers, and the message names the header; with it full serves',
    on: ['chromium', 'firefox'],
    console: /COEP|Embedder|blocked|worker/i,
    async run(ctx) {
      const headers = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
      const { page } = await ctx.shop({ routes: { '/index.html': { body: html(), headers } } });
      assert.equal(await page.evaluate(() => crossOriginIsolated), true);
      const bare = await page.evaluate(go, SHOP, { thread: 'worker' });
      answers(bare);
      if (bare.ready !== 'full') said(bare, /COEP|[Ee]mbedder/);
      const { page: right } = await ctx.shop({ headers });
      assert.equal((await right.evaluate(go, SHOP, { thread: 'worker' })).ready, 'full');
    },
  },
  {
    name: 'html-for-wasm',
    what: "a single-page server that answers every unknown path with the app's HTML, status 200: the error says that it is HTML, and from where",
    on: EVERYWHERE,
    async run(ctx) {
      const app = { body: html(), type: 'text/html' };
      const { page } = await ctx.shop({ routes: { '/gone/lite.wasm': app, '/gone/shop.safetensors': app, '/gone/worker.js': app } });
      const wasm = await page.evaluate(go, SHOP, { tier: 'lite', wasm: { lite: '/gone/lite.wasm' } });
      if (wasm.code) named(wasm, /^(?!wasm-unsupported)/, /HTML|html/);
      else answers(wasm);
      named(await page.evaluate(go, '/gone/shop.safetensors', { tier: 'lite' }), undefined, /HTML|html/);
    },
  },
  {
    name: 'worker-404',
    what: 'the worker script is not there: lite answers, and the message has its URL',
    on: EVERYWHERE,
    console: /404|worker|Failed to load/i,
    async run(ctx) {
      const { page } = await ctx.shop({ routes: { '/nearhand/worker.js': { body: 'not found', status: 404, type: 'text/plain' } } });
      const out = await page.evaluate(go, SHOP, { thread: 'worker' });
      answers(out);
      assert.equal(out.ready, 'lite');
      said(out, /worker\.js/);
    },
  },
  {
    name: 'worker-hangs',
    what: 'the worker script never comes: lite answers meanwhile, and what waits for the full tier ends by the timeout that was set',
    on: ['chromium'],
    async run(ctx) {
      const { page } = await ctx.shop({ routes: { '/nearhand/worker.js': () => {} } });
      const out = await page.evaluate(async () => {
        const shop = await n.load('/shop.safetensors', { thread: 'worker' });
        const from = performance.now();
        const slate = await shop.recommend();
        const took = performance.now() - from;
        shop.close();
        return { items: slate.items.length, tier: slate.tier, soon: took < 1000, ready: await Promise.race([shop.ready, new Promise((d) => setTimeout(d, 2000, 'waits'))]) };
      });
      assert.deepEqual(out, { items: 5, tier: 'lite', soon: true, ready: 'lite' });
    },
  },
  {
    name: 'wrong-type-of-wasm',
    what: 'a server that knows no .wasm (octet-stream, text/plain, no type): it works, and the console stays empty',
    on: EVERYWHERE,
    async run(ctx) {
      const wasm = (type) => ({ file: `${ctx.dist}/nearhand-lite.wasm`, type });
      const { page } = await ctx.shop({ routes: { '/a.wasm': wasm('application/octet-stream'), '/b.wasm': wasm('text/plain'), '/c.wasm': (_, response) => response.end(readFileSync(`${ctx.dist}/nearhand-lite.wasm`)) } });
      for (const lite of ['/a.wasm', '/b.wasm', '/c.wasm']) answers(await page.evaluate(go, SHOP, { tier: 'lite', wasm: { lite } }));
    },
  },
  {
    name: 'other-origin',
    what: "the package's files on another origin with CORS (a CDN): the full tier serves",
    on: EVERYWHERE,
    // Firefox says it of a worker that it refuses, before it is made another way.
    console: /Security Error/,
    async run(ctx) {
      const cdn = await ctx.site({}, { name: '127.0.0.1', headers: { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' } });
      const { page } = await ctx.shop({ bare: true, script: `import * as n from '${cdn.url}/nearhand/browser.js'; globalThis.n = n;` });
      for (const thread of ['page', 'worker']) {
        const out = await page.evaluate(go, `${cdn.url}/shop.safetensors`, { thread });
        assert.deepEqual([out.items, out.ready], [5, 'full'], JSON.stringify(out));
      }
    },
  },
  {
    name: 'no-cors',
    what: 'the bundle on another origin without CORS: fetch-failed, with the URL',
    on: EVERYWHERE,
    console: /CORS|Access-Control|Failed to load|Cross-Origin/i,
    async run(ctx) {
      const cdn = await ctx.site({}, { name: '127.0.0.1' });
      const { page } = await ctx.shop();
      named(await page.evaluate(go, `${cdn.url}/shop.safetensors`, { tier: 'lite' }), /^fetch-failed$/, /127\.0\.0\.1/);
    },
  },
  {
    name: 'body-already-read',
    what: 'a Response whose body was read, a Promise, or nothing where a bundle belongs: an error with a name, at once',
    on: EVERYWHERE,
    async run(ctx) {
      const { page } = await ctx.shop();
      const out = await page.evaluate(async () => {
        const told = {};
        const used = await fetch('/shop.safetensors');
        await used.arrayBuffer();
        const sources = { used, promise: fetch('/shop.safetensors'), null: null, undefined, number: 7, object: {}, empty: '', blob: new Blob(['x']), array: [1, 2] };
        for (const [name, source] of Object.entries(sources)) {
          told[name] = await n.load(source, { tier: 'lite' }).then(
            (shop) => (shop.close(), 'works'),
            (e) => (e instanceof n.NearhandError ? e.code : `${e?.name}: ${e?.message}`),
          );
        }
        return told;
      });
      for (const [name, got] of Object.entries(out)) {
        assert.match(got, /^[a-z-]+$/, `${name}: ${got}`);
        assert.notEqual(got, 'internal', name);
      }
      assert.notEqual(out.used, 'works');
    },
  },
  {
    name: 'digest-of-the-host',
    what: "a digest that is not the bundle's: the message says whose is which, and does not say to fetch it again",
    on: ['chromium'],
    async run(ctx) {
      const { page } = await ctx.shop();
      const out = await page.evaluate(go, SHOP, { tier: 'lite', digest: 'a'.repeat(64) });
      named(out, /^bundle-digest-mismatch$/);
      assert.doesNotMatch(out.message, /fetch it again/);
      for (const digest of ['abc', '', 7, 'z'.repeat(64), 'sha256-abc']) named(await page.evaluate(go, SHOP, { tier: 'lite', digest }), /^(invalid-option|bundle-digest-mismatch)$/);
    },
  },
  {
    name: 'base-href',
    what: 'a page with <base href> (Angular): relative paths are those of the document',
    on: EVERYWHERE,
    async run(ctx) {
      const site = await ctx.site({ '/shop/deep/index.html': html({ head: '<base href="/files/">' }), '/files/b.safetensors': { file: ctx.bundle }, '/files/l.wasm': { file: `${ctx.dist}/nearhand-lite.wasm` }, '/files/f.wasm': { file: `${ctx.dist}/nearhand.wasm` } });
      const page = await ctx.page(`${site.url}/shop/deep/index.html`);
      await page.until(() => globalThis.ready_);
      const out = await page.evaluate(go, 'b.safetensors', { wasm: { lite: 'l.wasm', full: 'f.wasm' } });
      assert.deepEqual([out.items, out.ready], [5, 'full'], JSON.stringify(out));
    },
  },
  {
    name: 'downloads-end',
    what: 'the second file of a bundle is on its way and the shop is closed, or its load was ended: the download ends too',
    on: ['chromium'],
    async run(ctx) {
      const open = new Set();
      const slow = (_, response) => {
        open.add(response);
        response.writeHead(200, { 'content-type': 'application/octet-stream' });
        const timer = setInterval(() => response.write(Buffer.alloc(4096)), 30);
        response.on('close', () => (clearInterval(timer), open.delete(response)));
      };
      const { page } = await ctx.shop({ routes: { '/model.safetensors': slow } });
      await page.evaluate(async () => {
        const shop = await n.load('/shop.safetensors', { model: '/model.safetensors' });
        globalThis.shop = shop;
      });
      await ctx.sleep(300);
      assert.equal(open.size, 1, 'it has begun');
      await page.evaluate(() => shop.close());
      // A shop that is closed waits a moment for a page that loads it again.
      const ended = async (after) => {
        for (let i = 0; open.size && i < 100; i++) await ctx.sleep(30);
        assert.equal(open.size, 0, after);
      };
      await ended('after close()');
      const failed = await page.evaluate(() => n.load('/shop.safetensors', { model: '/model.safetensors', digest: 'a'.repeat(64) }).catch((e) => e.code));
      assert.equal(failed, 'bundle-digest-mismatch');
      await ended('after a load that failed');
      const lacking = await page.evaluate(() => n.load('/shop.safetensors', { model: '/model.safetensors', wasm: { lite: new Uint8Array(8) } }).catch((e) => e.code));
      assert.match(lacking, /^wasm-/);
      await ended('after a load whose wasm is none');
      const aborted = await page.evaluate(async () => {
        const stop = new AbortController();
        setTimeout(() => stop.abort(), 100);
        return n.load('/model.safetensors', { signal: stop.signal }).catch((e) => e.code);
      });
      assert.equal(aborted, 'aborted');
      await ended('after a load that was ended');
    },
  },
];
