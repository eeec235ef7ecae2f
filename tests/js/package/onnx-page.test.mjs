// nearhand/onnx in Chromium: the program for onnxruntime-web by each kind of build, and what people stumble over with an engine in
// wasm: where its file is, what type it comes as, the content policy, workers, lines that break.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { after, before, test } from 'node:test';
import * as esbuild from 'esbuild';
import * as vite from 'vite';
import { trapping } from './broken-wasm.mjs';
import { models } from './onnx/models.mjs';

const root = process.env.NEARHAND_ROOT;
const { launch, openPage } = await import(`${root}/tools/chromium.mjs`);
const here = import.meta.dirname;
const dist = `${here}/node_modules/nearhand/dist`;
const wasm = readFileSync(`${dist}/nearhand-onnx.wasm`);
const out = `${here}/dist-onnx-page`;
const TYPES = { '.js': 'text/javascript', '.wasm': 'application/wasm', '.html': 'text/html' };
const PAGE = (script) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>onnx</title><link rel="icon" href="data:,"><script type="module" src="${script}"></script></html>`;

let browser;
before(async () => {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const app = readFileSync(`${here}/onnx/app.mjs`, 'utf8').replace("from 'onnxruntime-web'", "from 'nearhand/onnx'");
  writeFileSync(`${out}/app.js`, app);
  writeFileSync(`${out}/main.js`, "import { all } from './app.js';\nglobalThis.all = all;\n");
  writeFileSync(`${out}/index.html`, PAGE('./main.js'));
  browser = await launch();
});
after(() => browser?.close());

/** A site of folders, by prefix; `answer` may say otherwise for a path. */
async function site(folders, { headers = {}, answer = () => undefined } = {}) {
  const paths = [];
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://x').pathname;
    paths.push(path);
    const own = answer(path, response);
    if (own === true) return;
    if (own) return response.writeHead(own.status ?? 200, { 'content-type': own.type ?? 'text/html', ...own.headers }).end(own.body ?? '');
    const model = /^\/models\/(.*)\.onnx$/.exec(path)?.[1];
    if (model) return response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(models[model]);
    for (const [prefix, folder] of Object.entries(folders)) {
      if (!path.startsWith(prefix)) continue;
      try {
        const body = readFileSync(folder + path.slice(prefix.length - 1).replace(/\/$/, '/index.html'));
        return response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'text/html', ...headers }).end(body);
      } catch {}
    }
    response.writeHead(404).end();
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { url: `http://localhost:${server.address().port}`, paths, close: () => (server.closeAllConnections(), server.close()) };
}

/** Opens a page of the site and runs `act` in it, where `n` is nearhand/onnx, unless `ready` says what to wait for. */
async function visit(act, { folders, ready = 'n', given, ...options } = {}) {
  const index = { '/index.html': { body: PAGE('/main.js') }, '/': { body: PAGE('/main.js') }, '/main.js': { type: 'text/javascript', body: 'import * as n from "/dist/onnx.js"; globalThis.n = n;' } };
  const own = await site(folders ?? { '/dist/': dist }, { ...options, answer: (path, response) => options.answer?.(path, response) ?? (folders ? undefined : index[path] && { ...index[path], headers: options.headers }) });
  const context = await browser.newContext();
  try {
    const page = await openPage(context);
    await page.goto(`${own.url}/`);
    await page.waitForFunction((name) => globalThis[name], ready).catch((error) => assert.fail(`${error.message}: ${page.faults.join('; ')}`));
    return { out: await page.evaluate(act, given), paths: own.paths, faults: page.faults };
  } finally {
    await context.close();
    own.close();
  }
}

/** In the page: the program over models that are fetched. */
const program = async () => {
  const names = ['test_erf', 'core-small', 'mixed-logistic', 'forest-words', 'decoder-tiny-open', 'mlp-small'];
  const models = {};
  for (const name of names) models[name] = new Uint8Array(await (await fetch(`/models/${name}.onnx`)).arrayBuffer());
  const { image, ...rest } = await globalThis.all(models);
  return { ...rest, best: image.best };
};
let expected;
before(async () => {
  mkdirSync(`${here}/dist-onnx`, { recursive: true });
  cpSync(`${out}/app.js`, `${here}/dist-onnx/page.mjs`);
  const { image, ...rest } = await (await import(`${here}/dist-onnx/page.mjs`)).all(models);
  expected = { ...rest, best: image.best };
});

test('onnx in a page: built by Vite, the program for onnxruntime-web answers as in Node, the console empty', async () => {
  await vite.build({ root: out, logLevel: 'error', build: { outDir: `${out}/vite`, emptyOutDir: true, assetsInlineLimit: 0 } });
  const { out: told, paths, faults } = await visit(program, { folders: { '/': `${out}/vite` }, ready: 'all' });
  assert.deepEqual(told, expected);
  assert.deepEqual(faults, []);
  assert.equal(paths.filter((path) => path.endsWith('.wasm')).length, 1, 'one binary, once, for all sessions');
  assert.ok(!paths.some((path) => /worker|rescue/.test(path)), paths.join());
});

test('onnx in a page: Vite’s dev server, with its dependencies bundled ahead as by default', async () => {
  const server = await vite.createServer({ root: out, logLevel: 'error', cacheDir: `${out}/.vite`, server: { port: 0, host: '127.0.0.1', fs: { allow: [root] }, ws: false, hmr: false } });
  await server.listen();
  const context = await browser.newContext();
  try {
    const page = await openPage(context);
    await page.route('**/models/*.onnx', (route) => route.fulfill({ body: Buffer.from(models[/models\/(.*)\.onnx/.exec(route.request().url())[1]]) }));
    await page.goto(`http://127.0.0.1:${server.httpServer.address().port}/`);
    await page.waitForFunction(() => globalThis.all);
    assert.deepEqual(await page.evaluate(program), expected);
  } finally {
    await context.close();
    await server.close();
  }
});

test('onnx in a page: esbuild to modules, the file beside the script', async () => {
  await esbuild.build({ entryPoints: [`${out}/main.js`], outdir: `${out}/esbuild`, bundle: true, format: 'esm', conditions: ['browser'] });
  cpSync(`${dist}/nearhand-onnx.wasm`, `${out}/esbuild/nearhand-onnx.wasm`);
  writeFileSync(`${out}/esbuild/index.html`, PAGE('./main.js'));
  const { out: told, faults } = await visit(program, { folders: { '/': `${out}/esbuild` }, ready: 'all' });
  assert.deepEqual([told, faults], [expected, []]);
});

/** In the page: how a session ends, by its code. */
const opened = async (options) => {
  try {
    const session = await (globalThis.n ?? globalThis.nearhand).InferenceSession.create('/models/mlp-small.onnx', options);
    const { Tensor } = globalThis.n ?? globalThis.nearhand;
    return { y: (await session.run({ x: new Tensor('float32', [1, 2, 3, 4, 5, 6], [1, 6]) })).y.dims.join() };
  } catch ({ code, message, details }) {
    return { code, message, reason: details?.reason };
  }
};

test('onnx in a page: one script without import.meta says what to name, and runs with it', async () => {
  await esbuild.build({ stdin: { contents: "import * as n from 'nearhand/onnx'; globalThis.n = n;", resolveDir: here }, outfile: `${out}/iife/main.js`, bundle: true, format: 'iife', conditions: ['browser'], logLevel: 'error' });
  writeFileSync(`${out}/iife/index.html`, PAGE('./main.js'));
  const folders = { '/dist/': dist, '/': `${out}/iife` };
  const { code, message } = (await visit(opened, { folders })).out;
  assert.equal(code, 'wasm-missing');
  assert.match(message, /nearhand-onnx\.wasm.*: pass `wasm`$/);
  assert.deepEqual((await visit(opened, { folders, given: { wasm: '/dist/nearhand-onnx.wasm' } })).out, { y: '1,1' });
});

test('onnx in a page: the wasm comes as another type, and works all the same', async () => {
  for (const type of ['application/octet-stream', 'text/plain', 'application/wasm; charset=utf-8']) {
    const { out: told, faults } = await visit(opened, { answer: (path) => (path.endsWith('.wasm') ? { type, body: wasm } : undefined) });
    assert.deepEqual([told, faults], [{ y: '1,1' }, []], type);
  }
});

test('onnx in a page: the wasm is not there, or the site answers with its index page', async () => {
  const gone = (await visit(opened, { answer: (path) => (path.endsWith('.wasm') ? { status: 404 } : undefined) })).out;
  assert.deepEqual([gone.code, gone.reason], ['fetch-failed', 'missing']);
  assert.match(gone.message, /nearhand-onnx\.wasm answered 404; copy it there, or name it/);
  const index = (await visit(opened, { answer: (path) => (path.endsWith('.wasm') ? { body: '<!doctype html>' } : undefined) })).out;
  assert.equal(index.code, 'fetch-failed');
  assert.match(index.message, /HTML page/);
});

test('onnx in a page: a wasm that is there the next time is taken then', async () => {
  let times = 0;
  const twice = async () => {
    const create = () => globalThis.n.InferenceSession.create('/models/mlp-small.onnx').then((s) => s.inputNames.join(), ({ code }) => code);
    return [await create(), await create()];
  };
  const { out: told } = await visit(twice, { answer: (path) => (path.endsWith('.wasm') && times++ === 0 ? { status: 503 } : undefined) });
  assert.deepEqual(told, ['fetch-failed', 'x']);
});

test('onnx in a page: a content policy with wasm-unsafe-eval and nothing more is enough; without it the error says so', async () => {
  const policy = (more) => ({ 'content-security-policy': `default-src 'self'; script-src 'self'${more}; img-src data:` });
  const { out: told, faults } = await visit(opened, { headers: policy(" 'wasm-unsafe-eval'") });
  assert.deepEqual([told, faults], [{ y: '1,1' }, []]);
  const { code, reason, message } = (await visit(opened, { headers: policy('') })).out;
  assert.deepEqual([code, reason], ['wasm-unsupported', 'csp']);
  assert.match(message, /wasm-unsafe-eval/);
});

test('onnx in a page: no WebAssembly, a code', async () => {
  const { out: told } = await visit(async () => {
    const { WebAssembly } = globalThis;
    globalThis.WebAssembly = undefined;
    try {
      return await globalThis.n.InferenceSession.create('/models/mlp-small.onnx').catch(({ code, details }) => [code, details.reason]);
    } finally {
      globalThis.WebAssembly = WebAssembly;
    }
  });
  assert.deepEqual(told, ['wasm-unsupported', 'absent']);
});

test('onnx in a page: a model that is not there, one of another origin, aborted on its way', async () => {
  const { out: told } = await visit(
    async () => {
      const failed = (...args) => globalThis.n.InferenceSession.create(...args).then(() => 'opened', ({ code, details }) => [code, details.reason].filter(Boolean).join());
      const stop = new AbortController();
      setTimeout(() => stop.abort(), 50);
      return [await failed('/models/none'), await failed('http://127.0.0.1:1/model.onnx'), await failed('/slow', { signal: stop.signal }), await failed('/models/mlp-small.onnx', { signal: AbortSignal.abort() })];
    },
    {
      answer: (path, response) => {
        if (path !== '/slow') return undefined;
        response.writeHead(200, { 'content-type': 'application/octet-stream' }).write(models['mlp-small'].slice(0, 100));
        return true;
      },
    },
  );
  assert.deepEqual(told, ['fetch-failed', 'fetch-failed,cors', 'aborted', 'aborted']);
});

test('onnx in a page: a trap ends its session, and the page and other sessions go on', async () => {
  const { out: told, faults } = await visit(
    async () => {
      const { InferenceSession, Tensor } = globalThis.n;
      const feeds = () => ({ x: new Tensor('float32', [1, 2, 3, 4, 5, 6], [1, 6]) });
      const sound = await InferenceSession.create('/models/mlp-small.onnx');
      const broken = await InferenceSession.create('/models/mlp-small.onnx', { wasm: '/trapping.wasm' });
      const codes = [];
      for (let i = 0; i < 3; i++) codes.push(await broken.run(feeds()).catch(({ code }) => code));
      return [codes, (await sound.run(feeds())).y.size];
    },
    { answer: (path) => (path === '/trapping.wasm' ? { type: 'application/wasm', body: trapping(wasm, 'session_run') } : undefined) },
  );
  assert.deepEqual([told, faults], [[['engine-trapped', 'engine-trapped', 'engine-trapped'], 1], []]);
});

const WORKER = `import { InferenceSession, Tensor } from '/dist/onnx.js';
const answer = async () => {
  const session = await InferenceSession.create('/models/mlp-small.onnx');
  return (await session.run({ x: new Tensor('float32', [1, 2, 3, 4, 5, 6], [1, 6]) })).y.dims.join();
};
`;

test('onnx in a page: within a worker, within a service worker, and a file that the visitor picks', async () => {
  const scripts = {
    '/worker.js': `${WORKER}onmessage = async () => postMessage(await answer().catch(String));`,
    '/service.js': `${WORKER}oninstall = () => skipWaiting();\nonactivate = (event) => event.waitUntil(clients.claim());\nonfetch = (event) => { if (event.request.url.endsWith('/asked')) event.respondWith(answer().then((text) => new Response(text), (error) => new Response(String(error)))); };`,
  };
  const { out: told, faults } = await visit(
    async () => {
      const worker = new Worker('/worker.js', { type: 'module' });
      const fromWorker = await new Promise((done) => ((worker.onmessage = ({ data }) => done(data)), worker.postMessage(0)));
      await navigator.serviceWorker.register('/service.js', { type: 'module' });
      await navigator.serviceWorker.ready;
      while (!navigator.serviceWorker.controller) await new Promise((done) => setTimeout(done, 5));
      const fromService = await (await fetch('/asked')).text();
      const file = new File([await (await fetch('/models/mlp-small.onnx')).arrayBuffer()], 'mlp.onnx');
      return [fromWorker, fromService, (await globalThis.n.InferenceSession.create(file)).inputNames.join()];
    },
    { answer: (path) => scripts[path] && { type: 'text/javascript', body: scripts[path] } },
  );
  assert.deepEqual([told, faults], [['1,1', '1,1', 'x'], []]);
});

test('onnx in a page: the scripts of docs/onnx.md, one after the other', async () => {
  const text = readFileSync(`${here}/node_modules/nearhand/docs/onnx.md`, 'utf8');
  const scripts = [...text.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, script]) => script);
  assert.equal(scripts.length, 3);
  // What the comments say of an error is held by what the error says.
  const body = scripts.join('\n').replace(/^ +(error\.\w+(?:\.\w+)?); \/\/ ('.*')$/gm, "  globalThis.said.push([$1, $2]);");
  const shown = `globalThis.said = [];\n${body}\nglobalThis.shown = { query: query.data.constructor.name, length: state.length, states: decoder.stateNames.length };\n`;
  const map = `<script type="importmap">{"imports":{"nearhand/onnx":"/dist/onnx.js"}}</script>`;
  const names = { encoder: 'encoder-small', decoder: 'decoder-tiny-open' };
  const { out: told, faults } = await visit(() => [globalThis.shown, globalThis.said], {
    ready: 'shown',
    answer: (path) => {
      const model = names[/^\/models\/(.*)\.onnx$/.exec(path)?.[1]];
      if (model) return { type: 'application/octet-stream', body: models[model] };
      if (path === '/') return { body: PAGE('/docs.js').replace('<script', `${map}<script`) };
      return path === '/docs.js' ? { type: 'text/javascript', body: shown } : undefined;
    },
  });
  const [{ query, length, states }, said] = told;
  assert.deepEqual({ query, length, states }, { query: 'Float32Array', length: 4, states: 2 });
  assert.equal(said.length, 2);
  for (const [is, says] of said) assert.equal(is, says);
  assert.deepEqual(faults, []);
});
