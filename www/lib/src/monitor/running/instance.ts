/**
 * One thing of the binary in a wasm instance of its own. One that has trapped, or was left half way, is never called again, and nothing takes its place:
 * what it had counted is gone with it.
 */
import { type AnyGlue, begin, calls } from '../../files/instance.js';
import type { Glue } from './glue.js';

export interface Instance<T> {
  /** Throws what the call throws; after a trap always the same. */
  call<R>(act: (thing: T) => R): R;
}

/** An instance of the binary, with what is made in it. */
export async function open<T>(make: () => Glue, module: WebAssembly.Module, bytes: number, create: (glue: Glue) => T, signal?: AbortSignal): Promise<Instance<T>> {
  const [thing] = await begin(make as () => Glue & AnyGlue, module, bytes, create, signal);
  return { call: calls(thing, 'What was counted is gone: create another') };
}
