// In Node: where ours and the peers lie.
import { existsSync, readFileSync } from 'node:fs';
import { lib, root } from '../../face.mjs';

/** Remembers every wasm memory, whoever makes it. */
await import(`${root}/tools/bench/pages/memory.js`);

export const hubFile = `${root}/target/bench/transformers.js`;
const dist = `${root}/node_modules/onnxruntime-web/dist`;

export const words = async (tokenizer) => (await import(`${lib}/dist/tokenizer.js`)).fromJSON(tokenizer);

export const place = {
  near: () => import(`${lib}/dist/complete-node.js`),
  async ort() {
    const ort = await import(`${dist}/ort.wasm.bundle.min.mjs`);
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmBinary = readFileSync(`${dist}/ort-wasm-simd-threaded.wasm`);
    return ort;
  },
  async hub(ort) {
    if (!existsSync(hubFile)) return undefined;
    globalThis[Symbol.for('onnxruntime')] = ort;
    const hub = await import(hubFile);
    // It has just named an address on the network.
    Object.assign(ort.env.wasm, { wasmPaths: undefined, proxy: false, numThreads: 1 });
    return hub;
  },
  options: {},
};
