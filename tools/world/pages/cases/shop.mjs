// The demo shop as a visitor uses it, from the packed package, in every engine and in private windows.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { root } from '../../../face.mjs';
import { EVERYWHERE } from '../engines.mjs';
import { serve } from '../site.mjs';

let built;
/** Built once for all engines. */
function demo(ctx) {
  built ??= (() => {
    const out = `${ctx.shelf}/demo`;
    const made = spawnSync(process.execPath, [`${root}/www/demo/build.mjs`, '--package', ctx.dist, '--bundle', ctx.bundle, '--out', out], { encoding: 'utf8' });
    if (made.status !== 0 || !existsSync(`${out}/index.html`)) throw new Error(`the demo does not build: ${made.stderr}${made.stdout}`);
    return out;
  })();
  return built;
}

const slate = (page, place) =>
  page.until((place) => {
    const items = [...document.querySelectorAll(`${place} [data-item]`)].map((a) => a.dataset.item);
    return items.length > 0 && items;
  }, [place]);
const product = async (page, id) => {
  await page.evaluate((to) => void (location.hash = to), `#/p/${id}`);
  await page.until((id) => location.hash.endsWith(id) && document.querySelector('.buy') !== null, [id]);
  return slate(page, '#also');
};
const loaded = (page) => page.until(() => document.documentElement.hasAttribute('data-shop'), [], 30_000);

async function flow(ctx, launch = {}) {
  const site = await serve({ '/': demo(ctx) }, { rewrite: (text) => text.replace('<meta charset="utf-8">', '<meta charset="utf-8"><script src="/recorder.js"></script>') });
  ctx.atEnd(site.close);
  const page = await ctx.page(`${site.url}/#/`, { launch });
  await loaded(page);
  const first = await product(page, '22423');
  const second = await product(page, '22697');
  assert.deepEqual([first.length, second.length], [5, 5]);
  assert.notDeepEqual(first, second);
  assert.ok(!second.includes('22423'), 'what was seen is not suggested');

  // Into the basket, and out of the suggestions.
  await product(page, '85123A');
  await page.evaluate(() => document.querySelector('.buy .button').click());
  await page.until(() => document.querySelector('#basket-count').textContent === '1');
  assert.ok(!(await product(page, '22423')).includes('85123A'), 'what is in the basket is not suggested');

  // Waved away, and gone.
  const [unwanted] = await slate(page, '#also');
  await page.evaluate((id) => document.querySelector(`[data-dismiss="${id}"]`).click(), unwanted);
  await page.until((id) => {
    const now = [...document.querySelectorAll('#also [data-item]')].map((a) => a.dataset.item);
    return now.length === 5 && !now.includes(id);
  }, [unwanted]);

  // With lasting consent another page of the shop knows; cleared, nothing is left.
  await page.evaluate(() => document.querySelector('main [data-explain], footer [data-explain]').click());
  await page.until(() => document.querySelector('#explain[open]') !== null);
  await page.evaluate(() => document.querySelector('#consent-persistent').click());
  await page.reload();
  await loaded(page);
  await page.evaluate(() => document.querySelector('main [data-explain], footer [data-explain]').click());
  assert.ok((await page.until(() => document.querySelectorAll('#explain .events li').length)) >= 3);
  assert.equal(await page.evaluate(() => Object.keys(localStorage).some((key) => key.startsWith('nearhand'))), true);
  await page.evaluate(() => document.querySelector('#forget').click());
  await page.until(() => !document.querySelector('#explain .events'));
  assert.equal(await page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('nearhand:')).length), 0);
}

const what = 'the demo shop: slates that follow, basket, dismissal, consent, reload, clearing; the console stays empty';
export const cases = [
  { name: 'flow', what, on: EVERYWHERE, seconds: 60, run: (ctx) => flow(ctx) },
  { name: 'flow-private', what: `${what}; in a private window`, on: ['firefox'], seconds: 60, slow: true, run: (ctx) => flow(ctx, { private: true }) },
];
