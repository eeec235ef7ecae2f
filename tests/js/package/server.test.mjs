// nearhand/server in Node: cookies, the opening of the shop, the endpoint, and visitors at once.
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { load } from 'nearhand';
import { headStartHtml, NearhandError, slateHtml, visitors } from 'nearhand/server';
import { trapping } from './broken-wasm.mjs';

const path = process.env.NEARHAND_BUNDLE;
const KEY = 'a key of this test, of thirty-two bytes';
const NAME = '__Host-nearhand';
let shop;
let items;
const open = async () => shop;
before(async () => {
  shop = await load(path, { tier: 'lite' });
  items = shop.items({ limit: 60 }).items.map(({ item }) => item);
});
after(() => shop.close());

const some = (options = {}) => visitors({ open, keys: [KEY], consent: 'session', ...options });
const asking = (cookie, host = 'shop.example') => ({ headers: { host, ...(cookie && { cookie }) } });
const viewed = (visitor) => visitor.page.session().map(({ item }) => item);
/** `name=value` of a visitor who has viewed these. */
async function cookieOf(site, seen = items.slice(0, 2), asked = asking()) {
  const visitor = await site.visit(asked);
  for (const item of seen) visitor.view(item);
  return (await visitor.cookies())[0].split(';')[0];
}

test('the session goes from page to page in a cookie that the browser keeps to this host', async () => {
  const site = some();
  const visitor = await site.visit(asking());
  visitor.view(items[0]);
  const [set, ...more] = await visitor.cookies();
  assert.match(set, /^__Host-nearhand=v1\.[\w-]+\.[\w-]{43}; Path=\/; Max-Age=1800; HttpOnly; Secure; SameSite=Lax$/);
  assert.deepEqual(more, []);
  const next = await site.visit(asking(`a=b; ${set.split(';')[0]}; c`));
  assert.deepEqual(viewed(next), [items[0]]);
  const days = await some({ consent: 'persistent', sameSite: 'Strict' }).visit(asking());
  days.view(items[0]);
  assert.match((await days.cookies())[0], /Max-Age=2592000; .*SameSite=Strict$/);
});

test('another host, shop, name, key or version is a fresh session', async () => {
  const site = some();
  const cookie = await cookieOf(site);
  const fresh = async (to, asked) => assert.deepEqual(viewed(await to.visit(asked)), []);
  assert.equal(viewed(await site.visit(asking(cookie))).length, 2);
  await fresh(site, asking(cookie, 'other.example'));
  await fresh(site, asking(cookie, 'shop.example.evil'));
  await fresh(some({ name: 'other' }), asking(cookie));
  await fresh(some({ cookie: 'sid' }), asking(cookie.replace(NAME, 'sid')));
  await fresh(some({ keys: ['another key, also of thirty-two bytes'] }), asking(cookie));
  await fresh(site, asking(cookie.replace('v1.', 'v2.')));
  assert.equal(viewed(await site.visit(asking(cookie, 'Shop.example:8080'))).length, 2, 'a port is not another host to a cookie');
  // A proxy tells the server its own name; the option says the public one.
  const behind = some({ host: 'shop.example' });
  assert.equal(viewed(await behind.visit(asking(cookie, '10.0.0.7'))).length, 2);
  const url = { url: 'https://SHOP.example/p', headers: new Headers({ cookie }) };
  assert.equal(viewed(await site.visit(url)).length, 2, 'the address tells where there is no Host');
});

test('keys rotate: the first signs, all are taken', async () => {
  const [old, young] = [KEY, randomBytes(32)];
  const cookie = await cookieOf(some({ keys: [old] }));
  const both = some({ keys: [young, old] });
  const visitor = await both.visit(asking(cookie));
  assert.equal(viewed(visitor).length, 2);
  const renewed = (await visitor.cookies())[0].split(';')[0];
  assert.equal(viewed(await some({ keys: [young] }).visit(asking(renewed))).length, 2);
  assert.equal(viewed(await some({ keys: [old] }).visit(asking(renewed))).length, 0);
});

test('a key that is too short is refused by its place, and a cookie’s name that is none', () => {
  const refused = (options, code, option) =>
    assert.throws(() => some(options), (error) => error instanceof NearhandError && error.code === code && error.details.option === option);
  refused({ keys: [KEY, 'short'] }, 'key-too-short', 'keys[1]');
  refused({ keys: [''] }, 'key-too-short', 'keys[0]');
  refused({ keys: [new Uint8Array(31)] }, 'key-too-short', 'keys[0]');
  for (const cookie of ['a b', 'a=b', 'a;b', '', '\u2000a', 'a\n', 5, null]) refused({ cookie }, 'invalid-option', 'cookie');
  for (const keys of ['a text, though one of forty bytes and more', null, 5, {}]) refused({ keys }, 'invalid-option', 'keys');
  refused({ open: undefined }, 'invalid-option', 'open');
  assert.throws(() => visitors(null), { code: 'invalid-option' });
});

test('a key that is not there, as while a site is built, is told to the first visitor', async () => {
  for (const keys of [[undefined], [KEY, null], [5]]) await assert.rejects(some({ keys }).visit(asking()), { name: 'NearhandError', code: 'key-missing' });
});

test('an old cookie does not come back, and one of the future is none', async () => {
  let at = Date.now();
  const site = some({ now: () => at });
  const [session, days] = [await cookieOf(site), await cookieOf(some({ now: () => at, consent: 'persistent' }))];
  const of = async (cookie, to = site) => viewed(await to.visit(asking(cookie))).length;
  at += 1_790_000;
  assert.equal(await of(session), 2);
  at += 20_000;
  assert.equal(await of(session), 0, 'older than the idle time');
  assert.equal(await of(days), 0, 'the consent of now decides');
  assert.equal(await of(`${days}; nearhand-consent=persistent`), 2);
  at -= 1_810_000 + 59_000;
  assert.equal(await of(session), 2, 'clocks differ by a minute');
  at -= 2_000;
  assert.equal(await of(session), 0, 'signed in the future');
});

test('names are taken as browsers take them: no blank of Unicode, exact case, every cookie of the name is tried', async () => {
  const site = some();
  const cookie = await cookieOf(site);
  const of = async (header) => viewed(await site.visit(asking(header))).length;
  for (const blank of ['\u00a0', '\u2000', '\u3000', '\ufeff', '\u2028', '\v', '\f', '\x85', 'â\x80\x80']) assert.equal(await of(`${blank}${cookie}`), 0, escape(blank));
  assert.equal(await of(cookie.replace('Host', 'host')), 0);
  assert.equal(await of(`\t ${cookie.replace('=', ' =\t')} `), 2);
  const forged = `${NAME}=v1.${'A'.repeat(40)}.${'A'.repeat(43)}`;
  assert.equal(await of(`${forged}; ${NAME}=; ${NAME}; x; ${cookie}; ${forged}`), 2);
  assert.equal(await of(`x="${cookie}"`), 0);
});

test('thousands of cookies and large headers cost no time', async () => {
  const site = some();
  const cookie = await cookieOf(site);
  // Signed a moment ago, as it says: each of these costs a check of its signature.
  const [, body] = cookie.split('=')[1].split('.');
  const forged = `${NAME}=v1.${body}.${'A'.repeat(43)}`;
  const began = performance.now();
  for (const header of [
    `${Array(10_000).fill(forged).join('; ')}; ${cookie}`,
    Array.from({ length: 10_000 }, (_, i) => `c${i}=v`).join('; '),
    `${NAME}=${'A'.repeat(65_536)}`,
    `${NAME}=v1.${'A'.repeat(60_000)}.${'A'.repeat(43)}`,
    ' '.repeat(65_536),
    `${'\t'.repeat(65_536)}=`,
    `=${' '.repeat(65_536)}x`,
    ';'.repeat(65_536),
    '='.repeat(65_536),
  ]) {
    assert.equal(viewed(await site.visit(asking(header))).length, 0);
  }
  assert.ok(performance.now() - began < 1500, `${performance.now() - began} ms`);
});

test('malformed and foreign values are fresh sessions, never an error', async () => {
  const site = some();
  const cookie = await cookieOf(site);
  const [, body, mac] = cookie.split('=')[1].split('.');
  const signed = (bytes, name = shop.info().bundle.name) => {
    const text = bytes.toString('base64url');
    const hmac = createHmac('sha256', KEY).update(JSON.stringify(['nearhand', 'v1', NAME, name, 'shop.example', text])).digest('base64url');
    return `v1.${text}.${hmac}`;
  };
  const now = Buffer.alloc(4);
  now.writeUInt32BE(Math.floor(Date.now() / 1000));
  const real = Buffer.from(body, 'base64url').subarray(4);
  assert.equal(viewed(await site.visit(asking(`${NAME}=${signed(Buffer.concat([now, real]))}`))).length, 2, 'the test signs as the server does');
  for (const value of [
    '', '.', '..', 'v1', 'v1.', 'v1..', `v1.${body}`, `v1.${body}.`, `v1.${body}.${mac.slice(0, -1)}`, `v1.${body}.${mac}.`, `v1.${body}.${mac}A`, `v1.${body}=.${mac}`,
    `v1.${body}.${mac.replace(/^./, (c) => (c === 'A' ? 'B' : 'A'))}`, `v1.A.${mac}`, `v1.AAAA.${mac}`, `v1.%%.##`, 'v1.constructor.__proto__',
    // Genuine, and no session: of another kind, another version, cut, one bit changed, too long, empty.
    ...[Buffer.from('hello'), Buffer.from([0x4e, 0x48, 0x53, 9, 1, 1, 1]), real.subarray(0, -1), Buffer.from(real.map((b, i) => (i === 9 ? b ^ 1 : b))), randomBytes(2000), Buffer.alloc(0)]
      .map((bytes) => signed(Buffer.concat([now, bytes]))),
  ]) {
    assert.deepEqual(viewed(await site.visit(asking(`${NAME}=${value}`))), [], value.slice(0, 60));
  }
});

test('consent: by the cookie, the least of several; nothing is written without it, and what was is taken away', async () => {
  const site = some({ consent: 'memory' });
  const cookie = await cookieOf(some());
  const said = async (header) => {
    const visitor = await site.visit(asking(header));
    visitor.view(items[5]);
    return { visitor, set: await visitor.cookies() };
  };
  const first = await said();
  assert.deepEqual([first.visitor.consent, first.set, viewed(first.visitor)], ['memory', [], [items[5]]]);
  const withdrawn = await said(cookie);
  assert.match(withdrawn.set[0], /^__Host-nearhand=; Path=\/; Max-Age=0; HttpOnly; Secure/);
  const none = await said(`${cookie}; nearhand-consent=persistent; nearhand-consent=none`);
  assert.deepEqual([none.visitor.consent, viewed(none.visitor), none.set.length], ['none', [], 1]);
  assert.doesNotMatch(none.visitor.headStart(), /session/);
  const given = await said(`${cookie}; nearhand-consent=session`);
  assert.deepEqual(viewed(given.visitor), [items[0], items[1], items[5]]);
  assert.match(given.set[0], /Max-Age=1800/);
  assert.equal((await said('nearhand-consent=everything')).visitor.consent, 'memory');
  // Without a key nothing can be signed, whatever is allowed.
  const keyless = await some({ keys: [] }).visit(asking(cookie));
  keyless.view(items[0]);
  assert.match((await keyless.cookies())[0], /Max-Age=0/);
});

test('a page that the browser asks for ahead is no view, and writes nothing', async () => {
  const site = some();
  const cookie = await cookieOf(site);
  for (const [name, value] of [['sec-purpose', 'prefetch;prerender'], ['sec-purpose', 'prefetch'], ['purpose', 'prefetch']]) {
    const visitor = await site.visit({ headers: { host: 'shop.example', cookie, [name]: value } });
    visitor.view(items[9]);
    assert.deepEqual([viewed(visitor), await visitor.cookies()], [items.slice(0, 2), []]);
    assert.doesNotMatch(visitor.headStart(), /"viewed"/);
  }
  const seen = await site.visit(asking(cookie));
  seen.view(items[9]);
  seen.view(items[9]);
  assert.equal(viewed(seen).length, 3, 'told twice, counted once');
  assert.match(seen.headStart(), new RegExp(`"viewed":"${items[9]}"`));
});

test('the session of fifty views fits its cookie; forgetting takes it away', async () => {
  const site = some();
  const visitor = await site.visit(asking());
  for (let i = 0; i < 60; i++) visitor.view(`never heard of ${i}`);
  const [set] = await visitor.cookies();
  assert.ok(set.length < 2048, `${set.length}`);
  const next = await site.visit(asking(set.split(';')[0]));
  next.page.forget();
  assert.match((await next.cookies())[0], /Max-Age=0/);
});

// --- the opening of the shop

test('all who come at once share one shop', async () => {
  let opened = 0;
  const site = some({ open: async () => (opened++, load(path, { tier: 'lite' })) });
  const many = await Promise.all(Array.from({ length: 50 }, () => site.visit(asking())));
  assert.equal(opened, 1);
  many[0].view(items[0]);
  assert.deepEqual(viewed(many[1]), []);
});

test('a shop that does not open is tried again later, not by every visitor, also when the clock is set back', async (t) => {
  let tries = 0;
  const site = some({ open: async () => { tries++; throw new NearhandError('fetch-failed', 'no'); } });
  const codes = await Promise.all(Array.from({ length: 20 }, () => site.visit(asking()).catch(({ code }) => code)));
  assert.deepEqual([...new Set(codes)], ['fetch-failed']);
  assert.equal(tries, 1);
  const now = Date.now.bind(Date);
  t.mock.method(Date, 'now', () => now() - 86_400_000);
  await new Promise((done) => setTimeout(done, 600));
  await assert.rejects(site.visit(asking()), { code: 'fetch-failed' });
  assert.equal(tries, 2);
  await assert.rejects(site.visit(asking()), { code: 'fetch-failed' });
  assert.equal(tries, 2);
});

test('an opening that hangs, because its request was given up, holds nobody: another opens', async () => {
  let tries = 0;
  const once = some({ open: () => (tries++ ? open() : new Promise(() => {})) });
  const never = some({ open: () => new Promise(() => {}) });
  for (const site of [once, never]) site.visit(asking()).catch(() => {});
  const began = performance.now();
  // The first of them opens once more, in vain; the others have waited long enough.
  const others = [1, 2, 3].map(() => never.visit(asking()).catch((error) => error.code));
  const [visitor, code] = await Promise.all([once.visit(asking()), Promise.race(others)]);
  assert.ok(visitor.page && performance.now() - began < 4500);
  assert.equal(tries, 2);
  assert.equal(code, 'shop-opening');
});

test('a shop that the host closed is opened anew', async () => {
  let opened = 0;
  let last;
  const site = some({ open: async () => (opened++, (last = await load(path, { tier: 'lite' }))) });
  await site.visit(asking());
  last.close();
  await (await site.visit(asking())).page.recommend();
  assert.equal(opened, 2);
});

test('a shop whose engine is given up is opened anew, later each time', async () => {
  let opened = 0;
  let closed = 0;
  const stopped = new NearhandError('engine-trapped', 'stopped');
  const site = some({
    open: async () => {
      const last = opened++;
      return { ...shop, info: () => { if (last < 2 && opened > 0 && asked > last) throw stopped; return shop.info(); }, close: () => closed++ };
    },
  });
  let asked = 0;
  await site.visit(asking());
  asked++;
  await assert.rejects(site.visit(asking()), { code: 'engine-trapped' });
  await assert.rejects(site.visit(asking()), { code: 'engine-trapped' });
  assert.deepEqual([opened, closed], [1, 1], 'after a while, not at once');
  await new Promise((done) => setTimeout(done, 550));
  await site.visit(asking());
  assert.equal(opened, 2);
  asked++;
  await assert.rejects(site.visit(asking()), { code: 'engine-trapped' });
  await new Promise((done) => setTimeout(done, 550));
  await assert.rejects(site.visit(asking()), { code: 'engine-trapped' });
  await new Promise((done) => setTimeout(done, 500));
  await site.visit(asking());
  assert.deepEqual([opened, closed], [3, 2], 'twice as late');
});

test('the same with an engine that really stops, slate after slate', async () => {
  let opened = 0;
  const broken = { lite: trapping(readFileSync(new URL(import.meta.resolve('nearhand/nearhand-lite.wasm'))), 'engine_recommend') };
  const site = some({ open: () => load(path, { tier: 'lite', ...(!opened++ && { wasm: broken }) }) });
  const ask = async () => (await (await site.visit(asking())).page.recommend()).items.length;
  for (let i = 0; i < 6; i++) await assert.rejects(ask(), { code: 'engine-trapped' });
  await new Promise((done) => setTimeout(done, 550));
  assert.deepEqual([await ask(), opened], [5, 2]);
});

test('an engine that stops once at a view is asked again; what is no item is passed over, all else is told', async () => {
  let faults = [];
  const page = (snapshot) => {
    const own = shop.page(snapshot);
    return { ...own, observe: (event) => { const code = faults.shift(); if (code) throw new NearhandError(code, code); own.observe(event); } };
  };
  const site = some({ open: async () => ({ ...shop, page }) });
  const visitor = await site.visit(asking());
  faults = ['engine-trapped'];
  visitor.view(items[0]);
  assert.deepEqual([viewed(visitor), (await visitor.cookies()).length], [[items[0]], 1]);
  faults = ['event-invalid'];
  visitor.view(items[1]);
  for (const codes of [['engine-trapped', 'engine-trapped'], ['closed']]) {
    faults = codes;
    assert.throws(() => visitor.view(items[2]), { code: codes[0] });
  }
  visitor.view('x'.repeat(5000));
  assert.deepEqual(viewed(visitor), [items[0]]);
});

// --- words for templates

test('titles, ids, addresses and reasons are text', async () => {
  const HOSTILE = `</script><script>alert("1")</script>' onload='x\u2028&amp;`;
  const item = { item: HOSTILE, title: HOSTILE, url: 'java\nscript:alert(1)', price: 1, rank: 1, score: 1, propensity: 1, reasons: [{ kind: 'viewed', title: HOSTILE, contribution: 1 }] };
  const slate = { items: [item, { ...item, url: undefined }], source: 'table', tier: 'lite', notes: [], tookMs: 0, events: 1, more: false };
  for (const options of [{}, { href: 'javascript:{item}' }, { href: '/p/{item}', currency: 'GBP' }, { currency: 'no such', locale: 'xx-invalid-locale-' }]) {
    const html = slateHtml(slate, options);
    assert.doesNotMatch(html, /<script|script:|onload='/);
    assert.equal(html.match(/<li/g).length, 2);
  }
  assert.match(slateHtml(slate, { href: '/p/{item}' }), /href="\/p\/%3C%2Fscript/);
  assert.match(slateHtml(slate, { href: 'JavaScript:{item}' }), /<li[^>]*><span/);
  assert.match(slateHtml({ ...slate, items: [{ ...item, item: '\ud800', url: undefined }] }, { href: '/p/{item}' }), /<li[^>]*><span/);
  assert.match(slateHtml(slate, { say: ([{ kind }]) => `<${kind}>` }), /reason">&lt;viewed&gt;</);
  assert.equal(slateHtml({ ...slate, items: [] }), '');
  const html = headStartHtml(Uint8Array.of(1, 2, 255), { [HOSTILE]: slate });
  assert.equal(html.match(/<\/?script/g).length, 2);
  assert.doesNotMatch(html, /\u2028|<!--/);
  const { session, slates } = JSON.parse(/>(.*)<\/script>$/.exec(html)[1]);
  assert.deepEqual([session, slates[HOSTILE].items[0].title], ['AQL_', HOSTILE]);
  assert.equal(headStartHtml(undefined, { big: { ...slate, notes: ['x'.repeat(70_000)] } }), '', 'bounded');
});

test('the words of docs/reasons.md are taken as they stand; where words fail, English is said', async () => {
  const [, code] = readFileSync(`${process.env.NEARHAND_ROOT}/docs/reasons.md`, 'utf8').match(/^```js\n(\/\/ words\.js\n[\s\S]*?)^```$/m);
  const { say } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  const item = { item: 'a', title: 'A', rank: 1, score: 1, propensity: 1, reasons: [{ kind: 'viewed', title: 'Tea cup', contribution: 1 }] };
  const slate = { items: [item], source: 'table', tier: 'lite', notes: [], tookMs: 0, events: 1, more: false };
  const reason = (options) => /reason">([^<]*)</.exec(slateHtml(slate, options))[1];
  assert.equal(reason({ say, locale: 'de-AT' }), 'Weil Sie Tea cup angesehen haben');
  assert.equal(reason({ say }), 'Because you viewed Tea cup');
  for (const failing of [() => { throw new Error('no'); }, () => undefined, () => Symbol('x'), 5]) assert.equal(reason({ say: failing }), 'Because you viewed Tea cup');
});

test('a slate from anywhere, and options that are none: text all the same', () => {
  const item = { item: 5, title: {}, price: 1, rank: '"><script>', score: 1, propensity: 0.5 };
  const slate = { items: [item], source: 'table' };
  for (const options of [null, undefined, { currency: Symbol('x') }, { href: 5 }]) assert.match(slateHtml(slate, options), /^<ol [^<>]*><li [^<>]*data-nearhand-rank="NaN"[^<>]*>/);
});

// --- the endpoint

const post = (body, headers = {}, method = 'POST') => ({
  method,
  headers: { 'host': 'shop.example', 'origin': 'https://shop.example', 'sec-fetch-site': 'same-origin', 'content-type': 'application/octet-stream', ...headers },
  body,
});

test('the page’s session comes back signed; what it cannot know of stays', async () => {
  const site = some();
  const now = Date.now();
  const server = await site.visit(asking());
  server.page.observe({ kind: 'view', item: items[0], at: now - 60_000 });
  const page = shop.page(server.page.snapshot());
  page.observe({ kind: 'view', item: items[0], at: now - 60_000, dwellMs: 40_000 });
  page.observe({ kind: 'cart-add', item: items[0], at: now - 30_000 });
  // The next page was answered before this one said its last, and another tab was open.
  server.page.observe({ kind: 'view', item: items[7], at: now - 50_000 });
  server.page.observe({ kind: 'dismiss', item: items[8], at: now - 55_000 });
  server.page.observe({ kind: 'view', item: items[9], at: now - 1_000 });
  server.page.observe({ kind: 'cart-add', item: items[9], at: now - 500 });
  const cookie = (await server.cookies())[0].split(';')[0];
  const response = await site.receive(post(page.snapshot(), { cookie }));
  assert.equal(response.status, 204);
  assert.equal(response.headers.get('cache-control'), 'no-store');
  const next = await site.visit(asking(response.headers.getSetCookie()[0].split(';')[0]));
  assert.deepEqual(next.page.session().map(({ kind, item, dwellMs }) => `${kind} ${items.indexOf(item)} ${dwellMs ?? ''}`), [
    'view 0 40000', 'view 7 ', 'cart-add 0 ', 'view 9 ', 'cart-add 9 ',
  ]);
});

test('the endpoint takes nothing of others, nothing large, nothing that is no session', async () => {
  const site = some();
  const page = shop.page();
  page.observe({ kind: 'view', item: items[0] });
  const bytes = page.snapshot();
  const status = async (posted) => {
    const response = await site.receive(posted);
    if (response.status !== 204) assert.deepEqual(response.headers.getSetCookie(), []);
    return response.status;
  };
  assert.equal(await status(post(bytes)), 204);
  assert.equal(await status(post(bytes, { 'sec-fetch-site': undefined })), 204, 'an older browser');
  assert.equal(await status(post(bytes, {}, 'GET')), 405);
  for (const site of ['cross-site', 'same-site', 'none']) assert.equal(await status(post(bytes, { 'sec-fetch-site': site })), 403);
  for (const origin of [undefined, 'null', 'https://evil.example', 'https://shop.example.evil', '']) assert.equal(await status(post(bytes, { 'sec-fetch-site': undefined, origin })), 403);
  for (const type of ['text/plain', undefined, 'application/json', 'application/octet-stream; x']) assert.equal(await status(post(bytes, { 'content-type': type })), 415);
  for (const body of [new Uint8Array(2049), new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(1000)) })]) assert.equal(await status(post(body)), 413);
  for (const body of [randomBytes(100), bytes.slice(1), bytes.slice(0, -1)]) assert.equal(await status(post(body)), 400);
  assert.equal(await status(post(new Response(bytes).body)), 204);
  const broken = some({ open: async () => { throw new Error('no'); } });
  assert.equal((await broken.receive(post(bytes))).status, 503);
});

test('a server that has not read the body is told, and nobody is forgotten', async () => {
  const site = some();
  const cookie = await cookieOf(site);
  for (const body of [undefined, null, {}]) {
    const response = await site.receive(post(body, { cookie, 'content-length': '40' }));
    assert.deepEqual([response.status, response.headers.getSetCookie(), response.headers.get('server-timing')], [400, [], 'nearhand;desc="body-missing"']);
  }
});

test('what was not read is no wish to forget, nor is what breaks off or comes in pieces without end', async () => {
  const site = some();
  const cookie = await cookieOf(site);
  const told = async (body, headers) => {
    const response = await site.receive(post(body, { cookie, ...headers }));
    if (response.status !== 204) assert.deepEqual(response.headers.getSetCookie(), []);
    return `${response.status} ${/desc="(.*)"/.exec(response.headers.get('server-timing'))?.[1]}`;
  };
  for (const body of ['text', 5]) assert.match(await told(body), /^400 /);
  for (const body of [{}, [5, 6]]) assert.equal(await told(body), '400 body-missing');
  for (const body of [null, undefined]) assert.equal(await told(body, { 'transfer-encoding': 'chunked' }), '400 body-missing');
  assert.equal(await told({}, { 'content-length': '0' }), '204 undefined');
  const of = async function* (...chunks) { for (const chunk of chunks) { if (chunk instanceof Error) throw chunk; yield chunk; } };
  for (const chunk of [null, 'text', new Error('gone'), Object.assign(new Error('x'), { code: 'é"\n' })]) assert.equal(await told(of(chunk)), '400 body-broken');
  const began = performance.now();
  assert.equal(await told(of(...Array(100_000).fill(new Uint8Array()))), '413 session-too-large');
  assert.ok(performance.now() - began < 250);
  const throwing = some({ open: async () => { throw Object.assign(new Error('x'), { code: 'é"\n' }); } });
  const failed = await throwing.receive(post(new Uint8Array(5)));
  assert.deepEqual([failed.status, failed.headers.get('server-timing')], [503, 'nearhand;desc="failed"']);
});

test('a body that does not come is waited for five seconds', async (t) => {
  const site = some();
  const cookie = await cookieOf(site);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const asked = site.receive(post(new ReadableStream(), { cookie }));
  let response;
  asked.then((one) => (response = one));
  for (let i = 0; i < 600 && !response; i++) {
    await new Promise((turn) => setImmediate(turn));
    t.mock.timers.tick(10);
  }
  assert.deepEqual([response?.status, response?.headers.getSetCookie()], [408, []]);
});

test('an empty session posted is forgotten; without consent nothing is kept', async () => {
  const site = some();
  const cookie = await cookieOf(site);
  for (const body of [null, undefined, new Uint8Array(), new Response('').body]) {
    const response = await site.receive(post(body, { cookie }));
    assert.equal(response.status, 204);
    assert.match(response.headers.getSetCookie()[0], /^__Host-nearhand=; .*Max-Age=0/);
  }
  const page = shop.page();
  page.observe({ kind: 'view', item: items[0] });
  const response = await site.receive(post(page.snapshot(), { cookie: 'nearhand-consent=none' }));
  assert.deepEqual([response.status, response.headers.getSetCookie()], [204, []]);
});

// --- visitors at once

test('requests at once, each with its cookie: everybody gets his own slate and cookie', async () => {
  const site = some();
  const cookies = await Promise.all(Array.from({ length: 30 }, (_, i) => cookieOf(site, [items[i], items[59 - i]])));
  const own = async (i) => {
    const visitor = await site.visit(asking(cookies[i]));
    visitor.view(items[(i * 7) % 60]);
    const slate = await visitor.page.recommend({ source: items[(i * 7) % 60] });
    const [set] = await visitor.cookies();
    const again = await site.visit(asking(set.split(';')[0]));
    return [slate.items.map(({ item }) => item), viewed(again)];
  };
  const alone = [];
  for (let i = 0; i < 30; i++) alone.push(await own(i));
  const order = Array.from({ length: 600 }, (_, n) => (n * 17) % 30);
  const together = await Promise.all(order.map(own));
  together.forEach((got, n) => assert.deepEqual(got, alone[order[n]]));
});
