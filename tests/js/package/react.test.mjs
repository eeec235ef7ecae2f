// nearhand/react from the installed package: on a server, taken over in the page, and in StrictMode with React's own warnings.
import assert from 'node:assert/strict';
import { copyFileSync, cpSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as esbuild from 'esbuild';
import { createElement as h } from 'react';
import { renderToString } from 'react-dom/server';
import { load } from 'nearhand';
import { App, Slate } from './page/react/app.js';

const root = process.env.NEARHAND_ROOT;
const { launch, openPage } = await import(`${root}/tools/chromium.mjs`);
const { serve } = await import(`${root}/tools/serve.mjs`);
const here = import.meta.dirname;

/** A head start as a server sends it: the slate is JSON on its way. */
async function headStart() {
  const shop = await load(process.env.NEARHAND_BUNDLE, { tier: 'lite' });
  const slate = await shop.recommend({ source: '85123A', k: 2 });
  shop.close();
  return { slates: { also: JSON.parse(JSON.stringify(slate)) } };
}

test('on a server: the slate of the head start, or nothing', async () => {
  const start = await headStart();
  const html = renderToString(h(App, { bundle: '/shop.safetensors', headStart: start }));
  for (const { item } of start.slates.also.items) assert.ok(html.includes(`data-nearhand-click="${item}"`), html);
  assert.match(html, /data-status="ready"/);
  const bare = renderToString(h(App, { bundle: '/shop.safetensors' }));
  assert.equal(bare, '<section id="slate" data-status="loading"></section>');
  // A head start of another shape is none.
  for (const slates of [{ also: null }, { also: { items: 'many' } }, { other: start.slates.also }]) {
    assert.equal(renderToString(h(App, { bundle: '/x', headStart: { slates } })), bare);
  }
  assert.equal(renderToString(h(Slate)), bare, 'without a provider');
});

test('a React that renders on servers is told that this runs in the browser', () => {
  assert.match(readFileSync(`${here}/node_modules/nearhand/dist/react.js`, 'utf8'), /^'use client';\n/);
});

test('Chromium: every case, React says nothing', async () => {
  const dist = `${here}/dist-react`;
  await esbuild.build({
    entryPoints: [`${here}/page/react/cases.js`],
    absWorkingDir: here,
    outdir: dist,
    bundle: true,
    splitting: true,
    format: 'esm',
    conditions: ['browser'],
    define: { 'process.env.NODE_ENV': '"development"' },
    logLevel: 'error',
  });
  cpSync(`${here}/page/react/index.html`, `${dist}/index.html`);
  copyFileSync(process.env.NEARHAND_BUNDLE, `${dist}/shop.safetensors`);
  const start = await headStart();
  const html = renderToString(h(App, { headStart: start, bundle: '/shop.safetensors' }));
  const browser = await launch();
  const site = await serve({ '/': dist, '/nearhand/': `${here}/node_modules/nearhand/dist` });
  try {
    const page = await openPage(browser);
    await page.route('**/rendered', (route) => route.fulfill({ json: { html, headStart: start } }));
    await page.goto(`${site.url}/index.html`);
    await page.waitForFunction(() => globalThis.run);
    const results = await page.evaluate(() => run());
    assert.ok(results.length > 10);
    assert.deepEqual(results.filter(({ error }) => error !== undefined), []);
    // The bundle that is not there, and what the failed load then gives up.
    assert.deepEqual(page.faults.filter((fault) => !/no-such-file|404|ERR_ABORTED/.test(fault)), []);
  } finally {
    await browser.close();
    await site.close();
  }
});
