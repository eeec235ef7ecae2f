// A bundler that does not follow `new URL(…, import.meta.url)`: the files are named instead.
import { load } from 'nearhand';
import lite from 'nearhand/nearhand-lite.wasm';
import full from 'nearhand/nearhand.wasm';
import { contract } from '../contract.mjs';

const at = (name) => new URL(name, import.meta.url);
globalThis.run = (options) =>
  contract(load, '/shop.safetensors', { wasm: { lite: at(lite), full: at(full) }, worker: at('./worker.js'), ...options });
