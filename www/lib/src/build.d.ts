/** Names that tools/package.mjs fills in at build time. */
declare const __NEARHAND_VERSION__: string;
/** True in the entry that bundlers take for their dev servers. */
declare const __NEARHAND_DEV__: boolean;

declare module '#glue/lite' {
  const make: import('./engine/engine.js').MakeGlue;
  export default make;
}
declare module '#glue/full' {
  const make: import('./engine/engine.js').MakeGlue;
  export default make;
}
declare module '#glue/onnx' {
  const make: () => import('./onnx/instance.js').Glue;
  export default make;
}
declare module '#glue/suggest' {
  const make: () => import('./suggest/instance.js').Glue;
  export default make;
}
declare module '#glue/assess' {
  const make: () => import('./assess/instance.js').Glue;
  export default make;
}
declare module '#glue/monitor' {
  const make: () => import('./monitor/running/glue.js').Glue;
  export default make;
}
declare module '#glue/complete' {
  const make: () => import('./complete/running/instance.js').Glue;
  export default make;
}
/** In workerd an imported .wasm file is a compiled module. */
declare module '#wasm/lite' {
  const module: WebAssembly.Module;
  export default module;
}
declare module '#wasm/full' {
  const module: WebAssembly.Module;
  export default module;
}
declare module '#wasm/onnx' {
  const module: WebAssembly.Module;
  export default module;
}
declare module '#wasm/suggest' {
  const module: WebAssembly.Module;
  export default module;
}
declare module '#wasm/assess' {
  const module: WebAssembly.Module;
  export default module;
}
declare module '#wasm/monitor' {
  const module: WebAssembly.Module;
  export default module;
}
declare module '#wasm/complete' {
  const module: WebAssembly.Module;
  export default module;
}
/** The binary, compressed by brotli, as text: a module that every bundler carries along. */
declare module '#packed/lite' {
  const base64: string;
  export default base64;
}
declare module '#packed/full' {
  const base64: string;
  export default base64;
}
declare module '#packed/onnx' {
  const base64: string;
  export default base64;
}
declare module '#packed/suggest' {
  const base64: string;
  export default base64;
}
declare module '#packed/assess' {
  const base64: string;
  export default base64;
}
declare module '#packed/monitor' {
  const base64: string;
  export default base64;
}
declare module '#packed/complete' {
  const base64: string;
  export default base64;
}
/** models/sample/sample.safetensors as base64. */
declare module '#sample' {
  const base64: string;
  export default base64;
}
