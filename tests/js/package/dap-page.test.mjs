// nearhand/dap in Chromium, bundled with its client: what leaves a page with and without consent, and that leaving the page loses nothing.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import * as esbuild from 'esbuild';
import { learnReference } from 'nearhand/monitor';
import { aggregators } from './dap/aggregators.mjs';

const { launch, openPage } = await import(`${process.env.NEARHAND_ROOT}/tools/chromium.mjs`);
const here = import.meta.dirname;
const reference = await learnReference({ streams: { price: Array.from({ length: 500 }, (_, at) => at / 5) }, rates: { fallback: { events: 2, of: 500 } } });
let browser, both, server, clients;

before(async () => {
  const { outputFiles, metafile } = await esbuild.build({ entryPoints: [`${here}/page/dap/page.js`], bundle: true, splitting: true, minify: true, format: 'esm', outdir: `${here}/dist-dap`, write: false, metafile: true });
  // The client is a file of its own, which a page without consent never fetches.
  clients = Object.entries(metafile.outputs).filter(([, { inputs }]) => Object.keys(inputs).some((path) => path.includes('@divviup/dap'))).map(([name]) => name.slice(name.lastIndexOf('/')));
  assert.ok(clients.length > 0 && !clients.includes('/page.js'));
  const page = (body) => ['text/html', `<!doctype html><html lang="en"><title>dap</title><link rel="icon" href="data:,">${body}</html>`];
  const files = new Map([
    ['/', page('<script type="module" src="/page.js"></script>')],
    ['/else', page('')],
    ['/shop.reference', ['application/octet-stream', reference]],
    ['/nearhand-monitor.wasm', ['application/wasm', readFileSync(`${here}/node_modules/nearhand/dist/nearhand-monitor.wasm`)]],
    ...outputFiles.map(({ path, contents }) => [path.slice(path.lastIndexOf('/')), ['text/javascript', contents]]),
  ]);
  server = createServer(({ url }, response) => {
    if (url === '/held') return;
    const [type, found] = files.get(url) ?? [];
    response.writeHead(found ? 200 : 404, found && { 'content-type': type }).end(found);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  [both, browser] = await Promise.all([aggregators(), launch()]);
});
after(async () => {
  await browser?.close();
  server?.closeAllConnections();
  server?.close();
  both?.stop();
});

/** Opens the page with a monitor and tasks, and gives it to `act`. `allowed`: what the browser itself says of requests. */
async function visit(consent, act, allowed = /(?!)/) {
  const { leader, helper } = both;
  const tasks = Object.fromEntries(['price', 'fallback'].map((name) => [name, randomBytes(32).toString('base64url')]));
  const asked = both.asked.length;
  const context = await browser.newContext();
  try {
    const page = await openPage(context);
    const address = `http://localhost:${server.address().port}`;
    await page.goto(`${address}/`);
    await page.waitForFunction(() => globalThis.createDap);
    await page.evaluate(async ({ leader, helper, tasks, consent }) => {
      globalThis.dap = await createDap({ reference: '/shop.reference', leader, helper, timePrecisionSeconds: 60, tasks, consent });
      globalThis.monitor = await createMonitor({ reference: '/shop.reference', wasm: '/nearhand-monitor.wasm', consent, sink: dap.sink });
      for (let at = 0; at < 20; at++) {
        monitor.observe('price', 50);
        monitor.happened('fallback', false);
      }
    }, { leader, helper, tasks, consent });
    await act(page, address, tasks, () => both.asked.slice(asked));
    assert.deepEqual(page.faults.filter((fault) => !allowed.test(fault)), []);
  } finally {
    await context.close();
  }
}

test('dap in a page: without consent no aggregator is asked and no client is loaded', async () => {
  await visit('memory', async (page, address, _, asked) => {
    await page.evaluate(() => (monitor.flush(), dap.flush()));
    const files = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
    await page.goto(`${address}/else`);
    await new Promise((done) => setTimeout(done, 200));
    assert.deepEqual([asked(), files.filter((name) => clients.some((client) => name.endsWith(client)))], [[], []]);
  });
});

test('dap in a page: hidden or left, it hands over one observation of each task, without cookie or referrer', async () => {
  await visit('session', async (page, address, tasks, asked) => {
    // The keys have come when the page is left, as they do in a visit of some seconds.
    for (let ms = 0; asked().length < 4 && ms < 5000; ms += 20) await new Promise((done) => setTimeout(done, 20));
    assert.deepEqual(asked().map(({ method, path }) => `${method} ${path}`), new Array(4).fill('GET /dap/hpke_config'), 'and nothing else before');
    const sent = await page.evaluate(async () => {
      Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
      await dap.flush();
      return dap.info().tasks.map(({ sent }) => sent);
    });
    assert.deepEqual(sent, [1, 1]);
    await page.goto(`${address}/else`);
    const puts = asked().filter(({ method }) => method === 'PUT');
    assert.equal(puts.length, 2);
    assert.ok(asked().every(({ headers }) => headers.cookie === undefined && headers.referer === undefined));
    assert.deepEqual(await both.collect(tasks.fallback, { length: 2, chunkLength: 2 }), [1, 0]);
  });
  // Left at once: the upload outlives the page, if the page has lived until it was sealed.
  await visit('session', async (page, address, tasks, asked) => {
    for (let ms = 0; asked().length < 4 && ms < 5000; ms += 20) await new Promise((done) => setTimeout(done, 20));
    await page.evaluate(() => void monitor.flush());
    await page.waitForTimeout(300);
    await page.goto(`${address}/else`);
    assert.equal(both.reports(tasks.price).length, 1);
  });
});

test('dap in a page: keys that the browser has kept and the leader has not are asked for past its cache; others of the page may have taken what outlives it', async () => {
  const keys = async (asked) => {
    for (let ms = 0; asked().length < 4 && ms < 5000; ms += 20) await new Promise((done) => setTimeout(done, 20));
  };
  const told = (page) => page.evaluate(async () => {
    await dap.flush();
    return [dap.info().tasks.map(({ sent, waiting, lost }) => [sent, waiting, lost]), dap.info().error];
  });
  await visit('session', async (page, _, __, asked) => {
    await keys(asked);
    await both.rotate();
    await page.evaluate(() => void monitor.flush());
    assert.deepEqual(await told(page), [[[1, 0, 0], [1, 0, 0]], null]);
  }, / 400\b/);
  await visit('session', async (page, _, __, asked) => {
    await keys(asked);
    const [first] = await page.evaluate(async () => {
      fetch('/held', { method: 'POST', keepalive: true, body: new Uint8Array(65_500) }).catch(() => {});
      monitor.flush();
      await dap.flush();
      return dap.info().tasks.map(({ waiting }) => waiting);
    });
    assert.equal(first, 1, 'a browser has room for 64 KB');
    assert.deepEqual(await told(page), [[[1, 0, 0], [1, 0, 0]], null]);
  }, /^request: \S+\/(reports|held) |^console: Failed to load/);
});
