// nearhand/complete in Chromium: in a worker, and where none can be had; aborts, races, the LanguageModel shape; downloads over a line that
// breaks, and kept for the next visit.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import * as esbuild from 'esbuild';
import * as vite from 'vite';
import { right } from './complete/answered.mjs';
import { shifted } from './complete/tokenizers.mjs';

const root = process.env.NEARHAND_ROOT;
const { launch, openPage } = await import(`${root}/tools/chromium.mjs`);
const here = import.meta.dirname;
const dist = `${here}/node_modules/nearhand/dist`;
const model = readFileSync(`${root}/models/stories260k/stories260k.onnx`);
const tokenizer = readFileSync(`${root}/models/stories260k/tokenizer.json`);
const told = JSON.parse(readFileSync(`${root}/tests/golden/stories260k.json`, 'utf8'));
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const described = (file, bytes) => ({ file, bytes: bytes.length, sha256: sha256(bytes) });
const MANIFEST = { format: 1, name: 'stories', model: described('stories.onnx', model), tokenizer: described('tokenizer.json', tokenizer), context: 512, begin: '<s>', ends: ['</s>', '<s>'] };
const HEAD = '<meta charset="utf-8"><title>complete</title><link rel="icon" href="data:,">';
const page = (script, from = '') => `<!doctype html><html lang="en">${HEAD}<script type="importmap">{"imports":{"nearhand/complete":"${from}/dist/complete.js"}}</script><script type="module">${script}</script></html>`;
const PAGE = page("import { load } from 'nearhand/complete'; globalThis.load = load;");
const TYPES = { js: 'text/javascript', wasm: 'application/wasm', json: 'application/json', html: 'text/html' };

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** A site with the package and the model; `answer` may say otherwise. */
async function site({ headers = {}, answer = () => undefined, index = PAGE } = {}) {
  const asked = [];
  const files = { '/': index, '/m/completer.json': JSON.stringify(MANIFEST), '/m/stories.onnx': model, '/m/tokenizer.json': tokenizer };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://x');
    asked.push({ path: pathname, range: request.headers.range });
    const own = answer(pathname, request, response);
    if (own === true) return;
    try {
      const { status = 200, body, type = TYPES[pathname.split('.').at(-1)], ...more } = own ?? { body: files[pathname] ?? readFileSync(`${dist}${pathname.replace(/^\/dist/, '')}`) };
      response.writeHead(status, { 'content-type': pathname === '/' ? 'text/html' : (type ?? 'application/octet-stream'), ...headers, ...more.headers }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { asked, paths: () => asked.map(({ path }) => path), url: `http://localhost:${server.address().port}`, close: () => (server.closeAllConnections(), server.close()) };
}

/** Opens the site's page for `act`. The console stays empty unless `loud`. */
async function visit(act, { loud = false, ...options } = {}) {
  const own = await site(options);
  const context = await browser.newContext();
  try {
    const opened = await openPage(context);
    await opened.goto(`${own.url}/`);
    await opened.waitForFunction(() => globalThis.load).catch((error) => assert.fail(`${error.message}: ${opened.faults.join('; ')}`));
    const result = await act(opened, own);
    if (!loud) assert.deepEqual(opened.faults, []);
    return result;
  } finally {
    await context.close();
    own.close();
  }
}

test('complete in a page: in a worker, the recorded text piece by piece; what is fetched when; nothing of it runs in the page’s thread', async () => {
  await visit(async (page, { paths }) => {
    assert.deepEqual(paths(), ['/', '/dist/complete.js'], 'nothing more before load');
    const { pieces, done, info, instances, tasks } = await page.evaluate(async () => {
      let instances = 0;
      for (const name of ['instantiate', 'Instance']) {
        const real = WebAssembly[name];
        WebAssembly[name] = function (...args) {
          instances++;
          return new.target ? new real(...args) : real.apply(WebAssembly, args);
        };
      }
      const tasks = [];
      const completer = await load('/m/completer.json');
      new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' });
      const stream = completer.stream('', { maxTokens: 200 });
      const pieces = [];
      for await (const piece of stream) pieces.push(piece);
      return { pieces, done: await stream.done, info: await completer.info(), instances, tasks };
    });
    assert.equal(pieces.join(''), told.text);
    assert.equal(done.text, told.text);
    // By turns of some milliseconds: how many depends on the machine.
    assert.ok(pieces.length >= 3, `${pieces.length} pieces`);
    assert.deepEqual([info.place, info.worker, info.restarts, info.name], ['worker', undefined, 0, 'stories']);
    assert.equal(instances, 0, 'no wasm in the page’s thread: no task of it can be long');
    console.log(`# tasks above 50 ms in the page meanwhile: ${tasks.length}`);
    const fetched = paths().slice(2).sort();
    assert.deepEqual(fetched, ['/dist/complete-files.js', '/dist/complete-worker.js', '/dist/nearhand-complete.wasm', '/m/completer.json', '/m/stories.onnx', '/m/tokenizer.json']);
  });
});

test('complete in a page: goldens are answered before load resolves, in a worker and in the page’s thread; what answers otherwise is refused', async () => {
  const { goldens } = JSON.parse(readFileSync(`${root}/models/stories260k/completer.json`, 'utf8'));
  const wrong = shifted(tokenizer);
  const manifests = { '/m/right.json': { ...MANIFEST, goldens }, '/m/wrong.json': { ...MANIFEST, tokenizer: described('shifted.json', wrong), goldens } };
  const answer = (path) => (path === '/m/shifted.json' ? { body: wrong } : manifests[path] && { body: JSON.stringify(manifests[path]) });
  const act = (page) =>
    page.evaluate(async () => {
      const all = [];
      for (const worker of [true, false]) {
        const completer = await load('/m/right.json', { worker });
        all.push((await completer.info()).place, (await completer.complete('Once upon a time', { maxTokens: 3 })).completion);
        completer.close();
        await load('/m/wrong.json', { worker }).catch(({ code, details }) => all.push(code, details.differs));
      }
      return all;
    });
  const refused = ['golden-mismatch', 'completion'];
  assert.deepEqual(await visit(act, { answer }), ['worker', ', there was', ...refused, 'thread', ', there was', ...refused]);
});

test('complete in a page: the recorded texts and numbers, in a worker and in the page’s thread', async () => {
  const recorded = { told, drawn: JSON.parse(readFileSync(`${root}/tests/golden/stories260k-drawn.json`, 'utf8')) };
  const module = readFileSync(`${here}/complete/answered.mjs`, 'utf8');
  const answer = (path) => ({ '/answered.js': { body: module }, '/recorded.json': { body: JSON.stringify(recorded) } })[path];
  const act = (page) =>
    page.evaluate(async () => {
      const { answered } = await import('/answered.js');
      const recorded = await (await fetch('/recorded.json')).json();
      const all = [];
      for (const worker of [true, false]) {
        const completer = await load('/m/completer.json', { worker });
        all.push((await completer.info()).place, await answered(completer, recorded));
        completer.close();
      }
      return all;
    });
  assert.deepEqual(await visit(act, { answer }), ['worker', right(recorded), 'thread', right(recorded)]);
});

test('complete in a page: aborts and deadlines keep what there is; two at once; close while streaming', async () => {
  await visit(async (page) => {
    const got = await page.evaluate(async () => {
      const completer = await load('/m/completer.json');
      const whole = (await completer.complete('', { maxTokens: 200 })).completion;
      const stop = new AbortController();
      const cut = await new Promise((done) => {
        const stream = completer.stream('', { maxTokens: 200, signal: stop.signal });
        stream.done.then(done);
        (async () => {
          let n = 0;
          for await (const piece of stream) if (++n === 5) stop.abort(piece);
        })();
      });
      const late = await completer.complete('', { maxTokens: 200, deadline: 3 });
      const [one, two] = await Promise.all([completer.complete('Once upon a time', { maxTokens: 8 }), completer.complete('Lily', { maxTokens: 8 })]);
      const alone = [(await completer.complete('Once upon a time', { maxTokens: 8 })).completion, (await completer.complete('Lily', { maxTokens: 8 })).completion];
      const left = completer.stream('', { maxTokens: 200 });
      for await (const piece of left) {
        completer.close(piece);
        break;
      }
      const closed = await left.done;
      return { whole, cut, late, pair: [one.completion, two.completion], alone, closed, code: await completer.complete('a').catch(({ code }) => code) };
    });
    assert.equal(got.cut.finishReason, 'cancelled');
    assert.ok(got.cut.completion && got.whole.startsWith(got.cut.completion) && got.cut.completion.length < got.whole.length);
    assert.equal(got.late.finishReason, 'deadline');
    assert.ok(got.whole.startsWith(got.late.completion));
    assert.deepEqual(got.pair, got.alone);
    assert.deepEqual([got.closed.finishReason, got.code], ['cancelled', 'closed']);
  });
});

/** In the page: a text, where it came from, and why not from a worker. */
const placed = async (options) => {
  const completer = await load('/m/completer.json', options);
  const { completion } = await completer.complete('', { maxTokens: 20 });
  const { place, worker } = await completer.info();
  completer.close();
  return [completion, place, worker?.code];
};

test('complete in a page: no worker can be had, and the page’s thread takes its place; info says why', async () => {
  const csp = { 'content-security-policy': "default-src 'self' 'unsafe-inline' 'wasm-unsafe-eval' data:; worker-src 'none'" };
  const missing = (path) => (path === '/dist/complete-worker.js' ? { status: 404 } : undefined);
  for (const [options, given, expected] of [
    [{}, { worker: false }, undefined],
    [{ headers: csp, loud: true }, {}, 'worker-blocked'],
    [{ answer: missing, loud: true }, {}, 'worker-missing'],
  ]) {
    const [completion, place, code] = await visit((page) => page.evaluate(placed, given), options);
    assert.ok(completion.length > 20 && told.text.startsWith(completion), completion);
    assert.deepEqual([place, code], ['thread', expected]);
  }
  const [, place, code] = await visit((page) => page.evaluate(`globalThis.Worker = undefined; (${placed})()`));
  assert.deepEqual([place, code], ['thread', 'runtime-lacks']);
});

test('complete in a page: a worker of the host’s making, and a script that Trusted Types let through', async () => {
  const made = `() => { globalThis.made = true; return new Worker('/dist/complete-worker.js', { type: 'module' }); }`;
  const policy = `trustedTypes.createPolicy('own', { createScriptURL: (url) => url }).createScriptURL('/dist/complete-worker.js')`;
  assert.deepEqual((await visit((page) => page.evaluate(`(${placed})({ worker: ${made} }).then((told) => [...told, made])`))).slice(1), ['worker', undefined, true]);
  const headers = { 'content-security-policy': "require-trusted-types-for 'script'; trusted-types own" };
  assert.deepEqual((await visit((page) => page.evaluate(`(${placed})({ worker: ${policy} })`), { headers })).slice(1), ['worker', undefined]);
});

test('complete in a page: a worker that dies: what runs rejects by its code, the next call is answered by another', async () => {
  await visit(async (page) => {
    const got = await page.evaluate(async () => {
      const made = [];
      const { Worker: Real } = globalThis;
      globalThis.Worker = class extends Real {
        constructor(...args) {
          super(...args);
          made.push(this);
        }
      };
      const completer = await load('/m/completer.json');
      const stream = completer.stream('', { maxTokens: 200 });
      let code;
      try {
        for await (const piece of stream) if (piece) made[0].dispatchEvent(new ErrorEvent('error', { message: 'out of memory', cancelable: true }));
      } catch (error) {
        code = error.code;
      }
      await stream.done.catch(() => {});
      const { completion } = await completer.complete('', { maxTokens: 20 });
      return { code, completion, restarts: (await completer.info()).restarts, workers: made.length };
    });
    assert.deepEqual([got.code, got.restarts, got.workers], ['worker-failed', 1, 2]);
    assert.ok(told.text.startsWith(got.completion) && got.completion);
  });
});

test('complete in a page: scripts of another origin, as of a CDN', async () => {
  const cdn = await site({ headers: { 'access-control-allow-origin': '*' } });
  try {
    const [completion, place] = await visit((page) => page.evaluate(placed), { index: page("import { load } from 'nearhand/complete'; globalThis.load = load;", cdn.url), loud: true });
    assert.ok(told.text.startsWith(completion) && completion);
    assert.equal(place, 'worker');
    assert.ok(cdn.paths().includes('/dist/complete-worker.js'));
  } finally {
    cdn.close();
  }
});

test('complete in a page: a line that breaks, and the model goes on from where it was', async () => {
  let times = 0;
  const breaking = (path, request, response) => {
    if (path !== '/m/stories.onnx') return undefined;
    const headers = { 'content-type': 'application/octet-stream', etag: '"one"', 'accept-ranges': 'bytes' };
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const part = model.subarray(from);
    response.writeHead(from ? 206 : 200, { ...headers, 'content-length': part.length, ...(from && { 'content-range': `bytes ${from}-${model.length - 1}/${model.length}` }) });
    if (times++ < 2) response.write(part.subarray(0, 300_000), () => setTimeout(() => response.destroy(), 50));
    else response.end(part);
    return true;
  };
  await visit(
    async (page, { asked }) => {
      const { completion, progress } = await page.evaluate(async () => {
        const progress = [];
        const completer = await load('/m/completer.json', { onProgress: (one) => progress.push(one) });
        return { completion: (await completer.complete('', { maxTokens: 20 })).completion, progress };
      });
      assert.ok(told.text.startsWith(completion) && completion);
      const ranges = asked.filter(({ path }) => path === '/m/stories.onnx').map(({ range }) => range);
      assert.equal(ranges.length, 3);
      assert.deepEqual([ranges[0], ranges.slice(1).every((range) => /^bytes=[1-9]\d*-$/.test(range))], [undefined, true]);
      const whole = model.length + tokenizer.length;
      assert.deepEqual(progress.at(-1), { loaded: whole, total: whole });
      assert.ok(progress.every(({ loaded }, i) => i === 0 || loaded >= progress[i - 1].loaded));
    },
    { answer: breaking, loud: true },
  );
});

test('complete in a page: the next visit has the model from the Cache API, without the network; what was changed there is fetched anew', async () => {
  let offline = false;
  const answer = (path) => (offline && /onnx$|tokenizer/.test(path) ? { status: 503 } : undefined);
  await visit(
    async (page, { paths }) => {
      const again = async (cache) => {
        await page.reload();
        await page.waitForFunction(() => globalThis.load);
        return page.evaluate(placed, { cache });
      };
      await page.evaluate(placed);
      await page.waitForFunction(async () => (await (await caches.open('nearhand-models')).keys()).length === 2);
      offline = true;
      const before = paths().length;
      const [completion] = await again(true);
      assert.ok(told.text.startsWith(completion) && completion);
      assert.ok(!paths().slice(before).some((path) => /onnx$|tokenizer/.test(path)));
      offline = false;
      await page.evaluate(async () => {
        const cache = await caches.open('nearhand-models');
        for (const { url } of await cache.keys()) await cache.put(url, new Response('changed', { headers: { 'x-nearhand-name': 'stories' } }));
      });
      const [fresh] = await again(true);
      assert.equal(fresh, completion);
      const asked = paths().length;
      await again(false);
      assert.ok(paths().slice(asked).includes('/m/stories.onnx'), 'cache: false');
    },
    { answer },
  );
});

test('complete in a page: quick typing ends with the suggestion for the last text; accepting and going on', async () => {
  await visit(async (page) => {
    const got = await page.evaluate(async () => {
      const completer = await load('/m/completer.json');
      const shown = [];
      let wake = () => {};
      const typing = completer.typing({ maxTokens: 6, onSuggestion: (ghost) => (shown.push(ghost), wake()) });
      const ghost = async () => {
        while (!typing.suggestion) await new Promise((done) => (wake = done));
        return typing.suggestion;
      };
      let text = '';
      for (const key of 'Once upon a t') {
        typing.type((text += key));
        await new Promise((done) => setTimeout(done, 4));
      }
      await ghost();
      await new Promise((done) => setTimeout(done, 300));
      const { completion } = await completer.complete(text, { maxTokens: 12, heal: true, stop: '\n' });
      const last = typing.suggestion;
      const wrong = shown.filter(({ text: of, suggestion }) => suggestion && !text.startsWith(of)).length;
      const word = typing.acceptWord();
      const rest = typing.suggestion;
      typing.close();
      return { completion, last, word, rest, wrong };
    });
    assert.ok(got.last && got.completion.startsWith(got.last.slice(0, 6)), JSON.stringify(got));
    assert.equal(got.word + got.rest, got.last);
    assert.equal(got.wrong, 0);
  });
});

const snippet = /^```js typing\n([\s\S]*?)^```$/m.exec(readFileSync(`${root}/docs/complete.md`, 'utf8'))[1];
const FIELD = page(`import { load } from 'nearhand/complete';
globalThis.load = load;
const [field, ghost] = ['field', 'ghost'].map((id) => document.getElementById(id));
const show = (suggestion) => { ghost.textContent = suggestion; };
const completer = globalThis.completer = await load('/m/completer.json');
${snippet}
globalThis.ready = true;`).replace('<script type="module">', '<body><input id="field" aria-label="story"><span id="ghost"></span><script type="module">');

test('complete in a page: the field of docs/complete.md by keys, by the caret and by an input method', async () => {
  await visit(
    async (page) => {
      await page.waitForFunction(() => globalThis.ready);
      const ghost = () => page.textContent('#ghost');
      const shows = () => page.waitForFunction(() => document.getElementById('ghost').textContent);
      const gone = () => page.waitForFunction(() => !document.getElementById('ghost').textContent);
      await page.focus('#field');
      await page.keyboard.type('Once upon a t', { delay: 5 });
      await shows();
      const text = await page.inputValue('#field');
      await page.waitForTimeout(200);
      const whole = await ghost();
      assert.match(text + whole, /^Once upon a time, there was/);
      // Along it, a character at a time.
      await page.keyboard.type(whole.slice(0, 3));
      assert.equal(await ghost(), whole.slice(3));
      await page.keyboard.press('ArrowLeft');
      await gone();
      await page.keyboard.press('ArrowRight');
      await shows();
      await page.keyboard.press('Escape');
      await gone();
      await page.keyboard.type(whole[3]);
      await shows();
      await page.keyboard.press('Tab');
      assert.ok((await page.inputValue('#field')).startsWith(text + whole.slice(0, 4)) && (await page.inputValue('#field')).length > text.length + 4);
      assert.equal(await page.evaluate(() => document.activeElement.id), 'field');
      await page.fill('#field', 'Lily ');
      await shows();
      const method = await page.context().newCDPSession(page);
      await method.send('Input.imeSetComposition', { text: 'l', selectionStart: 1, selectionEnd: 1 });
      await gone();
      await page.waitForTimeout(150);
      assert.equal(await ghost(), '');
      await method.send('Input.insertText', { text: 'loved' });
      await shows();
    },
    { index: FIELD },
  );
});

test('complete in a page: the shape of LanguageModel, as code written for Chrome uses it; destroy while streaming', async () => {
  await visit(async (page, { paths }) => {
    const got = await page.evaluate(async () => {
      const completer = await load('/m/completer.json');
      globalThis.LanguageModel = await completer.languageModel();
      const availability = await LanguageModel.availability({ expectedInputs: [{ type: 'text', languages: ['en'] }] });
      const heard = [];
      const session = await LanguageModel.create({
        initialPrompts: [{ role: 'system', content: 'A story.' }],
        monitor: (m) => m.addEventListener('downloadprogress', (e) => heard.push(e.loaded)),
      });
      const { contextUsage: begun, contextWindow } = session;
      const pieces = [];
      for await (const piece of session.promptStreaming('Tell me of Lily')) pieces.push(piece);
      const usage = session.contextUsage;
      const clone = await session.clone();
      const answer = await clone.prompt('And then?');
      const reader = session.promptStreaming('More').getReader();
      const reading = reader.read().then(() => reader.read());
      session.destroy();
      const destroyed = await reading.then(() => 'read', ({ name }) => name);
      const later = await session.prompt('a').catch(({ name }) => name);
      const large = await clone.prompt('word '.repeat(600)).catch((error) => [error.name, error instanceof DOMException, error.requested > error.quota]);
      const measured = await clone.measureContextUsage('Hello there');
      completer.close();
      const gone = await clone.prompt('a').catch(({ name }) => name);
      return { availability, heard, begun, contextWindow, pieces, usage, answer, destroyed, later, large, measured, gone, after: await LanguageModel.availability() };
    });
    assert.deepEqual([got.availability, got.heard, got.contextWindow, got.after], ['available', [0, 1], 448, 'unavailable']);
    assert.ok(got.begun > 0 && got.usage > got.begun && got.measured > 0);
    assert.ok(got.pieces.length > 0 && typeof got.answer === 'string');
    assert.deepEqual([got.destroyed, got.later, got.gone], ['InvalidStateError', 'InvalidStateError', 'InvalidStateError']);
    assert.deepEqual(got.large, ['QuotaExceededError', true, true]);
    assert.ok(paths().includes('/dist/language-model.js'));
  });
});

test('complete in a page: built by Vite, worker and binary beside the script', async () => {
  const out = `${here}/dist-complete-page`;
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  writeFileSync(`${out}/main.js`, "import { load } from 'nearhand/complete';\nglobalThis.load = load;\n");
  writeFileSync(`${out}/index.html`, `<!doctype html><html lang="en">${HEAD}<script type="module" src="./main.js"></script></html>`);
  await vite.build({ root: out, logLevel: 'error', build: { outDir: `${out}/vite`, emptyOutDir: true, assetsInlineLimit: 0, target: 'es2022' } });
  const names = readdirSync(`${out}/vite/assets`);
  const built = (path) => (names.includes(path.split('/').at(-1)) ? { body: readFileSync(`${out}/vite${path}`) } : undefined);
  const [completion, place, code] = await visit((page) => page.evaluate(placed), { index: readFileSync(`${out}/vite/index.html`, 'utf8'), answer: built });
  assert.ok(told.text.startsWith(completion) && completion);
  assert.deepEqual([place, code], ['worker', undefined]);
});

test('complete in a page: bundled by esbuild into one script, with copies of worker and binary that the host names', async () => {
  const out = `${here}/dist-complete-page`;
  await esbuild.build({ entryPoints: { main: `${out}/main.js`, worker: 'nearhand/complete-worker' }, absWorkingDir: here, outdir: `${out}/esbuild`, bundle: true, format: 'esm', conditions: ['browser'], logLevel: 'error' });
  const files = { '/own/main.js': 'main.js', '/own/worker.js': 'worker.js' };
  const answer = (path) => (files[path] ? { body: readFileSync(`${out}/esbuild/${files[path]}`) } : undefined);
  const index = `<!doctype html><html lang="en">${HEAD}<script type="module" src="/own/main.js"></script></html>`;
  await visit(
    async (page, { paths }) => {
      const [completion, place] = await page.evaluate(placed, { worker: '/own/worker.js', wasm: '/dist/nearhand-complete.wasm' });
      assert.ok(told.text.startsWith(completion) && completion);
      assert.equal(place, 'worker');
      const scripts = paths().filter((path) => path.endsWith('.js'));
      assert.deepEqual(scripts, ['/own/main.js', '/own/worker.js']);
    },
    { index, answer },
  );
});

test('complete in a page: Vite’s dev server, with its dependencies bundled ahead as by default', async () => {
  const out = `${here}/dist-complete-page`;
  const server = await vite.createServer({ root: out, logLevel: 'error', cacheDir: `${out}/.vite`, server: { port: 0, host: '127.0.0.1', fs: { allow: [root] }, ws: false, hmr: false } });
  await server.listen();
  const context = await browser.newContext();
  try {
    const opened = await openPage(context);
    const files = { 'completer.json': JSON.stringify(MANIFEST), 'stories.onnx': model, 'tokenizer.json': tokenizer };
    await opened.route('**/m/*', (route) => route.fulfill({ body: files[route.request().url().split('/').at(-1)] }));
    await opened.goto(`http://127.0.0.1:${server.httpServer.address().port}/`);
    await opened.waitForFunction(() => globalThis.load);
    const [completion, place, code] = await opened.evaluate(placed);
    assert.ok(told.text.startsWith(completion) && completion);
    assert.deepEqual([place, code], ['worker', undefined]);
  } finally {
    await context.close();
    await server.close();
  }
});
