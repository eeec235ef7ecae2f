// Storage that is full, blocked, not there or in a private window: the shop answers, and says where the session is.
import assert from 'node:assert/strict';
import { EVERYWHERE } from '../engines.mjs';
import { html } from '../site.mjs';

/** Runs in the page: what a shop is worth there. */
const use = async (consent) => {
  const shop = await n.load('/shop.safetensors', { tier: 'lite', consent });
  shop.observe({ kind: 'view', item: '85123A' });
  const { kind, error } = shop.info().storage;
  const out = { kind, error, events: shop.session().length, items: (await shop.recommend()).items.length };
  shop.forget();
  shop.close();
  return out;
};
const both = async (page) => [await page.evaluate(use, 'session'), await page.evaluate(use, 'persistent')];
const inMemory = ({ kind, events, items }) => assert.deepEqual([kind, events, items], ['memory', 1, 5]);

/** A session over two pages, with the storage there is. */
async function twoPages(ctx, consent, launch) {
  const { page } = await ctx.shop({ launch, script: `globalThis.shop = await n.load('/shop.safetensors', { tier: 'lite', consent: '${consent}' });` });
  await page.evaluate(() => shop.observe({ kind: 'view', item: '85123A' }));
  await page.reload();
  await page.until(() => globalThis.ready_);
  const out = await page.evaluate(async () => {
    const kept = shop.session().map(({ item }) => item);
    const { source, items } = await shop.recommend();
    shop.forget();
    return { kept, source, items: items.length, storage: shop.info().storage.kind, left: sessionStorage.length + localStorage.length };
  });
  assert.deepEqual(out, { kept: ['85123A'], source: 'table', items: 5, storage: consent, left: 0 });
}

export const cases = [
  {
    name: 'getter-throws',
    part: EVERYWHERE,
    what: 'cookies and site data are blocked, so that reading localStorage throws: memory, and info says why',
    on: EVERYWHERE,
    async run(ctx) {
      const { page } = await ctx.shop({
        before: "for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(globalThis, name, { get() { throw new DOMException('The operation is insecure.', 'SecurityError'); } });",
      });
      for (const out of await both(page)) {
        inMemory(out);
        assert.match(out.error, /SecurityError/);
      }
    },
  },
  {
    name: 'null',
    part: EVERYWHERE,
    what: 'an in-app view without DOM storage, where localStorage is null: memory',
    on: EVERYWHERE,
    async run(ctx) {
      const { page } = await ctx.shop({ before: "for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(globalThis, name, { value: null });" });
      (await both(page)).forEach(inMemory);
    },
  },
  {
    name: 'quota-of-none',
    part: EVERYWHERE,
    what: 'an old private window, where every write throws QuotaExceededError: memory',
    on: EVERYWHERE,
    async run(ctx) {
      const { page } = await ctx.shop({ before: "Storage.prototype.setItem = function () { throw new DOMException('The quota has been exceeded.', 'QuotaExceededError'); };" });
      (await both(page)).forEach(inMemory);
    },
  },
  {
    name: 'full-for-real',
    part: EVERYWHERE,
    what: "the shop's own data fill the storage to its last byte: the session goes on in memory, theirs is untouched",
    on: EVERYWHERE,
    async run(ctx) {
      const { page } = await ctx.shop();
      const out = await page.evaluate(async () => {
        let written = 0;
        for (let size = 4 << 20; size >= 1; size >>= 1) {
          try {
            for (;;) {
              localStorage.setItem(`theirs${written}`, 'x'.repeat(size));
              written++;
            }
          } catch {
            // Half as much.
          }
        }
        const before = localStorage.length;
        const shop = await n.load('/shop.safetensors', { tier: 'lite', consent: 'persistent' });
        for (const { item } of shop.items({ limit: 10 }).items) shop.observe({ kind: 'view', item });
        return { events: shop.session().length, kind: shop.info().storage.kind, same: localStorage.length === before, items: (await shop.recommend()).items.length };
      });
      assert.deepEqual(out, { events: 10, kind: 'memory', same: true, items: 5 });
    },
  },
  {
    name: 'sandboxed-frame',
    part: EVERYWHERE,
    what: 'a frame in a sandbox without an origin (a preview, a widget of somebody else): lite answers, from memory',
    on: EVERYWHERE,
    // Its worker may not start, which the browsers say themselves.
    console: /sandbox|SecurityError|insecure|[Cc]ross-origin|null|Worker/,
    async run(ctx) {
      const script = `const tell = (said) => parent.postMessage(said, '*');
        (${use})('session').then(tell, (e) => tell({ code: e.code, message: e.message }));`;
      const frame = { body: html({ script }), headers: { 'access-control-allow-origin': '*' } };
      const site = await ctx.site({ '/frame.html': frame, '/index.html': html({ bare: true, before: "addEventListener('message', ({ data }) => { globalThis.told = data; });", body: '<iframe sandbox="allow-scripts" src="/frame.html"></iframe>' }) }, { headers: { 'access-control-allow-origin': '*' } });
      const page = await ctx.page(`${site.url}/index.html`);
      inMemory(await page.until(() => globalThis.told));
    },
  },
  {
    name: 'private-firefox',
    slow: true,
    what: "Firefox's private windows: consent to storage holds from page to page, and clearing leaves nothing",
    on: ['firefox'],
    async run(ctx) {
      for (const consent of ['session', 'persistent']) await twoPages(ctx, consent, { private: true });
    },
  },
  {
    name: 'private-webkit',
    part: EVERYWHERE,
    what: "WebKit's ephemeral windows: consent to storage holds from page to page, and clearing leaves nothing",
    on: ['webkit'],
    async run(ctx) {
      for (const consent of ['session', 'persistent']) await twoPages(ctx, consent, {});
    },
  },
  {
    name: 'private-chromium',
    what: "Chromium's incognito contexts: consent to storage holds from page to page, and clearing leaves nothing",
    on: ['chromium'],
    async run(ctx) {
      for (const consent of ['session', 'persistent']) await twoPages(ctx, consent, {});
    },
  },
  {
    name: 'cleared-under-the-page',
    part: EVERYWHERE,
    what: 'another script of the page clears all storage in the middle: nothing throws, the next event is kept again',
    on: EVERYWHERE,
    async run(ctx) {
      const { page } = await ctx.shop();
      const out = await page.evaluate(async () => {
        const shop = await n.load('/shop.safetensors', { tier: 'lite', consent: 'persistent' });
        shop.observe({ kind: 'view', item: '85123A' });
        localStorage.clear();
        const items = (await shop.recommend()).items.length;
        shop.observe({ kind: 'view', item: '22423' });
        return { items, last: shop.session().at(-1).item, keys: localStorage.length };
      });
      assert.deepEqual(out, { items: 5, last: '22423', keys: 1 });
    },
  },
];
