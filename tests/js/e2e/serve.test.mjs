// The little server of demo and tests: what it serves, how compressed, how long kept, and what it does not hand out.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import { serve } from '../../../tools/serve.mjs';

const text = 'const shop = 1;\n'.repeat(200);
let dir;
let server;

before(async () => {
  dir = mkdtempSync(join(tmpdir(), 'nearhand-serve-'));
  const site = join(dir, 'site');
  mkdirSync(join(site, 'a/0123456789ab'), { recursive: true });
  mkdirSync(join(site, 'p/1'), { recursive: true });
  mkdirSync(join(site, 'empty'));
  for (const path of ['app.js', 'a/0123456789ab/app.js']) {
    writeFileSync(join(site, path), text);
    writeFileSync(join(site, `${path}.br`), brotliCompressSync(text));
  }
  writeFileSync(join(site, 'plain.wasm'), 'wasm');
  writeFileSync(join(site, 'nothing.txt'), '');
  for (const path of ['', 'p/1']) writeFileSync(join(site, path, 'index.html'), '<!doctype html>');
  writeFileSync(join(dir, 'secret.txt'), 'secret');
  symlinkSync(join(dir, 'secret.txt'), join(site, 'link.txt'));
  server = await serve({ '/': site });
});
after(async () => {
  await server.close();
  rmSync(dir, { recursive: true });
});

/** `path` goes out as it is: fetch would tidy it. */
const ask = (path, { method = 'GET', ...headers } = {}) =>
  new Promise((resolve, reject) => {
    const { port } = new URL(server.url);
    request({ port, path, method, headers, host: '127.0.0.1', timeout: 5000 }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part)).on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }));
    })
      .on('error', reject)
      .on('timeout', () => reject(new Error(`no answer to ${path}`)))
      .end();
  });

test('brotli for who takes it, the right type either way, kept for ever where the name says what is in it', async () => {
  const packed = await ask('/app.js', { 'accept-encoding': 'gzip, deflate, br' });
  assert.equal(packed.headers['content-encoding'], 'br');
  assert.match(packed.headers['content-type'], /^text\/javascript/);
  assert.equal(packed.headers.vary, 'accept-encoding');
  assert.equal(brotliDecompressSync(packed.body).toString(), text);
  for (const accepted of [undefined, 'gzip', 'br;q=0', 'brotli', 'br;q=0.0']) {
    const plain = await ask('/app.js', accepted && { 'accept-encoding': accepted });
    assert.equal(plain.headers['content-encoding'], undefined, accepted);
    assert.equal(plain.body.toString(), text);
  }
  assert.equal((await ask('/plain.wasm', { 'accept-encoding': 'br' })).headers['content-type'], 'application/wasm');
  assert.match((await ask('/a/0123456789ab/app.js')).headers['cache-control'], /immutable/);
  assert.equal(packed.headers['cache-control'], 'no-cache');
});

test('what stays the same is not sent again; packed and plain are not taken for each other', async () => {
  const { etag } = (await ask('/app.js')).headers;
  assert.equal((await ask('/app.js', { 'if-none-match': etag })).status, 304);
  assert.equal((await ask('/app.js', { 'if-none-match': `"x", W/${etag}` })).status, 304);
  assert.equal((await ask('/app.js', { 'if-none-match': etag, 'accept-encoding': 'br' })).status, 200);
  assert.equal((await ask('/app.js', { 'if-none-match': '"other"' })).status, 200);
});

test('HEAD, parts, folders, and what is not there', async () => {
  const head = await ask('/app.js', { method: 'HEAD' });
  assert.deepEqual([head.status, head.headers['content-length'], head.body.length], [200, String(text.length), 0]);
  for (const [range, from, to] of [['bytes=0-4', 0, 4], ['bytes=3190-', 3190, 3199], ['bytes=-5', 3195, 3199], ['bytes=0-99999', 0, 3199]]) {
    const part = await ask('/app.js', { range, 'accept-encoding': 'br' });
    assert.deepEqual([part.status, part.headers['content-range'], part.body.toString()], [206, `bytes ${from}-${to}/3200`, text.slice(from, to + 1)], range);
  }
  for (const range of ['bytes=9999-', 'bytes=-0', 'bytes=5-2']) assert.equal((await ask('/app.js', { range })).status, 416, range);
  for (const range of ['bytes=a-b', 'items=0-1', 'bytes=0-1,3-4']) assert.equal((await ask('/app.js', { range })).status, 200, range);
  const folder = await ask('/p/1?q=1');
  assert.deepEqual([folder.status, folder.headers.location], [301, '/p/1/?q=1']);
  assert.equal((await ask('/p/1/')).status, 200);
  assert.equal((await ask('/nothing.txt')).status, 200);
  const none = await ask('/none.js');
  assert.deepEqual([none.status, none.headers['content-type']], [404, 'text/plain; charset=utf-8']);
  assert.equal((await ask('/app.js', { method: 'POST' })).status, 405);
});

test('no path leads out, and none ends the server', async () => {
  for (const path of ['/../secret.txt', '/..%2fsecret.txt', '/%2e%2e/secret.txt', '/a/../../secret.txt', '/..%5csecret.txt', '/link.txt', '/empty', '/empty/', '/%00', '/app.js%00.html', '/app.js/', '/app.js/x', '//etc/passwd', `/${'a'.repeat(5000)}`, `/${'../'.repeat(50)}etc/passwd`]) {
    const { status, body } = await ask(path);
    assert.ok([400, 404].includes(status), `${path}: ${status}`);
    assert.doesNotMatch(body.toString(), /secret|root:/, path);
  }
  assert.equal((await ask('/%zz')).status, 400);
  // Who hangs up in the middle, or speaks another language.
  const { port } = new URL(server.url);
  for (const said of ['GET /app.js HTTP/1.1\r\nHost: x\r\n\r\n', 'hello\r\n\r\n', '']) await new Promise((done) => connect(port, '127.0.0.1', function () {
    this.end(said);
    this.destroy();
    done();
  }));
  assert.equal((await ask('/')).status, 200);
});
