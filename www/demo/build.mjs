// Builds the demo shop into www/dist/demo: pages with their first view in the HTML, the package's browser files, the
// bundle, fonts, and the service worker with the list of all of them. Code and fonts lie in a folder named by their
// content, to be kept for ever; what compresses lies beside itself as .br (tools/serve.mjs serves that).
//
//   node www/demo/build.mjs [--bundle FILE] [--package FOLDER] [--out FOLDER] [--products N] [--completer FOLDER]

import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { build } from 'esbuild';
import { pages } from './src/prerender.js';

const brotli = promisify(brotliCompress);

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');
const { values } = parseArgs({ options: { bundle: { type: 'string' }, package: { type: 'string' }, out: { type: 'string' }, products: { type: 'string', default: '60' }, completer: { type: 'string' } } });
const bundle = resolve(values.bundle ?? join(root, 'models/online-retail/online-retail.safetensors'));
const pack = resolve(values.package ?? join(root, 'www/lib/dist'));
const out = resolve(values.out ?? join(root, 'www/dist/demo'));

await rm(out, { recursive: true, force: true });
const staged = join(out, 'staged');
await mkdir(join(staged, 'nearhand'), { recursive: true });

// The package stays in its own files, as its wasm and its worker are found beside them.
const beside = {
  name: 'nearhand-beside',
  setup(b) {
    b.onResolve({ filter: /^nearhand(\/\w+)?$/ }, ({ path }) => ({ path: `./nearhand/${path.slice(9) || 'browser'}.js`, external: true }));
    // What is fetched when somebody turns to it is a script of its own.
    b.onResolve({ filter: /^apart:/ }, ({ path }) => ({ path: `./${path.slice(6)}.js`, external: true }));
  },
};
const OTHERS = /^(node|workerd|slim|server|server-fill|react|bucket|request-log|sample|head-start|tokenizer|onnx|assess|trust|nearhand-onnx|nearhand-assess|nearhand-tract)\.|-(node|workerd)\.|\.dev\.|^onnx-/;
/** Of several models the first that has a completer.json; none where the package has no engine for them. */
const COMPLETER = 'models/completer/completer.json';
const completer = await findCompleter(values.completer ? [resolve(values.completer)] : ['assistant', 'stories260k'].map((name) => join(root, 'models', name)));

const common = { bundle: true, minify: true, legalComments: 'none', target: 'es2022', outdir: staged };
await build({ ...common, entryPoints: { app: join(here, 'src/main.js') }, format: 'esm', plugins: [beside], define: { __COMPLETER__: JSON.stringify(completer ? { path: COMPLETER, bytes: completer.bytes, about: completer.about } : null) } });
await build({ ...common, entryPoints: Object.fromEntries(['search', 'assistant', 'oncall'].map((name) => [name, join(here, `src/apart/${name}.js`)])), format: 'esm', plugins: [beside] });
await build({ ...common, entryPoints: { first: join(here, 'src/first.js') }, format: 'iife' });
await build({ bundle: true, minify: true, outdir: staged, entryPoints: { app: join(here, 'css/app.css'), apart: join(here, 'css/apart.css'), oncall: join(here, 'css/oncall.css') }, external: ['fonts/*'] });

// What the shop loads of the package: not the entries of other runtimes, of development and of what it does without, not types.
for (const file of await readdir(pack)) {
  if (/\.(js|wasm)$/.test(file) && !OTHERS.test(file) && (completer || !/^(nearhand-)?complete/.test(file))) await cp(join(pack, file), join(staged, 'nearhand', file));
}

await mkdir(join(staged, 'fonts'));
const require = createRequire(import.meta.url);
for (const [name, from] of [['fraunces', '@fontsource-variable/fraunces/files/fraunces-latin-wght-normal.woff2'], ['figtree', '@fontsource-variable/figtree/files/figtree-latin-wght-normal.woff2']]) {
  const file = require.resolve(from);
  await cp(file, join(staged, 'fonts', `${name}.woff2`));
  await cp(join(dirname(file), '../LICENSE'), join(staged, 'fonts', `${name}-LICENSE.txt`));
}

// Named by what is in it.
const files = `a/${(await digestOf(staged)).slice(0, 12)}/`;
await mkdir(join(out, 'a'));
await rename(staged, join(out, files));
for (const file of ['icon.svg', 'manifest.webmanifest']) await cp(join(here, file), join(out, file));

// The shop's own catalog, most popular first, from the very bundle that recommends: both name the same things.
await mkdir(join(out, 'models'));
const bytes = await readFile(bundle);
await writeFile(join(out, 'models/online-retail.safetensors'), bytes);
await cp(join(root, 'models/online-retail/search.nhs'), join(out, 'models/search.nhs'));
// An old bundle of the same shop, which the page of who is on call publishes by mistake.
await cp(join(root, 'models/sample/sample.safetensors'), join(out, 'models/sample.safetensors'));
for (const file of completer?.files ?? []) await cp(join(completer.folder, file), join(out, dirname(COMPLETER), file), { recursive: true });
const { load } = await import(pathToFileURL(join(pack, 'node.js')));
const shop = await load(bytes, { tier: 'lite', consent: 'none' }).catch(({ code, message, details }) => {
  // The package is minified: its stack says nothing, the error's own words do.
  console.error(`demo: ${relative(root, bundle)} does not open with the package built last: ${code}: ${message} ${JSON.stringify(details)}`);
  process.exit(1);
});
const rows = [];
for (let page = shop.items({ limit: 1000 }); ; page = shop.items({ limit: 1000, offset: rows.length })) {
  rows.push(...page.items.map(({ item, title, price, category }) => [item, title, price ?? null, category ?? '']));
  if (rows.length >= page.total || page.items.length === 0) break;
}
shop.close();
await writeFile(join(out, 'catalog.json'), `[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`);

const attribute = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const template = await readFile(join(here, 'index.html'), 'utf8');
let documents = 0;
for (const { page, title, about, departments, main } of pages(rows, Number(values.products))) {
  const up = page === '/' ? '' : '../../';
  const from = (markup) => (up ? markup.replaceAll('href="#/', `href="${up}#/`) : markup);
  const text = { ROOT: up, FILES: files, HOME: up, PAGE: page, TITLE: attribute(title), ABOUT: attribute(about), DEPARTMENTS: from(departments), MAIN: from(main) };
  await mkdir(join(out, page), { recursive: true });
  await writeFile(join(out, page, 'index.html'), template.replace(/%([A-Z]+)%/g, (_, name) => text[name]));
  documents += 1;
}

const named = (files) => files.map((file) => JSON.stringify(file)).join(', ');
// The offline list: all but the pages beside the shop window. Its version is its content, so the same build is the same worker.
const kept = (await list(out)).filter((file) => !file.endsWith('.txt') && !/^[dp]\//.test(file));
// Who saves data has the language model when it is asked for.
const [heavy, light] = [true, false].map((is) => kept.filter((file) => file.startsWith(dirname(COMPLETER)) === is));
const worker = await readFile(join(here, 'src/sw.js'), 'utf8');
await writeFile(
  join(out, 'sw.js'),
  worker.replace('__VERSION__', (await digestOf(out, kept)).slice(0, 12)).replace("'__FILES__'", named(['./', ...light.filter((file) => file !== 'index.html')])).replace("'__HEAVY__'", named(heavy)),
);

// Compressed once, here: the largest files are worth the time, and a server has none to spare.
await Promise.all((await list(out)).filter((file) => /\.(html|js|css|json|svg|webmanifest|wasm|safetensors|nhs|onnx)$/.test(file)).map(async (file) => {
  const path = join(out, file);
  const raw = await readFile(path);
  const small = await brotli(raw, { params: { [constants.BROTLI_PARAM_QUALITY]: raw.length > 1e6 ? 9 : 11, [constants.BROTLI_PARAM_LGWIN]: 22, [constants.BROTLI_PARAM_SIZE_HINT]: raw.length } });
  if (small.length < raw.length * 0.95) await writeFile(`${path}.br`, small);
}));
console.log(`demo: ${rows.length} items, ${documents} pages, ${kept.length} files for offline in ${relative(root, out) || out}`);

/** Folder, files and their bytes in all. */
async function findCompleter(folders) {
  if (!existsSync(join(pack, 'complete.js'))) return undefined;
  const folder = folders.find((one) => existsSync(join(one, 'completer.json')));
  if (!folder) return undefined;
  const { model, tokenizer, prime, about = '' } = JSON.parse(await readFile(join(folder, 'completer.json'), 'utf8'));
  const files = ['completer.json', ...[model, tokenizer, prime].filter(Boolean).map(({ file }) => file)];
  return { folder, files, about: String(about), bytes: files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0) };
}

/** Every file below a folder, by name. */
async function list(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
}

async function digestOf(folder, names) {
  const digest = createHash('sha256');
  for (const name of names ?? (await list(folder))) digest.update(name).update(await readFile(join(folder, name)));
  return digest.digest('hex');
}
