// The demo shop, used as intended.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { begin, browse, DESKTOP, end, events, explain, go, loaded, PHONE, product, PRODUCTS, remember, shot, slate, slateAfter, visit } from './shop.mjs';

before(begin);
after(end);

test('three products make a slate of five that follows the browsing', async () => {
  const v = await visit();
  const [first, second, third] = await browse(v.page);
  for (const found of [first, second, third]) {
    assert.equal(found.items.length, 5);
    assert.equal(new Set(found.items).size, 5);
    assert.ok(found.titles.every((title) => title.length > 2 && title !== title.toUpperCase()), 'titles are set in title case');
    assert.ok(found.reasons.every((reason) => reason.length > 5));
  }
  assert.notDeepEqual(first.items, second.items);
  assert.notDeepEqual(second.items, third.items);
  for (const id of PRODUCTS) assert.ok(!third.items.includes(id), 'what was seen is not suggested');
  await go(v.page, '#/');
  const home = await slate(v.page, '#for-you');
  assert.ok(home.reasons.some((reason) => reason.startsWith('Because you viewed')));
  await v.stop();
});

test('the answers move from the table to the model when the full tier is ready', async () => {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  const v = await visit({}, {
    wait: false,
    prepare: (context) =>
      context.route('**/nearhand/nearhand.wasm', async (route) => {
        await held;
        await route.continue();
      }),
  });
  const lite = await product(v.page, PRODUCTS[0]);
  assert.equal(lite.source, 'table');
  assert.equal(lite.tier, 'lite');
  release();
  await loaded(v.page);
  await v.page.waitForSelector('#also[data-source="model"]');
  assert.equal((await slate(v.page, '#also')).tier, 'full');
  await v.stop();
});

test('a reload keeps the session where the visitor wants it remembered, forgetting drops it', async () => {
  const v = await visit();
  await browse(v.page);
  await remember(v.page);
  await v.page.reload();
  await loaded(v.page);
  await explain(v.page);
  // The reload is a view of its own; the two products before it are still there.
  assert.ok((await events(v.page)).length >= 3);
  assert.match(await v.page.textContent('#explain'), /Regency Cakestand/);
  await v.page.click('#forget');
  await v.page.waitForFunction(() => !document.querySelector('#explain .events'));
  await v.page.keyboard.press('Escape');
  assert.ok((await slate(v.page, '#also')).reasons.every((reason) => !reason.includes('Regency')), 'earlier products are no reason any more');
  await go(v.page, '#/');
  await v.page.waitForSelector('.hero');
  assert.equal(await v.page.isHidden('#for-you'), true);
  await v.stop();
});

test('nothing is written to the device before the visitor says so, and nothing is left when they take it back', async () => {
  const v = await visit();
  const kept = () => v.page.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)].filter((key) => key.startsWith('nearhand') || key === 'plum:consent'));
  await browse(v.page);
  assert.deepEqual(await kept(), []);
  await remember(v.page);
  assert.ok((await kept()).some((key) => key.startsWith('nearhand:online-retail')), 'the session so far is kept');
  await v.page.click('#remember');
  await v.page.waitForSelector('#remember[aria-checked="false"]');
  assert.deepEqual((await kept()).filter((key) => key.startsWith('nearhand')), []);
  await explain(v.page);
  assert.ok((await events(v.page)).length >= 3, 'this page still knows');
  await v.page.keyboard.press('Escape');
  await v.page.reload();
  await loaded(v.page);
  await explain(v.page);
  // The reload is a view of its own.
  assert.equal((await events(v.page)).length, 1);
  await v.stop();
});

test('without consent nothing is kept and only the page itself speaks', async () => {
  const v = await visit();
  await browse(v.page);
  await explain(v.page);
  await v.page.check('#consent-none');
  await v.page.waitForFunction(() => !document.querySelector('#explain .events'));
  assert.deepEqual(await events(v.page), []);
  await v.page.keyboard.press('Escape');
  const first = await product(v.page, PRODUCTS[0]);
  const other = await product(v.page, PRODUCTS[1]);
  assert.notDeepEqual(first.items, other.items);
  assert.deepEqual((await product(v.page, PRODUCTS[0])).items, first.items, 'what was viewed between does not count');
  assert.deepEqual(await v.page.evaluate(() => Object.keys(sessionStorage).filter((key) => key.startsWith('nearhand'))), []);
  await v.page.reload();
  await loaded(v.page);
  assert.deepEqual((await slate(v.page, '#also')).items, first.items);
  await v.stop();
});

test('what is in the basket is not suggested, and what is bought is remembered', async () => {
  const v = await visit();
  const [found] = await browse(v.page, [PRODUCTS[0]]);
  const wanted = found.items[0];
  await v.page.click(`#also [data-item="${wanted}"]`);
  await v.page.waitForSelector('.buy');
  await v.page.click('[data-step="1"]');
  await v.page.click('.buy .button');
  assert.equal(await v.page.textContent('#basket-count'), '2');
  for (const id of [PRODUCTS[0], PRODUCTS[1]]) assert.ok(!(await product(v.page, id)).items.includes(wanted));
  await v.page.click('#basket-link');
  const goes = await slate(v.page, '#goes-with');
  assert.equal(goes.items.length, 5);
  assert.ok(!goes.items.includes(wanted));
  await v.page.click('.sum .button');
  await v.page.click('#order');
  assert.ok(!(await slate(v.page, '#next')).items.includes(wanted));
  assert.equal(await v.page.textContent('#basket-count'), '0');
  await explain(v.page);
  assert.ok((await events(v.page)).some((line) => line.startsWith('Bought')));
  await v.stop();
});

test('a suggestion waved away does not come back', async () => {
  const v = await visit();
  const [found] = await browse(v.page, [PRODUCTS[0]]);
  await v.page.hover('#also .card');
  await v.page.click(`[data-dismiss="${found.items[0]}"]`);
  const next = await slateAfter(v.page, '#also', found);
  assert.ok(!next.items.includes(found.items[0]));
  assert.equal(next.items.length, 5);
  await v.stop();
});

test('search finds by all words, and a click from it is told as one', async () => {
  const v = await visit();
  await v.page.fill('#search-field', 'retrospot bag');
  await v.page.press('#search-field', 'Enter');
  await v.page.waitForSelector('[data-from="search"]');
  const titles = await v.page.$$eval('.card-title', (list) => list.map((t) => t.textContent.toLowerCase()));
  assert.ok(titles.length > 3 && titles.every((title) => title.includes('retrospot') && title.includes('bag')));
  await v.page.click('[data-from="search"]');
  await slate(v.page, '#also');
  await explain(v.page);
  assert.ok((await events(v.page)).some((line) => line.startsWith('Found by search')));
  await v.page.keyboard.press('Escape');
  await go(v.page, '#/search?q=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E');
  await v.page.waitForFunction(() => document.querySelector('h1').textContent.includes('<img'));
  await v.stop();
});

test('how long a product was looked at is part of the session', async () => {
  const v = await visit();
  const started = Date.now();
  await product(v.page, PRODUCTS[0]);
  await v.page.waitForTimeout(1300);
  await product(v.page, PRODUCTS[1]);
  // A busy machine takes longer than the page was told to wait.
  const most = Math.round((Date.now() - started) / 1000);
  await v.page.locator('#also .card').first().scrollIntoViewIfNeeded();
  await v.page.waitForTimeout(1600);
  await explain(v.page);
  const [seconds] = (await events(v.page)).flatMap((line) => line.match(/looked at for (\d+) s/)?.slice(1).map(Number) ?? []);
  assert.ok(seconds >= 1 && seconds <= most, `looked at for ${seconds} s of ${most}`);
  assert.match(await v.page.textContent('#explain'), /[1-9]\d* suggestions were on screen/);
  await v.stop();
});

test('no request after the first load', async () => {
  const v = await visit();
  const asked = [];
  v.context.on('request', (request) => asked.push(request.url()));
  const before = v.server.requests.length;
  await browse(v.page);
  for (const hash of ['#/', '#/d/garden-outdoors', '#/search?q=mug', '#/basket', '#/about']) await go(v.page, hash);
  await product(v.page, '22727');
  await v.page.click('.buy .button');
  await explain(v.page);
  assert.equal(await v.page.textContent('#request-count'), '0');
  assert.deepEqual(asked, []);
  assert.equal(v.server.requests.length, before);
  await v.stop();
});

test('two tabs with persistent consent share the session', async () => {
  const v = await visit();
  await explain(v.page);
  await v.page.check('#consent-persistent');
  await v.page.keyboard.press('Escape');
  const second = await v.open();
  await product(v.page, PRODUCTS[0]);
  await product(second, PRODUCTS[1]);
  await explain(second);
  await second.waitForFunction(() => document.querySelectorAll('#explain .events li').length >= 2);
  const there = (await events(second)).join('\n');
  assert.match(there, /Regency Cakestand/);
  assert.match(there, /Green Regency Teacup/);
  await v.stop();
});

test('the keyboard alone is enough', async () => {
  const v = await visit();
  const { page } = v;
  const focused = () => page.evaluate(() => document.activeElement?.textContent.trim().replace(/\s+/g, ' ') || document.activeElement?.getAttribute('aria-label'));
  const tabTo = async (test) => {
    for (let i = 0; i < 80; i += 1) {
      await page.keyboard.press('Tab');
      const ring = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
      assert.notEqual(ring, 'none', `focus is visible on ${await focused()}`);
      if (test(await focused())) return;
    }
    assert.fail(`not reached by Tab; at ${await focused()}`);
  };
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'Skip to the goods');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
  await tabTo((text) => text === 'Start with tea');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement?.tagName === 'H1' && document.activeElement.textContent === 'Tea & Tableware');
  await tabTo((text) => text.includes('Regency Cakestand'));
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement?.tagName === 'H1' && document.activeElement.textContent.startsWith('Regency Cakestand'));
  await slate(page, '#also');
  await tabTo((text) => text === 'Add to basket');
  await page.keyboard.press('Enter');
  assert.match(await page.textContent('#live'), /added/);
  await tabTo((text) => text === 'Why these?');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#explain[open]');
  await page.keyboard.press('Escape');
  // The drawer's close event, which gives the focus back where the slate was redrawn meanwhile, is a task of its own.
  await page.waitForFunction(() => document.activeElement?.textContent.trim() === 'Why these?', undefined, { timeout: 5000 });
  await v.stop();
});

for (const [name, options] of [
  ['desktop', DESKTOP],
  ['desktop-dark', { ...DESKTOP, colorScheme: 'dark' }],
  ['phone', PHONE],
  ['phone-dark', { ...PHONE, colorScheme: 'dark' }],
]) {
  test(`${name}: nothing overflows, text is readable, screenshots`, async () => {
    const v = await visit({ ...options, reducedMotion: 'reduce' });
    const check = async (page, what) => {
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${what}: no sideways scrolling`);
      assert.deepEqual(await page.evaluate(faintTexts), [], `${what}: contrast AA`);
      assert.deepEqual(await page.evaluate(nameless), [], `${what}: everything to press has a name`);
      assert.equal(await page.locator('h1').count(), 1, `${what}: one h1`);
      await shot(page, `${name}-${what}`);
    };
    await browse(v.page);
    await check(v.page, 'product');
    await explain(v.page);
    await shot(v.page, `${name}-explain`, false);
    await v.page.keyboard.press('Escape');
    await v.page.click('.buy .button');
    for (const [what, hash] of [['home', '#/'], ['department', '#/d/kitchen-baking'], ['basket', '#/basket'], ['checkout', '#/checkout'], ['about', '#/about']]) {
      await go(v.page, hash);
      if (what === 'basket') await slate(v.page, '#goes-with');
      if (what === 'home') await slate(v.page, '#for-you');
      await check(v.page, what);
    }
    await v.stop();
  });
}

/** In the page: texts below 4.5 : 1 (3 : 1 when large) against the nearest ground. */
function faintTexts() {
  const parse = (color) => {
    const [r, g, b, a = 1] = (color.match(/[\d.]+/g) ?? []).map(Number);
    const scale = color.startsWith('color(') ? 255 : 1;
    return [r * scale, g * scale, b * scale, a];
  };
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const color = parse(getComputedStyle(e).backgroundColor);
      if (color[3] > 0.9) return color;
    }
    return [255, 255, 255, 1];
  };
  const faint = [];
  for (const element of document.querySelectorAll('body *:not(svg *)')) {
    if (![...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(parse(style.color)), light(ground(element))].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize);
    const least = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
    if ((a + 0.05) / (b + 0.05) < least) faint.push(`${element.textContent.trim().slice(0, 30)}: ${((a + 0.05) / (b + 0.05)).toFixed(2)}`);
  }
  return faint;
}

/** In the page: links, buttons and fields that say nothing to a screen reader. */
function nameless() {
  return [...document.querySelectorAll('a[href], button, input, select')]
    .filter((e) => e.checkVisibility() && e.getAttribute('aria-hidden') !== 'true')
    .filter((e) => !(e.getAttribute('aria-label') || e.textContent.trim() || e.labels?.length))
    .map((e) => e.outerHTML.slice(0, 80));
}
