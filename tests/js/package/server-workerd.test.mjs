// nearhand/server in a real workerd: visitors who meet, a cold isolate whose first visitor goes away, and the recipe.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request as ask } from 'node:http';
import { after, before, test } from 'node:test';
import { laid, serveEdge } from './edge.mjs';

const here = import.meta.dirname;
const ORIGIN = (body) => `( name = "origin", worker = ( compatibilityDate = "2025-11-01", serviceWorkerScript = "addEventListener('fetch', (event) => event.respondWith(new Response(${body}, { headers: { 'content-type': 'text/html; charset=utf-8' } })))" ) )`;
const running = [];
after(() => running.forEach((one) => one.stop()));

let items;
let port;
before(async () => {
  const out = `${here}/dist-mingle`;
  const shop = await laid(out, `${here}/edge/mingle.js`);
  items = shop.items({ limit: 200 }).items.map(({ item }) => item);
  shop.close();
  const edge = await serveEdge(out, { main: [] }, ORIGIN("''"));
  running.push(edge);
  port = edge.ports.main;
});

const get = async (path, cookie) => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: cookie ? { cookie } : {} });
  return { ...(await response.json()), cookie: response.headers.getSetCookie()[0]?.split(';')[0] };
};

test('a cold isolate: its first visitors go away in the middle, and the next are served', async () => {
  await Promise.all(
    Array.from({ length: 10 }, () => new Promise((done) => {
      const request = ask({ port, host: '127.0.0.1', path: '/?item=22423' });
      request.on('error', done).end();
      setTimeout(() => request.destroy(), 15);
    })),
  );
  const began = performance.now();
  assert.equal((await get('/?item=22423')).items.length, 10);
  assert.ok(performance.now() - began < 5000);
});

test('visitors whose requests overlap have each his own session, slate and cookie', async () => {
  const seen = (i) => [0, 1, 2].map((n) => items[(i * 3 + n) % items.length]);
  const path = (i) => `/?${seen(i).map((item) => `item=${encodeURIComponent(item)}`).join('&')}`;
  const alone = [];
  for (let i = 0; i < 20; i++) alone.push((await get(path(i))).items);
  const together = await Promise.all(Array.from({ length: 200 }, (_, n) => get(path(n % 20))));
  together.forEach((got, n) => {
    assert.deepEqual(got.seen, seen(n % 20));
    assert.deepEqual(got.items, alone[n % 20]);
  });
  const next = await Promise.all(together.map(({ cookie }) => get('/', cookie)));
  next.forEach((got, n) => assert.deepEqual(got.seen, seen(n % 20)));
  assert.ok((await (await fetch(`http://127.0.0.1:${port}/opened`)).json()) <= 4, 'few shops were opened');
});

test('the recipe of docs/servers.md', async () => {
  const out = `${here}/dist-recipe-worker`;
  mkdirSync(out, { recursive: true });
  const [, code] = /^```js\n\/\/ worker\.js\n([\s\S]*?)^```$/m.exec(readFileSync(`${process.env.NEARHAND_ROOT}/docs/servers.md`, 'utf8'));
  const [, element] = /^```html\n(<div data-nearhand-slate[\s\S]*?)^```$/m.exec(readFileSync(`${process.env.NEARHAND_ROOT}/docs/servers.md`, 'utf8'));
  writeFileSync(`${out}/worker.js`, code);
  (await laid(out, `${out}/worker.js`)).close();
  const page = `<!doctype html><body>${element.replaceAll('\n', ' ').replaceAll('"', "'")}</body>`;
  const edge = await serveEdge(out, { main: ['( name = "SESSION_KEY", text = "a key of this test, of thirty-two bytes" )'] }, ORIGIN(`\`${page}\``));
  running.push(edge);
  const response = await fetch(`http://127.0.0.1:${edge.ports.main}/`);
  const html = await response.text();
  assert.equal(html.match(/<li/g).length, 5);
  assert.match(html, /head-start/);
  assert.match(html, /£\d/);
  assert.equal(response.headers.getSetCookie().length, 1);
  assert.equal((await fetch(`http://127.0.0.1:${edge.ports.main}/nearhand/session`)).status, 405);
});
