// One engine for many visitors, and pages that begin with what a server wrote.
import assert from 'node:assert/strict';
import { EVERYWHERE } from '../engines.mjs';
import { html } from '../site.mjs';

const entry = (ctx, name) => import(`${ctx.dist}/${name}.js`);
const items = (slate) => slate.items.map(({ item }) => item);
const KEY = 'k'.repeat(40);

async function snapshots(load, bundle, lists) {
  const shop = await load(bundle, { tier: 'lite' });
  const out = lists.map((views) => {
    const page = shop.page();
    for (const item of views) page.observe({ kind: 'view', item });
    return page.snapshot();
  });
  return { shop, out };
}

export const cases = [
  {
    name: 'slate-of-the-call',
    what: 'a slate belongs to the session that was there when it was asked for: restore, ask, restore another, wait',
    async run(ctx) {
      const { load } = await entry(ctx, 'node');
      for (const tier of ['lite', 'full']) {
        const shop = await load(ctx.bundle, { tier });
        const { shop: other, out } = await snapshots(load, ctx.bundle, [['85123A'], ['22423', '22697']]);
        const want = [];
        for (const session of out) want.push(items(await shop.recommend({ session, k: 5 })));
        assert.notDeepEqual(want[0], want[1]);
        shop.restore(out[0]);
        const asked = shop.recommend({ k: 5 });
        shop.restore(out[1]);
        const later = shop.recommend({ k: 5 });
        assert.deepEqual([items(await asked), items(await later)], want, tier);
        shop.close();
        other.close();
      }
    },
  },
  {
    name: 'visitors-beside-each-other',
    what: 'two visitors asked in one tick by page(snapshot): each gets his own slate, the shop keeps nothing of them',
    async run(ctx) {
      const { load } = await entry(ctx, 'node');
      const { shop, out } = await snapshots(load, ctx.bundle, [['85123A'], ['22423', '22697'], []]);
      const pages = out.map((snapshot) => shop.page(snapshot));
      const slates = await Promise.all(pages.map((page) => page.recommend({ k: 5 })));
      for (const [i, session] of out.entries()) assert.deepEqual(items(slates[i]), items(await shop.recommend({ session, k: 5 })));
      assert.deepEqual(pages.map((page) => page.session().length), [1, 2, 0]);
      assert.equal(shop.session().length, 0);
      pages[0].forget();
      assert.deepEqual(pages.map((page) => page.session().length), [0, 2, 0]);
      shop.close();
    },
  },
  {
    name: 'head-start',
    what: "a page rendered on the server with slate and session goes on in the browser: the same slate, nothing drawn anew, on page two as on page one; titles cannot end the script",
    on: EVERYWHERE,
    async run(ctx) {
      const { load } = await entry(ctx, 'node');
      const { visitors, slateHtml } = await entry(ctx, 'server');
      const evil = '</script><script>globalThis.evil = 1</script><b>&amp;';
      const shop = visitors({
        async open() {
          const opened = await load(ctx.bundle, { tier: 'lite' });
          await opened.updateCatalog({ update: [{ item: '22697', title: evil }] });
          return opened;
        },
        keys: [KEY],
        consent: 'session',
        cookie: 'nearhand',
      });
      const render = async (request, response) => {
        const item = new URL(request.url, 'http://x').searchParams.get('item');
        // Plain http here, where a browser takes no __Host- cookie.
        const cookie = request.headers.cookie;
        const visitor = await shop.visit({ headers: { ...request.headers, cookie }, url: request.url });
        visitor.view(item);
        const slate = await visitor.page.recommend({ source: item, k: 5, ...(item === '22423' && { rules: [{ pin: 1, items: ['22697'] }] }) });
        const cookies = (await visitor.cookies()).map((line) => line.replace('; Secure', ''));
        response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'set-cookie': cookies });
        response.end(
          html({
            body: `<ul id="also">${slateHtml(slate, { href: '/p?item={item}' })}</ul>${visitor.headStart({ also: slate })}`,
            before: 'globalThis.drawn = 0;',
            script: `import { readHeadStart } from '/nearhand/head-start.js';
              new MutationObserver((all) => (drawn += all.length)).observe(document.querySelector('#also'), { childList: true, subtree: true, characterData: true });
              globalThis.start = readHeadStart();
              globalThis.shop = await n.load('/shop.safetensors', { tier: 'lite', consent: 'memory', session: start.session });
              globalThis.again = await shop.recommend({ source: new URLSearchParams(location.search).get('item'), k: 5 });`,
          }),
        );
      };
      const site = await ctx.site({ '/p': render });
      const page = await ctx.page(`${site.url}/p?item=85123A`);
      for (const [at, item] of ['85123A', '21212', '22423'].entries()) {
        if (at > 0) await page.goto(`${site.url}/p?item=${item}`);
        await page.until(() => globalThis.ready_);
        const out = await page.evaluate(() => ({
          shown: start.slates.also.items.map(({ item }) => item),
          again: again.items.map(({ item }) => item),
          views: shop.session().map(({ item }) => item),
          drawn,
          evil: globalThis.evil ?? 0,
          text: document.querySelector('#also').textContent.length,
        }));
        // The shop of the page has its own title for it, and its own rules.
        if (item !== '22423') assert.deepEqual(out.again, out.shown, `page ${at + 1}`);
        else assert.equal(out.shown[0], '22697');
        assert.deepEqual([out.drawn, out.evil, out.text > 20], [0, 0, true]);
        assert.deepEqual(out.views, ['85123A', '21212', '22423'].slice(0, at + 1), `page ${at + 1} knows what was seen before`);
      }
    },
  },
];
