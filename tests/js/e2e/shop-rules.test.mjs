// The demo shop's placements, and its rules as the visitor turns them at the shopkeeper's desk.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { root } from '../../../tools/face.mjs';
import { begin, browse, DESKTOP, end, events, explain, go, PHONE, product, PRODUCTS, shot, slate, slateAfter, visit } from './shop.mjs';

before(begin);
after(end);

/** `[item, title, price, category]` by item, as the shop itself has them. */
const goods = () => new Map(JSON.parse(readFileSync(`${process.env.NEARHAND_DEMO ?? `${root}/www/dist/demo`}/catalog.json`, 'utf8')).map((row) => [row[0], row]));
const price = (item) => goods().get(item)[2];
const department = (item) => goods().get(item)[3];

/** Turns a control and waits for the slate that comes of it. */
async function turn(page, place, act) {
  const now = await slate(page, place);
  await act();
  return slateAfter(page, place, now);
}

test('a product page has three slates from different evidence and nothing twice', async () => {
  const v = await visit();
  const also = await product(v.page, PRODUCTS[2]);
  const [goes, alike] = [await slate(v.page, '#with'), await slate(v.page, '#instead')];
  const all = [also, goes, alike].flatMap(({ items }) => items);
  assert.equal(all.length, 15);
  assert.equal(new Set(all).size, 15);
  assert.ok(goes.items.every((item) => department(item) !== department(PRODUCTS[2])), 'other shelves');
  assert.equal(alike.source, 'vectors');
  assert.ok(alike.reasons.every((reason) => reason === 'Similar to this'));
  await v.stop();
});

test('home looks again, a department comes first on its shelf, an empty search is not the end', async () => {
  const v = await visit();
  await browse(v.page);
  await go(v.page, '#/');
  const again = await slate(v.page, '#again');
  assert.deepEqual(again.items, PRODUCTS.toReversed(), 'newest first');
  assert.equal(again.source, 'session');
  const forYou = await slate(v.page, '#for-you');
  assert.ok(forYou.items.every((item) => !again.items.includes(item)));
  await go(v.page, '#/d/kitchen-baking');
  const shelf = await slate(v.page, '#shelf');
  assert.ok(shelf.items.every((item) => department(item) === 'Kitchen & Baking'));
  await go(v.page, '#/search?q=nothingofthekind');
  assert.equal((await slate(v.page, '#rather')).items.length, 5);
  await v.stop();
});

test('the basket and the order speak for what goes with them', async () => {
  const v = await visit();
  await browse(v.page, PRODUCTS.slice(0, 2));
  await v.page.click('.buy .button');
  await go(v.page, '#/basket');
  const goes = await slate(v.page, '#goes-with');
  assert.ok(goes.reasons.some((reason) => reason.startsWith('Goes with Green Regency Teacup')), goes.reasons.join());
  await v.page.click('.sum .button');
  await v.page.click('#order');
  const next = await slate(v.page, '#next');
  assert.ok(next.reasons.some((reason) => reason.startsWith('Because you bought Green Regency Teacup')), next.reasons.join());
  await v.stop();
});

test('filters, caps, variety, pins, boosts and exploration at the desk', async () => {
  const v = await visit();
  const { page } = v;
  const [usual] = await browse(page, [PRODUCTS[0]]);
  await explain(page);
  const cheap = await turn(page, '#also', () => page.selectOption('#desk-price', 'under2'));
  assert.ok(cheap.items.every((item) => price(item) < 2));
  await turn(page, '#also', () => page.selectOption('#desk-price', 'any'));
  const same = await turn(page, '#also', () => page.selectOption('#desk-department', 'same'));
  assert.ok(same.items.every((item) => department(item) === department(PRODUCTS[0])));
  await turn(page, '#also', () => page.selectOption('#desk-department', 'any'));
  const mixed = await turn(page, '#also', () => page.selectOption('#desk-cap', 'one'));
  assert.equal(new Set(mixed.items.map(department)).size, 5);
  await page.waitForFunction(() => /cap-category/.test(document.querySelector('#explain .effects')?.textContent));
  await turn(page, '#also', () => page.selectOption('#desk-cap', 'any'));
  const pinned = await turn(page, '#also', () => page.selectOption('#desk-pin', '85099B'));
  assert.equal(pinned.items[0], '85099B');
  assert.equal(pinned.reasons[0], 'Our choice');
  await page.waitForFunction(() => /pinned/.test(document.querySelector('#explain .scores li').textContent));
  await turn(page, '#also', () => page.selectOption('#desk-pin', 'any'));
  const small = await turn(page, '#also', () => page.check('#desk-boost'));
  assert.ok(small.items.filter((item) => price(item) < 1.5).length > usual.items.filter((item) => price(item) < 1.5).length);
  await page.waitForFunction(() => /boosted × 3/.test(document.querySelector('#explain .scores').textContent));
  await turn(page, '#also', () => page.uncheck('#desk-boost'));
  const varied = await turn(page, '#also', () => page.locator('#desk-diversity').fill('0.6'));
  assert.notDeepEqual(varied.items, usual.items);
  await page.waitForFunction(() => /for variety from place/.test(document.querySelector('#explain .scores').textContent));
  await page.check('#desk-explore');
  await page.waitForFunction(() => /here with probability 0\.\d/.test(document.querySelector('#explain .scores').textContent));
  await page.click('#desk-reset');
  await page.waitForFunction((items) => JSON.stringify([...document.querySelectorAll('#also [data-item]')].map((a) => a.dataset.item)) === items, JSON.stringify(usual.items));
  await page.waitForSelector('#desk-reset:disabled');
  await v.stop();
});

test('what was on screen moves down on the next page where the desk says so', async () => {
  const v = await visit();
  const { page } = v;
  // Turned on where no slate stands: what was on screen before is counted and not kept, and no card is told twice.
  await go(page, '#/about');
  await explain(page);
  await page.check('#desk-rotate');
  await page.keyboard.press('Escape');
  const before = await product(page, PRODUCTS[2]);
  await page.$eval('#also', (place) => place.scrollIntoView({ block: 'center' }));
  // A second on screen, and the idle moment in which it is told: longer where the machine is busy. The drawer lists the
  // newest events alone, so what it told before is remembered.
  const seen = new Set();
  for (let tries = 0; tries < 10 && !before.titles.every((title) => seen.has(title)); tries += 1) {
    await page.waitForTimeout(2000);
    await explain(page);
    for (const [, title] of (await events(page)).map((line) => line.match(/^Seen (.+?)(?: \d\d:\d\d| ·|$)/)).filter(Boolean)) seen.add(title);
    await page.keyboard.press('Escape');
  }
  for (const title of before.titles) assert.ok(seen.has(title), `${title} was seen; seen are ${[...seen].join(', ')}`);
  await go(page, '#/');
  await page.waitForSelector('.hero');
  const after = await product(page, PRODUCTS[2]);
  assert.ok(!before.items.includes(after.items[0]), 'another one leads');
  // Who was shown and still is among the first says so.
  const left = after.items.filter((item) => before.items.includes(item)).length;
  await explain(page);
  const told = (await page.textContent('#explain .scores')).match(/shown before × 0\.6/g) ?? [];
  assert.ok(left >= 1 && told.length >= left, `${told.length} of ${left}`);
  await v.stop();
});

test('the sums in the drawer are the scores', async () => {
  const v = await visit();
  await browse(v.page);
  await explain(v.page);
  const lines = await v.page.$$eval('#explain .scores li', (list) => list.map((li) => [li.querySelector('.score-line .muted').textContent, li.querySelector('.contributions').textContent]));
  assert.ok(lines.length >= 15);
  for (const [score, text] of lines) {
    const sum = [...text.matchAll(/(− )?(\d+\.\d{3}) /g)].reduce((total, [, minus, n]) => total + (minus ? -n : Number(n)), 0);
    assert.ok(Math.abs(sum - Number(score)) < 0.005, `${score} = ${text}`);
  }
  await v.stop();
});

for (const [name, options] of [['desktop', DESKTOP], ['phone', PHONE], ['phone-dark', { ...PHONE, colorScheme: 'dark' }]]) {
  test(`${name}: the desk fits`, async () => {
    const v = await visit({ ...options, reducedMotion: 'reduce' });
    await browse(v.page, [PRODUCTS[0]]);
    await explain(v.page);
    await v.page.check('#desk-boost');
    await v.page.selectOption('#desk-pin', '85099B');
    await v.page.waitForSelector('#explain .effects');
    assert.ok(await v.page.$eval('#explain', (drawer) => drawer.scrollWidth <= drawer.clientWidth), 'no sideways scrolling');
    // Large enough to touch.
    await v.page.waitForFunction(() => {
      const all = [...document.querySelectorAll('.desk select, .desk label')];
      return all.length > 10 && all.every((e) => e.getBoundingClientRect().height >= 24);
    });
    // At once: the drawer is drawn anew when a slate has answered.
    await v.page.$eval('#x-desk', (heading) => heading.scrollIntoView());
    await shot(v.page, `${name}-desk`, false);
    await v.stop();
  });
}
