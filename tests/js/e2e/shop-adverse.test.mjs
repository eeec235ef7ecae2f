// The demo shop when things go wrong: no network, no storage, no worker, no engine. It stays a shop.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { begin, browse, end, explain, go, loaded, product, PRODUCTS, remember, slate, visit } from './shop.mjs';

before(begin);
after(end);

test('works without a network after the first load, also after a reload', async () => {
  const v = await visit();
  await browse(v.page, PRODUCTS.slice(0, 2));
  await remember(v.page);
  await v.server.close();
  await v.page.reload();
  await loaded(v.page);
  const found = await product(v.page, PRODUCTS[2]);
  assert.equal(found.items.length, 5);
  await v.page.waitForSelector('#also[data-source="model"]');
  await explain(v.page);
  assert.match(await v.page.textContent('#explain'), /Regency Cakestand/);
  await v.stop();
});

test('a shop with blocked storage keeps the session for the page', async () => {
  const v = await visit({}, {
    prepare: (context) =>
      context.addInitScript(() => {
        for (const name of ['sessionStorage', 'localStorage']) {
          Object.defineProperty(window, name, {
            get() {
              throw new DOMException('The operation is insecure.', 'SecurityError');
            },
          });
        }
      }),
  });
  const third = (await browse(v.page)).at(-1);
  assert.equal(third.items.length, 5);
  await v.page.click('.buy .button');
  assert.equal(await v.page.textContent('#basket-count'), '1');
  await remember(v.page);
  await explain(v.page);
  assert.match(await v.page.textContent('#explain'), /refuses storage/);
  await v.stop();
});

test('a full tier that cannot start leaves the lite one serving', async () => {
  const v = await visit({}, {
    prepare: (context) => context.route('**/nearhand/nearhand.wasm', (route) => route.abort()),
    allowed: /ERR_FAILED/,
  });
  const found = (await browse(v.page)).at(-1);
  assert.equal(found.items.length, 5);
  assert.equal(found.source, 'table');
  await explain(v.page);
  assert.match(await v.page.textContent('#explain'), /failed/);
  await v.stop();
});

for (const [what, glob] of [
  ['the engine', '**/*.wasm'],
  ['the bundle', '**/*.safetensors'],
]) {
  test(`without ${what} the shop sells on, without suggestions`, async () => {
    const v = await visit({}, { prepare: (context) => context.route(glob, (route) => route.abort()), allowed: /ERR_FAILED/ });
    assert.equal(await v.page.getAttribute('html', 'data-shop'), 'plain');
    await go(v.page, `#/p/${PRODUCTS[0]}`);
    await v.page.waitForSelector('.buy');
    assert.equal(await v.page.isHidden('#also'), true);
    await v.page.click('.buy .button');
    await go(v.page, '#/search?q=lantern');
    await v.page.waitForSelector('[data-from="search"]');
    await go(v.page, '#/basket');
    await v.page.waitForSelector('.line');
    await explain(v.page);
    assert.match(await v.page.textContent('#explain'), /did not start/);
    await v.stop();
  });
}

test('an unknown address and an unknown product lead back to the shop', async () => {
  const v = await visit();
  await go(v.page, '#/p/%3Cscript%3E');
  await v.page.waitForFunction(() => document.querySelector('h1').textContent === 'Not on our shelves');
  await go(v.page, '#/d/nowhere');
  await v.page.waitForFunction(() => document.querySelector('h1').textContent === 'Not on our shelves');
  await v.page.click('main a');
  await v.page.waitForSelector('.hero');
  await v.stop();
});
