// nearhand/assess in Chromium: the recorded answers, what is fetched when, and what does not come.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { recordedOf } from './assess/log.mjs';

const root = process.env.NEARHAND_ROOT;
const { launch, openPage } = await import(`${root}/tools/chromium.mjs`);
const here = import.meta.dirname;
const dist = `${here}/node_modules/nearhand/dist`;
const recorded = recordedOf(readFileSync(`${root}/tests/golden/card-fraud-answers.txt`, 'utf8'));
const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>assess</title><link rel="icon" href="data:,">
  <script type="module">import { createAssessor } from '/dist/assess.js'; globalThis.createAssessor = createAssessor;</script></html>`;
const FILES = {
  '/': ['text/html', () => PAGE],
  '/card-fraud.safetensors': ['application/octet-stream', () => readFileSync(`${root}/models/card-fraud/card-fraud.safetensors`)],
  '/log.csv': ['text/csv', () => readFileSync(`${root}/tests/golden/card-fraud-log.csv`)],
  '/log.mjs': ['text/javascript', () => readFileSync(`${here}/assess/log.mjs`)],
};

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** Opens the page and gives it to `act`, with the paths that were asked for. */
async function visit(act, headers = {}) {
  const paths = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://x');
    paths.push(pathname);
    try {
      const [type, body] = FILES[pathname] ?? [pathname.endsWith('.wasm') ? 'application/wasm' : 'text/javascript', () => readFileSync(`${dist}${pathname.replace(/^\/dist/, '')}`)];
      const found = body();
      response.writeHead(200, { 'content-type': type, ...headers }).end(found);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const context = await browser.newContext();
  try {
    const page = await openPage(context);
    await page.goto(`http://localhost:${server.address().port}/`);
    await page.waitForFunction(() => globalThis.createAssessor);
    return await act(page, paths);
  } finally {
    await context.close();
    server.closeAllConnections();
    server.close();
  }
}

test('assess in a page: the answers of the command line; nothing is fetched before it is asked for', async () => {
  await visit(async (page, paths) => {
    assert.deepEqual(paths, ['/', '/dist/assess.js']);
    const told = await page.evaluate(async () => {
      const { judged, judgedApart, rowsOf } = await import('/log.mjs');
      const rows = rowsOf(await (await fetch('/log.csv')).text());
      const open = (options) => createAssessor({ bundle: '/card-fraud.safetensors', now: null, ...options });
      const [whole, cards, terminals, nobody] = await Promise.all([open(), open({ keys: ['card'] }), open({ keys: ['terminal'] }), open({ keys: [] })]);
      return [judged(whole, rows), judgedApart({ cards, terminals, nobody }, rows)];
    });
    assert.deepEqual(told, [recorded, recorded]);
    assert.equal(paths.filter((path) => path.endsWith('.wasm')).length, 1, 'one binary for all');
    assert.deepEqual(page.faults, []);
  });
});

test('assess in a page: a policy that forbids wasm, a bundle that is none: by a code', async () => {
  const ends = (page, options) => page.evaluate((options) => createAssessor(options).then(() => 'none', ({ code }) => code), options);
  await visit(async (page) => assert.equal(await ends(page, { bundle: '/' }), 'fetch-failed'));
  await visit(async (page) => assert.equal(await ends(page, { bundle: '/none.safetensors' }), 'fetch-failed'));
  const policy = { 'content-security-policy': "script-src 'self' 'unsafe-inline'" };
  await visit(async (page) => assert.match(await ends(page, { bundle: '/card-fraud.safetensors' }), /^(csp|wasm)/), policy);
});
