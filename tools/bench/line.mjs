// A static server that sends brotli, counts what it sends, and can be as slow as a phone's line. One line is shared by
// all requests of a page, workers included, which the browser's own throttling leaves out.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };

/** Brotli 11, remembered on disk: the large binaries take half a minute each. */
function compressed(path, cache) {
  const bytes = readFileSync(path);
  const key = join(cache, `${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}.br`);
  if (!existsSync(key)) {
    mkdirSync(cache, { recursive: true });
    writeFileSync(key, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }));
  }
  return { raw: bytes.length, body: readFileSync(key) };
}

const CHUNK = 16_384;

export async function startLine(dir, cache, { headers = {}, bytesPerSecond = Infinity, latencyMs = 0 } = {}) {
  const files = new Map();
  let sent = { raw: 0, brotli: 0, files: [] };
  let free = 0; // when the line has sent what was asked of it, ms
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://localhost').pathname));
    const file = join(dir, path);
    if (!existsSync(file)) return response.writeHead(404).end();
    if (!files.has(file)) files.set(file, compressed(file, cache));
    const { raw, body } = files.get(file);
    sent.raw += raw;
    sent.brotli += body.length;
    sent.files.push(path);
    if (latencyMs) await new Promise((done) => setTimeout(done, latencyMs));
    response.writeHead(200, {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      'content-encoding': 'br',
      'content-length': body.length,
      'cache-control': 'no-store',
      ...headers,
    });
    if (bytesPerSecond === Infinity) return response.end(body);
    for (let at = 0; at < body.length && !response.destroyed; at += CHUNK) {
      const part = body.subarray(at, at + CHUNK);
      free = Math.max(free, performance.now()) + (part.length / bytesPerSecond) * 1000;
      await new Promise((done) => setTimeout(done, Math.max(0, free - performance.now())));
      response.write(part);
    }
    response.end();
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://localhost:${server.address().port}`,
    /** What was sent since the last call. */
    take() {
      const taken = sent;
      sent = { raw: 0, brotli: 0, files: [] };
      return taken;
    },
    close() {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
}
