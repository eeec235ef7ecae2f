// Bundles the unit tests of the face for Node's test runner and runs them, and those of the tools as they are. Usage: node tools/unit.mjs
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { build } from 'esbuild';
import { faceDefines, root } from './face.mjs';

const from = `${root}/tests/js/unit`;
const out = `${root}/target/js/unit`;
const all = readdirSync(from);
const tests = all.filter((name) => name.endsWith('.test.ts'));
const plain = all.filter((name) => name.endsWith('.test.mjs')).map((name) => `${from}/${name}`);
rmSync(out, { recursive: true, force: true });
await build({
  entryPoints: tests.map((name) => `${from}/${name}`),
  outdir: out,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'es2022',
  sourcemap: 'inline',
  define: faceDefines,
});
const run = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...tests.map((name) => `${out}/${name.replace(/\.ts$/, '.mjs')}`), ...plain], {
  stdio: 'inherit',
});
process.exit(run.status ?? 1);
