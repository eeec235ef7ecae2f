/** A face's wasm, compiled: the host's copy, or the one beside the script, once. */
import { NearhandError } from '../words/errors.js';
import type { WasmSource } from '../words/types.js';
import { aborted, compile, type FetchOptions } from './fetch.js';

/** Where the binary is. Throws where its place is unknown. */
export interface BinaryPlace {
  readonly wasm?: (() => WasmSource) | undefined;
  readonly readFile?: FetchOptions['readFile'];
}

/** `name`: of the file; `option`: by which the host gives a copy of it. Who waits no longer than the signal says ends nobody else's download. */
export function binary({ wasm, readFile }: BinaryPlace, name: string, option: string): (given: WasmSource | undefined, signal?: AbortSignal) => Promise<WebAssembly.Module> {
  let own: Promise<WebAssembly.Module> | undefined;
  return async (given, signal) => {
    let compiled = given === undefined ? own : compile(given, { readFile });
    if (!compiled) {
      let beside: WasmSource | undefined;
      try {
        beside = wasm?.();
      } catch {}
      if (!beside) throw new NearhandError('wasm-missing', `${name} is not beside this script`, { option });
      // What has failed may be there the next time.
      compiled = own = compile(beside, { readFile }).catch((error) => ((own = undefined), Promise.reject(error)));
    }
    return ended(compiled, signal);
  };
}

/** Does not wait for what others wait for as well, once the signal says so. */
function ended<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  let stop!: () => void;
  const over = new Promise<never>((_, fail) => signal.addEventListener('abort', (stop = () => fail(aborted(signal)))));
  return Promise.race([work, over]).finally(() => signal.removeEventListener('abort', stop));
}
