// The checkout to play with and the reviewer's queue, in Chromium: by keyboard, with what a screen reader is told.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { doubtful, laid, settings, started, TOKENS } from './checkout/till.mjs';

const { launch, openPage } = await import(`${process.env.NEARHAND_ROOT}/tools/chromium.mjs`);
const out = `${import.meta.dirname}/dist-checkout-pages`;
let till;
let browser;
before(async () => {
  await laid(out);
  till = await started(out, settings({ DEMO: 'shop' }));
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await till?.stop();
});

test('a payment at the checkout: the answer is said, and what was before stays', async () => {
  const page = await openPage(await browser.newContext());
  await page.goto(till.url);
  for (const amount of ['24.90', '499']) {
    await page.getByLabel('Amount, EUR').fill(amount);
    await page.keyboard.press('Enter');
    await page.waitForFunction((amount) => document.querySelector('#before li')?.textContent.includes(amount), amount);
  }
  assert.match(await page.getByRole('status').innerText(), /^(To be looked at|Declined)\s+risk \d/);
  assert.ok((await page.locator('#answer ul li').count()) > 0, 'with reasons');
  assert.equal(await page.locator('#before li').count(), 2);
  assert.deepEqual(page.faults, []);
});

test('a reviewer decides by keyboard; the next one has the focus, and the token is nowhere', async () => {
  const { payment } = await doubtful(till, { card: 'page-1' });
  await doubtful(till, { card: 'page-2' });
  const page = await openPage(await browser.newContext());
  await page.goto(`${till.url}review`);
  await page.getByLabel('Token').fill(TOKENS.reader);
  await page.getByLabel('Your name').fill('R. Eviewer');
  await page.keyboard.press('Enter');
  const entry = page.locator(`li[data-id="${payment.id}"]`);
  await entry.waitFor();
  assert.ok((await entry.locator('.why li').count()) > 0);
  const before = await page.locator('#queue > li').count();
  await entry.getByRole('button', { name: /^Fraud/ }).focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction((id) => document.getElementById('status').textContent.startsWith(`${id}: fraud`), payment.id);
  assert.equal(await page.locator('#queue > li').count(), before - 1);
  assert.match(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), /^Honest: EUR /);
  assert.equal((await till.get(`assess/${payment.id}`)).body.review.reviewer, 'R. Eviewer');
  assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie, location.search]), [0, 0, '', '']);
  assert.deepEqual(page.faults, []);
  // A token that may not is told so, and sees nothing.
  await page.getByLabel('Token').fill('x'.repeat(30));
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => /unauthorised/.test(document.getElementById('status').textContent));
  assert.equal(await page.locator('#queue > li').count(), 0);
});
