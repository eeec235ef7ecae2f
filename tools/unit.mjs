// Bundles the unit tests of the face for Node's test runner and runs them. Usage: node tools/unit.mjs
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { build } from 'esbuild';
import { faceDefines, root } from './face.mjs';

const from = `${root}/tests/js/unit`;
const out = `${root}/target/js/unit`;
const tests = readdirSync(from).filter((name) => name.endsWith('.test.ts'));
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
const run = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...tests.map((name) => `${out}/${name.replace(/\.ts$/, '.mjs')}`)], {
  stdio: 'inherit',
});
process.exit(run.status ?? 1);
