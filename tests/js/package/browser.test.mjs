import assert from 'node:assert/strict';
import { mkdirSync, copyFileSync, writeFileSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import * as esbuild from 'esbuild';
import * as vite from 'vite';
import { leastPages, limited, trapping } from './broken-wasm.mjs';

const root = process.env.NEARHAND_ROOT;
const { launch, openPage } = await import(`${root}/tools/chromium.mjs`);
const { serve } = await import(`${root}/tools/serve.mjs`);
const here = import.meta.dirname;
const html = (script) => readFileSync(`${here}/page/index.html`, 'utf8').replace('./main.js', script);

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** Serves a built folder, opens it in a fresh context and hands the page to `act`. */
async function visiting(dir, act, { headers = {}, prepare } = {}) {
  copyFileSync(process.env.NEARHAND_BUNDLE, `${dir}/shop.safetensors`);
  const site = await serve({ '/': dir }, { headers });
  const context = await browser.newContext();
  try {
    await prepare?.(context);
    const page = await openPage(context);
    await page.goto(`${site.url}/index.html`);
    await page.waitForFunction(() => globalThis.run);
    return await act(page, context, site);
  } finally {
    await context.close();
    await site.close();
  }
}

async function viteBuild() {
  const outDir = `${here}/dist-vite`;
  await vite.build({ root: `${here}/page`, logLevel: 'error', build: { outDir, emptyOutDir: true } });
  return outDir;
}

async function esbuildBuild() {
  const outdir = `${here}/dist-esbuild`;
  mkdirSync(outdir, { recursive: true });
  await esbuild.build({
    entryPoints: { main: `${here}/page/esbuild.js`, worker: 'nearhand/worker' },
    absWorkingDir: here,
    outdir,
    bundle: true,
    format: 'esm',
    conditions: ['browser'],
    loader: { '.wasm': 'file' },
  });
  writeFileSync(`${outdir}/index.html`, html('./main.js'));
  return outdir;
}

let site;
test('vite: lite in the page, full in the page or its worker, the console empty', async () => {
  site = await viteBuild();
  for (const thread of ['page', 'worker']) await visiting(site, async (page, _, { requests }) => {
    const { early, slate, tier, info } = await page.evaluate((thread) => run({ thread }), thread);
    assert.equal(info.full.thread, thread);
    assert.equal(requests.some(({ path }) => /worker[^/]*\.js$/.test(path)), thread === 'worker');
    assert.equal(early.tier, 'lite');
    assert.equal(tier, 'full');
    assert.equal(slate.source, 'model');
    assert.deepEqual(info.storage, { kind: 'memory' }, 'nothing is written to the device unasked');
    assert.ok(info.timings.full > 0);
    assert.deepEqual(page.faults, []);
    assert.ok(requests.some(({ path }) => /nearhand-lite.*\.wasm$/.test(path)), 'lite was fetched');
    assert.ok(requests.some(({ path }) => /nearhand-(?!lite).*\.wasm$/.test(path)), 'full was fetched');
  });
});

test('vite: pinned to lite, full is never fetched', () =>
  visiting(site, async (page, _, { requests }) => {
    assert.equal((await page.evaluate(() => run({ tier: 'lite' }))).tier, 'lite');
    assert.ok(!requests.some(({ path }) => /nearhand-(?!lite).*\.wasm$/.test(path)));
    assert.deepEqual(page.faults, []);
  }));

test('vite: pinned to full, the model answers the first slate; in the page without the lite tier', async () => {
  for (const thread of ['page', 'worker']) {
    await visiting(site, async (page, _, { requests }) => {
      const [tier, by] = await page.evaluate(async (thread) => {
        const shop = await load({ tier: 'full', thread });
        return [(await shop.recommend()).tier, shop.info().full.thread];
      }, thread);
      assert.deepEqual([tier, by], ['full', thread]);
      assert.equal(requests.some(({ path }) => /nearhand-lite[^/]*\.wasm$/.test(path)), thread === 'worker');
      assert.equal(requests.filter(({ path }) => /nearhand-(?!lite)[^/]*\.wasm$/.test(path)).length, 1, 'the binary comes once');
      assert.deepEqual(page.faults, []);
    });
  }
});

test('vite dev server: works with the package left out of pre-bundling', async () => {
  const server = await vite.createServer({
    root: `${here}/page`,
    logLevel: 'error',
    optimizeDeps: { exclude: ['nearhand'] },
    server: { port: 0, host: '127.0.0.1', fs: { allow: [root] }, ws: false, hmr: false },
  });
  copyFileSync(process.env.NEARHAND_BUNDLE, `${here}/page/shop.safetensors`);
  await server.listen();
  const context = await browser.newContext();
  try {
    const page = await openPage(context);
    await page.goto(`http://127.0.0.1:${server.httpServer.address().port}/`);
    await page.waitForFunction(() => globalThis.run);
    assert.equal((await page.evaluate(() => run())).tier, 'full');
  } finally {
    await context.close();
    await server.close();
  }
});

test('esbuild: files named by the host', async () => {
  await visiting(await esbuildBuild(), async (page) => {
    assert.equal((await page.evaluate(() => run())).tier, 'full');
    assert.deepEqual(page.faults, []);
  });
});

test('a strict CSP with wasm-unsafe-eval is enough', () =>
  visiting(
    site,
    async (page) => {
      assert.equal((await page.evaluate(() => run())).tier, 'full');
      assert.deepEqual(page.faults, []);
    },
    { headers: { 'content-security-policy': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src data:" } },
  ));

test('a CSP without it: load says what is missing', () =>
  visiting(
    site,
    async (page) => {
      const { code, message } = await page.evaluate(() => load().catch(({ code, message }) => ({ code, message })));
      assert.equal(code, 'wasm-unsupported');
      assert.match(message, /wasm-unsafe-eval/);
    },
    { headers: { 'content-security-policy': "default-src 'self'; img-src data:" } },
  ));

test('the worker is killed in the middle: lite answers, full comes back', () =>
  visiting(site, async (page) => {
    const out = await page.evaluate(async () => {
      const workers = [];
      const Real = Worker;
      globalThis.Worker = class extends Real {
        constructor(...args) {
          super(...args);
          workers.push(this);
        }
      };
      const shop = await load({ thread: 'worker' });
      await shop.ready;
      shop.observe({ kind: 'view', item: shop.items().items[0].item });
      // As the browser reports a worker that ran out of memory.
      const asked = shop.recommend();
      workers[0].dispatchEvent(new ErrorEvent('error', { message: 'out of memory' }));
      const during = await asked;
      while (shop.info().full.state === 'loading') await new Promise((done) => setTimeout(done, 5));
      const later = await shop.recommend();
      return { during, later, full: shop.info().full, workers: workers.length };
    });
    assert.equal(out.during.tier, 'lite');
    assert.deepEqual(out.during.notes, ['full-failed']);
    assert.equal(out.later.tier, 'full');
    assert.equal(out.later.events, 1);
    assert.equal(out.workers, 2);
    assert.equal(out.full.error.code, 'worker-failed');
  }));

test('the full binary is missing on the server: lite goes on and says why', () =>
  visiting(
    site,
    async (page) => {
      const out = await page.evaluate(async () => {
        const shop = await load();
        return { ready: await shop.ready, full: shop.info().full, slate: await shop.recommend() };
      });
      assert.equal(out.ready, 'lite');
      assert.equal(out.full.error.code, 'fetch-failed');
      assert.equal(out.slate.items.length, 5);
    },
    { prepare: (context) => context.route(/nearhand-(?!lite)[^/]*\.wasm$/, (route) => route.fulfill({ status: 404 })) },
  ));

const fullWasm = () => readFileSync(`${here}/node_modules/nearhand/dist/nearhand.wasm`);

test('the full engine traps in its worker at every slate: lite answers, and full is given up in the end', async () => {
  writeFileSync(`${site}/trapping.wasm`, trapping(fullWasm(), 'engine_recommend'));
  await visiting(site, async (page) => {
    const out = await page.evaluate(async () => {
      const shop = await load({ thread: 'worker', wasm: { full: '/trapping.wasm' } });
      const before = await shop.ready;
      shop.observe({ kind: 'view', item: shop.items().items[0].item });
      const slates = [];
      while (shop.info().full.state !== 'failed') {
        if (shop.info().full.state === 'ready') slates.push(await shop.recommend());
        else await new Promise((done) => setTimeout(done, 5));
      }
      return { before, slates, after: await shop.recommend(), full: shop.info().full, events: shop.session().length };
    });
    assert.equal(out.before, 'full');
    assert.equal(out.slates.length, 4, 'the first worker and three in its place');
    for (const slate of [...out.slates, out.after]) assert.deepEqual([slate.tier, slate.items.length, slate.notes], ['lite', 5, ['full-failed']]);
    assert.equal(out.full.error.code, 'engine-trapped');
    assert.equal(out.events, 1);
    assert.deepEqual(page.faults, []);
  });
});

for (const [what, code, options, prepare] of [
  ['has too little memory', 'engine-trapped', { thread: 'worker', wasm: { full: '/limited.wasm' } }, undefined],
  [
    'may not compile wasm by its CSP',
    'wasm-unsupported',
    { thread: 'worker' },
    (context) =>
      context.route(/worker[^/]*\.js$/, async (route) => {
        const response = await route.fetch();
        const headers = { ...response.headers(), 'content-security-policy': "script-src 'self'" };
        await route.fulfill({ response, headers });
      }),
  ],
]) {
  test(`the worker ${what}: lite goes on and says why`, async () => {
    writeFileSync(`${site}/limited.wasm`, limited(fullWasm(), leastPages(fullWasm()) + 2));
    await visiting(
      site,
      async (page) => {
        const out = await page.evaluate(async (options) => {
          const shop = await load(options);
          return { ready: await shop.ready, full: shop.info().full, slate: await shop.recommend() };
        }, options);
        assert.deepEqual([out.ready, out.full.state, out.full.error.code], ['lite', 'failed', code]);
        assert.deepEqual([out.slate.tier, out.slate.items.length, out.slate.notes], ['lite', 5, ['full-failed']]);
      },
      { prepare },
    );
  });
}

test('two tabs share a persistent session; the next page of a tab finds its session', () =>
  visiting(site, async (page, context) => {
    const ids = await page.evaluate(async () => {
      globalThis.shop = await load({ tier: 'lite', consent: 'persistent' });
      const ids = shop.items().items.map(({ item }) => item);
      shop.observe({ kind: 'view', item: ids[0] });
      return ids;
    });
    const other = await openPage(context);
    await other.goto(page.url());
    await other.waitForFunction(() => globalThis.load);
    const seen = await other.evaluate(async (id) => {
      const shop = await load({ tier: 'lite', consent: 'persistent' });
      shop.observe({ kind: 'view', item: id });
      return shop.session().map((e) => e.item);
    }, ids[1]);
    assert.deepEqual(seen, [ids[0], ids[1]]);
    await page.waitForFunction(() => shop.session().length === 2);
    await page.evaluate(() => shop.forget());
    assert.equal(await page.evaluate(() => localStorage.length), 0);
  }));

test('blocked storage: the session stays in memory and info says so', () =>
  visiting(
    site,
    async (page) => {
      const storage = await page.evaluate(async () => {
        const shop = await load({ tier: 'lite', consent: 'session' });
        shop.observe({ kind: 'view', item: shop.items().items[0].item });
        return { ...shop.info().storage, events: shop.session().length };
      });
      assert.equal(storage.kind, 'memory');
      assert.equal(storage.events, 1);
      assert.match(storage.error, /SecurityError/);
    },
    {
      prepare: (context) =>
        context.addInitScript(() => {
          Object.defineProperty(globalThis, 'sessionStorage', {
            get() {
              throw new DOMException('The operation is insecure.', 'SecurityError');
            },
          });
        }),
    },
  ));
