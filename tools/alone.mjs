// Bundles nearhand/onnx by itself, for conformance and benchmarks, which need no other part of the package:
// www/lib/wasm/onnx → target/onnx/{onnx.js,nearhand-onnx.wasm}. Usage: node tools/alone.mjs
import { copyFileSync, mkdirSync } from 'node:fs';
import { build } from 'esbuild';
import { faceDefines, lib, root } from './face.mjs';

const out = `${root}/target/onnx`;
mkdirSync(out, { recursive: true });
await build({
  entryPoints: [`${lib}/src/onnx.ts`],
  outfile: `${out}/onnx.js`,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  alias: { '#glue/onnx': `${lib}/wasm/onnx/glue.js` },
  define: faceDefines,
});
copyFileSync(`${lib}/wasm/onnx/nearhand_bg.wasm`, `${out}/nearhand-onnx.wasm`);
