// transformers.js in one script, on the onnxruntime-web of this checkout: its packages come by npm without their native parts
// (tools/peers/transformers). Without the registry it is not measured.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { build } from 'esbuild';
import { root } from '../../face.mjs';
import { hubFile } from './node.mjs';

const from = `${root}/tools/peers/transformers`;
const to = `${root}/target/peers/transformers`;

function install() {
  const [wanted, installed] = [`${from}/package-lock.json`, `${to}/installed.json`];
  if (existsSync(installed) && readFileSync(installed, 'utf8') === readFileSync(wanted, 'utf8')) return;
  mkdirSync(to, { recursive: true });
  for (const file of [`${from}/package.json`, wanted, `${root}/.npmrc`]) copyFileSync(file, `${to}/${file.split('/').pop()}`);
  execFileSync('npm', ['ci', '--ignore-scripts'], { cwd: to, stdio: ['ignore', 'ignore', 'pipe'], timeout: 120_000 });
  copyFileSync(wanted, installed);
}

/** Whether it is there. */
export async function prepareHub() {
  rmSync(hubFile, { force: true });
  try {
    install();
  } catch (error) {
    console.log(`skipped: transformers.js could not be installed, so it is not measured (${String(error.stderr ?? error.message).split('\n')[0]})`);
    return false;
  }
  await build({
    entryPoints: [`${to}/node_modules/@huggingface/transformers/dist/transformers.web.js`],
    outfile: hubFile,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    alias: {
      'onnxruntime-web/webgpu': `${root}/node_modules/onnxruntime-web/dist/ort.wasm.bundle.min.mjs`,
      'onnxruntime-common': `${root}/node_modules/onnxruntime-common/dist/esm/index.js`,
    },
    // In Node, too, it is the script of browsers: it reads files by `fetch`, and takes the engine that it is given.
    define: { process: 'undefined' },
    external: ['node:*', 'fs', 'path', 'url'],
    logLevel: 'error',
  });
  return true;
}
