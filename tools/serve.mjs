// A small static server for localhost: right MIME types, several roots, no directory listing. FILE.br beside a file is
// what a browser gets that takes brotli; a file in a folder named by its content (a/1f2e3d4c5b6a/) is kept for ever,
// all others are asked for again and answered with 304 while they stay the same.
// Usage: node tools/serve.mjs DIR [PATH=DIR …] [--port N]
import { createReadStream, realpathSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { pipeline } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** By the end of a name. */
export const TYPES = {
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
  '.txt': 'text/plain; charset=utf-8',
  '.safetensors': 'application/octet-stream',
  '.onnx': 'application/octet-stream',
  '.nhs': 'application/octet-stream',
};
const FOR_EVER = /\/a\/[0-9a-f]{12}\//;

/** `roots`: URL prefix → folder, the longest prefix first served. `headers` are added to every answer. */
export function serve(roots, { port = 0, headers = {} } = {}) {
  const prefixes = Object.keys(roots).sort((a, b) => b.length - a.length);
  const find = (path) => {
    const prefix = prefixes.find((p) => path.startsWith(p));
    if (prefix === undefined || path.includes('\0')) return undefined;
    // normalize() on an absolute path leaves no "..".
    const inside = normalize(`/${path.slice(prefix.length)}`);
    const file = join(roots[prefix], inside.endsWith('/') ? `${inside}index.html` : inside);
    const stat = look(file);
    if (stat?.isDirectory() && look(join(file, 'index.html'))?.isFile()) return { folder: true };
    // A link may not lead out of the folder.
    if (!stat?.isFile() || !realpathSync(file).startsWith(realpathSync(roots[prefix]) + sep)) return undefined;
    return { file, stat };
  };
  const requests = [];
  const handle = (request, response) => {
    const answer = (status, more, body) => response.writeHead(status, { ...more, ...headers }).end(request.method === 'HEAD' ? undefined : body);
    const text = (status, body, more) => answer(status, { 'content-type': TYPES['.txt'], 'cache-control': 'no-cache', ...more }, body);
    if (!['GET', 'HEAD'].includes(request.method)) return text(405, 'GET and HEAD alone\n', { allow: 'GET, HEAD' });
    let url;
    let path;
    try {
      // What begins with two slashes is a path here, not a host.
      url = new URL(request.url.replace(/^\/+/, '/'), 'http://localhost');
      path = decodeURIComponent(url.pathname);
    } catch {
      return text(400, 'not an address\n');
    }
    const found = find(path);
    requests.push({ path, size: found?.stat?.size ?? 0, status: found ? 200 : 404 });
    if (found?.folder) return text(301, '', { location: `${url.pathname}/${url.search}` });
    if (!found) return text(404, `not found: there is no such file in what is served\n`);

    const range = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '');
    // A part is a part of the file itself.
    const small = !range && takesBrotli(request.headers['accept-encoding']) ? look(`${found.file}.br`) : undefined;
    const { file, stat } = small?.isFile() && small.mtimeMs >= found.stat.mtimeMs ? { file: `${found.file}.br`, stat: small } : found;
    const packed = file !== found.file;
    const etag = `"${stat.size.toString(36)}-${Math.trunc(stat.mtimeMs).toString(36)}${packed ? '-br' : ''}"`;
    const common = {
      'content-type': TYPES[extname(found.file)] ?? 'application/octet-stream',
      'cache-control': FOR_EVER.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
      'x-content-type-options': 'nosniff',
      'accept-ranges': 'bytes',
      vary: 'accept-encoding',
      etag,
    };
    if (request.headers['if-none-match']?.split(/\s*,\s*/).some((known) => known === '*' || known.replace(/^W\//, '') === etag)) return answer(304, common);
    const part = range && bounds(range, stat.size);
    if (range && !part) return answer(416, { ...common, 'content-range': `bytes */${stat.size}` });
    const { start, end } = part ?? { start: 0, end: stat.size - 1 };
    response.writeHead(part ? 206 : 200, {
      ...common,
      ...(packed && { 'content-encoding': 'br' }),
      ...(part && { 'content-range': `bytes ${start}-${end}/${stat.size}` }),
      'content-length': end - start + 1,
      ...headers,
    });
    if (request.method === 'HEAD' || stat.size === 0) return response.end();
    // A file that vanishes meanwhile, or a visitor who leaves, ends this answer alone.
    pipeline(createReadStream(file, { start, end }), response, () => {});
  };
  const server = createServer((request, response) => {
    try {
      handle(request, response);
    } catch (error) {
      // A file that went away between two looks, a folder that may not be read: this answer fails, the server goes on.
      console.error(`serve: ${request.url}: ${error.message}`);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    }
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

/** What lies there; undefined where nothing does, or the name is none a file can have. */
function look(file) {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

const takesBrotli = (accepted = '') => accepted.split(',').some((one) => /^\s*br\s*(;\s*q=(?!0(\.0*)?\s*$).*)?$/i.test(one));

/** First and last byte of `bytes=a-b`, `bytes=a-` or `bytes=-n`; undefined where the file has no such part. */
function bounds([, from, to], size) {
  const start = from ? Number(from) : Math.max(0, size - Number(to));
  const end = from && to ? Math.min(Number(to), size - 1) : size - 1;
  return (from || Number(to) > 0) && start <= end && start < size ? { start, end } : undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const args = process.argv.slice(2);
  const at = args.indexOf('--port');
  const port = at < 0 ? 0 : Number(args.splice(at, 2)[1]);
  const roots = Object.fromEntries(args.map((arg) => (arg.includes('=') ? arg.split('=', 2) : ['/', arg])));
  try {
    const { url } = await serve(roots, { port });
    console.log(`serving ${url}`);
  } catch (error) {
    if (error.code !== 'EADDRINUSE') throw error;
    console.error(`serve: port ${port} is taken; choose another: PORT=${port + 1} ./build.sh demo`);
    process.exit(1);
  }
}
