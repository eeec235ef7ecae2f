// nearhand/tokenizer in Node by import and by require, in Chromium and in workerd: the ids of the Python package `tokenizers` in each.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import * as esbuild from 'esbuild';
import { all } from './tokenizer/app.mjs';
import { serveOne } from './workerd.mjs';

const root = process.env.NEARHAND_ROOT;
const here = import.meta.dirname;
const out = `${here}/dist-tokenizer`;
const fixture = (name) => JSON.parse(readFileSync(`${root}/crates/tokenizer/tests/fixtures/${name}.json`, 'utf8'));
const golden = fixture('golden');
const variants = Object.entries(fixture('variants'));
const files = Object.fromEntries(variants.map(([name, { base, model, parts }]) => [name, { ...parts, model: { ...fixture(base).model, ...model } }]));
const given = { bits: golden.bits, files };
const expected = Object.fromEntries(variants.map(([name]) => [name, golden.variants[name].random]));

function right({ streamed, error, ...ids }) {
  assert.deepEqual(ids, expected);
  assert.equal(streamed.join(''), '日本 👍🏽!');
  assert.ok(streamed.every((part) => !/\p{Cs}|\ufffd/u.test(part)), JSON.stringify(streamed));
  assert.deepEqual(error, [true, 'tokenizer-unsupported', 'nearhand: the model is not supported: BPE and Unigram of characters are', { place: 'model.type', value: 'WordPiece' }]);
}

test('tokenizer in Node: by import, and by require', () => {
  right(all(given));
  const { fromJSON } = createRequire(import.meta.url)('nearhand/tokenizer');
  assert.deepEqual(fromJSON(files.gpt2).encode('Hello, world!'), golden.variants.gpt2.rows[golden.texts.indexOf('Hello, world!')].ids);
});

test('tokenizer in a page', async () => {
  const { launch, openPage } = await import(`${root}/tools/chromium.mjs`);
  const { outputFiles } = await esbuild.build({ stdin: { contents: "import { all } from './tokenizer/app.mjs'; globalThis.all = all;", resolveDir: here }, bundle: true, format: 'esm', write: false, conditions: ['browser'] });
  const server = createServer((request, response) => {
    const script = request.url === '/app.js';
    // No policy is in its way: it is no wasm, and makes no code of texts.
    response.writeHead(200, { 'content-type': script ? 'text/javascript' : 'text/html', 'content-security-policy': "default-src 'none'; script-src 'self'; img-src data:" });
    response.end(script ? outputFiles[0].text : '<!doctype html><html lang="en"><meta charset="utf-8"><title>t</title><link rel="icon" href="data:,"><script type="module" src="/app.js"></script></html>');
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const browser = await launch();
  try {
    const page = await openPage(await browser.newContext());
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page.waitForFunction(() => globalThis.all);
    right(await page.evaluate((given) => globalThis.all(given), given));
    assert.deepEqual(page.faults, []);
  } finally {
    await browser.close();
    server.close();
  }
});

test('tokenizer in workerd', async (t) => {
  const workerd = await serveOne(out, `${here}/tokenizer/worker.js`);
  t.after(workerd.stop);
  right(await (await fetch(workerd.url, { method: 'POST', body: JSON.stringify(given) })).json());
});
