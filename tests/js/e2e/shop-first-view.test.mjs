// The demo shop before and while its script runs: what a page has in its HTML, what moves, and who may not write into it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { root } from '../../../tools/face.mjs';
import { begin, browse, DESKTOP, end, explain, findings, go, loaded, PHONE, product, PRODUCTS, remember, slate, slateAfter, visit } from './shop.mjs';

before(begin);
after(end);

for (const [name, options] of [
  ['desktop', DESKTOP],
  ['dark', { ...DESKTOP, colorScheme: 'dark' }],
  ['narrow', PHONE],
  ['narrow and dark', { ...PHONE, colorScheme: 'dark' }],
]) {
  test(`${name}: axe finds nothing on any page`, async () => {
    const v = await visit({ ...options, reducedMotion: 'reduce' });
    const found = {};
    await browse(v.page, PRODUCTS.slice(0, 1));
    found.product = await findings(v.page);
    await v.page.click('.buy .button');
    for (const [what, hash, there] of [
      ['home', '#/', '#for-you [data-item]'],
      ['department', '#/d/home-decor', '#shelf [data-item]'],
      ['search', '#/search?q=lantern', '[data-from="search"]'],
      ['nothing', '#/search?q=nothingofthekind', '#rather [data-item]'],
      ['basket', '#/basket', '#goes-with [data-item]'],
      ['checkout', '#/checkout', '#order'],
      ['about', '#/about', '.prose'],
      ['missing', '#/p/none', '.page-head'],
    ]) {
      await go(v.page, hash);
      await v.page.waitForSelector(there);
      found[what] = await findings(v.page);
    }
    await explain(v.page);
    found.drawer = await findings(v.page);
    assert.deepEqual(Object.fromEntries(Object.entries(found).filter(([, list]) => list.length > 0)), {});
    await v.stop();
  });
}

test('the first view is in the HTML: home, departments, products, for whoever runs no script', async () => {
  const v = await visit({ javaScriptEnabled: false }, { wait: false });
  for (const [path, words] of [['', /A parcel for every occasion/], ['d/home-decor/', /Home Décor/], ['p/22423/', /Regency Cakestand 3 Tier/]]) {
    await v.page.goto(`${v.server.url}/${path}`);
    assert.match(await v.page.textContent('h1'), words);
    assert.ok((await v.page.locator('main svg.art').count()) > 0, 'with its pictures');
    assert.equal(await v.page.locator('#departments a').count(), 15);
    assert.ok(await v.page.isVisible('footer'));
  }
  await v.stop();
});

test('a page that stands as a document of its own goes on in the shop, also without a network', async () => {
  const v = await visit();
  await v.page.goto(`${v.server.url}/p/22423/`);
  await loaded(v.page);
  assert.equal((await slate(v.page, '#also')).items.length, 5);
  assert.equal(new URL(v.page.url()).pathname + new URL(v.page.url()).hash, '/#/p/22423');
  await v.page.click('.crumbs a >> nth=1');
  await v.page.waitForFunction(() => document.querySelector('h1').textContent === 'Tea & Tableware');
  assert.equal(new URL(v.page.url()).pathname + new URL(v.page.url()).hash, '/#/d/tea-tableware');
  await v.page.goBack();
  assert.equal((await slate(v.page, '#also')).items.length, 5);
  await v.server.close();
  await v.page.goto(`${v.server.url}/p/85123A/`);
  await loaded(v.page);
  assert.equal(new URL(v.page.url()).hash, '#/p/85123A');
  await v.stop();
});

/** Notes every layout shift that no input of the visitor excuses. */
const watchShifts = (context) =>
  context.addInitScript(() => {
    globalThis.shifts = [];
    new PerformanceObserver((list) => {
      for (const { value, hadRecentInput, sources } of list.getEntries()) if (!hadRecentInput) globalThis.shifts.push(`${value.toFixed(4)} ${sources.map(({ node }) => node?.outerHTML?.slice(0, 60) ?? node?.nodeName).join(' | ')}`);
    }).observe({ type: 'layout-shift', buffered: true });
  });

for (const [name, options] of [['desktop', DESKTOP], ['phone', PHONE]]) {
  test(`${name}: nothing moves while a page loads, for a new visitor and for one who comes back`, async () => {
    const v = await visit(options, { prepare: watchShifts });
    await browse(v.page, PRODUCTS.slice(0, 2));
    await v.page.click('.buy .button');
    await remember(v.page);
    for (const visitor of ['new', 'known']) {
      const context = visitor === 'known' ? v.context : undefined;
      const other = context ? v : await visit(options, { prepare: watchShifts });
      for (const path of ['', 'd/tea-tableware/', 'p/22423/', '#/p/21034', '#/d/christmas', '#/search?q=lantern', '#/basket', '#/about', '#/ask']) {
        const page = await other.context.newPage();
        await page.goto(`${other.server.url}/${path}`);
        await loaded(page);
        await page.waitForTimeout(200);
        assert.deepEqual(await page.evaluate(() => globalThis.shifts), [], `${visitor} /${path}`);
        await page.close();
      }
      if (!context) await other.stop();
    }
    await v.stop();
  });
}

test('the engine is asked for after the page stands', async () => {
  const v = await visit();
  const order = v.server.requests.map(({ path }) => path);
  const first = (end) => order.findIndex((path) => path.endsWith(end));
  assert.ok(first('/app.js') >= 0 && first('/app.js') < first('/nearhand/browser.js'));
  assert.ok(first('/nearhand/browser.js') < first('/nearhand/nearhand.wasm'));
  assert.ok(first('/nearhand/full-host.js') < first('/sw.js') || first('/sw.js') === -1);
  const paint = await v.page.evaluate(() => [performance.getEntriesByName('first-contentful-paint')[0].startTime, performance.getEntriesByType('resource').find(({ name }) => name.endsWith('/nearhand/browser.js')).startTime]);
  assert.ok(paint[0] < paint[1], `painted at ${paint[0]}, asked at ${paint[1]}`);
  await v.stop();
});

test('whoever saves data gets the lite tier alone', async () => {
  const v = await visit({}, { prepare: (context) => context.addInitScript(() => Object.defineProperty(navigator, 'connection', { value: { saveData: true } })) });
  assert.equal((await product(v.page, PRODUCTS[0])).tier, 'lite');
  assert.ok(!(await v.page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name))).some((name) => name.endsWith('/nearhand.wasm')));
  await v.stop();
});

test('markup that is not the shop\'s own is refused by Trusted Types', async () => {
  const v = await visit();
  assert.deepEqual(
    await v.page.evaluate(() => {
      const tried = [];
      for (const attempt of [() => (document.body.innerHTML = '<b>x</b>'), () => trustedTypes.createPolicy('other', {}), () => new Worker('data:text/javascript,1')]) {
        try {
          attempt();
          tried.push('done');
        } catch (error) {
          tried.push(error.name);
        }
      }
      return tried;
    }),
    ['TypeError', 'TypeError', 'TypeError'],
  );
  assert.equal((await product(v.page, PRODUCTS[0])).items.length, 5);
  await v.context.close();
  await v.server.close();
});

for (const [what, value] of Object.entries({
  'no JSON': '{', 'null': 'null', 'a number': '7', 'text': '"x"', 'a list of others': '[1,null,["22423"],["22423","2"],["22423",-1],[{},1],["22423",1e9]]',
  'an object': '{"price":{"a":1},"diversity":"abc","cap":["one"],"pin":"__proto__","stock":"constructor","boost":"yes","__proto__":{"x":1}}', 'depth': `${'['.repeat(5000)}${']'.repeat(5000)}`,
})) {
  test(`a storage that holds ${what} is not believed`, async () => {
    const v = await visit({}, {
      prepare: (context) =>
        context.addInitScript((kept) => {
          if (location.protocol === 'about:' || sessionStorage.getItem('done')) return;
          sessionStorage.setItem('done', '1');
          for (const area of [localStorage, sessionStorage]) for (const key of ['plum:basket', 'plum:consent', 'plum:desk', 'plum:theme', 'nearhand:online-retail', 'nearhand:online-retail@1']) area.setItem(key, kept);
        }, value),
    });
    assert.equal((await product(v.page, PRODUCTS[0])).items.length, 5);
    const before = Number(await v.page.textContent('#basket-count'));
    assert.ok(before <= 99);
    await v.page.click('.buy .button');
    assert.equal(Number(await v.page.textContent('#basket-count')), Math.min(99, before + 1));
    await go(v.page, '#/basket');
    await v.page.waitForSelector('.line');
    await explain(v.page);
    await v.page.waitForSelector('#desk-reset');
    await v.stop();
  });
}

test('a full storage keeps what it can for the page', async () => {
  const v = await visit({}, { prepare: (context) => context.addInitScript(() => (Storage.prototype.setItem = () => {
    throw new DOMException('full', 'QuotaExceededError');
  })) });
  await browse(v.page, PRODUCTS.slice(0, 1));
  await v.page.click('.buy .button');
  await remember(v.page);
  assert.equal(await v.page.textContent('#basket-count'), '1');
  await v.page.click('#theme');
  assert.equal(await v.page.getAttribute('html', 'data-theme'), 'dark');
  await v.stop();
});

test('what is sold out says so, cannot be bought and is not suggested', async () => {
  const v = await visit();
  const { page } = v;
  const now = await product(page, '85123A');
  await explain(page);
  await page.selectOption('#desk-stock', 'best');
  const next = await slateAfter(page, '#also', now);
  const best = new Set(JSON.parse(readFileSync(`${process.env.NEARHAND_DEMO ?? `${root}/www/dist/demo`}/catalog.json`, 'utf8')).slice(0, 20).map(([item]) => item));
  assert.ok(best.has('85123A'));
  assert.ok(next.items.every((item) => !best.has(item)));
  await page.keyboard.press('Escape');
  assert.match(await page.textContent('.buy'), /Sold out/);
  assert.equal(await page.locator('.buy .button').count(), 0);
  await go(page, '#/');
  await page.waitForSelector('.badge');
  await explain(page);
  await page.click('#desk-reset');
  await page.waitForFunction(() => !document.querySelector('.badge'));
  await v.stop();
});

test('what is waved away is said, and can be taken back where the engine can', async () => {
  const v = await visit();
  const found = await product(v.page, PRODUCTS[0]);
  await v.page.hover('#also .card');
  await v.page.click(`[data-dismiss="${found.items[0]}"]`);
  const next = await slateAfter(v.page, '#also', found);
  await v.page.waitForSelector('#note.on');
  assert.match(await v.page.textContent('#note'), /is not suggested again/);
  if (await v.page.locator('#note button').count()) {
    await v.page.click('#note button');
    assert.deepEqual((await slateAfter(v.page, '#also', next)).items, found.items);
  }
  await v.stop();
});

test('a catalog that does not come leaves a page that says so', async () => {
  const v = await visit({}, { prepare: (context) => context.route('**/catalog.json', (route) => route.abort()), allowed: /ERR_FAILED/ });
  assert.equal(await v.page.getAttribute('html', 'data-shop'), 'closed');
  assert.match(await v.page.textContent('h1'), /did not arrive/);
  await v.stop();
});
