// The demo shop as a visitor meets it: built, served on localhost, opened in a fresh browser profile.
// Every page's console is listened to; `stop()` of a visit fails when anything was said.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { launch } from '../../../tools/chromium.mjs';
import { root } from '../../../tools/face.mjs';
import { serve } from '../../../tools/serve.mjs';

export const PRODUCTS = ['22423', '22697', '85123A'];
export const DESKTOP = { viewport: { width: 1280, height: 900 } };
export const PHONE = { viewport: { width: 360, height: 780 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
/** Git-ignored. */
export const SCREENS = `${root}/target/screens`;

let folder;
let browser;

export const begin = () => beginWith();

/** `args` of www/demo/build.mjs, and where it builds to: for a shop that is made of other things. */
export async function beginWith(args = [], out = process.env.NEARHAND_DEMO) {
  mkdirSync(SCREENS, { recursive: true });
  folder = out ?? `${root}/www/dist/demo`;
  if (args.length > 0 || !out) {
    const built = spawnSync(process.execPath, [`${root}/www/demo/build.mjs`, '--out', folder, ...args], { encoding: 'utf8' });
    assert.equal(built.status, 0, built.stderr);
  }
  browser = await launch();
}

/** Servers of visits that a failed test left open would keep the process alive. */
const servers = new Set();

export async function end() {
  await browser?.close();
  for (const server of servers) await server.close();
}

/**
 * A visit in a profile of its own. `prepare(context)` comes before the first page.
 * `allowed`: what the console may say nevertheless (a browser reports a blocked request itself).
 */
export async function visit(options = {}, { prepare, allowed = /(?!)/, wait = true } = {}) {
  const server = await serve({ '/': folder });
  servers.add(server);
  const context = await browser.newContext({ ...DESKTOP, ...options });
  const said = [];
  context.on('page', (page) => {
    page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => said.push(`error: ${error.message}`));
  });
  await prepare?.(context);
  const open = async (hash = '#/') => {
    const page = await context.newPage();
    await page.goto(`${server.url}/${hash}`);
    if (wait) await loaded(page);
    return page;
  };
  return {
    context,
    server,
    open,
    page: await open(),
    async stop() {
      await context.close();
      await server.close();
      servers.delete(server);
      assert.deepEqual(said.filter((line) => !allowed.test(line)), [], 'the console is empty');
    },
  };
}

/** The shop has all it will ever fetch. */
export const loaded = (page) => page.waitForSelector('html[data-shop]', { state: 'attached', timeout: 30_000 });

export async function go(page, hash) {
  await page.evaluate((to) => {
    location.hash = to;
  }, hash);
  await page.waitForFunction((to) => location.hash === to, hash);
}

/** Opens a product and waits for its slate. */
export async function product(page, id) {
  await go(page, `#/p/${encodeURIComponent(id)}`);
  return slate(page, '#also');
}

export async function browse(page, ids = PRODUCTS) {
  const slates = [];
  for (const id of ids) slates.push(await product(page, id));
  return slates;
}

/** What a slate shows, once it is drawn. */
export async function slate(page, place) {
  await page.waitForSelector(`${place} [data-item]`);
  return page.$eval(place, (element) => ({
    source: element.dataset.source,
    tier: element.dataset.tier,
    items: [...element.querySelectorAll('[data-item]')].map((a) => a.dataset.item),
    titles: [...element.querySelectorAll('.card-title')].map((t) => t.textContent),
    reasons: [...element.querySelectorAll('.reason')].map((r) => r.textContent),
  }));
}

/** Waits until the slate is another one than `before`. */
export async function slateAfter(page, place, before) {
  await page.waitForFunction(
    ([where, items]) => {
      const now = [...document.querySelectorAll(`${where} [data-item]`)].map((a) => a.dataset.item);
      return now.length > 0 && JSON.stringify(now) !== items;
    },
    [place, JSON.stringify(before.items)],
  );
  return slate(page, place);
}

/** The visitor lets the shop remember: nothing outlives the page before. */
export async function remember(page) {
  await page.click('#remember');
  await page.waitForSelector('#remember[aria-checked="true"]');
}

export async function explain(page) {
  await page.click('main [data-explain], footer [data-explain]');
  await page.waitForSelector('#explain[open]');
}

export const events = (page) => page.$$eval('#explain .events li', (list) => list.map((li) => li.textContent.replace(/\s+/g, ' ').trim()));

export const shot = (page, name, fullPage = true) => page.screenshot({ path: `${SCREENS}/${name}.png`, fullPage });

let axe;

/** What axe finds on the page as it stands. Its script comes past the page's policy, as a browser extension's would. */
export async function findings(page) {
  axe ??= readFileSync(`${root}/node_modules/axe-core/axe.min.js`, 'utf8');
  await page.evaluate(`${axe};undefined`);
  return page.evaluate(async () => (await globalThis.axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).slice(0, 3).join(', ')}`));
}
