// Whether it pays: a control arm that downloads nothing, and the sample for whoever has no bundle yet.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { EVERYWHERE } from '../engines.mjs';

export const cases = [
  {
    name: 'bucket-without-an-engine',
    what: 'nearhand/bucket puts a visitor where shop.bucket does, and the control arm fetches no wasm, no bundle and no engine',
    on: EVERYWHERE,
    async run(ctx) {
      const { site, page } = await ctx.shop({ bare: true, script: "globalThis.buckets = await import('/nearhand/bucket.js');" });
      const mine = await page.evaluate(() => Array.from({ length: 200 }, (_, i) => buckets.bucket('slate', `visitor ${i}`, 2 + (i % 9))));
      assert.deepEqual(site.requests.map(({ path }) => path).filter((path) => path.startsWith('/nearhand/') || path.endsWith('.safetensors')), ['/nearhand/bucket.js']);
      const { load } = await import(`${ctx.dist}/node.js`);
      const shop = await load(ctx.bundle, { tier: 'lite' });
      assert.deepEqual(mine, mine.map((_, i) => shop.bucket('slate', `visitor ${i}`, 2 + (i % 9))));
      shop.close();
    },
  },
  {
    name: 'sample',
    what: 'the sample bundle of the package, at most 150 KB, answers by its documented name in Node and in a page',
    async run(ctx) {
      const { createRequire } = await import('node:module');
      const path = createRequire(`${ctx.shelf}/app.js`).resolve('nearhand/sample');
      const file = path.endsWith('.safetensors') ? path : readdirSync(ctx.dist).map((name) => `${ctx.dist}/${name}`).find((name) => name.endsWith('.safetensors'));
      assert.ok(file && existsSync(file), `a sample bundle beside ${path}`);
      assert.ok(statSync(file).size <= 150 * 1024, `${statSync(file).size} bytes`);
      const { load } = await import(`${ctx.dist}/node.js`);
      const shop = await load(file);
      const [{ item }] = shop.items({ limit: 1 }).items;
      assert.equal((await shop.recommend({ source: item, k: 3 })).items.length, 3);
      shop.close();
      const site = await ctx.site({ '/sample.safetensors': { file }, '/index.html': (await import('../site.mjs')).html() });
      const page = await ctx.page(`${site.url}/index.html`, { engine: 'chromium' });
      await page.until(() => globalThis.ready_);
      assert.equal(await page.evaluate(async () => (await (await n.load('/sample.safetensors')).recommend({ k: 3 })).items.length), 3);
    },
  },
  {
    name: 'files-in-the-tarball',
    what: 'what a static host copies is in the tarball: scripts that name no file outside it, all binaries, the notices of others, the README',
    async run(ctx) {
      const files = readdirSync(ctx.installed, { recursive: true }).map(String);
      for (const name of ['README.md', 'LICENSE-MIT', 'LICENSE-APACHE', 'dist/nearhand.wasm', 'dist/nearhand-lite.wasm', 'dist/nearhand-tract.wasm', 'dist/worker.js']) assert.ok(files.includes(name), name);
      assert.ok(files.some((name) => /THIRD-PARTY/i.test(name)), 'THIRD-PARTY notices');
      assert.ok(files.every((name) => !/\.(map|rs|ts)$/.test(name) || name.endsWith('.d.ts')), 'nothing of the workshop');
      const { readFileSync } = await import('node:fs');
      for (const name of files.filter((name) => /^dist\/[^/]+\.js$/.test(name))) {
        const text = readFileSync(`${ctx.installed}/${name}`, 'utf8');
        for (const [, to] of text.matchAll(/(?:from|import\(?)\s*["'](\.\/[^"']+)["']/g)) assert.ok(files.includes(`dist/${to.slice(2)}`), `${name} imports ${to}`);
      }
    },
  },
];
