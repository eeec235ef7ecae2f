// docs/nightly.md, done as it is written, on a small log: two nights, a way back, and all that can go wrong on the way.
// Public reports of such nights, rebuilt small here and in swap.test.mjs; what is right stands as a test.
// - deepjavalibrary/djl#595: no answers while a model is replaced. The old bundle answers until the new one is proven.
// - triton-inference-server/server#2182: what serves when a reload fails. The old bundle.
// - microsoft/onnxruntime#13391 and #21673: a page that renews its model runs out of memory. Each bundle has its own.
// - Comfy-Org/Comfy-Desktop#1322: half a file under its final name is taken for whole. Refused by its digest.
// - replayio/devtools#3174: the index page in place of a file that is gone. `fetch-failed`; the bundle before goes on.
// - AceDataCloud/Nexior#584: a tab that outlives a deployment. It follows, or stays as it is.
// - Coffey-Labs/ihasmail#309: a CDN hands out the old pointer for hours. An older serial is passed over.
// - voxel51/fiftyone#7471: new bytes under an old name, which a cache keeps. Refused by its digest; names are content.
// - iOfficeAI/AionUi#2010: a service worker hands out what it has, then looks. Bundles may be kept, the pointer not.
// - victorarias/attn#858: back is what served before, and publishing the same again does not make one forget it.
// - roc-lang/roc#10650: a file that is read while it is written. Copied beside, then renamed.
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DAYS, host, lay, log, run } from './nights.mjs';

const dir = join(import.meta.dirname, 'dist-nights');
const site = join(dir, 'site');
const pointer = () => JSON.parse(readFileSync(join(site, 'shop.json'), 'utf8'));
/** A command that succeeds, and what it says; `fails`: one that does not. */
async function does(...command) {
  const { status, out } = await run(dir, ...command);
  assert.equal(status, 0, out);
  return out;
}
const fails = async (...command) => assert.notEqual((await run(dir, ...command)).status, 0, `${command.join(' ')} is refused`);
const back = () => does('node', 'publish.mjs', 'site', '--back');
const view = (item) => ({ kind: 'view', item });
const version = (shop) => shop.info().bundle.version;

let web;
let follow;
let shopOf;
/** A page that follows, what it was told of, and nothing left of it afterwards. */
async function page(act, options = {}) {
  const faults = [];
  const following = await follow(web.pointer, { every: 0, tier: 'full', onerror: ({ code, message }) => faults.push(code ?? message), ...options });
  try {
    await act(following, faults);
  } finally {
    following.stop();
  }
}

before(async () => {
  assert.ok(existsSync(process.env.NEARHAND ?? `${process.env.NEARHAND_ROOT}/target/release/nearhand`), 'build the command line first: cargo build --release -p nearhand-cli');
  assert.deepEqual(lay(dir), ['night.sh', 'publish.mjs', 'publish.sh', 'follow.js', 'page.js', 'edge.js']);
  log(dir);
  web = await host(site);
  ({ follow } = await import(`${dir}/follow.js`));
  ({ shopOf } = await import(`${dir}/edge.js`));
});
after(() => web?.close());

test('the first night: trained on what was before the day, judged on the day, published', async () => {
  const out = await does('sh', 'night.sh', DAYS[0]);
  assert.match(out, /^eval shop hr@20=0\.\d+ .* n=\d{2,}/m);
  assert.match(await does('sh', 'publish.sh'), /^serving shop\.[0-9a-f]{12}\.safetensors$/m);
  const { serial, bundle, digest, previous } = pointer();
  assert.deepEqual([serial, bundle, previous], [1, `shop.${digest.slice(0, 12)}.safetensors`, undefined]);
  await fails('node', 'publish.mjs', 'site', '--back');
  assert.equal(pointer().serial, 1);
});

test('the next nights: a page that is open moves over, its session stays; and back, and forth', async () => {
  const first = pointer();
  await page(async ({ shop, turn }, faults) => {
    assert.equal(version(shop), DAYS[0]);
    shop.observe(view('sku1'));
    // New on this very day: the first bundle does not know it, the page has it from its feed.
    shop.observe(view('sku7'));
    shop.updateCatalog({ add: [{ item: 'sku7', title: 'Item 7 of group 0', price: 9.99, like: 'sku6' }] });
    const shown = await shop.recommend({ k: 3 });

    const out = await does('sh', 'night.sh', DAYS[1]);
    assert.equal(out.match(/^eval shop hr@20=/gm).length, 2, 'the new bundle and yesterday\'s');
    await does('sh', 'publish.sh');
    assert.deepEqual([pointer().serial, pointer().previous], [2, { bundle: first.bundle, digest: first.digest }]);
    await turn();
    assert.deepEqual([version(shop), faults], [DAYS[1], []]);
    assert.deepEqual(shop.session().map(({ item, known }) => [item, known]), [['sku1', true], ['sku7', true]]);
    assert.equal(shop.item('sku7').price, 9.99);
    const slate = await shop.recommend({ k: 3 });
    assert.deepEqual([slate.events, slate.tier, slate.source, slate.items.length], [2, 'full', 'model', 3]);
    assert.equal(shown.items.length, 3);

    await back();
    assert.deepEqual([pointer().serial, pointer().digest], [3, first.digest]);
    await turn();
    assert.deepEqual([version(shop), shop.session().length], [DAYS[0], 2]);
    assert.equal(shop.item('sku7').price, 9.99, 'what the page added is added again');
    await back();
    await turn();
    assert.equal(version(shop), DAYS[1]);
    assert.deepEqual(faults, []);
  });
});

test('another shop\'s bundle is refused', () =>
  page(async ({ shop }) => {
    await assert.rejects(shop.swap(process.env.NEARHAND_BUNDLE), (error) => {
      assert.match(error.message, /"online-retail" has none of the 100 most popular items of "shop"/);
      assert.deepEqual(error.details, { expected: 'shop', found: 'online-retail' });
      return error.code === 'bundle-other-catalog';
    });
    assert.equal(shop.info().bundle.name, 'shop');
  }));

test('looking again without a new pointer fetches the pointer alone; a page that loads fetches what it names alone', async () => {
  await page(async ({ turn }) => {
    web.asked.length = 0;
    await turn();
    assert.deepEqual(web.asked, ['/shop.json']);
  });
  web.asked.length = 0;
  await page(() => assert.deepEqual(web.asked, ['/shop.json', `/${pointer().bundle}`]));
});

test('the same bundle published again changes nothing; one that is broken is not published', async () => {
  const was = pointer();
  await does('node', 'publish.mjs', 'site', 'old.safetensors');
  const files = readdirSync(site).length;
  writeFileSync(join(dir, 'broken.safetensors'), readFileSync(join(dir, 'old.safetensors')).fill(7, 50_000, 50_001));
  writeFileSync(join(dir, 'half.safetensors'), readFileSync(join(dir, 'old.safetensors')).subarray(0, 50_000));
  for (const name of ['broken.safetensors', 'half.safetensors', 'log.csv', 'nothing']) await fails('node', 'publish.mjs', 'site', name);
  assert.deepEqual(pointer(), was);
  assert.equal(readdirSync(site).length, files);
});

/** The pointer names the newest bundle, whose file the server answers otherwise; then all is well again. */
for (const [what, answer, code] of [
  ['is not there yet', (response) => response.writeHead(404).end(), 'fetch-failed'],
  ['is answered with the index page', (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>'), 'fetch-failed'],
  ['is uploaded by half', (response) => response.writeHead(200).end(readFileSync(join(site, pointer().bundle)).subarray(0, 60_000)), 'bundle-digest-mismatch'],
  ['breaks off', (response) => void response.writeHead(200, { 'content-length': 99_999 }).write('half', () => response.destroy()), 'fetch-failed'],
  ['is yesterday\'s bytes under its name', (response) => response.writeHead(200).end(readFileSync(join(site, pointer().previous.bundle))), 'bundle-digest-mismatch'],
]) {
  test(`a bundle that ${what}: an open page stays and comes later, a page that loads takes the one before`, async () => {
    await back();
    await page(async ({ shop, turn }, faults) => {
      shop.observe(view('sku1'));
      const before = shop.info().bundle.digest;
      await back();
      const { bundle, digest } = pointer();
      web.answer = (path, response) => path === `/${bundle}` && (answer(response), true);
      await turn();
      assert.deepEqual([shop.info().bundle.digest, faults], [before, [code]]);
      assert.deepEqual([(await shop.recommend()).tier, shop.session().length], ['full', 1]);
      await page(({ shop: other }, told) => assert.deepEqual([other.info().bundle.digest, told], [before, [code]]));
      web.answer = () => false;
      await turn();
      assert.deepEqual([shop.info().bundle.digest, shop.session().length], [digest, 1]);
    });
  });
}

test('a cache that lags behind: an open page does not go back, and follows when the cache has caught up', async () => {
  const stale = readFileSync(join(site, 'shop.json'));
  await back();
  await page(async ({ shop, turn }, faults) => {
    const { digest } = pointer();
    web.answer = (path, response) => path === '/shop.json' && response.end(stale);
    await turn();
    assert.equal(shop.info().bundle.digest, digest);
    await page(({ shop: other }) => assert.equal(other.info().bundle.digest, JSON.parse(stale).digest, 'what loads now has yesterday\'s, whole'));
    web.answer = () => false;
    await back();
    await turn();
    assert.deepEqual([shop.info().bundle.digest, faults], [pointer().digest, []]);
  });
});

test('a pointer that cannot be read: an open page stays; one that loads is told', async () => {
  await page(async ({ shop, turn }, faults) => {
    const at = version(shop);
    for (const answer of [(response) => response.writeHead(503).end(), (response) => response.end('{"serial":'), (response) => response.end('{}')]) {
      web.answer = (path, response) => path === '/shop.json' && (answer(response), true);
      await turn();
      await assert.rejects(follow(web.pointer, { every: 0, onerror: () => {} }));
    }
    web.answer = () => false;
    assert.equal(version(shop), at);
    assert.equal(faults.length, 2, 'an answer without a serial is older than any');
  });
});

test('in two files, switched and switched back', async () => {
  copyFileSync(join(dir, 'old.safetensors'), join(dir, 'new.safetensors'));
  await does('nearhand', 'split', 'new.safetensors', '--out', 'lite.safetensors', '--model', 'model.safetensors');
  await page(async ({ shop, turn }, faults) => {
    await does('node', 'publish.mjs', 'site', 'lite.safetensors', 'model.safetensors');
    assert.match(pointer().model, /^shop\.[0-9a-f]{12}\.model\.safetensors$/);
    await turn();
    assert.deepEqual([shop.info().bundle.digest, (await shop.recommend()).tier, faults], [pointer().digest, 'full', []]);
    // The second file of another night.
    await back();
    await turn();
    await back();
    const model = join(site, pointer().model);
    renameSync(model, `${model}.kept`);
    writeFileSync(model, readFileSync(`${model}.kept`).fill(1, 900, 901));
    const was = shop.info().bundle.digest;
    await turn();
    assert.equal(shop.info().bundle.digest, was);
    assert.equal(faults.length, 1);
    rmSync(model);
    renameSync(`${model}.kept`, model);
    await turn();
    assert.equal(shop.info().bundle.digest, pointer().digest);
  });
});

test('an edge worker looks after it has answered, at most once a while', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const waits = [];
  const ctx = { waitUntil: (work) => waits.push(work) };
  const shop = await shopOf(web.pointer, ctx);
  const was = shop.info().bundle.digest;
  await back();
  assert.equal(await shopOf(web.pointer, ctx), shop);
  assert.equal(waits.length, 0);
  t.mock.timers.tick(61_000);
  assert.equal((await shopOf(web.pointer, ctx)).info().bundle.digest, was, 'this answer waits for nothing');
  assert.equal((await shopOf(web.pointer, ctx)), shop);
  assert.equal(waits.length, 1);
  await waits[0];
  assert.equal(shop.info().bundle.digest, pointer().digest);
  shop.close();
});
