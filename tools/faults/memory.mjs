// The memory of wasm instances that serve, found by what is in it and written over: what a stray pointer or a worn cell does.

const memories = [];
let watched = false;

/** From now on the memories of all instances are known, the last one last. */
export function watch() {
  if (watched) return;
  watched = true;
  const { Instance, instantiate } = WebAssembly;
  const seen = (made) => {
    const { memory } = (made.instance ?? made).exports;
    if (memory) memories.push(memory);
    return made;
  };
  WebAssembly.Instance = new Proxy(Instance, { construct: (target, args) => seen(new target(...args)) });
  WebAssembly.instantiate = (...args) => instantiate(...args).then(seen);
}

/** How many instances there have been. */
export const instances = () => memories.length;

/** Changes every place of an instance, the last one by default, at which these bytes stand; how many there were. */
export function damage(bytes, edit, at = memories.length - 1) {
  const memory = new Uint8Array(memories[at].buffer);
  const [first] = bytes;
  let places = 0;
  for (let from = memory.indexOf(first); from >= 0; from = memory.indexOf(first, from + 1)) {
    let same = 1;
    while (same < bytes.length && memory[from + same] === bytes[same]) same++;
    if (same < bytes.length) continue;
    places++;
    edit(memory.subarray(from, from + bytes.length));
    from += bytes.length - 1;
  }
  return places;
}
