// The memory of wasm instances that serve, found by what is in it and written over: what a stray pointer or a worn cell does.

/** The newest: each holds addresses for as long as it is known, and thousands of instances come and go. */
const MOST = 16;
const memories = [];
let watched = false;

/** From now on the memories of the newest instances are known. */
export function watch() {
  if (watched) return;
  watched = true;
  const { Instance, instantiate } = WebAssembly;
  const seen = (made) => {
    const { memory } = (made.instance ?? made).exports;
    if (memory) memories.push(memory);
    if (memories.length > MOST) memories.shift();
    return made;
  };
  WebAssembly.Instance = new Proxy(Instance, { construct: (target, args) => seen(new target(...args)) });
  WebAssembly.instantiate = (...args) => instantiate(...args).then(seen);
}

/** Changes every place of these instances at which these bytes stand; how many there were. */
export function damage(bytes, edit) {
  let places = 0;
  for (const { buffer } of memories) {
    const memory = new Uint8Array(buffer);
    for (let from = memory.indexOf(bytes[0]); from >= 0; from = memory.indexOf(bytes[0], from + 1)) {
      let same = 1;
      while (same < bytes.length && memory[from + same] === bytes[same]) same++;
      if (same < bytes.length) continue;
      places++;
      edit(memory.subarray(from, from + bytes.length));
      from += bytes.length - 1;
    }
  }
  return places;
}
