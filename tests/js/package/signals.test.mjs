// The signals in real pages: the cases of page/signals/cases.js in Chromium and Firefox, and what only a real hand can do.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';

const root = process.env.NEARHAND_ROOT;
const { launch, openPage } = await import(`${root}/tools/chromium.mjs`);
const { serve } = await import(`${root}/tools/serve.mjs`);
const here = import.meta.dirname;
const dist = `${here}/node_modules/nearhand/dist`;

let site;
let browser;
before(async () => {
  [site, browser] = await Promise.all([serve({ '/': `${here}/page`, '/nearhand/': dist }), launch()]);
});
after(() => Promise.all([site?.close(), browser?.close()]));

function judge(results) {
  assert.ok(results.length > 20, `${results.length} cases`);
  assert.deepEqual(results.filter(({ error }) => error !== undefined), []);
}

test('Chromium: every case', async () => {
  const page = await openPage(browser);
  await page.goto(`${site.url}/signals/index.html`);
  await page.waitForFunction(() => globalThis.run);
  judge(await page.evaluate(() => run()));
  assert.deepEqual(page.faults, []);
  await page.close();
});

const firefox = '/usr/bin/firefox-esr';
test('Firefox: every case', { skip: !existsSync(firefox) && 'no Firefox here' }, async () => {
  const { default: puppeteer } = await import('puppeteer-core');
  const fox = await puppeteer.launch({ browser: 'firefox', executablePath: firefox, headless: true });
  try {
    const page = await fox.newPage();
    await page.goto(`${site.url}/signals/index.html`);
    await page.waitForFunction(() => globalThis.run);
    judge(await page.evaluate(() => run()));

    // The browser's own back/forward cache: the page comes back as it was, and is viewed anew.
    await page.evaluate(async () => {
      const { signals } = await import('/nearhand/signals.js');
      globalThis.told = [];
      globalThis.stop = signals((s) => told.push(`${s.kind} ${s.item}${s.dwellMs ? ' dwell' : ''}`));
      stop.view('P');
      await new Promise((done) => setTimeout(done, 1200));
    });
    await page.goto(`${site.url}/index.html`);
    await page.evaluate(() => void setTimeout(() => history.back()));
    let told;
    for (let i = 0; i < 100 && !(told?.length > 2); i++) {
      await new Promise((done) => setTimeout(done, 50));
      told = await page.evaluate(() => (globalThis.stop?.flush(), globalThis.told)).catch(() => undefined);
    }
    assert.deepEqual(told, ['view P', 'view P dwell', 'view P']);
  } finally {
    await fox.close();
  }
});

test('a real hand: keys, links in a card, the middle button, and the next page', async () => {
  const page = await openPage(browser);
  await page.goto(`${site.url}/signals/index.html`);
  await page.waitForFunction(() => globalThis.run);
  await page.evaluate(async () => {
    const { signals } = await import('/nearhand/signals.js');
    document.querySelector('#stage').innerHTML = `<button id="key" data-nearhand-cart-add="K">buy</button>
      <div data-nearhand-click="C"><a id="link" href="/signals/index.html?next">C</a></div>`;
    // Kept through the navigation, as a shop's session is. The dwell comes or not, as fast as this machine is.
    globalThis.stop = signals((s) => s.dwellMs === undefined && sessionStorage.setItem('told', `${sessionStorage.getItem('told') ?? ''}${s.kind} ${s.item};`));
    stop.view('P');
  });
  await page.focus('#key');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Space');
  const opened = page.context().waitForEvent('page');
  await page.click('#link', { button: 'middle' });
  await (await opened).close();
  await page.click('#link');
  await page.waitForURL(/next/);
  const told = await page.evaluate(() => sessionStorage.getItem('told').split(';').filter(Boolean));
  assert.deepEqual(told, ['view P', 'cart-add K', 'cart-add K', 'slate-click C', 'slate-click C']);
  await page.close();
});
