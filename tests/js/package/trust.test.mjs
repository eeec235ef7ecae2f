// Signed bundles with the real engines: by the command line, in Node, in a page, in workerd and in the edge worker. Public reports of updates
// that were signed and went wrong all the same, rebuilt small here and in the unit tests; what is right stands as a test.
// - theupdateframework/python-tuf#12: clients whose clock is wrong. One that is behind sees no end, and has the sequence; one ahead has a day.
// - theupdateframework/python-tuf#322: a mirror that shows the same valid state for ever. Each look judges the end anew.
// - theupdateframework/go-tuf#386: what was valid as it began ends on the way. One time holds for one look.
// - theupdateframework/rust-tuf#49: what has expired is in the way of its successor. It is not: the next statement is judged by itself.
// - theupdateframework/specification#65: after a thief drove the counter up nobody could go on. It goes with the key.
// - inconshreveable/go-update#25: a version that is not bound to its file; an old one passes for new. Both are in what is signed.
// - sparkle-project/Sparkle#1228: how does one go back at all? The old bundle, signed again with a higher sequence.
// - tauri-apps/tauri#7585 and SnmpLens/SnmpLens#83: one key cannot be exchanged. Several are trusted, and one must have signed.
// - in-toto/go-witness#6: of several keys the first that fails ends it. All are tried.
// - denoland/celld#221: keys come in, and nothing verifies. `signature-unsupported`, and nothing is opened.
// - CatStack-pixe/MochiPaw#84: a byte order mark in a key. It is read over in the private file, and refused by name in the public text.
// - fwupd/fwupd#177: who empties the cache takes older metadata again. So does a page without storage; `lowest` is the host's.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { load } from 'nearhand';
import { vouched } from 'nearhand/trust';
import { edited, split } from './bundles.mjs';
import { laid, serveEdge } from './edge.mjs';
import { host } from './nights.mjs';
import { signer, statement } from './signing.mjs';

const { launch, openPage } = await import(`${process.env.NEARHAND_ROOT}/tools/chromium.mjs`);
const program = process.env.NEARHAND ?? `${process.env.NEARHAND_ROOT}/target/release/nearhand`;
const out = `${import.meta.dirname}/dist-trust`;
const first = readFileSync(process.env.NEARHAND_BUNDLE);
const own = signer();
const stranger = signer();
const trust = (more = {}) => ({ keys: [own.key], name: 'online-retail', ...more });
const code = (expected) => (error) => {
  assert.equal(error.code, expected, error.message);
  return true;
};
const view = (item) => ({ kind: 'view', item });
let next;
let gone;
const CAME = 'NEWID';

before(async () => {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const shop = await load(first, { tier: 'lite' });
  const head = new TextDecoder().decode(first.subarray(0, 40_000));
  gone = shop.items({ offset: 2_000, limit: 1000 }).items.map(({ item }) => item).find((id) => id.length === CAME.length && !head.includes(id));
  shop.close();
  next = Buffer.from(edited(first, (m) => (m.version = '2'), { [gone]: CAME }).bytes);
});

/** One bit of the last part: nothing of it is seen by eye, and the manifest reads as before. */
const tampered = (bytes) => {
  const copy = Buffer.from(bytes);
  copy[copy.length - 9] ^= 1;
  return copy;
};

test('what the command line signs, the package takes; what node:crypto signs, the command line verifies', async () => {
  const dir = `${out}/cli`;
  mkdirSync(dir, { recursive: true });
  const run = (...args) => execFileSync(program, args, { cwd: dir, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const [, key] = /^keygen public=(\S+)$/m.exec(run('keygen', '--out', 'key.pem'));
  copyFileSync(process.env.NEARHAND_BUNDLE, `${dir}/shop.safetensors`);
  const line = run('sign', 'shop.safetensors', '--key', 'key.pem', '--expires', '14d', '--out', 'shop.json');
  assert.match(line, /^sign shop\.json name=online-retail version=1 sequence=\d{10} expires=\S+Z file=shop\.safetensors sha256=[\da-f]{64} bytes=\d+$/m);
  const shop = await load(`${dir}/shop.json`, { trust: { keys: [key], name: 'online-retail' } });
  await shop.ready;
  assert.equal((await shop.recommend()).source, 'popular');
  const { sequence, expires, ...told } = shop.info().trust;
  assert.ok(Math.abs(sequence - Date.now() / 1000) < 600 && Date.parse(expires) > Date.now() + 13 * 86_400_000);
  assert.equal(told.key, key);
  // The next night, in Node by its path, too.
  writeFileSync(`${dir}/next.safetensors`, next);
  run('sign', 'next.safetensors', '--key', 'key.pem', '--expires', '14d', '--out', 'shop.json');
  await shop.swap(`${dir}/shop.json`);
  assert.deepEqual([shop.info().bundle.version, shop.info().trust.sequence > sequence], ['2', true]);
  shop.close();

  writeFileSync(`${dir}/node.json`, statement(own, { 'shop.safetensors': first }, { sequence: 3 }));
  assert.match(run('verify', 'node.json', '--key', own.key, '--name', 'online-retail', '--lowest', '3'), new RegExp(`sequence=3 .* key=${own.key.replace(/[+]/g, '\\+')}$`, 'm'));
  assert.throws(() => run('verify', 'node.json', '--key', key), /key-unknown/);
});

test('node: what is refused never reaches the engine, and the bundle before goes on with its session', async () => {
  const by = (bytes, sequence, more = {}) => statement(own, { 'shop.safetensors': bytes }, { sequence, ...more });
  const shop = await load(first, { trust: trust({ statement: by(first, 5) }) });
  await shop.ready;
  shop.observe(view(shop.items({ limit: 1 }).items[0].item));
  const slate = await shop.recommend({ k: 10 });
  for (const [bytes, given, word] of [
    [tampered(next), by(next, 6), 'bundle-digest-mismatch'],
    [next, by(first, 6), 'bundle-digest-mismatch'],
    [next, by(next, 4), 'bundle-rolled-back'],
    [next, by(next, 6, { expires: '2026-02-01T00:00:00Z' }), 'bundle-expired'],
    [next, by(next, 6, { name: 'another' }), 'bundle-other-name'],
    [next, statement(stranger, { 'shop.safetensors': next }, { sequence: 6 }), 'key-unknown'],
    [next, next, 'bundle-unsigned'],
  ]) {
    await assert.rejects(shop.swap(bytes, { statement: given }), code(word));
    await assert.rejects(load(bytes, { trust: trust({ statement: given, lowest: 5 }) }), code(word));
    assert.deepEqual((await shop.recommend({ k: 10 })).items, slate.items);
  }
  await assert.rejects(shop.swap(next), code('bundle-unsigned'));
  await shop.swap(next, { statement: by(next, 6) });
  assert.deepEqual([shop.info().bundle.version, shop.session().length, shop.info().trust.sequence], ['2', 1, 6]);
  shop.close();
  // By require, as well.
  const common = createRequire(import.meta.url)('nearhand');
  await assert.rejects(common.load(next, { trust: trust({ statement: by(first, 6) }) }), code('bundle-digest-mismatch'));
});

test('node: a bundle in two files; the second one is held to the first', async () => {
  const { shop: lite, model } = split(first);
  const dir = `${out}/two`;
  mkdirSync(dir, { recursive: true });
  writeFileSync(`${dir}/lite.safetensors`, lite);
  writeFileSync(`${dir}/model.safetensors`, model);
  writeFileSync(`${dir}/shop.json`, statement(own, { 'lite.safetensors': Buffer.from(lite), 'model.safetensors': Buffer.from(model) }));
  const shop = await load(`${dir}/shop.json`, { trust: trust() });
  assert.equal(await shop.ready, 'full');
  shop.close();
  writeFileSync(`${dir}/model.safetensors`, tampered(model));
  await assert.rejects(load(`${dir}/shop.json`, { trust: trust() }), (error) => /digest|part-invalid/.test(error.code));
});

test('nearhand/trust: any file for any entry, here an index of suggestions; by modules and by require', async () => {
  const { load: box } = await import('nearhand/suggest');
  const dir = `${out}/box`;
  mkdirSync(dir, { recursive: true });
  copyFileSync(`${import.meta.dirname}/suggest/shop.suggest`, `${dir}/shop.suggest`);
  writeFileSync(`${dir}/box.json`, statement(own, { 'shop.suggest': readFileSync(`${dir}/shop.suggest`) }, { name: 'box', sequence: 9 }));
  for (const { vouched: read } of [{ vouched }, createRequire(import.meta.url)('nearhand/trust')]) {
    const given = await read(`${dir}/box.json`, trust({ name: 'box' }));
    assert.deepEqual([given.files, given.trust.sequence], [1, 9]);
    const opened = await box(await given.read());
    assert.ok(opened.suggest('m').items.length > 0);
    opened.close();
  }
  writeFileSync(`${dir}/shop.suggest`, tampered(readFileSync(`${dir}/shop.suggest`)));
  await assert.rejects((await vouched(`${dir}/box.json`, trust({ name: 'box' }))).read(), code('bundle-digest-mismatch'));
  await assert.rejects(vouched(`${dir}/shop.suggest`, trust({ name: 'box' })), code('bundle-unsigned'));
});

let browser;
after(() => browser?.close());

test('chromium: a page takes what is signed, refuses what is not, remembers, and has its list at the worst', async () => {
  browser = await launch();
  const site = `${out}/site`;
  mkdirSync(site, { recursive: true });
  writeFileSync(`${site}/index.html`, `<!doctype html><meta charset="utf-8"><title>trust</title><link rel="icon" href="data:,"><script type="importmap">{"imports":{"nearhand":"/nearhand/browser.js"}}</script>
    <script type="module">globalThis.nearhand = await import('nearhand');</script>`);
  const put = (sequence, bytes, { lies = bytes, ...more } = {}) => {
    const name = `shop.${sequence}.safetensors`;
    writeFileSync(`${site}/${name}`, lies);
    writeFileSync(`${site}/shop.json`, statement(own, { [name]: bytes }, { sequence, version: String(sequence), ...more }));
  };
  put(5, first);
  const web = await host(site, { folders: { '/nearhand/': `${import.meta.dirname}/node_modules/nearhand/dist/` } });
  const context = await browser.newContext();
  try {
    const page = await openPage(context);
    const visit = async () => {
      await page.goto(`${web.url}/index.html`);
      await page.waitForFunction(() => globalThis.nearhand);
    };
    const opens = (options = {}) =>
      page.evaluate(async (options) => {
        try {
          globalThis.shop = await nearhand.load('/shop.json', { consent: 'persistent', ...options });
          await shop.ready;
          const { tier, trust, bundle } = shop.info();
          return { tier, sequence: trust?.sequence, version: bundle?.version, items: (await shop.recommend({ k: 3 })).items.length };
        } catch ({ code }) {
          return { code };
        }
      }, { trust: trust(), ...options });
    const swaps = () => page.evaluate(() => shop.swap('/shop.json').then(({ bundle }) => bundle.version, ({ code }) => code));
    await visit();
    // Without trust nothing of it is fetched.
    await page.evaluate(async () => (await nearhand.load('/shop.5.safetensors', { tier: 'lite' })).close());
    assert.ok(!web.asked.some((path) => /trust/.test(path)), web.asked.join(' '));
    assert.deepEqual(await opens(), { tier: 'full', sequence: 5, version: '1', items: 3 });
    assert.equal(web.asked.filter((path) => path === '/nearhand/trusted.js').length, 1);
    const kept = await page.evaluate(() => JSON.parse(localStorage.getItem('nearhand-trust:online-retail')));
    assert.deepEqual(kept.map((text) => JSON.parse(atob(JSON.parse(text).payload)).sequence), [5]);

    put(6, next, { lies: tampered(next) });
    assert.equal(await swaps(), 'bundle-digest-mismatch');
    put(4, next);
    assert.equal(await swaps(), 'bundle-rolled-back');
    put(7, next, { expires: '2026-02-01T00:00:00Z' });
    assert.equal(await swaps(), 'bundle-expired');
    assert.deepEqual(await page.evaluate(() => [shop.info().bundle.version, shop.info().trust.sequence]), ['1', 5]);
    put(8, next);
    assert.equal(await swaps(), '2');

    // The next visit remembers.
    put(7, first);
    await visit();
    assert.deepEqual(await opens(), { code: 'bundle-rolled-back' });
    assert.deepEqual(await opens({ fallback: ['22423', '85123A'] }), { tier: 'none', sequence: undefined, version: '', items: 2 });
    put(9, first);
    assert.deepEqual(await opens(), { tier: 'full', sequence: 9, version: '1', items: 3 });
    // A browser without Ed25519.
    await visit();
    await page.evaluate(() => (crypto.subtle.importKey = () => Promise.reject(new DOMException('Unrecognized name.', 'NotSupportedError'))));
    assert.deepEqual(await opens(), { code: 'signature-unsupported' });
    // A load that is refused ends what it still fetches.
    assert.deepEqual(page.faults.filter((fault) => !/\.wasm net::ERR_ABORTED$/.test(fault)), [], 'the console is empty');
  } finally {
    await context.close();
    await web.close();
  }
});

test('workerd: the edge worker takes the pointer\'s next bundle beside an answer; what is refused changes nothing and is told once', async () => {
  const files = {};
  const html = (id) => `<!doctype html><html><body><div data-nearhand-slate="${id}" data-nearhand-href="/p?id={item}"></div></body></html>`;
  const origin = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://origin');
    if (pathname === '/p') return void response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html(searchParams.get('id')));
    response.writeHead(files[pathname] ? 200 : 404, { 'content-type': 'application/octet-stream' }).end(files[pathname]);
  });
  await new Promise((done) => origin.listen(0, '127.0.0.1', done));
  const dir = `${out}/edge`;
  (await laid(dir, `${import.meta.dirname}/edge/signed.js`)).close();
  const put = (sequence, bytes, { by = own, lies = bytes, ...more } = {}) => {
    files['/s/shop.json'] = statement(by, { [`shop.${sequence}.safetensors`]: bytes }, { sequence, version: String(sequence), ...more });
    files[`/s/shop.${sequence}.safetensors`] = lies;
  };
  const bindings = ['( name = "STATEMENT", text = "http://origin.example/s/shop.json" )', `( name = "TRUST_KEYS", text = "${stranger.key.replace(/.{3}=$/, 'AAA=')} ${own.key}" )`, '( name = "TRUST_NAME", text = "online-retail" )', '( name = "TRUST_LOWEST", text = "3" )'];
  // Of a date when it knew `cache` of `fetch`, and `no-cache` in it not yet.
  const edge = await serveEdge(dir, { signed: bindings }, `( name = "origin", external = ( address = "127.0.0.1:${origin.address().port}", http = () ) )`, ', globalOutbound = "origin"', '2025-01-01');
  try {
    /** Each slate has an id of its own. */
    const ask = async (path) => (await (await fetch(`${edge.url}${path}`)).text()).replace(/(class="nearhand-slate" data-nearhand-slate=)"\w+"/g, '$1""');
    const said = async () => JSON.parse(await ask('said'));
    /** What a visitor gets, then a minute later another one, beside whose answer the worker looks. */
    const turn = async () => {
      await ask('p?id=22423&later=61000');
      return [await ask(`p?id=${CAME}`), await said()];
    };
    put(2, next);
    const before = await ask(`p?id=${CAME}`);
    assert.match(before, /href="\/p\?id=/);
    for (const [how, word] of [
      [() => {}, 'bundle-rolled-back'],
      [() => put(4, next, { by: stranger }), 'key-unknown'],
      [() => put(4, next, { lies: tampered(next) }), 'bundle-digest-mismatch'],
      [() => put(4, next, { expires: '2026-02-01T00:00:00Z' }), 'bundle-expired'],
      [() => put(4, next, { name: 'another' }), 'bundle-other-name'],
      [() => (files['/s/shop.json'] = next), 'bundle-unsigned'],
      [() => delete files['/s/shop.json'], 'fetch-failed'],
    ]) {
      how();
      const [page, lines] = await turn();
      assert.deepEqual([page, lines.length], [before, 1], word);
      assert.match(lines[0], new RegExp(`the bundle before goes on \\[${word}\\]`));
      assert.deepEqual((await turn())[1], [], `${word} is told once`);
    }
    put(4, next);
    const [page, lines] = await turn();
    assert.deepEqual(lines, ['nearhand: online-retail 4 serves, sequence 4']);
    assert.notEqual(page, before, 'the new bundle knows the item');
    assert.deepEqual(await turn(), [page, []], 'the same statement again costs nothing');
    put(3, first);
    assert.equal((await turn())[0], page, 'no way back');
  } finally {
    edge.stop();
    origin.closeAllConnections();
    origin.close();
  }
});
