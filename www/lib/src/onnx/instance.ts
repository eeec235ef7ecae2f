/**
 * One wasm instance with one graph in it, and what crosses. Elements are copied once each way where a run is of the shapes of the
 * last one: the plan's own memory is written and read. An instance that has trapped, or was left half way, is never called again.
 */
import { begin, type AnyGlue } from '../files/instance.js';
import { NearhandError, wrap } from '../words/errors.js';
import type { Tensor } from './public.js';
import { Answered, type ArrayOf, arrayOf, type Data, type Elements, fits, Form, same, TYPES, typeOf } from './tensor.js';

/** An input or output as the engine tells of it. */
export interface Port {
  readonly name: string;
  /** The type's number; the engine's name of one that does not cross. */
  readonly type: number | string;
  readonly dims: readonly (number | string | null)[];
  readonly optional: boolean;
}

/** crates/onnx-wasm, one name for one name. */
interface Session {
  ports(): { readonly inputs: readonly Port[]; readonly outputs: readonly Port[] };
  feed(at: number, type: number, dims: readonly number[]): number;
  feed_text(at: number, dims: readonly number[], values: readonly string[]): void;
  /** The address of a table. */
  run(): number;
  again(): void;
  answer_text(at: number): string[];
  states(): readonly StatePort[];
  declare(pairs: readonly string[]): void;
  state(): Held;
  run_state(state: Held): number;
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

export interface Glue extends AnyGlue {
  readonly Session: new (onnx: Uint8Array, limits: readonly number[]) => Session;
}

/** What goes in at a place of the graph's inputs. */
export interface Fed {
  readonly at: number;
  readonly form: Form;
  /** An array of the type's, or a list of our own: while the engine is called, no code of the host's runs. */
  readonly data: Data;
}

/** What comes out at a place of its outputs: into an array that the host has, or a new one. */
export interface Wanted {
  readonly at: number;
  /** The array of the host's for such an output. Of strings the host takes them over itself. */
  readonly into?: (form: Form) => Elements;
}

/** Elements in the memory, by their address. */
interface Lying {
  readonly form: Form;
  readonly address: number;
  view?: Elements;
}

/** States are told by numbers, so that nothing but the instance holds what lies in it. */
export interface Instance {
  readonly ports: ReturnType<Session['ports']>;
  readonly states: readonly StatePort[];
  readonly memoryBytes: number;
  /** `state`: the number of one; what is fed and wanted is without the states then. */
  /** What comes out, but for what is written. */
  run(fed: readonly Fed[], wanted: readonly Wanted[], state?: number): (Tensor | undefined)[];
  /** A new state, or a copy of one; its number. */
  state(of?: number): number;
  /** Calls a state; undefined where there is none of that number. */
  ask<T>(state: number, act: (held: Pick<Held, 'length' | 'bytes' | 'truncate'>) => T): T | undefined;
  drop(state: number): void;
}

/** Opens a graph in a fresh instance; until `signal` says that nobody wants it any more. */
export async function open(makeGlue: () => Glue, module: WebAssembly.Module, onnx: Uint8Array, { limits, pairs }: { limits: readonly number[]; pairs: readonly string[] }, signal: AbortSignal | undefined): Promise<Instance> {
  const [{ session, ports, states }, memory] = await begin(makeGlue, module, onnx.byteLength, (glue) => {
    const session = new glue.Session(onnx, limits);
    if (pairs.length) session.declare(pairs);
    return { session, ports: session.ports(), states: session.states() };
  }, signal);

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

  /** The inputs that the last run was given, where the next of the same shapes may be written. */
  let rooms: readonly Lying[] = [];
  let answers: readonly Lying[] = [];
  /** Anew after the memory has grown: a view of an earlier moment sees nothing any more. */
  const view = (one: Lying): Elements => (one.view?.length ? one.view : (one.view = new (arrayOf(one.form.type))(memory.buffer, one.address, one.form.size)));

  /** Takes over what the table of a run says. */
  const told = (address: number): void => {
    const table = new Uint32Array(memory.buffer, address);
    let place = 0;
    const next = (): number => table[place++]!;
    const list = (): Lying[] => Array.from(Array(next()), () => ({ address: next(), form: new Form(typeOf(next())!, Array.from(Array(next()), next)) }));
    [rooms, answers] = [list(), list()];
  };

  const taken = ({ at, into }: Wanted): Tensor | undefined => {
    const one = answers[at]!;
    const { form } = one;
    const given = into?.(form);
    if (form.type === 'string') return new Answered(form, session.answer_text(at));
    const data = view(one);
    if (!given) return new Answered(form, new (data.constructor as ArrayOf)(data));
    given.set(data as never);
    return undefined;
  };

  return {
    ports,
    states,
    get memoryBytes() {
      return memory.buffer.byteLength;
    },
    run: (fed, wanted, state) =>
      call(() => {
        for (const { form, data } of fed) fits(data, form);
        let places: readonly Lying[] = rooms;
        // Until it has come to its end nothing is where it was.
        rooms = [];
        const again = state === undefined && fed.length && fed.length === places.length && fed.every(({ at, form }, number) => at === number && same(form, places[number]!.form));
        if (!again) {
          places = fed.map(({ at, form, data }) => {
            const { type, dims } = form;
            return { form, address: type === 'string' ? (session.feed_text(at, dims, data as string[]), 0) : session.feed(at, TYPES[type].number, dims) };
          });
        }
        fed.forEach(({ data }, number) => Array.isArray(data) || view(places[number]!).set(data as never));
        if (again) {
          session.again();
          rooms = places;
        } else told(state === undefined ? session.run() : session.run_state(held.get(state)!));
        return wanted.map(taken);
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
