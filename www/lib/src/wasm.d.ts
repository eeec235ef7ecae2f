/** `import wasm from 'nearhand/nearhand.wasm'`: a URL under most bundlers, a compiled module under workerd. */
declare const wasm: string | WebAssembly.Module;
export default wasm;
