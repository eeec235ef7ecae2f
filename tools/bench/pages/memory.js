// Runs before everything else in a page or worker: remembers every wasm memory, whoever makes it.
(() => {
  const memories = new Set();
  const { instantiate, instantiateStreaming, Instance, Memory } = WebAssembly;
  const note = (result) => {
    for (const value of Object.values((result.instance ?? result).exports)) if (value instanceof Memory) memories.add(value);
    return result;
  };
  WebAssembly.instantiate = (...args) => instantiate(...args).then(note);
  WebAssembly.instantiateStreaming = (...args) => instantiateStreaming(...args).then(note);
  WebAssembly.Instance = function (...args) {
    return note(new Instance(...args));
  };
  WebAssembly.Instance.prototype = Instance.prototype;
  WebAssembly.Memory = function (...args) {
    const memory = new Memory(...args);
    memories.add(memory);
    return memory;
  };
  WebAssembly.Memory.prototype = Memory.prototype;
  globalThis.wasmBytes = () => [...memories].reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
})();
