// Pages where something is missing, locked or elsewhere, with the package as it is installed: every cause by name, and an answer
// where one can be had. One Chromium, small sites.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { after, before, test } from 'node:test';
import { load as nodeLoad } from 'nearhand';

const { launch, openPage } = await import(`${process.env.NEARHAND_ROOT}/tools/chromium.mjs`);
const dist = `${import.meta.dirname}/node_modules/nearhand/dist`;
const bundle = readFileSync(process.env.NEARHAND_BUNDLE);
const TYPES = { '.js': 'text/javascript', '.wasm': 'application/wasm' };

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** A site of the package's files; `answer` may say otherwise for a path. */
async function site({ headers = {}, host = '127.0.0.1', answer = () => undefined } = {}) {
  const paths = [];
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://x').pathname;
    paths.push(path);
    const own = answer(path);
    if (own) return response.writeHead(own.status ?? 200, { 'content-type': own.type ?? 'text/html', ...own.headers }).end(own.body ?? '');
    if (path === '/') {
      return response.writeHead(200, { 'content-type': 'text/html', ...headers }).end(`<!doctype html><link rel="icon" href="data:,"><script src="/main.js" type="module"></script>`);
    }
    if (path === '/main.js') return response.writeHead(200, { 'content-type': 'text/javascript' }).end('import * as n from "/dist/browser.js"; globalThis.n = n;');
    if (path === '/shop.safetensors') return response.writeHead(200, { 'access-control-allow-origin': '*' }).end(bundle);
    try {
      const body = readFileSync(dist + path.replace('/dist', ''));
      response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'text/plain', 'access-control-allow-origin': '*' }).end(body);
    } catch {
      response.writeHead(404, { 'access-control-allow-origin': '*' }).end();
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { url: `http://${host}:${server.address().port}`, paths, close: () => (server.closeAllConnections(), server.close()) };
}

/** Opens the page and runs `act` in it. */
async function visit(options, act, given) {
  const own = await site(options);
  const context = await browser.newContext();
  try {
    const page = await openPage(context);
    await page.goto(own.url);
    await page.waitForFunction(() => globalThis.n);
    return { out: await page.evaluate(act, given), paths: own.paths, faults: page.faults };
  } finally {
    await context.close();
    own.close();
  }
}

const full = async (options) => {
  const shop = await n.load('/shop.safetensors', options);
  const slate = await shop.recommend();
  const ready = await shop.ready;
  const told = shop.info().full;
  shop.close();
  return { items: slate.items.length, ready, full: told };
};

test('without WebAssembly: a name, and with `fallback` what the engine calls popular, in its words', async () => {
  const { out, paths, faults } = await visit({}, async () => {
    delete globalThis.WebAssembly;
    const refused = await n.load('/shop.safetensors').catch(({ code, message }) => ({ code, message }));
    const shop = await n.load('/shop.safetensors', { fallback: true });
    const slate = await shop.recommend({ k: 10 });
    const where = await shop.recommend({ k: 3, where: { category: shop.items({ limit: 1 }).items[0].category }, source: slate.items[0].item });
    const buckets = [shop.bucket('tea', 'visitor-1', 1000), shop.bucket('Tee', 'grün', 7)];
    const out = { refused, slate, where, buckets, items: shop.items({ limit: 1000 }), info: shop.info(), snapshot: [...shop.snapshot()], facets: shop.facets?.() };
    shop.close();
    return out;
  });
  assert.equal(out.refused.code, 'wasm-unsupported');
  assert.match(out.refused.message, /Lockdown Mode.*`fallback`/);
  const real = await nodeLoad(process.env.NEARHAND_BUNDLE, { tier: 'lite', consent: 'none' });
  assert.deepEqual(out.items, real.items({ limit: 1000 }), 'catalog and order are the engine\'s');
  assert.deepEqual(out.slate.items.map((i) => i.item), (await real.recommend({ k: 10 })).items.map((i) => i.item));
  assert.deepEqual(out.buckets, [real.bucket('tea', 'visitor-1', 1000), real.bucket('Tee', 'grün', 7)]);
  assert.deepEqual([out.slate.tier, out.slate.source, out.slate.notes], ['none', 'popular', ['no-wasm']]);
  assert.equal(out.where.items.length, 3);
  assert.equal(out.info.bundle.digest, real.info().bundle.digest);
  real.restore(Uint8Array.from(out.snapshot));
  real.close();
  assert.ok(!paths.some((path) => path.endsWith('.wasm') || path.endsWith('worker.js')), 'nothing that cannot run is fetched');
  // The download of the load that was refused is ended.
  assert.deepEqual(faults.filter((fault) => !/shop\.safetensors net::ERR_ABORTED$/.test(fault)), []);
});

test('a file of ours that does not come when it is needed: a code, and the shop goes on', async () => {
  const { out } = await visit({ answer: (path) => (path === '/dist/feeds.js' ? { status: 404 } : undefined) }, async () => {
    const shop = await n.load('/shop.safetensors', { tier: 'lite' });
    const rows = Array.from({ length: 100 }, (_, i) => ({ item: `n${i}`, title: `new ${i}` }));
    const told = ({ code, message }) => [code, /feeds\.js/.test(message)];
    const failed = [await shop.updateCatalog({ upsert: rows }).catch(told), await shop.swap('/shop.safetensors').catch(told)];
    return [...failed, (await shop.updateCatalog({ upsert: rows.slice(0, 2) })).added, (await shop.recommend()).items.length];
  });
  assert.deepEqual(out, [['fetch-failed', true], ['fetch-failed', true], 2, 5]);
});

test('docs/loading.md: its snippet answers', async () => {
  const [, snippet] = /```ts\n([^]*?)```/.exec(readFileSync(`${process.env.NEARHAND_ROOT}/docs/loading.md`, 'utf8'));
  const { out } = await visit({}, async (text) => {
    delete globalThis.WebAssembly;
    const run = Object.getPrototypeOf(async () => {}).constructor('load', `${text}; return [await shop.recommend(), await safe.recommend()];`);
    return run(n.load);
  }, snippet.replaceAll('/models/', '/'));
  assert.deepEqual(out.map((slate) => [slate.items.length, slate.source, slate.tier]), [[5, 'popular', 'none'], [5, 'curated', 'none']]);
  assert.deepEqual(out[1].items.slice(0, 2).map((item) => item.url), [undefined, '/p/22423']);
  assert.notEqual(out[1].items[0].title, '85123A', 'what is known of an id is shown');
});

test('the chunks for trouble are not fetched without trouble', async () => {
  const { out, paths } = await visit({}, full);
  assert.equal(out.ready, 'full');
  assert.ok(!paths.some((path) => /rescue|fallback/.test(path)));
});

test('a broken bundle is not shown; the host\'s list is', async () => {
  const { out } = await visit({}, async () => {
    const bytes = new Uint8Array(await (await fetch('/shop.safetensors')).arrayBuffer());
    bytes[bytes.length - 1] ^= 1;
    const refused = await n.load(bytes, { fallback: true }).catch(({ code }) => code);
    const shop = await n.load(bytes, { fallback: ['85123A'] });
    return { refused, notes: (await shop.recommend()).notes, digest: await n.load('/shop.safetensors', { digest: 'f'.repeat(64) }).catch(({ message }) => message) };
  });
  assert.equal(out.refused, 'bundle-digest-mismatch');
  assert.deepEqual(out.notes, ['no-bundle', 'short']);
  assert.match(out.digest, /is whole, but not the one/);
});

test('StrictMode, a hot reload, two widgets: one engine of each tier, one fetch', async () => {
  const { out, paths } = await visit({}, async () => {
    // On a machine that is busy a slate may be late.
    const timeouts = { slateMs: 20_000 };
    const mount = async () => {
      const stop = new AbortController();
      const loading = n.load('/shop.safetensors', { signal: stop.signal, timeouts }).catch(() => undefined);
      return { stop, loading };
    };
    const first = await mount();
    first.stop.abort();
    const shops = await Promise.all([n.load('/shop.safetensors', { timeouts }), n.load(new URL('/shop.safetensors', location.href), { timeouts }), n.load('shop.safetensors', { tier: undefined, timeouts })]);
    await shops[0].ready;
    shops[0].observe({ kind: 'view', item: '85123A' });
    shops[0].close();
    return { seen: shops[1].session().length, tier: (await shops[2].recommend()).tier };
  });
  assert.deepEqual(out, { seen: 1, tier: 'full' });
  for (const file of ['/shop.safetensors', '/dist/full-host.js', '/dist/nearhand-lite.wasm', '/dist/nearhand.wasm']) assert.equal(paths.filter((path) => path === file).length, 1, file);
});

for (const [what, options, expected] of [
  ['a worker script that is not there', { answer: (path) => path.endsWith('worker.js') && { status: 404 } }, { code: 'worker-missing', message: /dist\/worker\.js answered 404.*`worker`/ }],
  ['a server that answers HTML for it', { answer: (path) => path.endsWith('worker.js') && { body: '<!doctype html>' } }, { code: 'worker-missing', message: /came as text\/html/ }],
  ['COEP on the page alone', { headers: { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' } }, { code: 'worker-blocked', message: /Cross-Origin-Embedder-Policy/ }],
  ['a CSP that allows no worker', { headers: { 'content-security-policy': "worker-src 'none'" } }, { code: 'worker-blocked', message: /worker-src/ }],
  ['Trusted Types without our policy', { headers: { 'content-security-policy': "require-trusted-types-for 'script'; trusted-types other" } }, { code: 'worker-blocked', message: /Trusted Types.*`worker`/ }],
  ['Trusted Types with it', { headers: { 'content-security-policy': "require-trusted-types-for 'script'; trusted-types nearhand" } }, undefined],
]) {
  test(`${what}: lite answers, and ${expected ? `the full tier's error says so` : 'full serves'}`, async () => {
    const { out } = await visit(options, full, { thread: 'worker' });
    assert.equal(out.items, 5);
    if (!expected) return assert.equal(out.ready, 'full');
    assert.equal(out.full.error?.code, expected.code);
    assert.match(out.full.error.message, expected.message);
  });
}

test('no worker can be had, for whatever reason: the page\'s thread serves, and nobody hears of it', async () => {
  const headers = (value) => ({ headers: { 'content-security-policy': value } });
  for (const options of [
    { answer: (path) => path.endsWith('worker.js') && { status: 404 } },
    headers("worker-src 'none'"),
    headers("require-trusted-types-for 'script'; trusted-types other"),
    { headers: { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' } },
  ]) {
    const { out, faults, paths } = await visit(options, full, { thread: 'page' });
    assert.deepEqual([out.ready, out.full, out.items, faults], ['full', { state: 'ready', thread: 'page', engine: 'nearhand' }, 5, []]);
    assert.ok(!paths.some((path) => path.endsWith('worker.js')));
  }
});

test('the name of the policy is left to the host', async () => {
  const headers = { 'content-security-policy': "require-trusted-types-for 'script'; trusted-types nearhand" };
  const { out } = await visit({ headers }, async () => {
    const shop = await n.load('/shop.safetensors');
    await shop.ready;
    const policy = trustedTypes.createPolicy('nearhand', { createScriptURL: (url) => url });
    const other = await n.load('/shop.safetensors', { thread: 'worker', worker: policy.createScriptURL('/dist/worker.js') });
    return [await shop.ready, await other.ready];
  });
  assert.deepEqual(out, ['full', 'full']);
});

for (const [what, options, given, expected] of [
  ['a CSP without wasm-unsafe-eval', { headers: { 'content-security-policy': "script-src 'self'" } }, '/shop.safetensors', { code: 'wasm-unsupported', message: /'wasm-unsafe-eval'/ }],
  ['a CSP whose connect-src lacks the bundle\'s origin', { headers: { 'content-security-policy': "connect-src 'self'" } }, 'http://127.0.0.1:9/shop.safetensors', { code: 'fetch-failed', message: /connect-src/ }],
  ['a bundle elsewhere without CORS, or no server there', {}, 'http://127.0.0.1:9/shop.safetensors', { code: 'fetch-failed', message: /Access-Control-Allow-Origin/ }],
  ['an index page in place of the wasm', { answer: (path) => path.endsWith('lite.wasm') && { body: '<!doctype html>' } }, '/shop.safetensors', { code: 'fetch-failed', message: /HTML page.*`wasm\.lite`/ }],
  ['the same with a type of its own', { answer: (path) => path.endsWith('lite.wasm') && { body: '<!doctype html>', type: 'application/wasm' } }, '/shop.safetensors', { code: 'wasm-unsupported', message: /no wasm module/ }],
]) {
  test(`${what}: load says so`, async () => {
    const { out } = await visit(options, (url) => n.load(url).then(() => 'loaded', ({ code, message }) => ({ code, message })), given);
    assert.equal(out.code, expected.code);
    assert.match(out.message, expected.message);
  });
}

test('all files on another origin: the full tier serves', async () => {
  const cdn = await site({ host: 'localhost' });
  try {
    const { out } = await visit({}, async (base) => {
      const far = await import(`${base}/dist/browser.js`);
      const shop = await far.load(`${base}/shop.safetensors`);
      const ready = await shop.ready;
      return { ready, full: shop.info().full };
    }, cdn.url);
    assert.equal(out.ready, 'full', JSON.stringify(out.full));
  } finally {
    cdn.close();
  }
});
