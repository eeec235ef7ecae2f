// In Node: files of cases, and the engines under test.
import { readFileSync } from 'node:fs';
import { root } from '../face.mjs';
import { adapt } from './adapters.mjs';
import { parseCases } from './store.mjs';

export function readCases(path) {
  const bytes = readFileSync(path);
  return parseCases(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** What remembers every wasm memory, whoever makes it. */
await import(`${root}/tools/bench/pages/memory.js`);

export const engines = {
  async nearhand() {
    const face = await import(`${root}/target/onnx/onnx.js`);
    return adapt(face, globalThis.wasmBytes, { wasm: new WebAssembly.Module(readFileSync(`${root}/target/onnx/nearhand-onnx.wasm`)) });
  },
  async ort() {
    const dist = `${root}/node_modules/onnxruntime-web/dist`;
    const ort = await import(`${dist}/ort.wasm.bundle.min.mjs`);
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmBinary = readFileSync(`${dist}/ort-wasm-simd-threaded.wasm`);
    return adapt(ort, globalThis.wasmBytes);
  },
};
