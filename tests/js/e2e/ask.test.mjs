// The demo shop's text box with grey text: keys, what a screen reader hears, input methods, both directions of writing, consent,
// and a model that comes late, not at all, or fails. The model is a stand-in that knows a few sentences by heart.
// What the peers' issues tell of is rebuilt here: a Tab that traps, a Shift+Tab that accepts, a caret that jumps, a suggestion
// that wraps the typed word, an undo that does not know what was taken.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { build } from 'esbuild';
import { faceDefines, lib, root } from '../../../tools/face.mjs';
import { beginWith, DESKTOP, browse, end, explain, findings, go, loaded, PHONE, PRODUCTS, shot, visit } from './shop.mjs';

before(async () => {
  const at = `${root}/target/demo-ask`;
  rmSync(at, { recursive: true, force: true });
  for (const folder of ['package', 'model']) mkdirSync(`${at}/${folder}`, { recursive: true });
  for (const file of readdirSync(`${lib}/dist`)) if (/\.(js|wasm)$/.test(file) && !/tract|onnx|complete/.test(file)) copyFileSync(`${lib}/dist/${file}`, `${at}/package/${file}`);
  await build({ entryPoints: [`${root}/tests/js/e2e/fake-completer.ts`], outfile: `${at}/package/complete.js`, bundle: true, format: 'esm', define: faceDefines });
  const described = { format: 1, name: 'by heart', model: { file: 'model.onnx' }, tokenizer: { file: 'tokenizer.json' } };
  for (const [file, text] of [['completer.json', JSON.stringify(described)], ['model.onnx', 'x'.repeat(5000)], ['tokenizer.json', '{}']]) writeFileSync(`${at}/model/${file}`, text);
  await beginWith(['--package', `${at}/package`, '--completer', `${at}/model`, '--products', '0'], `${at}/site`);
});

/** One visit serves the tests that do not ask what the visitor did before. */
let common;
const desk = async () => (common ??= await visit());
after(async () => {
  await common?.stop();
  await end();
});

const FIELD = '#ask-text';
const grey = (page) => page.textContent('.ghost-next');
const value = (page) => page.inputValue(FIELD);
const told = (page) => page.evaluate(() => globalThis.fake.told);
const caret = (page) => page.$eval(FIELD, (field) => [field.selectionStart, field.selectionEnd]);

/** The page of the text box, anew. */
async function ready(page) {
  await go(page, '#/about');
  await go(page, '#/ask');
  await page.waitForSelector('#ask-model[data-state="ready"]');
}

/** Types, and waits for grey text that ends so; long enough for it to have been seen. */
async function write(page, text, ends) {
  await page.focus(FIELD);
  await page.keyboard.type(text);
  await page.waitForFunction((end) => document.querySelector('.ghost-next').textContent.endsWith(end), ends);
  await page.waitForTimeout(150);
}

test('Tab takes the grey text, the arrow takes a word, Esc drops it, and without it Tab goes on', async () => {
  const v = await desk();
  const { page } = v;
  await ready(page);
  await write(page, 'I am looking', ' for a red lantern for my garden.');
  assert.deepEqual(await caret(page), [12, 12], 'the caret stays where it was');
  assert.equal(await value(page), 'I am looking', 'nothing is typed unasked');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  assert.equal(await value(page), 'I am looking for a');
  assert.deepEqual(await caret(page), [18, 18]);
  assert.equal(await grey(page), ' red lantern for my garden.');
  await page.keyboard.type(' red l');
  assert.equal(await grey(page), 'antern for my garden.', 'typed along, nothing flickers');
  await page.keyboard.press('Tab');
  assert.equal(await value(page), 'I am looking for a red lantern for my garden.');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'ask-text');
  // Undo knows what was taken.
  await page.keyboard.press('Control+z');
  assert.ok(!(await value(page)).endsWith('garden.'));
  await page.fill(FIELD, '');
  await write(page, 'Something', ' with hearts on it');
  await page.keyboard.press('Escape');
  assert.equal(await grey(page), '');
  assert.equal(await value(page), 'Something');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Look for it', 'the field is no trap');
  await page.keyboard.press('Shift+Tab');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'ask-text');
});

test('Shift+Tab leaves, Ctrl and Alt keep their keys, a Tab before the grey text was seen goes on', async () => {
  const v = await desk();
  const { page } = v;
  await ready(page);
  await write(page, 'Something', ' with hearts on it');
  for (const key of ['Control+ArrowRight', 'Shift+ArrowRight', 'Control+Home', 'Control+End']) await page.keyboard.press(key);
  assert.equal(await value(page), 'Something');
  await page.waitForFunction(() => document.querySelector('.ghost-next').textContent);
  await page.keyboard.press('Shift+Tab');
  assert.notEqual(await page.evaluate(() => document.activeElement.id), 'ask-text');
  assert.equal(await value(page), 'Something');
  assert.equal(await grey(page), '', 'no grey text where nobody writes');
  await page.focus(FIELD);
  await page.fill(FIELD, '');
  // In one breath with the letter that brings it.
  const left = await page.evaluate(async () => {
    const field = document.querySelector('#ask-text');
    document.execCommand('insertText', false, 'Something');
    while (!document.querySelector('.ghost-next').textContent) await new Promise((resolve) => setTimeout(resolve));
    return field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Tab', bubbles: true, cancelable: true }));
  });
  assert.equal(left, true, 'the browser has the key');
  assert.equal(await value(page), 'Something');
});

test('grey text stands behind the last letter alone, and goes with the caret', async () => {
  const v = await desk();
  const { page } = v;
  await ready(page);
  await write(page, 'Something', ' with hearts on it');
  await page.keyboard.press('ArrowLeft');
  await page.waitForFunction(() => !document.querySelector('.ghost-next').textContent);
  await page.keyboard.press('ArrowRight');
  assert.equal(await value(page), 'Something', 'that arrow only moved');
  await page.waitForFunction(() => document.querySelector('.ghost-next').textContent);
  await page.keyboard.press('Control+a');
  await page.waitForFunction(() => !document.querySelector('.ghost-next').textContent);
  await page.keyboard.type('x');
  await page.waitForTimeout(100);
  assert.equal(await grey(page), '', 'the model knows nothing that begins so');
});

test('a screen reader hears the suggestion when the typing pauses, once, and what the keys do', async () => {
  const v = await desk();
  const { page } = v;
  await ready(page);
  const said = () => page.textContent('#ask-status');
  const [label, described, live] = await page.$eval(FIELD, (field) => [field.labels[0].textContent, document.getElementById(field.getAttribute('aria-describedby')).textContent, document.querySelector('#ask-status').getAttribute('role')]);
  assert.match(label, /For whom/);
  assert.match(described, /Tab takes it.*Esc drops it/);
  assert.equal(live, 'status');
  await write(page, 'Something', ' with hearts on it');
  assert.equal(await said(), '', 'not while it is typed');
  await page.waitForFunction(() => document.querySelector('#ask-status').textContent === 'Suggested: with hearts on it. Tab takes it, Escape drops it.');
  await page.keyboard.press('Escape');
  assert.equal(await said(), '');
  // The grey text itself is for the eyes; axe and readers meet the field alone.
  assert.equal(await page.getAttribute('.ghost', 'aria-hidden'), 'true');
});

test('buttons do what the keys do, and leave the focus in the field', async () => {
  const v = await visit(PHONE);
  const { page } = v;
  await ready(page);
  assert.ok(await page.isDisabled('[data-take="all"]'));
  await write(page, 'Something', ' with hearts on it');
  await page.locator('[data-take="word"]').tap();
  assert.equal(await value(page), 'Something with');
  await page.locator('[data-take="none"]').tap();
  assert.equal(await grey(page), '');
  assert.ok(await page.isDisabled('[data-take="all"]'));
  await page.keyboard.type(' hearts');
  await page.waitForFunction(() => document.querySelector('.ghost-next').textContent === ' on it');
  await page.locator('[data-take="all"]').tap();
  assert.equal(await value(page), 'Something with hearts on it');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'ask-text');
  await v.stop();
});

test('while an input method composes there is no grey text, and its keys are its own', async () => {
  const v = await desk();
  const { page } = v;
  await ready(page);
  const cdp = await v.context.newCDPSession(page);
  await page.focus(FIELD);
  await cdp.send('Input.imeSetComposition', { text: 'Some', selectionStart: 4, selectionEnd: 4 });
  await page.waitForTimeout(200);
  assert.equal(await grey(page), '');
  await cdp.send('Input.insertText', { text: 'Something' });
  await page.waitForFunction(() => document.querySelector('.ghost-next').textContent === ' with hearts on it');
  await page.waitForTimeout(150);
  for (const more of [{ isComposing: true }, { keyCode: 229 }]) {
    assert.equal(await page.evaluate((init) => document.querySelector('#ask-text').dispatchEvent(new KeyboardEvent('keydown', { key: 'Tab', bubbles: true, cancelable: true, ...init })), more), true);
    assert.equal(await value(page), 'Something');
  }
});

test('from right to left the arrow ahead is the left one', async () => {
  const v = await desk();
  const { page } = v;
  await ready(page);
  await write(page, 'אני מחפש', ' מתנה קטנה לאמא שלי');
  await page.keyboard.press('ArrowLeft');
  assert.equal(await value(page), 'אני מחפש מתנה');
  const [field, ghost] = await page.evaluate(() => ['#ask-text', '.ghost'].map((place) => getComputedStyle(document.querySelector(place)).direction));
  assert.deepEqual([field, ghost], ['rtl', 'rtl']);
});

test('grey text lies exactly behind the typed text, wraps without moving it, and is never markup', async () => {
  const v = await visit(PHONE);
  const { page } = v;
  await ready(page);
  /** Where the typed text ends: in the mirror, and in the field by way of a copy that has nothing behind it. */
  const drift = () => page.evaluate(() => {
    const [field, mirror] = [document.querySelector('#ask-text'), document.querySelector('.ghost')];
    const copy = mirror.cloneNode();
    const span = document.createElement('span');
    span.textContent = field.value;
    copy.append(span);
    mirror.after(copy);
    const last = (element) => [...element.getClientRects()].at(-1);
    const [a, b] = [last(mirror.querySelector('.ghost-typed')), last(span)];
    copy.remove();
    return [a.right - b.right, a.top - b.top, field.scrollHeight - field.clientHeight].map(Math.round);
  });
  for (const [text, ends] of [['I am looking for a red lan', 'tern for my garden.'], ['I am looking for a red lantern for my garden. It should not be too heavy, as it ha', 'ngs from a small apple tree.'], ['long long long long long l', ' end']]) {
    await page.fill(FIELD, '');
    await write(page, text, ends);
    assert.deepEqual(await drift(), [0, 0, 0], text);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  }
  await page.fill(FIELD, '');
  await write(page, '<b>bold', ' words');
  assert.equal(await page.locator('.ghosted img, .ghosted b').count(), 0);
  await v.stop();
});

test('what is written is looked for by its words, with and without a model', async () => {
  const v = await desk();
  const { page } = v;
  await ready(page);
  await page.fill(FIELD, 'I would like a metal lantern in white for my mother, please');
  await page.click('.ask [type="submit"]');
  await page.waitForSelector('#ask-found .card');
  assert.equal(await page.locator('#ask-found .card-title').first().textContent(), 'White Metal Lantern');
  await page.fill(FIELD, 'zzz');
  await page.click('.ask [type="submit"]');
  await page.waitForFunction(() => document.querySelector('#ask-found').textContent.includes('Nothing on our shelves'));
});

test('it adapts to what is sent, taken and looked at, tells so, and forgets with the consent', async () => {
  const v = await visit();
  const { page } = v;
  await browse(page, PRODUCTS.slice(0, 2));
  await ready(page);
  const adapted = (words) => page.waitForFunction((wanted) => document.querySelector('#ask-adapted').textContent.includes(wanted), words);
  await adapted('Adapted to 2 things you looked at: in this page\'s memory alone');
  await write(page, 'Something', ' with hearts on it');
  await page.keyboard.press('Tab');
  await page.click('.ask [type="submit"]');
  await adapted('1 text you sent, 1 suggestion you took, 2 things you looked at');
  const learnt = (await told(page)).filter(([what]) => what === 'learn').map(([, text]) => text);
  assert.deepEqual(learnt.slice(0, 2).sort(), ['Green Regency Teacup and Saucer', 'Regency Cakestand 3 Tier']);
  assert.deepEqual(learnt.slice(2), [{ text: 'Something with hearts on it', completion: ' with hearts on it' }, 'Something with hearts on it']);
  await explain(page);
  await page.check('#consent-none');
  await page.keyboard.press('Escape');
  await adapted('Adapts to nothing, as you let nothing be kept.');
  assert.deepEqual((await told(page)).at(-1), ['adapt', null]);
  await page.click('.ask [type="submit"]');
  await page.waitForTimeout(100);
  assert.deepEqual((await told(page)).at(-1), ['adapt', null], 'nothing is learnt any more');
  await v.stop();
});

test('the model comes late: the page tells how far it is, the field can be used, leaving ends it all', async () => {
  const v = await visit({}, { prepare: (context) => context.addInitScript(() => {
    globalThis.fake = { told: [] };
    globalThis.fake.held = new Promise((resolve) => (globalThis.fake.go = resolve));
  }) });
  const { page } = v;
  await go(page, '#/ask');
  await page.waitForFunction(() => document.querySelector('#ask-model progress')?.value === 25);
  assert.match(await page.textContent('#ask-model'), /1\.0 MB of 4\.0 MB/);
  await page.focus(FIELD);
  await page.keyboard.type('Something');
  await page.evaluate(() => globalThis.fake.go());
  await page.waitForFunction(() => document.querySelector('.ghost-next')?.textContent === ' with hearts on it');
  assert.match(await page.textContent('#ask-model'), /by heart, 4\.0 MB\) writes the grey text, on this device, beside this page\. Nothing you type is sent to anybody/);
  await go(page, '#/about');
  await ready(page);
  assert.equal((await told(page)).filter(([what]) => what === 'load').length, 1, 'it is kept while the shop is open');
  await v.stop();
});

test('a model that fails is told, tried again when asked, and the box works without it', async () => {
  const v = await visit({}, { prepare: (context) => context.addInitScript(() => (globalThis.fake = { told: [], fails: true })), allowed: /TrustedScriptURL|TrustedHTML/ });
  const { page } = v;
  await go(page, '#/ask');
  await page.waitForSelector('#ask-model[data-state="failed"]');
  assert.match(await page.textContent('#ask-model'), /did not start \(out-of-memory\)/);
  await page.fill(FIELD, 'lantern');
  await page.click('.ask [type="submit"]');
  await page.waitForSelector('#ask-found .card');
  await page.evaluate(() => (globalThis.fake.fails = false));
  await page.click('[data-fetch]');
  await page.waitForSelector('#ask-model[data-state="ready"]');
  // Workers of the shop's own may start by their address now, and nothing else.
  const refused = await page.evaluate(() => [() => new Worker('data:text/javascript,1'), () => new Worker('https://elsewhere.example/x.js'), () => (document.body.innerHTML = '<b>x</b>')].map((attempt) => {
    try {
      attempt();
      return 'done';
    } catch (error) {
      return error.name;
    }
  }));
  assert.deepEqual(refused, ['TypeError', 'TypeError', 'TypeError']);
  await v.stop();
});

test('who saves data is asked before the model is fetched; nobody fetches it before the page is opened', async () => {
  const v = await visit({}, { prepare: (context) => context.addInitScript(() => Object.defineProperty(navigator, 'connection', { value: { saveData: true } })) });
  const { page } = v;
  const fetched = () => page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name.split('/').pop()).filter((name) => /^(assistant|complete|completer)\./.test(name)));
  assert.deepEqual(await fetched(), []);
  await go(page, '#/ask');
  await page.waitForSelector('#ask-model[data-state="asks"]');
  assert.ok(!(await fetched()).includes('completer.json'));
  await page.click('[data-fetch]');
  await page.waitForSelector('#ask-model[data-state="ready"]');
  assert.deepEqual((await told(page))[0], ['load', { cache: true }]);
  await v.stop();
});

test('there without a network, and no request after the first load', async () => {
  const v = await visit();
  const { page } = v;
  const before_ = v.server.requests.length;
  await ready(page);
  await explain(page);
  assert.equal(await page.textContent('#request-count'), '0');
  assert.equal(v.server.requests.length, before_);
  await page.keyboard.press('Escape');
  await v.server.close();
  await page.reload();
  await loaded(page);
  await page.waitForSelector('#ask-model[data-state="ready"]');
  await write(page, 'Something', ' with hearts on it');
  await v.stop();
});

for (const [name, options] of [['desktop', DESKTOP], ['desktop-dark', { ...DESKTOP, colorScheme: 'dark' }], ['phone', PHONE], ['phone-dark', { ...PHONE, colorScheme: 'dark' }]]) {
  test(`${name}: axe finds nothing with grey text, which is told apart and readable`, async () => {
    const v = await visit({ ...options, reducedMotion: 'reduce' });
    const { page } = v;
    await ready(page);
    await write(page, 'I am looking for a red', ' lantern for my garden.');
    assert.deepEqual(await findings(page), []);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    const [outline, decoration] = await page.evaluate(() => [getComputedStyle(document.querySelector('.ghosted')).outlineStyle, getComputedStyle(document.querySelector('.ghost-next')).textDecorationLine]);
    assert.deepEqual([outline, decoration], ['solid', 'underline'], 'a focus ring; more than a colour tells what is suggested');
    await shot(page, `${name}-ask`, false);
    await v.stop();
  });
}
