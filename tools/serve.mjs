// A small static server for localhost: right MIME types, several roots, no directory listing.
// Usage: node tools/serve.mjs DIR [PATH=DIR …] [--port N]
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.safetensors': 'application/octet-stream',
  '.onnx': 'application/octet-stream',
};

/** `roots`: URL prefix → folder, the longest prefix first served. `headers` are added to every answer. */
export function serve(roots, { port = 0, headers = {} } = {}) {
  const prefixes = Object.keys(roots).sort((a, b) => b.length - a.length);
  const find = (path) => {
    const prefix = prefixes.find((p) => path.startsWith(p));
    if (prefix === undefined) return undefined;
    // normalize() on an absolute path leaves no "..".
    const inside = normalize(`/${path.slice(prefix.length)}`);
    const file = join(roots[prefix], inside.endsWith('/') ? `${inside}index.html` : inside);
    const stat = statSync(file, { throwIfNoEntry: false });
    return stat?.isFile() ? { file, size: stat.size } : undefined;
  };
  const requests = [];
  const server = createServer((request, response) => {
    let path;
    try {
      path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    } catch {
      return response.writeHead(400, headers).end();
    }
    const found = find(path);
    requests.push({ path, size: found?.size ?? 0, status: found ? 200 : 404 });
    if (!found) return response.writeHead(404, { 'content-type': 'text/plain', ...headers }).end('not found');
    response.writeHead(200, {
      'content-type': TYPES[extname(found.file)] ?? 'application/octet-stream',
      'content-length': found.size,
      'cache-control': 'no-cache',
      ...headers,
    });
    if (request.method === 'HEAD') return response.end();
    createReadStream(found.file).pipe(response);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const { port: bound } = server.address();
      const close = () => {
        server.closeAllConnections();
        return new Promise((done) => server.close(done));
      };
      resolve({ url: `http://localhost:${bound}`, requests, close });
    });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const args = process.argv.slice(2);
  const at = args.indexOf('--port');
  const port = at < 0 ? 0 : Number(args.splice(at, 2)[1]);
  const roots = Object.fromEntries(args.map((arg) => (arg.includes('=') ? arg.split('=', 2) : ['/', arg])));
  const { url } = await serve(roots, { port });
  console.log(`serving ${url}`);
}
