// Builds the npm package: www/lib/src and www/lib/wasm/{lite,full} → www/lib/dist. Usage: node tools/package.mjs
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { build } from 'esbuild';
import { faceDefines, lib, root } from './face.mjs';

const dist = `${lib}/dist`;
const entries = {
  browser: 'src/browser.ts',
  node: 'src/node.ts',
  workerd: 'src/workerd.ts',
  slim: 'src/slim.ts',
  worker: 'src/worker.ts',
  feeds: 'src/feeds.ts',
  signals: 'signals/index.ts',
};

for (const tier of ['lite', 'full']) {
  if (!existsSync(`${lib}/wasm/${tier}/glue.js`)) throw new Error(`www/lib/wasm/${tier} is not built: run ./build.sh wasm`);
}

/** Fills in the names of src/build.d.ts. */
export const seams = (glue) => ({
  name: 'seams',
  setup({ onResolve }) {
    onResolve({ filter: /^#glue\// }, ({ path }) => glue(path.slice('#glue/'.length)));
    // Files of their own, fetched when they are needed.
    onResolve({ filter: /^\.\/feeds\.js$/ }, ({ path, kind }) => (kind === 'dynamic-import' ? { path, external: true } : undefined));
    onResolve({ filter: /^#wasm\// }, ({ path }) => ({
      path: path === '#wasm/full' ? './nearhand.wasm' : './nearhand-lite.wasm',
      external: true,
    }));
  },
});

export async function bundle(outdir, glue) {
  await build({
    entryPoints: Object.entries(entries).map(([out, file]) => ({ in: `${lib}/${file}`, out })),
    outdir,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    external: ['node:*'],
    define: faceDefines,
    plugins: [seams(glue)],
    logLevel: 'warning',
  });
}

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
await bundle(dist, (tier) => ({ path: `${lib}/wasm/${tier}/glue.js` }));
// The face by itself, to be weighed: everything but what wasm-bindgen wrote.
await bundle(`${root}/target/js/face`, (tier) => ({ path: `glue-${tier}`, external: true }));

const tsc = spawnSync(`${root}/node_modules/.bin/tsc`, ['-p', lib], { stdio: 'inherit' });
if (tsc.status !== 0) process.exit(1);
copyFileSync(`${lib}/src/wasm.d.ts`, `${dist}/types/wasm.d.ts`);
copyFileSync(`${lib}/wasm/lite/nearhand_bg.wasm`, `${dist}/nearhand-lite.wasm`);
copyFileSync(`${lib}/wasm/full/nearhand_bg.wasm`, `${dist}/nearhand.wasm`);
for (const name of ['LICENSE-MIT', 'LICENSE-APACHE']) if (existsSync(`${root}/${name}`)) copyFileSync(`${root}/${name}`, `${lib}/${name}`);
