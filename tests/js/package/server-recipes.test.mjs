// docs/servers.md, done as it is written: its blocks are laid as files and run.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as ask } from 'node:http';
import { dirname } from 'node:path';
import { after, before, test } from 'node:test';
import * as esbuild from 'esbuild';

const here = import.meta.dirname;
const root = process.env.NEARHAND_ROOT;
const out = `${here}/dist-recipes`;
process.env.SHOP_BUNDLE = process.env.NEARHAND_BUNDLE;
process.env.SESSION_KEY = 'a key of this test, of thirty-two bytes';

/** What the recipes are written for, where it is not installed: as much of it as they use. */
const STAND_INS = {
  express: `
    import { createServer } from 'node:http';
    export default function express() {
      const routes = [];
      const add = (method) => (path, ...steps) => routes.push({ method, path: new RegExp('^' + path.replace(/:(\\w+)/g, '(?<$1>[^/]+)') + '$'), steps });
      return { use() {}, get: add('GET'), post: add('POST'), listen: (...args) => createServer(async (request, response) => {
        response.append = (name, value) => (response.appendHeader(name, value), response);
        response.set = (name, value) => (response.setHeader(name, value), response);
        response.status = (code) => ((response.statusCode = code), response);
        response.send = (html) => (response.setHeader('content-type', 'text/html; charset=utf-8'), response.end(html));
        for (const { method, path, steps } of routes) {
          const found = method === request.method && path.exec(request.url);
          if (!found) continue;
          request.params = Object.fromEntries(Object.entries(found.groups ?? {}).map(([key, value]) => [key, decodeURIComponent(value)]));
          for (const step of steps) await step(request, response);
          return;
        }
        response.status(404).end();
      }).listen(...args) };
    }
    express.static = () => {};
    express.raw = ({ limit }) => async (request) => {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      request.body = Buffer.concat(chunks).subarray(0, limit + 1);
    };`,
  hono: `
    export class Hono {
      #routes = [];
      #add(method, path, act) { this.#routes.push({ method, path: new RegExp('^' + path.replace(/:(\\w+)/g, '(?<$1>[^/]+)') + '$'), act }); }
      get(path, act) { this.#add('GET', path, act); }
      post(path, act) { this.#add('POST', path, act); }
      async fetch(request) {
        for (const { method, path, act } of this.#routes) {
          const found = method === request.method && path.exec(new URL(request.url).pathname);
          if (!found) continue;
          const headers = new Headers({ 'content-type': 'text/html; charset=UTF-8' });
          return act({
            req: { raw: request, param: (name) => decodeURIComponent(found.groups[name]) },
            header: (name, value, { append } = {}) => headers[append ? 'append' : 'set'](name, value),
            html: (text) => new Response(text, { headers }),
          });
        }
        return new Response(null, { status: 404 });
      }
    }`,
};

before(() => {
  rmSync(out, { recursive: true, force: true });
  for (const [, name, code] of readFileSync(`${root}/docs/servers.md`, 'utf8').matchAll(/^```(?:js|tsx?)\n\/\/ (\S+)\n([\s\S]*?)^```$/gm)) {
    mkdirSync(dirname(`${out}/${name}`), { recursive: true });
    writeFileSync(`${out}/${name}`, code);
  }
  for (const [name, code] of Object.entries(STAND_INS)) {
    if (existsSync(`${root}/node_modules/${name}`)) continue;
    mkdirSync(`${out}/node_modules/${name}`, { recursive: true });
    writeFileSync(`${out}/node_modules/${name}/package.json`, JSON.stringify({ name, type: 'module', exports: './index.js' }));
    writeFileSync(`${out}/node_modules/${name}/index.js`, code);
  }
});

const items = (html) => [...html.matchAll(/data-nearhand-impression="([^"]+)"/g)].map(([, item]) => item);
const start = (html) => JSON.parse(/data-nearhand="head-start">(.*?)<\/script>/.exec(html)[1]);
const CONSENT = 'nearhand-consent=session';

/** A visitor of any server: three pages, the session posted between the second and the third, and forgotten. */
async function shops(call) {
  const page = async (id, cookie) => {
    const { status, headers, text } = await call('GET', `/p/${id}`, { cookie });
    assert.equal(status, 200);
    assert.equal(headers.get('cache-control'), 'private, no-store');
    return { html: text, cookie: headers.getSetCookie().map((one) => one.split(';')[0]).at(-1) };
  };
  const quiet = await page('22423', '');
  assert.equal(items(quiet.html).length, 5);
  assert.equal(quiet.cookie, undefined, 'nothing is written before consent');
  const first = await page('22423', CONSENT);
  const second = await page('22697', `${CONSENT}; ${first.cookie}`);
  assert.deepEqual(start(second.html).slates.slate.items.map(({ item }) => item), items(second.html));
  const session = Buffer.from(start(second.html).session, 'base64url');
  const post = { 'cookie': `${CONSENT}; ${first.cookie}`, 'origin': 'http://shop.example', 'content-type': 'application/octet-stream' };
  const posted = await call('POST', '/nearhand/session', post, session);
  assert.equal(posted.status, 204);
  const [signed] = posted.headers.getSetCookie()[0].split(';');
  const third = await page('85123A', `${CONSENT}; ${signed}`);
  assert.ok(!items(third.html).includes('22423') && !items(third.html).includes('22697'), 'what was seen is not suggested');
  const gone = await call('POST', '/nearhand/session', post, Buffer.alloc(0));
  assert.match(gone.headers.getSetCookie()[0], /Max-Age=0/);
  assert.equal((await call('POST', '/nearhand/session', { ...post, origin: 'https://evil.example' }, session)).status, 403);
  assert.doesNotMatch((await page('%3Cscript%3E', '')).html, /<script>/);
}

/** By Node's own client: `fetch` does not send another host. */
const over = (port) => (method, path, headers, body) =>
  new Promise((done, fail) => {
    const length = body ? { 'content-length': body.length } : {};
    const request = ask({ port, host: '127.0.0.1', method, path, headers: { host: 'shop.example', ...headers, ...length } }, async (response) => {
      let text = '';
      for await (const part of response.setEncoding('utf8')) text += part;
      const all = new Headers();
      for (let i = 0; i < response.rawHeaders.length; i += 2) all.append(response.rawHeaders[i], response.rawHeaders[i + 1]);
      done({ status: response.statusCode, headers: all, text });
    });
    request.on('error', fail).end(body);
  });

const fetched = (handle) => async (method, path, headers, body) => {
  const response = await handle(new Request(`http://shop.example${path}`, { method, headers, body: body?.length ? body : undefined }));
  return { status: response.status, headers: response.headers, text: await response.text() };
};

test('Express', async () => {
  const { app } = await import(`${out}/express.mjs`);
  const server = app.listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  await shops(over(server.address().port));
  server.closeAllConnections();
  server.close();
});

test('Hono', async () => {
  const { app } = await import(`${out}/hono.mjs`);
  await shops(fetched((request) => app.fetch(request)));
});

test('Node’s own http', async () => {
  const { load } = await import('nearhand');
  const { slateHtml, visitors } = await import('nearhand/server');
  const shop = visitors({ open: () => load(process.env.SHOP_BUNDLE, { tier: 'lite' }), keys: [process.env.SESSION_KEY] });
  const server = createServer(async (request, response) => {
    if (request.url === '/nearhand/session') {
      const answer = await shop.receive({ method: request.method, headers: request.headers, body: request });
      return response.writeHead(answer.status, { 'set-cookie': answer.headers.getSetCookie() }).end();
    }
    const visitor = await shop.visit(request);
    const source = decodeURIComponent(request.url.slice(3));
    visitor.view(source);
    const slate = await visitor.page.recommend({ source });
    response.writeHead(200, { 'cache-control': 'private, no-store', 'set-cookie': await visitor.cookies() });
    response.end(slateHtml(slate) + visitor.headStart({ slate }));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  await shops(over(server.address().port));
  server.closeAllConnections();
  server.close();
});

test('Next.js: the page as a server renders it, and the route', async () => {
  writeFileSync(`${out}/entry.js`, `
    export { default as Product } from './app/p/[id]/page';
    export { POST } from './app/nearhand/session/route';
    export { createElement } from 'react';
    export { renderToReadableStream } from 'react-dom/server.edge';
  `);
  await esbuild.build({
    entryPoints: [`${out}/entry.js`],
    outfile: `${out}/next.mjs`,
    bundle: true,
    format: 'esm',
    platform: 'node',
    jsx: 'automatic',
    external: ['nearhand', 'nearhand/*'],
    nodePaths: [`${root}/node_modules`],
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    // What Next gives a request.
    plugins: [{
      name: 'next',
      setup({ onResolve, onLoad }) {
        onResolve({ filter: /^next\/headers$/ }, ({ path }) => ({ path, namespace: 'next' }));
        onLoad({ filter: /.*/, namespace: 'next' }, () => ({ contents: 'export const headers = async () => globalThis.requestHeaders;' }));
      },
    }],
  });
  const { Product, POST, createElement, renderToReadableStream } = await import(`${out}/next.mjs`);
  let cookie;
  const page = async (id) => {
    globalThis.requestHeaders = new Headers({ host: 'shop.example', cookie: `${CONSENT}; ${cookie ?? ''}` });
    const element = await Product({ params: Promise.resolve({ id }) });
    return new Response(await renderToReadableStream(createElement(() => element))).text();
  };
  const post = async (session) => {
    const headers = { 'host': 'shop.example', 'cookie': CONSENT, 'origin': 'http://shop.example', 'content-type': 'application/octet-stream' };
    const response = await POST(new Request('http://localhost:3000/nearhand/session', { method: 'POST', headers, body: session }));
    assert.equal(response.status, 204);
    [cookie] = response.headers.getSetCookie()[0].split(';');
  };
  for (const id of ['22423', '22697']) {
    const html = await page(id);
    assert.equal(items(html).length, 5);
    await post(Buffer.from(start(html).session, 'base64url'));
  }
  const third = items(await page('85123A'));
  assert.ok(!third.includes('22423') && !third.includes('22697'));
});

test('every block of the page is a recipe that is run, or part of one', () => {
  const text = readFileSync(`${root}/docs/servers.md`, 'utf8');
  const names = [...text.matchAll(/^```(?:js|tsx?)\n\/\/ (\S+)$/gm)].map(([, name]) => name);
  assert.deepEqual(names, ['worker.js', 'public/page.js', 'express.mjs', 'hono.mjs', 'lib/shop.ts', 'app/p/[id]/page.tsx', 'app/p/[id]/session.tsx', 'app/nearhand/session/route.ts']);
  for (const name of ['worker.js', 'public/page.js', 'express.mjs', 'hono.mjs']) assert.doesNotThrow(() => esbuild.transformSync(readFileSync(`${out}/${name}`, 'utf8'), { loader: 'js' }));
});

after(() => delete globalThis.requestHeaders);
