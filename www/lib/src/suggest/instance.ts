/**
 * A search box in a wasm instance of its own. One that has trapped, or was left half way, is never called again: another takes its
 * place, from the bytes of the index, with the session and the items that were told.
 */
import { isTrap, NearhandError, short, wrap } from '../words/errors.js';
import { version } from '../words/version.js';

/** crates/suggest-wasm, one name for one name. */
export interface SearchBox {
  suggest(typed: string, k: number, category?: string): Uint32Array;
  texts(): string;
  allow(ids?: readonly string[]): number;
  session(did: Uint8Array, ages: Float64Array, texts: readonly string[], items: readonly string[]): void;
  counts(): Uint32Array;
}

interface Exports {
  readonly memory: WebAssembly.Memory;
}

export interface Glue {
  readonly SearchBox: new (index: Uint8Array) => SearchBox;
  version(): string;
  default(from: { module_or_path: WebAssembly.Module }): Promise<Exports>;
  initSync(from: { module: WebAssembly.Module }): Exports;
}

/** Traps after which no other instance is begun, and calls without one after which they are forgiven. */
const MAX_STRIKES = 3;
const FORGIVEN_AFTER = 20;

export interface Instance {
  /** Calls the engine. After a trap the error is `engine-trapped`, and the next call finds a new instance. */
  call<T>(act: (box: SearchBox) => T): T;
  readonly memoryBytes: number;
  readonly restarts: number;
}

/** `told` tells a new instance what the one before knew. */
export async function open(make: () => Glue, module: WebAssembly.Module, index: Uint8Array, told: (box: SearchBox) => void, last: () => void): Promise<Instance> {
  let glue = make();
  let exports: Exports;
  try {
    exports = await glue.default({ module_or_path: module });
  } catch (error) {
    const { name, message } = error as Error;
    if (name === 'LinkError') throw mismatch(message);
    // Before any code of ours has run, a RangeError is the platform refusing the instance its memory.
    if (name === 'RangeError') throw new NearhandError('out-of-memory', `no memory: ${message}`, {}, error);
    throw wrap(error);
  }
  last();
  let box: SearchBox | undefined;
  try {
    if (glue.version() !== version) throw mismatch(glue.version());
    box = new glue.SearchBox(index);
  } catch (error) {
    if (!isTrap(error)) throw wrap(error);
    const bytes = index.byteLength;
    const why = short((error as Error).message);
    throw new NearhandError('engine-trapped', `the engine stopped while it opened ${bytes} bytes, often for want of memory, 4 GiB at most: ${why}`, { bytes }, error);
  }
  let [strikes, since, restarts] = [0, 0, 0];
  /** A call has not come to its end: cut off by a trap, or by a stack that the page has filled. */
  let busy = false;
  const again = (): SearchBox => {
    if (strikes > MAX_STRIKES) throw new NearhandError('engine-trapped', `the engine stopped ${MAX_STRIKES} times, and for good: load the index anew`);
    since = 0;
    glue = make();
    exports = glue.initSync({ module });
    const fresh = new glue.SearchBox(index);
    told(fresh);
    restarts++;
    return fresh;
  };
  return {
    call(act) {
      if (busy) box = undefined;
      busy = true;
      try {
        const result = act((box ??= again()));
        busy = false;
        if (++since >= FORGIVEN_AFTER) strikes = 0;
        return result;
      } catch (error) {
        const known = wrap(error);
        // The engine's own errors leave it whole.
        if (known !== error) {
          box = undefined;
          // The page's own stack was full; the engine is none the worse.
          if (!/stack|recursion/.test(known.message)) strikes++;
        }
        busy = false;
        throw known;
      }
    },
    get memoryBytes() {
      return exports.memory.buffer.byteLength;
    },
    get restarts() {
      return restarts;
    },
  };
}

const mismatch = (found: string): NearhandError =>
  new NearhandError('wasm-mismatch', `the wasm binary is not the one of nearhand ${version}: ${found}`, { expected: version, found });
