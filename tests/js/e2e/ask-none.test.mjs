// The shop's text box in a shop that was built without a language model: it says so, and looks for what is written.
import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { root } from '../../../tools/face.mjs';
import { beginWith, end, findings, go, visit } from './shop.mjs';

before(async () => {
  const at = `${root}/target/demo-none`;
  rmSync(at, { recursive: true, force: true });
  mkdirSync(`${at}/nothing`, { recursive: true });
  await beginWith(['--completer', `${at}/nothing`, '--products', '0'], `${at}/site`);
});
after(end);

test('without a model the box says so and searches by words; nothing of an engine for models is fetched or kept', async () => {
  const v = await visit();
  const { page } = v;
  await go(page, '#/ask');
  await page.waitForSelector('#ask-model[data-state="none"]');
  assert.match(await page.textContent('#ask-model'), /built without a language model/);
  await page.fill('#ask-text', 'a gift with owls');
  await page.click('.ask [type="submit"]');
  await page.waitForSelector('#ask-found .card');
  assert.match(await page.locator('#ask-found .card-title').first().textContent(), /Owl/);
  assert.deepEqual(await findings(page), []);
  assert.ok(!v.server.requests.some(({ path }) => path.includes('complete')));
  await v.stop();
});
