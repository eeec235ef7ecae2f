// What tools look for in the package: entries for old resolvers, CommonJS, binaries that survive a bundler, the sample, the notices.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import * as esbuild from 'esbuild';
import { load } from 'nearhand';
import sample from 'nearhand/sample';

const here = import.meta.dirname;
const at = `${here}/node_modules/nearhand`;
const packageJson = JSON.parse(readFileSync(`${at}/package.json`, 'utf8'));
const bundle = process.env.NEARHAND_BUNDLE;
const require = createRequire(import.meta.url);
const scripts = Object.entries(packageJson.exports).filter(([, target]) => JSON.stringify(target).includes('.js"') || JSON.stringify(target).includes('.js",'));

/** Every path that package.json names. */
function* paths(value) {
  if (typeof value === 'string') yield value;
  else for (const inner of Object.values(value)) yield* paths(inner);
}

test('builds: every file that package.json names is in the package', () => {
  const { exports, main, module, types, typesVersions, sideEffects } = packageJson;
  for (const path of paths({ exports, main, module, types, typesVersions, sideEffects })) assert.ok(existsSync(`${at}/${path}`), path);
});

test('builds: a resolver without `exports` finds each entry, and its types', async () => {
  for (const [path, target] of scripts) {
    if (path === '.' || /worker$/.test(path)) continue;
    const module = await import(`${at}/${path.slice(2)}.js`);
    assert.deepEqual(Object.keys(module), Object.keys(await import(`nearhand/${path.slice(2)}`)), path);
    const [, old] = readFileSync(`${at}/${path.slice(2)}.d.ts`, 'utf8').match(/from '(.*)\.js'/);
    assert.ok([...paths(target)].includes(`${old}.d.ts`), `types of ${path}: ${old}`);
  }
  assert.equal(typeof require(`${at}/${packageJson.main}`).load, 'function');
});

test('builds: require answers as import does', async () => {
  const common = require('nearhand');
  const shop = await common.load(bundle);
  const slate = await shop.recommend({ source: '85123A' });
  const other = await load(bundle);
  assert.deepEqual(slate.items.map((i) => i.item), (await other.recommend({ source: '85123A' })).items.map((i) => i.item));
  assert.equal(slate.tier, 'full');
  await assert.rejects(common.load('/no/such/file'), (error) => error instanceof common.NearhandError && error.code === 'fetch-failed');
  for (const [path, target] of scripts) {
    if (target.node?.require) assert.deepEqual(Object.keys(require(`nearhand${path.slice(1)}`)).sort(), Object.keys(await import(`nearhand${path.slice(1)}`)).sort(), path);
  }
});

for (const format of ['esm', 'cjs']) {
  test(`builds: bundled for a server as ${format}, without the files, both tiers answer`, async () => {
    const out = `${here}/server-${format}`;
    const file = `${out}/server.${format === 'esm' ? 'mjs' : 'cjs'}`;
    const main = `import { load } from 'nearhand';
      (async () => {
        const tiers = [];
        for (const tier of ['full', 'lite']) tiers.push((await (await load(process.argv[2], { tier })).recommend()).tier);
        console.log(tiers.join());
      })();`;
    const { metafile } = await esbuild.build({ stdin: { contents: main, resolveDir: here }, outfile: file, bundle: true, platform: 'node', format, metafile: true, logLevel: 'error' });
    assert.ok(Object.keys(metafile.outputs).every((path) => !path.endsWith('.wasm')));
    assert.equal(execFileSync(process.execPath, [file, bundle], { encoding: 'utf8' }).trim(), 'full,lite');
  });
}

test('builds: where neither file nor packed module is, the error names the option', async () => {
  const alone = `${here}/alone`;
  rmSync(alone, { recursive: true, force: true });
  mkdirSync(alone);
  copyFileSync(`${at}/dist/node.js`, `${alone}/node.mjs`);
  const moved = await import(`${alone}/node.mjs`);
  await assert.rejects(moved.load(bundle), (error) => {
    assert.equal(error.code, 'fetch-failed');
    assert.match(error.message, /nearhand\.wasm.*wasm\.full/);
    return error.details.option === 'load.wasm.full';
  });
});

test('builds: the sample is a shop of 500 items, small, with its licence', async () => {
  assert.ok(statSync(`${at}/dist/sample.js`).size <= 150_000);
  assert.deepEqual(Buffer.from(sample), readFileSync(`${at}/dist/sample.safetensors`));
  const shop = await load(sample);
  const { bundle } = shop.info();
  assert.equal(bundle.items, 500);
  assert.equal(bundle.licence, 'CC-BY-4.0');
  assert.match(bundle.attribution, /Online Retail.*CC BY 4\.0/);
  shop.observe({ kind: 'view', item: '22423' });
  const slate = await shop.recommend({ source: '85123A' });
  assert.equal(slate.source, 'model');
  assert.equal(slate.items.length, 5);
});

test('builds: notices name every project whose code is in the wasm, with its terms', () => {
  const text = readFileSync(`${at}/THIRD-PARTY.txt`, 'utf8');
  for (const name of ['safetensors', 'tract-core', 'wasm-bindgen', 'bumpalo', 'libm', 'wide', 'The Rust standard library']) {
    assert.match(text, new RegExp(`^${name}( \\d|$)`, 'm'));
  }
  assert.doesNotMatch(text, /undefined|^nearhand/m);
  assert.ok(text.length < 60_000);
});

test('builds: a licence is chosen, or refused', async () => {
  const { chosen } = await import(`${process.env.NEARHAND_ROOT}/tools/notices.mjs`);
  assert.deepEqual(chosen('MIT/Apache-2.0'), ['MIT']);
  assert.deepEqual(chosen('Unlicense OR MIT'), ['MIT']);
  assert.deepEqual(chosen('(Apache-2.0 OR MIT) AND Unicode-3.0'), ['MIT', 'Unicode-3.0']);
  assert.deepEqual(chosen('BSD-2-Clause OR Apache-2.0 OR MIT'), ['MIT']);
  for (const refused of ['GPL-3.0-only', 'MIT AND GPL-2.0', 'MPL-2.0', '', 'Apache-2.0 WITH Some-exception']) assert.equal(chosen(refused), undefined, refused);
});
