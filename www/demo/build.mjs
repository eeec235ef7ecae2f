// Builds the demo shop into www/dist/demo: pages, the package's browser files, the bundle, fonts, and the
// service worker with the list of all of them.
//
//   node www/demo/build.mjs [--bundle FILE] [--package FOLDER] [--out FOLDER]

import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');
const { values } = parseArgs({ options: { bundle: { type: 'string' }, package: { type: 'string' }, out: { type: 'string' } } });
const bundle = resolve(values.bundle ?? join(root, 'models/online-retail/online-retail.safetensors'));
const pack = resolve(values.package ?? join(root, 'www/lib/dist'));
const out = resolve(values.out ?? join(root, 'www/dist/demo'));

await rm(out, { recursive: true, force: true });
await mkdir(join(out, 'nearhand'), { recursive: true });

// The package stays in its own files, as its wasm and its worker are found beside them.
const beside = {
  name: 'nearhand-beside',
  setup(b) {
    b.onResolve({ filter: /^nearhand(\/signals)?$/ }, ({ path }) => ({
      path: path === 'nearhand' ? './nearhand/browser.js' : './nearhand/signals.js',
      external: true,
    }));
  },
};
await build({
  entryPoints: { app: join(here, 'src/main.js') },
  bundle: true,
  format: 'esm',
  target: 'es2023',
  minify: true,
  legalComments: 'none',
  outdir: out,
  plugins: [beside],
});
await build({ entryPoints: { app: join(here, 'css/app.css') }, bundle: true, minify: true, outdir: out, external: ['fonts/*'] });
for (const file of ['index.html', 'icon.svg', 'manifest.webmanifest']) await cp(join(here, file), join(out, file));
await cp(join(here, 'src/theme-first.js'), join(out, 'theme-first.js'));

// What a browser loads of the package: not the entries of other runtimes, not types.
for (const file of await readdir(pack)) {
  if (/\.(js|wasm)$/.test(file) && !/^(node|workerd|slim)\./.test(file)) await cp(join(pack, file), join(out, 'nearhand', file));
}

await mkdir(join(out, 'fonts'));
const require = createRequire(import.meta.url);
for (const [name, from] of [['fraunces', '@fontsource-variable/fraunces/files/fraunces-latin-wght-normal.woff2'], ['figtree', '@fontsource-variable/figtree/files/figtree-latin-wght-normal.woff2']]) {
  const file = require.resolve(from);
  await cp(file, join(out, 'fonts', `${name}.woff2`));
  await cp(join(dirname(file), '../LICENSE'), join(out, 'fonts', `${name}-LICENSE.txt`));
}

// The shop's own catalog, most popular first, from the very bundle that recommends: both name the same things.
await mkdir(join(out, 'models'));
const bytes = await readFile(bundle);
await writeFile(join(out, 'models/online-retail.safetensors'), bytes);
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

// The offline list: all there is. Its version is its content, so the same build is the same worker.
const files = (await readdir(out, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile() && !entry.name.endsWith('.txt'))
  .map((entry) => relative(out, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
  .sort();
const digest = createHash('sha256');
for (const file of files) digest.update(file).update(await readFile(join(out, file)));
const worker = await readFile(join(here, 'src/sw.js'), 'utf8');
await writeFile(
  join(out, 'sw.js'),
  worker.replace('__VERSION__', digest.digest('hex').slice(0, 12)).replace("'__FILES__'", ['./', ...files.filter((file) => file !== 'index.html')].map((file) => JSON.stringify(file)).join(', ')),
);
console.log(`demo: ${rows.length} items, ${files.length} files in ${relative(root, out) || out}`);
