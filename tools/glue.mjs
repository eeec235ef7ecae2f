// Wraps wasm-bindgen's web glue, which holds one instance in module state, into a function that makes a fresh glue:
// every shop then has its own instance, one that trapped can be replaced, and nothing runs at import time.
// Usage: node tools/glue.mjs DIR   (reads DIR/nearhand.js, writes DIR/glue.js)
import { readFileSync, writeFileSync } from 'node:fs';
import { transformSync } from 'esbuild';

const dir = process.argv[2];
const source = readFileSync(`${dir}/nearhand.js`, 'utf8');
// Constructors (tract's kernels register themselves in one) run once an instance: without the export that tools/flags.sh
// asks for, the linker has every exported call run them all again.
const built = 'wasm = instance.exports;';
if (source.split(built).length !== 2) throw new Error(`${dir}/nearhand.js is not of the form this tool knows`);
const { code } = transformSync(source.replace(built, `${built} wasm.__wasm_call_ctors();`), { format: 'esm', target: 'es2022', minify: true });
// What the module exports is what the function returns.
const ending = code.match(/export\{([^}]*)\};\s*$/);
if (!ending) throw new Error(`${dir}/nearhand.js does not end in its exports`);
const exported = ending[1].split(',').map((one) => one.split(' as ')).map(([own, name = own]) => `${name}:${own}`);
if (code.includes('import.meta')) throw new Error(`${dir}/nearhand.js names import.meta: run wasm-bindgen with --omit-default-module-path`);
// Without finalizers: an instance is collected whole, and a finalizer would call into one that trapped.
writeFileSync(`${dir}/glue.js`, `export default function makeGlue() {\nconst FinalizationRegistry = undefined;\n${code.slice(0, ending.index)}return{${exported}};\n}\n`);
