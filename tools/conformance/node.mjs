// In Node: files of cases, and the engines under test.
import { readFileSync } from 'node:fs';
import { root } from '../face.mjs';
import { adaptLab, adaptOrt } from './adapters.mjs';
import { parseCases } from './store.mjs';

export function readCases(path) {
  const bytes = readFileSync(path);
  return parseCases(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

export const engines = {
  async lab() {
    const { default: makeGlue } = await import(`${root}/target/lab/glue.js`);
    return adaptLab(makeGlue, new WebAssembly.Module(readFileSync(`${root}/target/lab/nearhand_bg.wasm`)));
  },
  async ort() {
    await import(`${root}/tools/bench/pages/memory.js`);
    const dist = `${root}/node_modules/onnxruntime-web/dist`;
    const ort = await import(`${dist}/ort.wasm.bundle.min.mjs`);
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmBinary = readFileSync(`${dist}/ort-wasm-simd-threaded.wasm`);
    return adaptOrt(ort, globalThis.wasmBytes);
  },
};
