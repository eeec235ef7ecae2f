// The shop's text box with the language model that the shop is built with, in its worker, under the shop's policy, offline.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { root } from '../../../tools/face.mjs';
import { begin, end, go, loaded, visit } from './shop.mjs';

before(begin);
after(end);

/** A beginning, and how the model goes on from it, greedily and so everywhere; of others that they go on. */
const KNOWN = { stories260k: ['Once upon a time, there was a l', /^ittle girl/] };

test('the model of the shop writes along in a worker, is kept for offline, and adapts', async () => {
  const { name } = JSON.parse(readFileSync(`${process.env.NEARHAND_DEMO ?? `${root}/www/dist/demo`}/models/completer/completer.json`, 'utf8'));
  const [begins, goes] = KNOWN[name] ?? ['I would like to', /\S/];
  const v = await visit();
  const { page } = v;
  for (const network of [true, false]) {
    if (!network) {
      await v.server.close();
      await page.reload();
      await loaded(page);
    }
    await go(page, '#/ask');
    await page.waitForSelector('#ask-model[data-state="ready"]');
    assert.match(await page.textContent('#ask-model'), /on this device, beside this page\. Nothing you type is sent to anybody/);
    await page.focus('#ask-text');
    await page.keyboard.type(begins);
    await page.waitForFunction((wanted) => new RegExp(wanted).test(document.querySelector('.ghost-next').textContent), goes.source);
    await page.waitForTimeout(150);
    const grey = await page.textContent('.ghost-next');
    await page.keyboard.press('Tab');
    // The model writes on meanwhile: what is taken is what was read, or longer.
    const taken = await page.inputValue('#ask-text');
    assert.ok(taken.startsWith(begins + grey), `${taken} after ${grey}`);
    await page.waitForFunction(() => document.querySelector('#ask-adapted').textContent.includes('1 suggestion you took'));
  }
  await v.stop();
});
