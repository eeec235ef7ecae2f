/** A wasm instance of a binary with one thing in it, and what goes wrong before it stands. */
import { isTrap, NearhandError, short, wrap } from '../words/errors.js';
import { version } from '../words/version.js';
import { throwIfAborted } from './fetch.js';

interface Exports {
  readonly memory: WebAssembly.Memory;
}

/** What the glue of every binary has. */
export interface AnyGlue {
  version(): string;
  default(from: { module_or_path: WebAssembly.Module }): Promise<Exports>;
  initSync(from: { module: WebAssembly.Module }): Exports;
}

/** Begins an instance and makes what it is for; gives it and its memory. `bytes`: of the file that goes in; `signal`: says when nobody wants it any more. */
export async function begin<G extends AnyGlue, T>(makeGlue: () => G, module: WebAssembly.Module, bytes: number, make: (glue: G) => T, signal: AbortSignal | undefined): Promise<readonly [T, WebAssembly.Memory]> {
  let glue = makeGlue();
  let memory: WebAssembly.Memory;
  try {
    try {
      // At once, a third of a millisecond: who waits for a promise of the platform waits for what it compiles beside, some 20 ms.
      ({ memory } = glue.initSync({ module }));
    } catch {
      // Older browsers have no more than 4 KB at once on the page's thread.
      glue = makeGlue();
      ({ memory } = await glue.default({ module_or_path: module }));
    }
  } catch (error) {
    const { name, message } = error as Error;
    if (name === 'LinkError') throw mismatch(message);
    // Before any code of ours has run, a RangeError is the platform refusing the instance its memory.
    if (name === 'RangeError') throw new NearhandError('out-of-memory', `no memory: ${message}`, {}, error);
    throw wrap(error);
  }
  throwIfAborted(signal);
  try {
    if (glue.version() !== version) throw mismatch(glue.version());
    return [make(glue), memory];
  } catch (error) {
    if (!isTrap(error)) throw wrap(error);
    const why = short((error as Error).message);
    throw new NearhandError('engine-trapped', `the engine stopped while it opened ${bytes} bytes, often for want of memory, 4 GiB at most: ${why}`, { bytes }, error);
  }
}

const mismatch = (found: string): NearhandError =>
  new NearhandError('wasm-mismatch', `the wasm binary is not the one of nearhand ${version}: ${found}`, { expected: version, found });

/** Calls of a thing in an instance, which is never called again once one has trapped or was left half way. `lost`: what is gone with it, and what to do. Throws what the call throws; after a trap always the same. */
export function calls<T>(thing: T, lost: string): <R>(act: (thing: T) => R) => R {
  let dead: NearhandError | undefined;
  /** A call has not come to its end: cut off by a trap, or by a stack that the host has filled. */
  let busy = false;
  const end = (why: string, cause?: unknown): void => void (dead ??= new NearhandError('engine-trapped', `${why}. ${lost}`, {}, cause));
  return (act) => {
    if (busy) end('a call was cut off');
    if (dead) throw dead;
    busy = true;
    try {
      const result = act(thing);
      busy = false;
      return result;
    } catch (error) {
      const known = wrap(error);
      if (isTrap(error)) end(known.message.replace(/^nearhand: /, ''), error);
      // Not before: where the stack is full, even that may not come to its end.
      busy = false;
      throw dead ?? known;
    }
  };
}
