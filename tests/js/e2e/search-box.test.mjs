// The demo shop's search box: suggestions as a combobox, by keys, mouse, touch and input methods, and where things go wrong.
// What the peers' issues tell of is rebuilt here: a click that comes after the blur, an Enter that ends a composition, keys without
// a code, an Esc that empties the field, a field that is filled by a program.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { root } from '../../../tools/face.mjs';
import { title } from '../../../www/demo/src/words.js';
import { begin, browse, DESKTOP, end, events, explain, findings, go, loaded, PHONE, PRODUCTS, shot, visit } from './shop.mjs';

before(begin);

/** One visit serves the tests that do not ask what the visitor did before. */
let common;
async function desk() {
  common ??= await visit();
  await go(common.page, '#/');
  return common;
}
after(async () => {
  await common?.stop();
  await end();
});

const FIELD = '#search-field';

/** Types as a visitor does, and gives the suggestions. */
async function type(page, text) {
  await page.focus(FIELD);
  await page.fill(FIELD, '');
  await page.keyboard.type(text);
  return picks(page, text);
}

/** What the list says, once it says it for this text. */
async function picks(page, text) {
  await page.waitForFunction((wanted) => document.querySelector('#search-field').value === wanted && document.querySelector('#picks')?.hidden === false, text);
  return page.$$eval('#picks [role="option"]', (options) => options.map((one) => ({
    text: one.querySelector('.pick-text').textContent,
    marks: [...one.querySelectorAll('mark')].map((mark) => mark.textContent),
    more: one.querySelector('.pick-more').textContent,
    why: one.querySelector('.pick-why').textContent,
  })));
}

const state = (page) => page.evaluate(() => {
  const field = document.querySelector('#search-field');
  const at = field.getAttribute('aria-activedescendant');
  return { open: field.getAttribute('aria-expanded'), at: at && document.getElementById(at)?.querySelector('.pick-text').textContent, value: field.value, focused: document.activeElement === field };
});
/** Closes the drawer; the focus goes back to where it was opened from, in a task of its own. */
async function shut(page) {
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => document.activeElement?.matches('[data-explain]'));
}

const closed = (page) => page.waitForSelector('.picks', { state: 'hidden' });

test('a combobox: arrows move and leave what is typed, Enter takes the option, Esc closes and keeps the text', async () => {
  const v = await desk();
  const { page } = v;
  const found = await type(page, 'regency');
  assert.equal(found.length, 7);
  assert.ok(found.every(({ text, marks }) => text.startsWith('Regency') && marks.join() === 'Regency'));
  assert.deepEqual(await state(page), { open: 'true', at: null, value: 'regency', focused: true });
  const roles = await page.$eval(FIELD, (e) => [e.getAttribute('role'), e.getAttribute('aria-autocomplete'), document.getElementById(e.getAttribute('aria-controls')).getAttribute('role'), e.labels[0].textContent]);
  assert.deepEqual(roles, ['combobox', 'list', 'listbox', 'Search the shop']);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  assert.deepEqual(await state(page), { open: 'true', at: found[1].text, value: 'regency', focused: true });
  assert.equal(await page.locator('#picks [aria-selected="true"]').count(), 1);
  // Around, by way of what was typed; back within the text nothing is chosen.
  for (const [key, at] of [['ArrowUp', found[0].text], ['ArrowUp', null], ['ArrowUp', found[6].text], ['ArrowLeft', null]]) {
    await page.keyboard.press(key);
    assert.equal((await state(page)).at, at, key);
  }
  await page.keyboard.press('Escape');
  assert.deepEqual(await state(page), { open: 'false', at: null, value: 'regency', focused: true });
  await page.keyboard.press('ArrowDown');
  assert.equal((await state(page)).at, found[0].text, 'an arrow opens it again');
  await page.keyboard.press('Enter');
  await page.waitForFunction((name) => document.activeElement?.tagName === 'H1' && document.activeElement.textContent === name, found[0].text);
  assert.match(page.url(), /#\/p\//);
  assert.deepEqual(await state(page), { open: 'false', at: null, value: '', focused: false });
  await explain(page);
  assert.ok((await events(page)).some((line) => line.startsWith('Found by search')), 'a choice is told to the engine');
  await shut(page);
});

test('Enter without an option searches for what is typed, and the list does not come back', async () => {
  const v = await desk();
  await type(v.page, 'red retrospot');
  await v.page.keyboard.press('Enter');
  await v.page.waitForSelector('[data-from="search"]');
  assert.match(v.page.url(), /#\/search\?q=red%20retrospot$/);
  await v.page.waitForTimeout(600);
  assert.ok(await v.page.isHidden('.picks'));
});

test('a department is suggested and leads to its shelf; Tab goes on without choosing', async () => {
  const v = await desk();
  const { page } = v;
  const [first] = await type(page, 'christmas');
  assert.deepEqual([first.text, first.more], ['Christmas', 'Department']);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Tab');
  await closed(page);
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'Search');
  assert.equal((await state(page)).value, 'christmas');
  await page.focus(FIELD);
  assert.ok(await page.isHidden('.picks'), 'who comes back by Tab is not met by a list');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('h1').textContent === 'Christmas');
});

test('each suggestion says why: how it matches, and what of the session raised it', async () => {
  const v = await visit();
  const { page } = v;
  const plain = await type(page, 'cake');
  assert.ok(plain.every(({ why }) => why === 'begins with “cake”'), JSON.stringify(plain));
  for (const [typed, why] of [['lnatern', 'a mistake taken back'], ['rcs', 'by its first letters'], ['tea pot', 'written together or apart'], ['torch', 'another word for it'], ['bag lunch', 'has what you typed']]) {
    assert.ok((await type(page, typed)).some((one) => one.why === why), typed);
  }
  await browse(page, [PRODUCTS[0]]);
  const mine = await type(page, 'cake');
  assert.notDeepEqual(mine.map(({ text }) => text), plain.map(({ text }) => text), 'what was viewed ranks');
  const regency = await type(page, 'regency');
  assert.ok(regency.some(({ why }) => why === 'begins with “regency” · because you viewed Regency Cakestand 3 Tier'), JSON.stringify(regency));
  assert.ok(regency.some(({ text, why }) => text === 'Regency Cakestand 3 Tier' && why.endsWith('you looked at it')));
  // Without consent nothing of it counts, at once.
  await explain(page);
  await page.check('#consent-none');
  await shut(page);
  assert.deepEqual(await type(page, 'cake'), plain);
  await v.stop();
});

test('what was searched counts, and is forgotten with the session', async () => {
  const v = await visit();
  const { page } = v;
  const plain = await type(page, 'r');
  await type(page, 'retrospot');
  await page.keyboard.press('Enter');
  await page.waitForSelector('[data-from="search"]');
  const mine = await type(page, 'r');
  assert.ok(mine.some(({ why }) => why.includes('because you searched “retrospot”')), JSON.stringify(mine));
  await explain(page);
  await page.click('#forget');
  await shut(page);
  assert.deepEqual(await type(page, 'r'), plain);
  await v.stop();
});

test('only in the department that is open, and only what is in stock', async () => {
  const v = await visit();
  const { page } = v;
  await type(page, 'red');
  assert.ok(await page.isHidden('.picks-within'), 'no department is open');
  await go(page, '#/d/kitchen-baking');
  const all = await type(page, 'red');
  assert.ok(all.some(({ more }) => !more.endsWith('Kitchen & Baking')));
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Only in Kitchen & Baking', 'reached by Tab, the list stays');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.picks-within[aria-pressed="true"]');
  assert.equal((await state(page)).focused, true);
  const kitchen = await picks(page, 'red');
  assert.ok(kitchen.length > 0 && kitchen.every(({ more }) => more.endsWith('Kitchen & Baking')));
  await go(page, '#/');
  const [first] = await type(page, 'regency cakestand');
  assert.equal(first.text, 'Regency Cakestand 3 Tier');
  await explain(page);
  await page.selectOption('#desk-stock', 'best');
  await shut(page);
  await page.focus(FIELD);
  await page.fill(FIELD, 'regency cakestan');
  await page.waitForFunction(() => ![...document.querySelectorAll('#picks .pick-text')].some((one) => one.textContent === 'Regency Cakestand 3 Tier'));
  await v.stop();
});

test('a slow click chooses, a press that is drawn away does not, and a click elsewhere closes', async () => {
  const v = await desk();
  const { page } = v;
  const found = await type(page, 'lantern');
  const middle = async (n) => {
    const { x, y, width, height } = await page.locator('#picks [role="option"]').nth(n).boundingBox();
    return [x + width / 2, y + height / 2];
  };
  await page.mouse.move(...(await middle(1)));
  await page.mouse.down();
  await page.waitForTimeout(400);
  assert.ok(await page.isVisible('#picks'), 'the press leaves the focus in the field');
  await page.mouse.move(20, 850);
  await page.mouse.up();
  assert.deepEqual(await state(page), { open: 'true', at: null, value: 'lantern', focused: true });
  await page.mouse.click(20, 850);
  await closed(page);
  await page.click(FIELD);
  await page.waitForSelector('#picks [role="option"]');
  await page.mouse.move(...(await middle(2)));
  await page.mouse.down();
  await page.waitForTimeout(400);
  await page.mouse.up();
  await page.waitForFunction((name) => document.querySelector('h1').textContent === name, found[2].text);
});

test('an Enter or an arrow that belongs to an input method chooses nothing, and a phone that composes Latin letters is answered at once', async () => {
  const v = await desk();
  const { page } = v;
  const cdp = await v.context.newCDPSession(page);
  await page.focus(FIELD);
  // As Android's keyboards do with every word: no key has a code, the word is a composition until the blank.
  await cdp.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', windowsVirtualKeyCode: 229, key: 'Unidentified' });
  await cdp.send('Input.imeSetComposition', { text: 'lante', selectionStart: 5, selectionEnd: 5 });
  const found = await picks(page, 'lante');
  assert.ok(found.length > 0);
  const press = (key, more) => page.evaluate(([name, init]) => document.querySelector('#search-field').dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true, ...init })), [key, more]);
  for (const [key, more] of [['ArrowDown', { isComposing: true }], ['ArrowDown', { keyCode: 229 }]]) {
    assert.equal(await press(key, more), true, 'left to the input method');
    assert.equal((await state(page)).at, null);
  }
  await cdp.send('Input.insertText', { text: 'lantern' });
  await picks(page, 'lantern');
  await page.keyboard.press('ArrowDown');
  const { at } = await state(page);
  for (const [key, more] of [['Enter', { isComposing: true }], ['Enter', { keyCode: 229 }], ['Escape', { isComposing: true }]]) {
    assert.equal(await press(key, more), true);
    assert.deepEqual(await state(page), { open: 'true', at, value: 'lantern', focused: true }, `${key} ${JSON.stringify(more)}`);
  }
  await page.keyboard.press('Enter');
  await page.waitForFunction((name) => document.querySelector('h1').textContent === name, at);
});

test('a field that is filled by a program opens nothing; what is typed is never markup', async () => {
  const v = await desk();
  const { page } = v;
  await page.focus(FIELD);
  await page.waitForSelector('#picks', { state: 'attached' });
  await page.evaluate(() => document.activeElement.blur());
  await page.$eval(FIELD, (field) => {
    field.value = 'lantern';
    field.dispatchEvent(new Event('input', { bubbles: true }));
  });
  assert.ok(await page.isHidden('.picks'));
  await page.focus(FIELD);
  await page.fill(FIELD, '<img src=x onerror=alert(1)>');
  await page.waitForSelector('.picks:not([hidden])');
  assert.equal(await page.locator('.picks img').count(), 0);
  await page.fill(FIELD, 'q'.repeat(5000));
  await page.waitForSelector('.picks-none:not([hidden])');
  assert.match(await page.textContent('.picks-none'), /^Nothing like “q{40}”\. Enter searches all the same\.$/);
  assert.equal((await state(page)).open, 'false');
  await page.fill(FIELD, '   ');
  await closed(page);
});

test('a screen reader hears how many there are when the typing pauses', async () => {
  const v = await desk();
  await type(v.page, 'regency cakestand');
  await v.page.waitForFunction(() => /^\d+ suggestions?, down arrow for the first$/.test(document.querySelector('.search [role="status"]').textContent));
  await v.page.keyboard.type('qqq');
  await v.page.waitForFunction(() => document.querySelector('.search [role="status"]').textContent === 'No suggestions');
  await v.page.keyboard.press('Escape');
  assert.equal(await v.page.textContent('.search [role="status"]'), '');
});

test('nothing of it is fetched before somebody turns to the box; afterwards it is there without a network', async () => {
  const v = await visit();
  const parts = () => v.page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name.split('/').pop()).filter((name) => /^(search|suggest|apart|nearhand-suggest)\./.test(name)));
  assert.deepEqual(await parts(), []);
  const before = v.server.requests.length;
  await type(v.page, 'tea');
  assert.ok((await parts()).includes('search.nhs'));
  await explain(v.page);
  assert.equal(await v.page.textContent('#request-count'), '0');
  assert.equal(v.server.requests.length, before);
  await shut(v.page);
  await v.server.close();
  await v.page.reload();
  await loaded(v.page);
  assert.ok((await type(v.page, 'lantern')).length > 0);
  await v.stop();
});

test('without the index the search is as it was, and the index is asked for again', async () => {
  let gone = true;
  const v = await visit({ serviceWorkers: 'block' }, { prepare: (context) => context.route('**/search.nhs', (route) => (gone ? route.abort() : route.continue())), allowed: /ERR_FAILED|search without suggestions: fetch-failed|Service Worker registration blocked/ });
  const { page } = v;
  const given = page.waitForEvent('console', (message) => message.text().startsWith('search without suggestions'));
  await page.focus(FIELD);
  await given;
  await page.keyboard.type('lantern');
  await page.keyboard.press('Enter');
  await page.waitForSelector('[data-from="search"]');
  assert.equal((await state(page)).open, 'false');
  gone = false;
  await page.focus(FIELD);
  await page.keyboard.type(' white');
  assert.ok((await picks(page, 'lantern white')).length > 0);
  await v.stop();
});

test('a mistyped search is answered by what is close to it', async () => {
  const v = await desk();
  await go(v.page, '#/search?q=lnatern%20whit');
  await v.page.waitForSelector('#near .card');
  assert.match(await v.page.textContent('#near'), /White Metal Lantern/);
});

for (const [name, options] of [['desktop', DESKTOP], ['desktop-dark', { ...DESKTOP, colorScheme: 'dark' }], ['phone', PHONE], ['phone-dark', { ...PHONE, colorScheme: 'dark' }]]) {
  test(`${name}: axe finds nothing with the list open, it stays on the screen, a tap chooses`, async () => {
    const v = await visit({ ...options, reducedMotion: 'reduce' });
    const { page } = v;
    await browse(page, [PRODUCTS[0]]);
    await page.evaluate(() => scrollTo(0, 0));
    const found = await type(page, 'regancy');
    await page.keyboard.press('ArrowDown');
    await page.waitForFunction(() => !document.querySelector('#picks [data-art]'));
    assert.deepEqual(await findings(page), []);
    const panel = await page.locator('.picks').boundingBox();
    const { width, height } = options.viewport;
    assert.ok(panel.x >= 0 && panel.x + panel.width <= width && panel.y + panel.height <= height, JSON.stringify(panel));
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    await shot(page, `${name}-suggestions`, false);
    // Half of the screen is a virtual keyboard's: the list scrolls in the rest, and what the arrows reach is seen.
    await page.setViewportSize({ width, height: 420 });
    for (let n = 0; n < 6; n += 1) await page.keyboard.press('ArrowDown');
    await page.fill(FIELD, 'regency');
    for (let n = 0; n < 7; n += 1) await page.keyboard.press('ArrowDown');
    const last = await page.locator('#pick-6').boundingBox();
    assert.ok(last.y > 0 && last.y + last.height <= 420, JSON.stringify(last));
    await page.setViewportSize({ width, height });
    await page.evaluate(() => (document.documentElement.dir = 'rtl'));
    await type(page, 'regancy');
    const turned = await page.locator('.picks').boundingBox();
    assert.ok(turned.x >= 0 && turned.x + turned.width <= width, 'from right to left');
    if (options.hasTouch) await page.locator('#pick-1').tap();
    else await page.click('#pick-1');
    await page.waitForFunction((text) => document.querySelector('h1').textContent === text, found[1].text);
    await v.stop();
  });
}

test('the index has every title of the catalog, as the shop prints it', async () => {
  const { load } = await import('../../../www/lib/dist/suggest-node.js');
  const box = await load(readFileSync(`${root}/models/online-retail/search.nhs`));
  const rows = JSON.parse(readFileSync(`${process.env.NEARHAND_DEMO ?? `${root}/www/dist/demo`}/catalog.json`, 'utf8'));
  const names = new Map(rows.map(([item, name]) => [item, title(name).replaceAll('\u2060', '')]));
  // Things of one name are one suggestion.
  const plain = (text) => text.toLowerCase().normalize('NFD').replace(/[^\p{L}\p{N}]+/gu, ' ').trim();
  for (const name of names.values()) {
    const found = box.suggest(name, { k: 20 }).items;
    assert.ok(found.some(({ text, item }) => plain(text) === plain(name) && plain(names.get(item) ?? text) === plain(name)), name);
  }
  box.close();
});
