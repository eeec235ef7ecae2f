/**
 * A model in a wasm instance of its own. One that has trapped, was left half way, or has grown beyond its bounds is never called again:
 * another takes its place, of files that are read anew.
 */
import { begin, type AnyGlue } from '../../files/instance.js';
import { throwIfAborted } from '../../files/fetch.js';
import { NearhandError, wrap } from '../../words/errors.js';
import type { Opening, RunOptions } from '../words/runner.js';

/** What lies in the instance until it is finished or freed. */
export interface Handle {
  free(): void;
}
export interface Run extends Handle {
  ended(): boolean;
  tokens(): number;
}

/** crates/complete-wasm, one name for one name. */
export interface Box {
  vocabulary(): number;
  count(text: string): number;
  adapt(numbers: Float64Array): void;
  prime(text: string): void;
  kept(): number;
  forget(): void;
  read_by(tokens: number): void;
  start(prompt: string, options: Handle): Run;
  step(run: Run, slice: number, most: number, deadline: number): string;
  finish(run: Run): Float64Array;
  start_best(prompt: string, options: Handle, n: number): Handle;
  step_best(several: Handle, slice: number, most: number, deadline: number): boolean;
  finish_best(several: Handle): Float64Array;
  texts(): string;
  start_likely(prompt: string, text: string, learn: boolean): Handle;
  step_likely(likely: Handle, slice: number): Float64Array;
}

type Texts = readonly string[];
export interface Glue extends AnyGlue {
  readonly Completer: new (onnx: Uint8Array, tokenizer: Uint8Array, context: number, begin: string | undefined, ends: Texts, padded: boolean, now: () => number) => Box;
  readonly Asked: new (numbers: Float64Array, marked: Uint32Array, stop: Texts, blocked: Texts, allowed: Texts) => Handle;
}

/** Traps after which no other instance is begun, and calls without one after which they are forgiven. */
const MAX_STRIKES = 3;
const FORGIVEN_AFTER = 200;

export interface Instance {
  /**
   * Calls the engine, where an instance stands. After a trap the error is `engine-trapped`, beyond its memory `out-of-memory`; what was on
   * its way in it is lost then.
   */
  call<T>(act: (box: Box, glue: Glue) => T): T;
  /** Waits until an instance stands: at once, unless the last one was given up. */
  ready(): Promise<void>;
  /** Gives it up, where it has been found to answer otherwise than it should: another takes its place. */
  drop(): void;
  /** Which instance it is: what was begun in another is lost. */
  readonly number: number;
  readonly memoryBytes: number;
}
export type Calls = Pick<Instance, 'call' | 'number'>;

export interface Beginning {
  /** Throws where the answers of a fresh instance are wrong: none stands before. */
  readonly proved: (calls: Calls, signal?: AbortSignal) => Promise<void>;
  /** Tells an instance that takes the place of another what that one knew. */
  readonly told: (box: Box) => Promise<void>;
}

export async function open(makeGlue: () => Glue, { module, files, settings, maxMemory }: Opening, now: () => number, { proved, told }: Beginning, signal?: AbortSignal): Promise<Instance> {
  const { context, begin: first, ends, padded } = settings;
  interface Standing {
    readonly glue: Glue;
    readonly memory: WebAssembly.Memory;
    readonly box: Box;
  }
  /** What a fresh instance has answered wrong, or failed with while it was asked. */
  let wrong: NearhandError | undefined;
  const started = async (): Promise<Standing> => {
    const { model, tokenizer } = await files();
    throwIfAborted(signal);
    const make = (glue: Glue): Omit<Standing, 'memory'> => ({ glue, box: new glue.Completer(model, tokenizer, context, first, ends, padded, now) });
    const [made, memory] = await begin(makeGlue, module, model.byteLength, make, signal);
    const within = <T>(result: T): T => {
      if (memory.buffer.byteLength > maxMemory) throw tooMuch(memory, maxMemory);
      return result;
    };
    within(made);
    try {
      await proved({ number: 0, call: (act) => within(act(made.box, made.glue)) }, signal);
    } catch (error) {
      throw (wrong = wrap(error));
    }
    return { ...made, memory };
  };
  let stands: Standing | undefined = await started();
  // What comes later is not for the signal of the loading.
  signal = undefined;
  let [strikes, since, number] = [0, 0, 0];
  let opening: Promise<void> | undefined;
  /** A call has not come to its end: cut off by a trap, or by a stack that the page has filled. */
  let busy = false;
  let { memory } = stands;

  const again = async (): Promise<void> => {
    if (strikes > MAX_STRIKES) throw wrong ?? gone();
    wrong = undefined;
    number++;
    since = 0;
    try {
      const fresh = await started();
      await told(fresh.box);
      ({ memory } = stands = fresh);
    } catch (error) {
      const known = wrap(error);
      if (known === wrong || known.code === 'engine-trapped') strikes++;
      throw known;
    }
  };
  return {
    ready: async () => {
      if (stands && !busy) return;
      stands = undefined;
      busy = false;
      await (opening ??= again().finally(() => (opening = undefined)));
    },
    call(act) {
      if (busy || !stands) {
        stands = undefined;
        throw new NearhandError('engine-trapped', 'the engine stopped in another call: what was on its way is lost, and the call may be made again');
      }
      busy = true;
      try {
        const result = act(stands.box, stands.glue);
        busy = false;
        if (memory.buffer.byteLength > maxMemory) {
          stands = undefined;
          throw tooMuch(memory, maxMemory);
        }
        if (++since >= FORGIVEN_AFTER) strikes = 0;
        return result;
      } catch (error) {
        const known = wrap(error);
        // The engine's own errors leave it whole.
        if (known !== error) {
          stands = undefined;
          // The page's own stack was full; the engine is none the worse.
          if (!/stack|recursion/.test(known.message)) strikes++;
        }
        busy = false;
        throw known;
      }
    },
    drop() {
      stands = undefined;
    },
    get number() {
      return number;
    },
    get memoryBytes() {
      return memory.buffer.byteLength;
    },
  };
}

const gone = (): NearhandError => new NearhandError('engine-trapped', `the engine stopped ${MAX_STRIKES} times, and for good: load the model anew`);

const tooMuch = ({ buffer: { byteLength: bytes } }: WebAssembly.Memory, maxMemory: number): NearhandError =>
  new NearhandError('out-of-memory', `the model takes ${bytes} bytes, more than maxMemory ${maxMemory}: raise it, or ask for less at once`, { bytes, maxMemory });

/** Options as the engine takes them. */
export function asked(glue: Glue, options: RunOptions): Handle {
  const { maxTokens = 64, temperature = 0, topK = 0, topP = 1, minP = 0, repetitionPenalty = 1, seed = 0, logprobs = -1, minConfidence = 0, heal = false, full = 'slide', keep = 0 } = options;
  const { specials, stop = [], blocked = [], allowed = [] } = options;
  const numbers = [maxTokens, temperature, topK, topP, minP, repetitionPenalty, seed, logprobs, minConfidence, Number(heal), Number(full === 'stop'), keep];
  return new glue.Asked(Float64Array.from(numbers), Uint32Array.from((specials ?? []).flat()), stop, blocked, allowed);
}
