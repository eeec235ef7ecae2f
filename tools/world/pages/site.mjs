// The server of a case, on a port and so an origin of its own: nothing that one case stores is seen by another.
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { TYPES } from '../../serve.mjs';

const type = (path) => TYPES[extname(path)] ?? 'application/octet-stream';
const RECORDER = readFileSync(new URL('recorder.js', import.meta.url));

/**
 * A page. `head` and `body` are HTML; `before` runs before all else, `script` is a module with the package in `n`, `signals`
 * in `signals`, both global. `bare`: without the package.
 */
export function html({ head = '', body = '', before = '', script = '', bare = false } = {}) {
  const imports = bare
    ? ''
    : "import * as n from '/nearhand/browser.js';\nimport { signals } from '/nearhand/signals.js';\nObject.assign(globalThis, { n, signals });\n";
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>shop</title><link rel="icon" href="data:,">
<script src="/recorder.js"></script>${before ? `<script>${before}</script>` : ''}${head}</head><body>${body}
${imports || script ? `<script type="module">${imports}${script}\nglobalThis.ready_ = true;</script>` : ''}</body></html>`;
}

/**
 * `routes`: path → text, bytes, `{ body | file, type, headers, status }` or (request, response) => void; a path that ends in
 * "/" → a folder. The longest path that fits is taken. `headers` go with every answer.
 */
export async function serve(routes, { headers = {}, name = 'localhost', rewrite } = {}) {
  const requests = [];
  const folders = Object.keys(routes)
    .filter((path) => path.endsWith('/') && typeof routes[path] === 'string')
    .sort((a, b) => b.length - a.length);
  const all = { '/recorder.js': RECORDER, ...routes };
  const find = (path) => {
    const folder = folders.find((prefix) => path.startsWith(prefix));
    if (!folder) return undefined;
    const inside = normalize(`/${path.slice(folder.length)}`);
    const file = join(routes[folder], inside.endsWith('/') ? `${inside}index.html` : inside);
    return statSync(file, { throwIfNoEntry: false })?.isFile() ? { file } : undefined;
  };
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://x').pathname);
    const entry = { path, url: request.url, method: request.method, headers: request.headers };
    requests.push(entry);
    let route = Object.hasOwn(all, path) && !folders.includes(path) ? all[path] : find(path);
    if (typeof route === 'function') return void Promise.resolve(route(request, response)).catch((error) => response.writeHead(500).end(String(error.stack)));
    if (route === undefined) return response.writeHead(404, { 'content-type': 'text/plain', ...headers }).end('not found');
    if (typeof route === 'string' || route instanceof Uint8Array) route = { body: route };
    const named = route.file ?? path;
    const kind = route.type ?? (typeof route.body === 'string' && !extname(path) ? TYPES['.html'] : type(named));
    response.writeHead(route.status ?? 200, { ...(kind ? { 'content-type': kind } : {}), 'cache-control': 'no-cache', ...headers, ...route.headers });
    if (request.method === 'HEAD') return response.end();
    if (route.body !== undefined) return response.end(route.body);
    if (rewrite && kind.startsWith('text/html')) return response.end(rewrite(readFileSync(route.file, 'utf8')));
    createReadStream(route.file).pipe(response);
  });
  await new Promise((done, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', done);
  });
  return {
    url: `http://${name}:${server.address().port}`,
    port: server.address().port,
    requests,
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
}

/** The body of a request. */
export async function body(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}
