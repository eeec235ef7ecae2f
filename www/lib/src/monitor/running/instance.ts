/**
 * One thing of the binary in a wasm instance of its own. One that has trapped, or was left half way, is never called again, and nothing takes its place:
 * what it had counted is gone with it.
 */
import { type AnyGlue, begin } from '../../files/instance.js';
import { isTrap, NearhandError, wrap } from '../../words/errors.js';
import type { Glue } from './glue.js';

export interface Instance<T> {
  /** Throws what the call throws; after a trap always the same. */
  call<R>(act: (thing: T) => R): R;
}

/** An instance of the binary, with what is made in it. */
export async function open<T>(make: () => Glue, module: WebAssembly.Module, bytes: number, create: (glue: Glue) => T, signal?: AbortSignal): Promise<Instance<T>> {
  const [thing] = await begin(make as () => Glue & AnyGlue, module, bytes, create, signal);
  let dead: NearhandError | undefined;
  /** A call has not come to its end: cut off by a trap, or by a stack that the host has filled. */
  let busy = false;
  return {
    call(act) {
      if (busy) dead ??= stopped('a call was cut off');
      if (dead) throw dead;
      busy = true;
      try {
        const result = act(thing);
        busy = false;
        return result;
      } catch (error) {
        busy = false;
        const known = wrap(error);
        if (isTrap(error)) dead = stopped(known.message.replace(/^nearhand: /, ''), error);
        throw dead ?? known;
      }
    },
  };
}

const stopped = (why: string, cause?: unknown): NearhandError => new NearhandError('engine-trapped', `${why}. What was counted is gone: create another`, {}, cause);
