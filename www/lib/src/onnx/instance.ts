/**
 * One wasm instance with one graph in it, and what crosses: elements are copied once each way, into and out of its memory. An
 * instance that has trapped, or was left half way, is never called again.
 */
import { isTrap, NearhandError, short, wrap } from '../words/errors.js';
import { version } from '../words/version.js';
import { arrayOf, TYPES, type Type, typeOf } from './tensor.js';

/** An input or output as the engine tells of it. */
export interface Port {
  readonly name: string;
  /** As nearhand's manifests name it: `f32`. */
  readonly type: string;
  readonly dims: readonly (number | string | null)[];
  readonly optional: boolean;
}

/** crates/onnx-wasm, one name for one name. */
interface Session {
  ports(): { readonly inputs: readonly Port[]; readonly outputs: readonly Port[] };
  feed(at: number, type: number, dims: readonly number[]): number;
  feed_text(at: number, dims: readonly number[], values: readonly string[]): void;
  run(): void;
  answer(at: number): Uint32Array;
  answer_text(at: number): string[];
  states(): readonly StatePort[];
  declare(pairs: readonly string[]): void;
  state(): Held;
  run_state(state: Held): void;
}

/** An input whose value is an output of the run before. */
export interface StatePort {
  readonly input: string;
  readonly output: string;
  readonly axis: number | null;
}

/** What a graph hands on, in the memory of its session. */
interface Held {
  length(): number;
  bytes(): number;
  truncate(length: number): void;
  copy(): Held;
  free(): void;
}

export interface Glue {
  readonly Session: new (onnx: Uint8Array, limits: readonly number[]) => Session;
  version(): string;
  default(from: { module_or_path: WebAssembly.Module }): Promise<{ readonly memory: WebAssembly.Memory }>;
}

/** What goes in at a place of the graph's inputs. */
export interface Fed {
  readonly at: number;
  readonly type: Type;
  readonly dims: readonly number[];
  /** Views and lists of our own: while the engine is called, no code of the host's runs. */
  readonly data: Uint8Array | readonly string[];
}

/** What comes out at a place of its outputs: into an array that the host has, or a new one. */
export interface Wanted {
  readonly at: number;
  /** The array of the host's for such an output. Of strings the host takes them over itself. */
  readonly into?: (type: Type, dims: readonly number[]) => ArrayBufferView;
}

export interface Answer {
  readonly type: Type;
  readonly dims: readonly number[];
  readonly data: ArrayBufferView | string[];
}

/** States are told by numbers, so that nothing but the instance holds what lies in it. */
export interface Instance {
  readonly ports: ReturnType<Session['ports']>;
  readonly states: readonly StatePort[];
  readonly memoryBytes: number;
  /** `state`: the number of one; what is fed and wanted is without the states then. */
  run(feeds: readonly Fed[], wanted: readonly Wanted[], state?: number): Answer[];
  /** A new state, or a copy of one; its number. */
  state(of?: number): number;
  /** Calls a state; undefined where there is none of that number. */
  ask<T>(state: number, act: (held: Pick<Held, 'length' | 'bytes' | 'truncate'>) => T): T | undefined;
  drop(state: number): void;
}

/** Opens a graph in a fresh instance; `last` throws where nobody wants it any more. */
export async function open(glue: Glue, module: WebAssembly.Module, onnx: Uint8Array, { limits, pairs }: { limits: readonly number[]; pairs: readonly string[] }, last: () => void): Promise<Instance> {
  let memory: WebAssembly.Memory;
  try {
    ({ memory } = await glue.default({ module_or_path: module }));
  } catch (error) {
    const { name, message } = error as Error;
    if (name === 'LinkError') throw mismatch(message);
    // Before any code of ours has run, a RangeError is the platform refusing the instance its memory.
    if (name === 'RangeError') throw new NearhandError('out-of-memory', `no memory: ${message}`, {}, error);
    throw wrap(error);
  }
  last();
  let session: Session;
  let ports: Instance['ports'];
  let states: readonly StatePort[];
  try {
    if (glue.version() !== version) throw mismatch(glue.version());
    session = new glue.Session(onnx, limits);
    if (pairs.length) session.declare(pairs);
    ports = session.ports();
    states = session.states();
  } catch (error) {
    if (!isTrap(error)) throw wrap(error);
    const bytes = onnx.byteLength;
    const why = short((error as Error).message);
    throw new NearhandError('engine-trapped', `the engine stopped while it opened ${bytes} bytes, often for want of memory, 4 GiB at most: ${why}`, { bytes }, error);
  }

  const held = new Map<number, Held>();
  let numbers = 0;
  /** A call that has not come to its end: cut off by a trap, or by a stack that the page has filled. */
  let broken: NearhandError | undefined;
  const stopped = new NearhandError('engine-trapped', 'the engine stopped in an earlier call of this session, often for want of memory, 4 GiB at most: create another');
  const call = <T>(act: () => T): T => {
    if (broken) throw broken;
    broken = stopped;
    try {
      const result = act();
      broken = undefined;
      return result;
    } catch (error) {
      const told = wrap(error);
      // The engine's own errors, and ours about what the host gave, leave it whole.
      if (told === error) broken = undefined;
      throw told;
    }
  };
  return {
    ports,
    states,
    get memoryBytes() {
      return memory.buffer.byteLength;
    },
    run: (feeds, wanted, state) =>
      call(() => {
        for (const { at, type, dims, data } of feeds) {
          if (!(data instanceof Uint8Array)) session.feed_text(at, dims, data);
          else {
            const address = session.feed(at, TYPES[type].number, dims);
            // After it, as the memory may have grown: a view of an earlier moment sees nothing any more.
            new Uint8Array(memory.buffer, address, data.length).set(data);
          }
        }
        if (state === undefined) session.run();
        else session.run_state(held.get(state)!);
        return wanted.map(({ at, into }) => taken(session, memory, at, into));
      }),
    state: (of) =>
      call(() => {
        held.set(++numbers, of === undefined ? session.state() : held.get(of)!.copy());
        return numbers;
      }),
    ask: (state, act) => {
      const one = held.get(state);
      return one && call(() => act(one));
    },
    drop(state) {
      const one = held.get(state);
      held.delete(state);
      // In an instance that has stopped nothing is freed.
      if (one && !broken) call(() => one.free());
    },
  };
}

/** Copies an output out of the memory. */
function taken(session: Session, memory: WebAssembly.Memory, at: number, into: Wanted['into']): Answer {
  const [number, address, ...dims] = session.answer(at);
  const type = typeOf(number!);
  const size = dims.reduce((all, dim) => all * dim, 1);
  const given = into?.(type, dims);
  if (type === 'string') return { type, dims, data: session.answer_text(at) };
  const Elements = arrayOf(type);
  if (!given) {
    const bytes = size * (Elements as unknown as { BYTES_PER_ELEMENT: number }).BYTES_PER_ELEMENT;
    return { type, dims, data: new Elements(memory.buffer.slice(address!, address! + bytes), 0, size) };
  }
  (given as Float32Array).set(new Elements(memory.buffer, address!, size) as Float32Array);
  return { type, dims, data: given };
}

const mismatch = (found: string): NearhandError =>
  new NearhandError('wasm-mismatch', `the wasm binary is not the one of nearhand ${version}: ${found}`, { expected: version, found });
