// The edge worker of www/worker in a real workerd, before an origin of its own: what a visitor without JavaScript gets.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { laid, serveEdge } from './edge.mjs';

const here = import.meta.dirname;
const out = `${here}/dist-edge-shop`;

const HOSTILE = `<script>alert("1")</script>' onload='x`;
/** What the origin answers with; `id` of the address is the item. */
const PAGES = {
  '/p': (item) => page(`<div data-nearhand-slate="${item}" data-nearhand-href="/p?id={item}" data-nearhand-currency="GBP"><p>fallback</p></div>`),
  '/k': (item) => page(`<div data-nearhand-slate="${item}" data-nearhand-k="2">x</div><div data-nearhand-slate="${item}" data-nearhand-k="many"></div>`),
  '/plain': () => page('<p>no slate here</p>'),
};
const page = (body) => `<!doctype html><html><head><title>t</title></head><body><h1>Über uns</h1>${body}</body></html>`;

const origin = `
const page = ${page};
const PAGES = {${Object.entries(PAGES).map(([path, make]) => `'${path}': ${make}`).join(',')}};
export default { fetch(request) {
  const { pathname, searchParams } = new URL(request.url);
  if (pathname === '/broken') return new Response(PAGES['/p']('22423'), { status: 500, headers: { 'content-type': 'text/html' } });
  if (pathname === '/json') return Response.json({ html: '<div data-nearhand-slate="22423"></div>' });
  const make = PAGES[pathname];
  if (!make) return new Response('not found', { status: 404, headers: { 'content-type': 'text/html' } });
  const html = make(searchParams.get('id') ?? '22423');
  return new Response(html, { headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'public, max-age=600', 'etag': '"1"', 'content-language': 'en-GB' } });
} };`;

const KEY = 'a key of this test, of thirty-two bytes';
/** name → bindings of one variant of the worker. */
const VARIANTS = {
  shop: [`( name = "SESSION_KEY", text = "${KEY}" )`, '( name = "CONSENT", text = "session" )'],
  other: [`( name = "SESSION_KEY", text = "another key, also of thirty-two bytes or more" )`, '( name = "CONSENT", text = "session" )'],
  keyless: [],
  hostile: [`( name = "SESSION_KEY", text = "${KEY}" )`, '( name = "CATALOG_DELTA", text = embed "hostile.json" )', '( name = "CONSENT", text = "session" )'],
  broken: [`( name = "SESSION_KEY", text = "${KEY}" )`, '( name = "CATALOG_DELTA", text = "{ not json" )'],
  short: ['( name = "SESSION_KEY", text = "short" )'],
  rotated: ['( name = "SESSION_KEY", text = "a new key, of at least thirty-two bytes" )', `( name = "SESSION_KEY_OLD", text = "${KEY}" )`, '( name = "CONSENT", text = "session" )'],
  waiting: [`( name = "SESSION_KEY", text = "${KEY}" )`],
  model: [`( name = "SESSION_KEY", text = "${KEY}" )`, '( name = "TIER", text = "full" )', '( name = "CONSENT", text = "session" )'],
};

let edge;
let ports;

before(async () => {
  const shop = await laid(out);
  const { items } = shop.items({ limit: 1000 });
  const update = [{ item: 'no such item', title: 'x' }, ...items.map(({ item }) => ({ item, title: HOSTILE, url: 'javascript:alert(1)' }))];
  writeFileSync(`${out}/hostile.json`, JSON.stringify({ update, remove: ['nor this'] }));
  shop.close();
  writeFileSync(`${out}/origin.js`, origin);
  edge = await serveEdge(out, VARIANTS, '( name = "origin", worker = ( compatibilityDate = "2025-11-01", modules = [ ( name = "origin.js", esModule = embed "origin.js" ) ] ) )');
  ports = edge.ports;
});
after(() => edge?.stop());

async function get(path, { cookie, variant = 'shop', method = 'GET' } = {}) {
  const response = await fetch(`http://127.0.0.1:${ports[variant]}${path}`, { method, headers: cookie ? { cookie } : {} });
  const html = await response.text();
  const set = response.headers.getSetCookie();
  return {
    response,
    html,
    set,
    cookie: set[0]?.split(';')[0],
    timing: response.headers.get('server-timing') ?? '',
    items: [...html.matchAll(/data-nearhand-impression="([^"]+)"/g)].map((match) => match[1]),
    titles: [...html.matchAll(/nearhand-title">([^<]+)</g)].map((match) => match[1]),
    reasons: [...html.matchAll(/nearhand-reason">([^<]+)</g)].map((match) => match[1]),
  };
}
const source = (timing) => /nearhand;desc="([^"]+)"/.exec(timing)?.[1];

test('the slate is in the HTML, without a script and with prices and addresses', async () => {
  const { response, html, items, titles, reasons, timing } = await get('/p?id=22423');
  assert.equal(response.status, 200);
  assert.equal(items.length, 5);
  assert.ok(!items.includes('22423'));
  assert.ok(titles.every((title) => title.length > 2));
  assert.equal(reasons.length, 5);
  assert.match(html, /nearhand-price">£\d+\.\d\d</);
  assert.match(html, new RegExp(`href="/p\\?id=${items[0]}"`));
  assert.doesNotMatch(html, /<script|fallback/);
  assert.match(html, /Über uns/);
  assert.match(source(timing), /^(table|model)$/);
});

test('the page is now personal: no shared cache, no validator of the origin', async () => {
  const { response, set } = await get('/p');
  assert.equal(response.headers.get('cache-control'), 'private, no-store');
  assert.equal(response.headers.get('etag'), null);
  assert.match(response.headers.get('vary'), /Cookie/);
  assert.match(set[0], /^__Host-nearhand=v1\.[\w-]+\.[\w-]{43}; Path=\/; Max-Age=1800; HttpOnly; Secure; SameSite=Lax$/);
  assert.ok(set[0].length <= 4096);
});

test('the session travels in the cookie from page to page', async () => {
  let cookie;
  const seen = ['22423', '22697', '85123A'];
  for (const id of seen) cookie = (await get(`/p?id=${id}`, { cookie })).cookie;
  const { items, reasons } = await get('/p?id=22727', { cookie });
  for (const id of seen) assert.ok(!items.includes(id), 'what was seen is not suggested');
  const fresh = await get('/p?id=22727');
  assert.notDeepEqual(items, fresh.items);
  assert.ok(reasons.some((reason) => reason.startsWith('Because you viewed')));
});

test('a cookie of fifty views stays small', async () => {
  let cookie;
  for (let i = 0; i < 60; i += 1) cookie = (await get(`/p?id=never-heard-of-${i}`, { cookie })).cookie;
  assert.ok(cookie.length < 2048, `${cookie.length} bytes`);
});

test('a tampered, oversized, foreign or odd cookie is a fresh session, never an error', async () => {
  const fresh = await get('/p?id=22727');
  // Three views tell in the slate; the same with a genuine cookie shows that this test can fail.
  let { cookie } = await get('/p?id=22423');
  let foreign;
  for (const id of ['22697', '85123A']) cookie = (await get(`/p?id=${id}`, { cookie })).cookie;
  for (const id of ['22423', '22697', '85123A']) foreign = (await get(`/p?id=${id}`, { cookie: foreign, variant: 'other' })).cookie;
  assert.notDeepEqual((await get('/p?id=22727', { cookie })).items, fresh.items);
  const flipped = cookie.replace(/v1\.(.)/, (_, c) => `v1.${c === 'A' ? 'B' : 'A'}`);
  const name = '__Host-nearhand';
  for (const bad of [flipped, foreign, cookie.slice(0, -2), `${cookie}.x`, cookie.replace('v1', 'v2'), `${name}=`, `${name}=v1..`, `${name}=v1.${'A'.repeat(5000)}.AAAA`, `${name}=v1.%%%.###`, `${name}`, ';;;=;', `\u00a0${cookie}`]) {
    const { response, items, cookie: next } = await get('/p?id=22727', { cookie: bad });
    assert.equal(response.status, 200);
    assert.deepEqual(items, fresh.items, bad.slice(0, 40));
    assert.ok(next);
  }
  assert.notDeepEqual((await get('/p?id=22727', { cookie: `${flipped}; ${cookie}` })).items, fresh.items, 'every cookie of the name is tried');
});

test('a new key is put first: sessions of the old one go on', async () => {
  let cookie;
  for (const id of ['22423', '22697', '85123A']) cookie = (await get(`/p?id=${id}`, { cookie })).cookie;
  const { items, cookie: renewed } = await get('/p?id=22727', { cookie, variant: 'rotated' });
  assert.deepEqual(items, (await get('/p?id=22727', { cookie })).items);
  const old = (await get('/p?id=20725', { cookie: renewed })).items;
  assert.deepEqual(old, (await get('/p?id=20725')).items, 'what the new one signed is unknown to the old');
});

test('a key that is too short costs the slates and says so', async () => {
  const { html, set, timing } = await get('/p', { variant: 'short' });
  assert.equal(html, PAGES['/p']('22423'));
  assert.deepEqual([set, source(timing)], [[], 'key-too-short']);
});

test('unless the shop says otherwise, nothing is written before consent', async () => {
  const { items, set } = await get('/p', { variant: 'waiting' });
  assert.deepEqual([items.length, set], [5, []]);
  assert.equal((await get('/p', { variant: 'waiting', cookie: 'nearhand-consent=session' })).set.length, 1);
});

test('an unknown item has a slate too, of what is popular', async () => {
  const { items, timing } = await get('/p?id=no-such-thing');
  assert.equal(items.length, 5);
  assert.equal(source(timing), 'popular');
});

test('k is taken from the page, within bounds', async () => {
  const { html } = await get('/k');
  const [first, second] = html.split('<ol class="nearhand-slate"').slice(1).map((part) => part.match(/<li/g).length);
  assert.deepEqual([first, second], [2, 5]);
  const items = [...html.matchAll(/data-nearhand-impression="([^"]+)"/g)].map(([, item]) => item);
  assert.equal(new Set(items).size, 7, 'no item twice on a page');
});

test('hostile titles and addresses are text', async () => {
  const { html, items } = await get('/p', { variant: 'hostile' });
  assert.equal(items.length, 5);
  assert.doesNotMatch(html, /<script|javascript:|onload='/);
  assert.match(html, /&lt;script&gt;alert\(&quot;1&quot;\)&lt;\/script&gt;&#39; onload=&#39;x/);
});

test('a hostile item id of the page is text', async () => {
  const { html, items } = await get(`/p?id=${encodeURIComponent("'><script>alert(1)</script>")}`);
  assert.equal(items.length, 5);
  assert.doesNotMatch(html.slice(html.indexOf('<ol class="nearhand-slate"')).split('</ol>')[0], /<script|alert/);
});

test('without consent only the page speaks: no session, and the old cookie goes', async () => {
  const { cookie } = await get('/p?id=22423');
  const refused = await get('/p?id=22727', { cookie: `${cookie}; nearhand-consent=none` });
  assert.equal(refused.items.length, 5);
  assert.match(refused.set[0], /^__Host-nearhand=; .*Max-Age=0/);
  const never = await get('/p?id=22727', { cookie: 'nearhand-consent=none' });
  assert.deepEqual(never.set, []);
  assert.deepEqual(refused.items, never.items, 'what was viewed before does not count');
  // The engine that served it serves the next visitor with a session again.
  assert.ok((await get('/p?id=22423')).cookie);
});

test('without a key there is a slate and no session', async () => {
  const { items, set } = await get('/p?id=22423', { variant: 'keyless' });
  assert.equal(items.length, 5);
  assert.deepEqual(set, []);
});

test('what is no product page goes through as it is', async () => {
  const plain = await get('/plain');
  assert.equal(plain.html, PAGES['/plain']());
  assert.equal(plain.response.headers.get('etag'), '"1"');
  assert.equal(plain.response.headers.get('cache-control'), 'public, max-age=600');
  assert.equal(source(plain.timing), 'no-slate-asked');
  assert.deepEqual(plain.set, []);
  assert.match((await get('/json')).html, /data-nearhand-slate=/);
  const missing = await get('/nowhere');
  assert.deepEqual([missing.response.status, missing.html], [404, 'not found']);
  assert.equal((await get('/p', { method: 'POST' })).items.length, 0);
});

test('an error of the origin is the origin’s page', async () => {
  const { response, html, set } = await get('/broken');
  assert.equal(response.status, 500);
  assert.equal(html, PAGES['/p']('22423'));
  assert.deepEqual(set, []);
});

test('an error of ours is the origin’s page as well, and says why', async () => {
  const { response, html, set, timing } = await get('/p', { variant: 'broken' });
  assert.equal(response.status, 200);
  assert.equal(html, PAGES['/p']('22423'));
  assert.equal(response.headers.get('etag'), '"1"');
  assert.deepEqual(set, []);
  assert.equal(source(timing), 'failed');
});

test('the full tier answers at the edge', async () => {
  const { items, timing } = await get('/p?id=22423', { variant: 'model' });
  assert.equal(items.length, 5);
  assert.equal(source(timing), 'model');
});

test('visitors at the same time do not meet', async () => {
  const ids = ['22423', '22697', '85123A', '22727', '20725'];
  const alone = [];
  for (const id of ids) alone.push((await get(`/p?id=${id}`)).items);
  const rounds = await Promise.all(Array.from({ length: 40 }, (_, i) => get(`/p?id=${ids[i % ids.length]}`)));
  rounds.forEach(({ items }, i) => assert.deepEqual(items, alone[i % ids.length]));
});
