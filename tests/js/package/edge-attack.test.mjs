// The edge worker before an origin that sends whatever it likes, as slowly as it likes: the page always gets through.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, request as ask } from 'node:http';
import { after, before, test } from 'node:test';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { laid, serveEdge } from './edge.mjs';

const out = `${import.meta.dirname}/dist-edge-attack`;
const KEY = 'a key of this test, of thirty-two bytes';
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const HTML = { 'content-type': 'text/html; charset=utf-8' };
const slate = (attributes = '', inside = '<p>own</p>') => `<div data-nearhand-slate="22423" data-nearhand-href="/p/{item}"${attributes}>${inside}</div>`;
const page = (body) => `<!doctype html><html><head><title>t</title></head><body><h1>Über uns</h1>${body}</body></html>`;

/** What the origin does with the next request; `got` is the request it saw. */
let serve;
let got;
let edge;
let origin;
const open = new Set();
before(async () => {
  origin = createServer((request, response) => {
    got = request;
    open.add(response);
    serve(response, request);
  });
  await new Promise((done) => origin.listen(0, '127.0.0.1', done));
  (await laid(out)).close();
  const keyed = [`( name = "SESSION_KEY", text = "${KEY}" )`, '( name = "CONSENT", text = "session" )'];
  const variants = { shop: keyed, start: [...keyed, '( name = "HEAD_START", text = "1" )'] };
  edge = await serveEdge(out, variants, `( name = "origin", external = ( address = "127.0.0.1:${origin.address().port}", http = () ) )`);
});
after(() => {
  edge?.stop();
  origin.closeAllConnections();
  origin.close();
});

/** The answer with its bytes as they came, and when the first of them did. */
function get({ method = 'GET', headers = {}, variant = 'shop', onData } = {}) {
  const began = performance.now();
  return new Promise((done, fail) => {
    const request = ask({ port: edge.ports[variant], host: '127.0.0.1', path: '/', method, headers: { host: 'shop.example', ...headers } }, (response) => {
      const chunks = [];
      let first;
      const end = (broken) => {
        const bytes = Buffer.concat(chunks);
        const html = bytes.toString();
        const timing = String(response.headers['server-timing'] ?? '');
        done({ response, bytes, html, broken, first, took: performance.now() - began, why: /nearhand;desc="([^"]+)"/.exec(timing)?.[1], slates: html.split('<ol class="nearhand-slate"').length - 1 });
      };
      response.on('data', (chunk) => {
        first ??= performance.now() - began;
        if (onData) onData(chunk);
        else chunks.push(chunk);
      });
      response.on('end', () => end(false));
      response.on('error', () => end(true));
    });
    request.on('error', fail);
    request.end();
  });
}
const whole = (body, headers = HTML, status = 200) => {
  serve = (response) => response.writeHead(status, headers).end(body);
  return get();
};
/** Each piece, then a while; `null` breaks off. */
const slowly = (pieces, { headers = HTML, ms = 120, ...options } = {}) => {
  serve = async (response) => {
    response.writeHead(200, headers);
    for (const piece of pieces) {
      if (piece === null) return response.destroy();
      response.write(piece);
      await sleep(ms);
    }
    response.end();
  };
  return get(options);
};

test('a page with slates is filled, the rest of it byte for byte', async () => {
  const { html, slates, why, response } = await whole(page(`${slate()}<p>between</p>${slate()}`));
  assert.equal(slates, 2);
  assert.equal(html.replace(/<ol.*?<\/ol>/g, '<p>own</p>'), page(`${slate()}<p>between</p>${slate()}`));
  assert.equal(why, 'table');
  assert.equal(response.headers['set-cookie'].length, 1);
});

test('at most sixteen slates, whatever the page asks for, and it holds nobody', async () => {
  await whole(page(slate()));
  const { html, slates, took } = await whole(page(slate().repeat(5000)));
  assert.equal(slates, 16);
  assert.equal(html.split('<p>own</p>').length - 1, 5000 - 16);
  assert.ok(took < 1500, `${took} ms`);
});

test('nonsense in k, placement, relation, currency, href: that slate is as it can be, the others go on', async () => {
  for (const [attributes, filled] of [
    [' data-nearhand-k="-1"', 5], [' data-nearhand-k="1e9"', 20], [' data-nearhand-k="NaN"', 5], [' data-nearhand-k="0x7"', 7], [' data-nearhand-k="1.5"', 5], [' data-nearhand-k', 5], [' data-nearhand-k="Infinity"', 5],
    [' data-nearhand-placement="nowhere"', 0], [' data-nearhand-placement="__proto__"', 0], [' data-nearhand-relation="friends"', 0], [' data-nearhand-placement="category"', 0],
    [' data-nearhand-currency="££"', 5], [' data-nearhand-name="__proto__"', 5], [` data-nearhand-name="${'x'.repeat(5000)}"`, 5],
  ]) {
    const { html, slates } = await whole(page(`${slate(attributes)}<hr>${slate()}`));
    const [first, second] = html.split('<hr>');
    assert.equal(first.split('<li').length - 1, filled, attributes.slice(0, 60));
    assert.equal(first.includes('<p>own</p>'), filled === 0);
    assert.equal(second.split('<li').length - 1, 5);
    assert.equal(slates, filled ? 2 : 1);
  }
  const long = await whole(page(`<div data-nearhand-slate="${'x'.repeat(100_000)}">own</div>${slate()}`));
  assert.ok(long.slates >= 1 && long.html.includes('nearhand-slate"'));
  const { html } = await whole(page('<div data-nearhand-slate="22423" data-nearhand-href="javascript:alert(\'{item}\')"></div>'));
  assert.doesNotMatch(html.slice(html.indexOf('<ol')), /javascript:|<a /);
});

test('attributes are what HTML makes of them', async () => {
  const plain = (await whole(page('<div data-nearhand-slate="22423"></div>'))).html.match(/impression="[^"]+"/g);
  for (const written of ['&#50;2423', '&#x32;2423', '&#x32;&#50;423', '&#0000050;2423']) {
    assert.deepEqual((await whole(page(`<div data-nearhand-slate="${written}"></div>`))).html.match(/impression="[^"]+"/g), plain, written);
  }
  const { html } = await whole(page('<div data-nearhand-slate="22423" data-nearhand-href="/p?a=1&amp;b=&quot;&lt;&eacute;&#128;&copy=2&amp;i={item}"></div>'));
  assert.match(html, /<a href="\/p\?a=1&amp;b=&quot;&lt;é€&amp;copy=2&amp;i=\w+"/);
  const unknown = await whole(page('<div data-nearhand-slate="&CounterClockwiseContourIntegral;">own</div>'));
  assert.equal(unknown.slates, 0, 'a name that is not read: the author’s content stays');
  for (const [written, slates] of [['<DIV DATA-NEARHAND-SLATE=22423>x</DIV>', 1], ["<div class='a'data-nearhand-slate='22423'>x</div>", 1], ['<div data-nearhand-slate>x</div>', 1]]) {
    assert.equal((await whole(page(written))).slates, slates, written);
  }
});

test('nested slates, elements without content, comments, scripts and templates', async () => {
  const nested = await whole(page(`<div data-nearhand-slate="22423">a<div data-nearhand-slate="22697">b</div>c</div>${slate()}`));
  assert.equal(nested.slates, 2);
  assert.doesNotMatch(nested.html, /slate="22697"|>a<|c<\/div>/);
  for (const body of ['<img data-nearhand-slate="22423">', '<br data-nearhand-slate="22423"/>', '<!-- <div data-nearhand-slate="22423"></div> -->', '<script>"<div data-nearhand-slate=22423></div>"</script>', '<textarea><div data-nearhand-slate="22423"></div></textarea>', '<title><div data-nearhand-slate="22423"></div></title>', ...['script', 'title', 'style', 'textarea', 'iframe', 'xmp'].map((name) => `<${name} data-nearhand-slate="22423">own</${name}>`)]) {
    const { html, slates, response } = await whole(page(body));
    assert.equal(slates, 0);
    assert.equal(html, page(body));
    assert.equal(response.headers['set-cookie'], undefined);
  }
});

test('malformed pages go through as they are', async () => {
  for (const body of [
    `<!doctype html><body>${'<p>x'.repeat(50)}<div data-nearhand-slate="22423">never closed<p>more</p>`,
    `<!doctype html><body><div data-nearhand-slate="22423">never closed<p>more</p></body></html>`,
    `<!doctype html><body><ul><li data-nearhand-slate="22423">a<li>b</ul></body>`,
    `<!doctype html><body><!-- never closed <div data-nearhand-slate="22423"></div></body>`,
    `<!doctype html><body><div data-nearhand-slate="22423`,
    `<!doctype html><body><div data-nearhand-slate="22423" data-x="never closed></div></body></html>`,
    `<!doctype html><body><script>never closed <div data-nearhand-slate="22423"></div>`,
    `<select><xmp><div data-nearhand-slate="22423">x</div>`,
    `<div data-nearhand-slate="22423"><plaintext></div>`,
    `data-nearhand-slate`,
    `<`, '</', `<div data-nearhand-slate=`,
  ]) {
    const { html, response } = await whole(body);
    assert.equal(html, body);
    assert.equal(response.headers['cache-control'], undefined, body);
  }
});

test('other encodings of characters go through as they are', async () => {
  const body = page(slate());
  const latin = Buffer.from(body, 'latin1');
  const meta = (tag) => Buffer.from(body.replace('<title>', `${tag}<title>`), 'latin1');
  for (const [bytes, type] of [
    [latin, 'text/html; charset=iso-8859-1'], [latin, 'text/html;charset="windows-1252"'], [latin, 'text/html; charset=utf-8'], [latin, 'text/html'],
    [meta('<meta charset=latin1>'), 'text/html'], [meta('<META http-equiv="Content-Type" content="text/html; charset=Shift_JIS">'), 'text/html'],
    [Buffer.from(`\ufeff${body}`, 'utf16le'), 'text/html'], [Buffer.from(body, 'utf16le'), 'text/html; charset=utf-16'],
  ]) {
    const { bytes: same, slates, response, why } = await whole(bytes, { 'content-type': type });
    assert.equal(slates, 0, type);
    assert.deepEqual(same, bytes);
    assert.equal(response.headers['content-type'], type);
    assert.equal(why, 'not-utf-8');
  }
  for (const [bytes, type] of [[body, 'text/html'], [`\ufeff${body}`, 'text/html'], [body, 'Text/HTML;charset=UTF8'], [meta('<meta charset=utf-8>').toString('latin1'), 'text/html'], [body.replace('<title>', '<meta charset=latin1><title>'), 'text/html; charset=utf-8']]) {
    const { slates, html } = await whole(bytes, { 'content-type': type });
    assert.equal(slates, 1, type);
    assert.match(html, /Über uns/);
    assert.equal(html.startsWith('\ufeff'), bytes.startsWith('\ufeff'));
  }
});

test('compressed pages: what the runtime reads is filled, what it does not goes through', async () => {
  const body = page(slate());
  for (const [encoding, bytes] of [['gzip', gzipSync(body)], ['br', brotliCompressSync(body)]]) {
    const { slates } = await whole(bytes, { ...HTML, 'content-encoding': encoding });
    assert.equal(slates, 1, encoding);
  }
  for (const [encoding, bytes] of [['deflate', deflateSync(body)], ['x-own', Buffer.from(body)], ['gzip, br', brotliCompressSync(gzipSync(body))], ['zstd', Buffer.from('28b52ffd200119000041', 'hex')]]) {
    const { bytes: same, response } = await whole(bytes, { ...HTML, 'content-encoding': encoding });
    assert.deepEqual(same, bytes, encoding);
    assert.equal(response.headers['content-encoding'], encoding);
  }
  serve = (response) => response.writeHead(200, HTML).end(body);
  await get({ headers: { 'accept-encoding': 'gzip, deflate, br, zstd' } });
  assert.doesNotMatch(got.headers['accept-encoding'], /zstd|deflate/);
});

test('HEAD, ranges, parts, errors and other types are not touched', async () => {
  const body = page(slate());
  const cached = { ...HTML, 'cache-control': 'public, max-age=60', 'etag': '"1"' };
  for (const [status, headers, options] of [
    [206, { ...cached, 'content-range': 'bytes 0-9/10' }, {}], [404, cached, {}], [503, cached, {}], [200, cached, { headers: { range: 'bytes=0-' } }],
    [200, { ...cached, 'content-type': 'text/htmlx' }, {}], [200, { ...cached, 'content-type': 'application/xhtml+xml' }, {}], [200, { 'cache-control': 'public, max-age=60', 'etag': '"1"' }, {}],
    [200, cached, { method: 'HEAD' }], [200, cached, { method: 'POST' }],
  ]) {
    serve = (response, { method }) => response.writeHead(status, headers).end(method === 'HEAD' ? undefined : body);
    const { response, html } = await get(options);
    assert.equal(response.statusCode, status);
    assert.equal(html, options.method === 'HEAD' ? '' : body);
    assert.equal(response.headers.etag, '"1"');
    assert.equal(response.headers['cache-control'], 'public, max-age=60');
    assert.equal(response.headers['set-cookie'], undefined);
  }
});

test('a personal page is kept by nobody, and nothing vouches for the bytes it no longer has', async () => {
  const stale = {
    'cache-control': 'public, s-maxage=600', 'cdn-cache-control': 'max-age=600', 'cloudflare-cdn-cache-control': 'max-age=600', 'vercel-cdn-cache-control': 'max-age=600', 'netlify-cdn-cache-control': 'public',
    'x-litespeed-cache-control': 'public', 'surrogate-control': 'max-age=600', 'edge-control': 'max-age=600', 'x-accel-expires': '600', 'expires': new Date(Date.now() + 1e6).toUTCString(), 'age': '3', 'pragma': 'cache',
    'etag': '"1"', 'last-modified': new Date().toUTCString(), 'digest': 'sha-256=x', 'content-digest': 'sha-256=:x:', 'repr-digest': 'sha-256=:x:', 'content-md5': 'x', 'accept-ranges': 'bytes', 'signature': 'a=:x:', 'signature-input': 'a=()',
  };
  const kept = { 'content-security-policy': "default-src 'self'", 'link': '</a.css>; rel=preload', 'x-own': '1', 'set-cookie': ['a=1', 'b=2'], 'vary': 'Accept-Encoding', 'server-timing': 'db;dur=5' };
  for (const get of [() => whole(page(slate()), { ...HTML, ...stale, ...kept }), () => slowly([page('').replace('</body></html>', ''), slate(), '</body></html>'], { headers: { ...HTML, ...stale, ...kept } })]) {
    const { response: { headers }, slates } = await get();
    assert.equal(slates, 1);
    for (const name of Object.keys(stale)) if (name !== 'cache-control') assert.equal(headers[name], undefined, name);
    assert.equal(headers['cache-control'], 'private, no-store');
    for (const [name, value] of Object.entries(kept)) if (typeof value === 'string' && name !== 'vary' && name !== 'server-timing') assert.equal(headers[name], value);
    assert.match(headers.vary, /Accept-Encoding.*Cookie/);
    assert.match(headers['server-timing'], /db;dur=5.*nearhand/);
    assert.deepEqual(headers['set-cookie'].slice(0, 2), ['a=1', 'b=2']);
  }
  // Without a slate nothing is personal: the page stays as cacheable as its origin made it.
  const { response: { headers } } = await whole(page(''), { ...HTML, ...stale });
  assert.deepEqual([headers['cdn-cache-control'], headers.etag, headers['cache-control']], ['max-age=600', '"1"', 'public, s-maxage=600']);
});

test('a slow page: its first byte goes out as it comes, its slates when they are closed', async () => {
  await whole(page(slate()));
  const body = page(`${slate()}<p>x</p>${slate('', 'last')}`);
  const cut = [0, 20, 60, body.indexOf('<p>own'), body.indexOf('own</p>') + 9, body.indexOf('<p>x') + 1, body.indexOf('last') + 2, body.indexOf('last') + 7, body.length];
  const pieces = cut.slice(1).map((to, i) => Buffer.from(body).subarray(Buffer.byteLength(body.slice(0, cut[i])), Buffer.byteLength(body.slice(0, to))));
  const { html, slates, first, took, why, response } = await slowly(pieces, { ms: 150 });
  assert.ok(first < 600 && took > 1000, `${first} of ${took} ms`);
  assert.equal(slates, 2);
  assert.equal(html.replace(/<ol.*?<\/ol>/, '<p>own</p>').replace(/<ol.*?<\/ol>/, 'last'), body);
  assert.equal(why, 'streamed');
  assert.equal(response.headers['cache-control'], 'private, no-store');
});

test('a slow page that is malformed, or not known to be UTF-8, comes byte for byte', async () => {
  for (const [body, headers] of [
    [`<!doctype html><body>Über<div data-nearhand-slate="22423">never closed<p>more</p></body></html>`, HTML],
    [`<!doctype html><body><select><xmp><div data-nearhand-slate="22423">x</div></xmp></select>${'<p>Ü</p>'.repeat(9)}`, HTML],
    [`<div data-nearhand-slate="22423"><plaintext></div> and so on`, HTML],
    [`<!doctype html><body><!-- <div data-nearhand-slate="22423">x</div>`, HTML],
    [`<!doctype html><body><div data-nearhand-slate="22423`, HTML],
    [page(slate()), { 'content-type': 'text/html' }],
    [page(slate()).replace('<title>', '<meta charset=latin1><title>'), { 'content-type': 'text/html' }],
    [`<p>${'\x01'.repeat(500)}</p>${'\x01'.repeat(39)}<div data-nearhand-slate="">\x01never closed`, HTML],
  ]) {
    const bytes = Buffer.from(body);
    const pieces = [1, 2, 3, 4].map((i) => bytes.subarray(((i - 1) * bytes.length) / 4, (i * bytes.length) / 4));
    const { bytes: same } = await slowly(pieces, { headers, ms: 60 });
    assert.equal(same.toString(), body);
  }
});

test('an origin that breaks off: what came goes out, and the visitor’s browser hears that it broke', async () => {
  for (const pieces of [[page(''), null], [page('').slice(0, 60), '<div data-nearhand-slate="22423">half', null], [`<p>a</p>${slate()}<p>`, 'b</p>', null]]) {
    const { html, broken } = await slowly(pieces);
    assert.ok(broken);
    assert.equal(html.replace(/<ol.*?<\/ol>/, '<p>own</p>'), pieces.filter((piece) => piece).join(''));
  }
  // At once, with the last of it.
  for (const ms of [10, 55]) {
    const { html, broken } = await slowly([page('').slice(0, 60), '<div data-nearhand-slate="22423">half', null], { ms });
    assert.deepEqual([html, broken], [`${page('').slice(0, 60)}<div data-nearhand-slate="22423">half`, true]);
  }
  serve = (response) => response.destroy();
  const { response, why } = await get();
  assert.deepEqual([response.statusCode, why], [502, 'origin-failed']);
  const half = gzipSync(page(slate())).subarray(0, 80);
  const { slates } = await whole(half, { ...HTML, 'content-encoding': 'gzip' });
  assert.equal(slates, 0);
  assert.equal((await whole(page(slate()))).slates, 1, 'the next visitor has his page');
});

/** Resident memory of workerd, MB. */
const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${edge.pid}/status`, 'utf8'))[1]) / 1024;

test('400 MB go through without being held', async () => {
  const MB = Buffer.alloc(1_048_576, '<p>A page of four hundred megabytes.</p>\n');
  const before = memory();
  let most = 0;
  let length = 0;
  const send = (between, size) => async (response) => {
    response.writeHead(200, HTML);
    const head = page(slate()).replace('</body></html>', '');
    response.write(head);
    if (between) await sleep(between);
    for (let i = 0; i < size; i++) if (!response.write(MB)) await new Promise((done) => response.once('drain', done));
    response.end();
  };
  for (const [between, size] of [[0, 400], [120, 60]]) {
    serve = send(between, size);
    length = 0;
    let start = '';
    const { why, first } = await get({
      onData(chunk) {
        if (start.length < 4000) start += chunk;
        const was = length;
        length += chunk.length;
        if (length >> 24 !== was >> 24) most = Math.max(most, memory());
      },
    });
    assert.ok(first < 2000, `${first} ms`);
    const filled = start.includes('nearhand-slate"');
    if (!between && why === 'page-too-large') assert.equal(filled, false);
    assert.ok(length >= size * MB.length, `${length}`);
  }
  assert.ok(most - before < 120, `${Math.round(before)} MB before, ${Math.round(most)} MB at most`);
  // Known from its header: not a byte is read.
  serve = (response) => response.writeHead(200, { ...HTML, 'content-length': 5 * MB.length }).end(Buffer.concat([Buffer.from(slate()), Buffer.alloc(5 * MB.length - slate().length, 'x')]));
  const { why, slates } = await get();
  assert.deepEqual([why, slates], ['page-too-large', 0]);
});

test('headers of 64 KB, thousands of cookies: a page, or the runtime’s own refusal', async () => {
  await whole(page(slate()));
  for (const cookie of [`__Host-nearhand=${'A'.repeat(65_000)}`, Array.from({ length: 10_000 }, (_, i) => `c${i % 10}=1`).join('; '), Array(900).fill('__Host-nearhand=v1.AAAAAAAA.AAAA').join('; ')]) {
    const { response, slates } = await get({ headers: { cookie } });
    assert.ok(response.statusCode === 200 ? slates === 1 : response.statusCode === 431, `${response.statusCode}`);
  }
});

test('visitors who go away in the middle leave the others theirs', async () => {
  serve = async (response) => {
    response.writeHead(200, HTML);
    response.write('<!doctype html><body>');
    await sleep(150);
    response.end(slate());
  };
  await Promise.all(
    Array.from({ length: 20 }, () => new Promise((done) => {
      const request = ask({ port: edge.ports.shop, host: '127.0.0.1', path: '/' }, (response) => response.once('data', () => request.destroy()));
      request.on('error', done).on('close', done).end();
    })),
  );
  assert.equal((await whole(page(slate()))).slates, 1);
});

test('the head start stands before the end of the body, and is data', async () => {
  for (const how of [(body) => { serve = (response) => response.writeHead(200, HTML).end(body); return get({ variant: 'start' }); }, (body) => slowly([body.slice(0, 90), body.slice(90)], { variant: 'start' })]) {
    const { html } = await how(page(`${slate()}${slate(' data-nearhand-name="b"')}`));
    const [, json] = /<script type="application\/json" data-nearhand="head-start">(.*?)<\/script><\/body><\/html>$/.exec(html) ?? [];
    const { session, slates } = JSON.parse(json);
    assert.match(session, /^[\w-]+$/);
    assert.deepEqual(Object.keys(slates), ['slate', 'b']);
    assert.deepEqual(slates.slate.items.map(({ item }) => item), [...html.split('</ol>')[0].matchAll(/impression="([^"]+)"/g)].map(([, item]) => item));
    // No end of the body: at the end of the page.
    assert.match((await how(`<!doctype html><p>${'x'.repeat(100)}${slate()}`)).html, /<\/script>$/);
    // Where there is no slate there is none of it.
    assert.doesNotMatch((await how(page('<p>nothing</p>'.repeat(9)))).html, /head-start/);
  }
  serve = (response) => response.writeHead(200, HTML).end(page(slate()));
  assert.doesNotMatch((await get({ variant: 'start', headers: { cookie: 'nearhand-consent=none' } })).html, /"session"/);
});
