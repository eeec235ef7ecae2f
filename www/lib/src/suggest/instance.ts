/**
 * A search box in a wasm instance of its own. One that has trapped, or was left half way, is never called again: another takes its
 * place, from the bytes of the index, with the session and the items that were told.
 */
import { begin, type AnyGlue } from '../files/instance.js';
import { NearhandError, wrap } from '../words/errors.js';

/** crates/suggest-wasm, one name for one name. */
export interface SearchBox {
  suggest(typed: string, k: number, category?: string): Uint32Array;
  texts(): string;
  allow(ids?: readonly string[]): number;
  session(did: Uint8Array, ages: Float64Array, texts: readonly string[], items: readonly string[]): void;
  counts(): Uint32Array;
}

export interface Glue extends AnyGlue {
  readonly SearchBox: new (index: Uint8Array) => SearchBox;
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
export async function open(make: () => Glue, module: WebAssembly.Module, index: Uint8Array, told: (box: SearchBox) => void, signal: AbortSignal | undefined): Promise<Instance> {
  let [box, memory]: readonly [SearchBox | undefined, WebAssembly.Memory] = await begin(make, module, index.byteLength, (glue) => new glue.SearchBox(index), signal);
  let [strikes, since, restarts] = [0, 0, 0];
  /** A call has not come to its end: cut off by a trap, or by a stack that the page has filled. */
  let busy = false;
  const again = (): SearchBox => {
    if (strikes > MAX_STRIKES) throw new NearhandError('engine-trapped', `the engine stopped ${MAX_STRIKES} times, and for good: load the index anew`);
    since = 0;
    const glue = make();
    ({ memory } = glue.initSync({ module }));
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
      return memory.buffer.byteLength;
    },
    get restarts() {
      return restarts;
    },
  };
}
