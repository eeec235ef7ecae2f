// What a developer is told beside the answer, in Node and by the entry for dev servers; what visitors fetch says nothing.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { test } from 'node:test';
import { load, NearhandError } from 'nearhand';

const path = process.env.NEARHAND_BUNDLE;
const dist = `${import.meta.dirname}/node_modules/nearhand/dist`;

/** What the console hears while `act` runs with a shop. */
async function heard(act, options) {
  const lines = [];
  const { warn } = console;
  console.warn = (line) => lines.push(line);
  try {
    const shop = await load(path, { tier: 'lite', ...options });
    await act(shop);
    shop.close();
  } finally {
    console.warn = warn;
  }
  return lines;
}

const refusal = async (act) => {
  try {
    await act();
  } catch (error) {
    assert.ok(error instanceof NearhandError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: 'nothing was refused' });
};

test('a name that no item has is told on the console, once, with the nearest', async () => {
  const lines = await heard(async (shop) => {
    for (let i = 0; i < 3; i++) await shop.recommend({ where: { category: 'Kichen & Baking' } });
    await shop.page().recommend({ placement: 'category', category: 'Gardn & Outdoors' });
    await shop.recommendPage([{ rules: [{ boost: 2, where: { brand: 'Acme' } }] }]);
    shop.items({ where: { inStock: true } });
    await shop.recommend({ where: { category: 'Kitchen & Baking' }, source: '85123A' });
  });
  assert.deepEqual(lines, [
    'nearhand: where.category: no item has "Kichen & Baking"; is "Kitchen & Baking" meant? The condition is left out; shop.facets() has all names, `strict: true` makes it an error',
    'nearhand: category: no item has "Gardn & Outdoors"; is "Garden & Outdoors" meant? The condition is left out; shop.facets() has all names, `strict: true` makes it an error',
    'nearhand: rules[0].where.brand: no item has a brand. The rule does not hold; shop.facets() has all names, `strict: true` makes it an error',
    'nearhand: where.inStock: no item has a stock. The condition is left out; shop.facets() has all names, `strict: true` makes it an error',
  ]);
});

test('ids of another system, and rows that are left out', async () => {
  const lines = await heard(
    async (shop) => {
      shop.observe({ kind: 'view', item: 'gid://shop/Product/85123A' });
      await shop.recommend({ source: ' 85123A' });
      shop.observe({ kind: 'view', item: '22423' });
      await shop.updateCatalog({ upsert: [{ item: '22423', price: '12.75 GBP' }, { id: '85123A', price: 3 }] });
      await shop.updateCatalog({ update: [{ item: 'sku-1', price: 1 }, { item: 'sku-2', price: 1 }] });
      await shop.updateCatalog({ update: [{ item: '22423', price: 12 }, { item: 'sku-2', price: 1 }] });
      await shop.updateCatalog({ remove: [{ id: '22423' }] });
    },
    { catalog: { upsert: [{ item: '22423', stock: -2 }] } },
  );
  const told = [
    /^nearhand: 1 row of a feed left out.*delta\.upsert\[0\]\.stock must be an integer.*what is oversold has 0$/,
    /^nearhand: observe: the catalog has no item "gid:\/\/shop\/Product\/85123A"; is "85123A" meant\?/,
    /^nearhand: recommend\.source: the catalog has no item " 85123A"; is "85123A" meant\?/,
    /^nearhand: 2 rows of a feed left out.*upsert\[0\]\.price must be a finite number.*a number alone/,
    /^nearhand: a feed of which the catalog knows no item, 2 in all/,
    /^nearhand: 1 row of a feed left out.*remove\[0\] must be a string.*the id alone, not an object with `id`$/,
  ];
  assert.equal(lines.length, told.length, lines.join('\n'));
  told.forEach((pattern, i) => assert.match(lines[i], pattern));
});

test('an error says what was probably meant; code and details are the engine\'s', async () => {
  const shop = await load(path, { tier: 'lite' });
  const says = {
    'without quotes: 5; it is 1 to 100': () => shop.recommend({ k: '5' }),
    'it is 1 to 100': () => shop.recommendPage([{ k: 2.5 }]),
    'is `source` meant?': () => shop.recommend({ id: '85123A' }),
    '`id` is there; is it what belongs in `item`?': () => shop.observe({ kind: 'view', id: '85123A' }),
    '`type` is there; is it what belongs in `kind`?': () => shop.page().observe({ type: 'view', item: '85123A' }),
    "as an object: { item: '85123A' }": () => shop.setCart(['85123A']),
    'is `quantity` meant?': () => shop.setCart([{ item: '85123A', qty: 2 }]),
    "a Date's getTime() is one": () => shop.observe({ kind: 'view', item: '85123A', at: new Date() }),
    "a list of one, too: ['seen']": () => shop.recommend({ exclude: 'seen' }),
    "ids and names are text: '85123'": () => shop.recommend({ source: 85123 }),
    'without quotes: true': () => shop.recommend({ where: { inStock: 'true' } }),
    'the id alone, not an object with `item`': () => shop.item({ item: '85123A' }),
    'is `search` meant?': () => shop.items({ q: 'tea' }),
    'without quotes: 60000': () => load(path, { idleTimeoutMs: '60000' }),
  };
  for (const [hint, act] of Object.entries(says)) {
    const { code, message, details } = await refusal(act);
    assert.match(code, /^(invalid|unknown)-option$/);
    assert.ok(message.endsWith(`; ${hint}`), `${message} does not end in: ${hint}`);
    assert.ok(details.option);
  }
  // Nothing is guessed where nothing is known, and what is no delta is refused at once.
  assert.match((await refusal(() => shop.recommend({ source: [] }))).message, /not an array$/);
  assert.throws(() => shop.updateCatalog({ rows: [] }), { code: 'unknown-option' });
  // The host's own code is run, and throws, while a hint is looked for.
  const hostile = new Proxy({ kind: 'view' }, { ownKeys: (target) => (hostile.times = (hostile.times ?? 0) + 1) > 1 ? [].x.y : Reflect.ownKeys(target) });
  assert.equal((await refusal(() => shop.observe(hostile))).code, 'invalid-option');
  shop.close();
});

test('a process in production, and one that has said enough, is silent', () => {
  const script = `
    import { load } from 'nearhand';
    const shop = await load(process.env.NEARHAND_BUNDLE, { tier: 'lite' });
    for (let i = 0; i < 100; i++) shop.observe({ kind: 'view', item: 'nobody ' + i });
    for (let i = 0; i < 100; i++) await shop.recommend({ where: { category: 'nothing ' + i } });
    const { message } = await shop.recommend({ k: '5' }).catch((error) => error);
    console.log(message);`;
  const run = (env) => spawnSync(process.execPath, ['--input-type=module', '-e', script], { cwd: import.meta.dirname, env: { ...process.env, ...env }, encoding: 'utf8' });
  const quiet = run({ NODE_ENV: 'production' });
  assert.deepEqual([quiet.stderr, quiet.stdout.trim().endsWith('it is 1 to 100')], ['', true]);
  const loud = run({ NODE_ENV: 'development' }).stderr.trim().split('\n');
  assert.deepEqual([loud.length, loud.filter((line) => /has no item "nobody/.test(line)).length], [24, 4]);
  assert.match(loud.at(-1), /the last of these lines/);
});

test('in a page the entry for dev servers tells, and the one for visitors does not', async () => {
  const { launch, openPage } = await import(`${process.env.NEARHAND_ROOT}/tools/chromium.mjs`);
  const types = { '.js': 'text/javascript', '.wasm': 'application/wasm', '': 'text/html' };
  const server = createServer((request, response) => {
    const name = request.url.slice(1);
    const body = name === '' ? '<!doctype html><link rel="icon" href="data:,">' : readFileSync(name === 'shop.safetensors' ? path : `${dist}/${name}`);
    response.writeHead(200, { 'content-type': types[extname(name)] ?? 'application/octet-stream' }).end(body);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const browser = await launch();
  try {
    for (const [entry, lines] of [['browser.dev.js', 1], ['browser.js', 0]]) {
      const page = await openPage(await browser.newContext());
      const heard = [];
      page.on('console', (message) => message.type() === 'warning' && heard.push(message.text()));
      await page.goto(`http://127.0.0.1:${server.address().port}/`);
      const notes = await page.evaluate(async (from) => {
        const { load } = await import(`/${from}`);
        const shop = await load('/shop.safetensors', { tier: 'lite' });
        return (await shop.recommend({ where: { category: 'Kichen & Baking' } })).notes;
      }, entry);
      assert.deepEqual(notes, ['category-unknown']);
      assert.equal(heard.length, lines, `${entry}: ${heard}`);
      if (lines) assert.match(heard[0], /is "Kitchen & Baking" meant\?/);
    }
  } finally {
    await browser.close();
    server.close();
  }
});
