// Builds the npm package: www/lib/src and www/lib/wasm/{lite,full,tract,onnx,suggest,complete,assess,monitor} → www/lib/dist. Usage: node tools/package.mjs
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';
import { minify } from 'terser';
import { declarations } from './declarations.mjs';
import { faceDefines, lib, packageJson, root } from './face.mjs';
import { notices } from './notices.mjs';
import { packed } from './packed.mjs';

const dist = `${lib}/dist`;
const entries = {
  browser: 'src/browser.ts',
  node: 'src/node.ts',
  workerd: 'src/workerd.ts',
  slim: 'src/slim.ts',
  onnx: 'src/onnx.ts',
  'onnx-node': 'src/onnx-node.ts',
  'onnx-workerd': 'src/onnx-workerd.ts',
  suggest: 'src/suggest.ts',
  'suggest-node': 'src/suggest-node.ts',
  'suggest-workerd': 'src/suggest-workerd.ts',
  complete: 'src/complete.ts',
  'complete-node': 'src/complete-node.ts',
  'complete-workerd': 'src/complete-workerd.ts',
  'complete-worker': 'src/complete-worker.ts',
  'complete-files': 'src/complete-files.ts',
  'complete-thread': 'src/complete-thread.ts',
  assess: 'src/assess.ts',
  'assess-node': 'src/assess-node.ts',
  'assess-workerd': 'src/assess-workerd.ts',
  monitor: 'src/monitor.ts',
  'monitor-node': 'src/monitor-node.ts',
  'monitor-workerd': 'src/monitor-workerd.ts',
  dap: 'src/dap.ts',
  'dap-node': 'src/dap-node.ts',
  worker: 'src/worker.ts',
  'full-host': 'src/full-host.ts',
  'language-model': 'src/complete/writing/language-model.ts',
  rescue: 'src/failing/rescue.ts',
  fallback: 'src/failing/fallback.ts',
  feeds: 'src/catalog/feeds.ts',
  trusted: 'src/trust/trusted.ts',
  'dap-sum': 'src/dap/dap-sum.ts',
  trust: 'src/trust.ts',
  'trust-node': 'src/trust-node.ts',
  signals: 'signals/index.ts',
  server: 'server/index.ts',
  'server-fill': 'server/fill.ts',
  'head-start': 'head-start/index.ts',
  bucket: 'src/bucket.ts',
  'request-log': 'src/request-log.ts',
  tokenizer: 'src/tokenizer.ts',
  react: 'react/index.ts',
  sample: 'sample/index.ts',
};
const sample = `${root}/models/sample/sample.safetensors`;
/** Those that package.json offers to `require`. The sample is written by hand. */
const common = Object.keys(entries).filter((name) => name !== 'sample' && JSON.stringify(packageJson.exports).includes(`"./dist/${name}.cjs"`));

/** What the demo built in haste has no binary with tract, no engine by itself, and does not judge. */
const hasty = existsSync(`${lib}/wasm/full/quick`);
/** Binaries by what they are built as. */
const BINARIES = { lite: 'nearhand-lite.wasm', full: 'nearhand.wasm', suggest: 'nearhand-suggest.wasm', complete: 'nearhand-complete.wasm', monitor: 'nearhand-monitor.wasm', ...(!hasty && { tract: 'nearhand-tract.wasm', onnx: 'nearhand-onnx.wasm', assess: 'nearhand-assess.wasm' }) };
for (const tier of Object.keys(BINARIES)) {
  if (!existsSync(`${lib}/wasm/${tier}/glue.js`)) throw new Error(`www/lib/wasm/${tier} is not built: run ./build.sh wasm`);
}
// The face has one glue for the full tier, whichever of its binaries comes.
const glueOf = (tier) => readFileSync(`${lib}/wasm/${tier}/glue.js`, 'utf8');
if (!hasty && glueOf('full') !== glueOf('tract')) throw new Error('the glue of www/lib/wasm/full is not that of www/lib/wasm/tract: build both from the same sources');

// Begun first, as it takes longest and has threads of its own. What is built in haste is packed in haste. The one with tract is rare and large: as a file alone.
const packing = Object.entries(BINARIES).filter(([tier]) => tier !== 'tract').map(async ([tier, name]) => [tier, await packed(`${lib}/wasm/${tier}/nearhand_bg.wasm`, name, hasty ? 5 : 11)]);

/** Fills in the names of src/build.d.ts. */
export const seams = (glue) => ({
  name: 'seams',
  setup({ onResolve }) {
    // A file of its own: who writes slates into templates needs no reader of pages.
    onResolve({ filter: /^\.\/fill\.js$/ }, () => ({ path: './server-fill.js', external: true }));
    onResolve({ filter: /^#glue\// }, ({ path }) => glue(path.slice('#glue/'.length)));
    // Files of their own, fetched when they are needed: all side by side in dist, whatever room they come from.
    onResolve({ filter: /^\..*\/(rescue|fallback|full-host|feeds|language-model|complete-files|complete-thread|trusted|dap-sum)\.js$/ }, ({ path, kind }) => (kind === 'dynamic-import' ? { path: `./${basename(path)}`, external: true } : undefined));
    onResolve({ filter: /^#wasm\// }, ({ path }) => ({ path: `./${BINARIES[path.slice('#wasm/'.length)]}`, external: true }));
    onResolve({ filter: /^#sample$/ }, () => ({ path: sample }));
    onResolve({ filter: /^#packed\// }, ({ path }) => ({ path: `./packed/${path.slice('#packed/'.length)}.js`, external: true }));
  },
});

export async function bundle(outdir, glue, { names = Object.keys(entries), ...format } = {}) {
  const { metafile } = await build({
    metafile: true,
    entryPoints: names.map((out) => ({ in: `${lib}/${entries[out]}`, out })),
    outdir,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    external: ['node:*', 'react', '@divviup/dap', 'nearhand', 'nearhand/*'],
    loader: { '.safetensors': 'base64' },
    define: faceDefines,
    plugins: [seams(glue)],
    logLevel: 'warning',
    ...format,
  });
  // What a page fetches, once more: a twentieth less.
  if (!format.format && !hasty) await Promise.all(Object.keys(metafile.outputs).map(squeeze));
}

/** Functions stay where they are or come first: one of the two packs smaller, in some files the one, in some the other. */
async function squeeze(file) {
  const text = readFileSync(file, 'utf8');
  const ways = await Promise.all([false, true].map((hoist_funs) => minify(text, { module: true, ecma: 2020, compress: { ecma: 2020, hoist_funs, passes: 3 } })));
  const [least] = ways.map(({ code }) => ({ code, bytes: brotliCompressSync(code).length })).sort((a, b) => a.bytes - b.bytes);
  writeFileSync(file, least.code);
}

/** What the demo built in haste leaves out. */
const names = Object.keys(entries).filter((name) => !hasty || !/^(onnx|assess)/.test(name));
const ownGlue = (tier) => ({ path: `${lib}/wasm/${tier}/glue.js` });
rmSync(dist, { recursive: true, force: true });
mkdirSync(`${dist}/packed`, { recursive: true });
await bundle(dist, ownGlue, { names });
// For dev servers.
await bundle(dist, ownGlue, { names: ['browser', 'onnx', 'suggest', 'complete', 'assess', 'monitor'].filter((name) => names.includes(name)), outExtension: { '.js': '.dev.js' }, define: { ...faceDefines, __NEARHAND_DEV__: 'true' } });
// For `require`, Jest and what else knows no modules.
await bundle(dist, ownGlue, {
  names: common.filter((name) => names.includes(name)),
  format: 'cjs',
  platform: 'node',
  outExtension: { '.js': '.cjs' },
  define: { ...faceDefines, 'import.meta.url': 'nearhandUrl' },
  banner: { js: 'const nearhandUrl=require("node:url").pathToFileURL(__filename).href;' },
});
// Components of React run in the browser, as a server's React is told by the first line, which esbuild drops.
for (const file of ['react.js', 'react.cjs']) writeFileSync(`${dist}/${file}`, `'use client';\n${readFileSync(`${dist}/${file}`, 'utf8')}`);
// The face by itself, to be weighed: everything but what wasm-bindgen wrote.
await bundle(`${root}/target/js/face`, (tier) => ({ path: `glue-${tier}`, external: true }), { names });

const tsc = spawnSync(`${root}/node_modules/.bin/tsc`, ['-p', lib], { stdio: 'inherit' });
if (tsc.status !== 0) process.exit(1);
copyFileSync(`${lib}/src/wasm.d.ts`, `${dist}/types/wasm.d.ts`);
declarations(`${dist}/types`);
for (const [tier, name] of Object.entries(BINARIES)) {
  copyFileSync(`${lib}/wasm/${tier}/nearhand_bg.wasm`, `${dist}/${name}`);
}
for (const [tier, text] of await Promise.all(packing)) writeFileSync(`${dist}/packed/${tier}.js`, text);
copyFileSync(sample, `${dist}/sample.safetensors`);
// Only Node asks for this one, and has files.
writeFileSync(`${dist}/sample.cjs`, `exports.default = new Uint8Array(require('node:fs').readFileSync(require('node:path').join(__dirname, 'sample.safetensors')));\n`);
// Resolvers that do not read `exports` look for files of the entry's name.
for (const [path, target] of Object.entries(packageJson.exports)) {
  const { types = target.types, default: script = target.default } = target.default ?? {};
  if (path === '.' || !script?.endsWith('.js')) continue;
  const again = (from) => `export * from '${from}';\n${/\bdefault\b/.test(readFileSync(`${lib}/${types}`, 'utf8')) ? `export { default } from '${from}';\n` : ''}`;
  writeFileSync(`${lib}/${path}.js`, again(script));
  writeFileSync(`${lib}/${path}.d.ts`, again(types.replace(/\.d\.ts$/, '.js')));
}
for (const name of ['LICENSE-MIT', 'LICENSE-APACHE']) if (existsSync(`${root}/${name}`)) copyFileSync(`${root}/${name}`, `${lib}/${name}`);
writeFileSync(`${lib}/THIRD-PARTY.txt`, notices());
// The pages that README leads to, so that the package is enough by itself. What they link beyond stays as words.
rmSync(`${lib}/docs`, { recursive: true, force: true });
mkdirSync(`${lib}/docs`);
const pages = new Set([...readFileSync(`${lib}/README.md`, 'utf8').matchAll(/\]\(docs\/([\w-]+\.md)\)/g)].map(([, page]) => page));
for (const page of pages) {
  const text = readFileSync(`${root}/docs/${page}`, 'utf8');
  writeFileSync(`${lib}/docs/${page}`, text.replace(/\[([^\]\n]+)\]\((?!https?:|#)([^)#]+)(#[^)]*)?\)/g, (link, words, to) => (pages.has(to) ? link : words)));
}
