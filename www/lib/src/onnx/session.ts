/** A session: a graph in an instance of its own, by the names that onnxruntime-common has for it. */
import { NearhandError, short, wrap } from '../words/errors.js';
import { binary } from '../files/binary.js';
import { bytesOf, need, throwIfAborted, type FetchOptions } from '../files/fetch.js';
import { invalid, tag } from '../words/plain.js';
import type { WasmSource } from '../words/types.js';
import { type Asked, fedBy, type Metadata, wantedBy } from './feeds.js';
import { type Glue, type Instance, open, type Port } from './instance.js';
import { checkCreate, checkRun } from './options.js';
import type { InferenceSession, InferenceSessionFactory, SessionState, Tensor as Public } from './public.js';
import { readModel } from './source.js';
import { type Live, numberOf, stateOf } from './state.js';
import { heldBy, typeOf, TYPES } from './tensor.js';

/** What differs between runtimes. */
export interface Place {
  readonly glue: () => Glue;
  /** The binary beside the script. Throws where its place is unknown. */
  readonly wasm?: () => WasmSource;
  readonly readFile?: FetchOptions['readFile'];
  /** Looks for an error's cause. */
  readonly explain?: (error: NearhandError) => Promise<NearhandError>;
}

const BYTES = 64 << 20;

/** And the names. */
function metadata(ports: readonly Port[], what: 'input' | 'output'): readonly [readonly Metadata[], readonly string[]] {
  const list = ports
    .filter(({ type, optional }) => typeOf(type) || !optional)
    .map(({ name, type, dims, optional }) => {
      const known = typeOf(type);
      if (!known) {
        const wanted = `${Object.keys(TYPES).join(', ')} are`;
        throw new NearhandError('model-operator-unsupported', `the ${what} "${short(name)}" has a type that is not run (${short(type)}); ${wanted}`, { [what]: name, type });
      }
      return Object.freeze({ name, isTensor: true as const, type: known, shape: Object.freeze(dims.map((dim) => dim ?? '')), optional });
    });
  return [Object.freeze(list), Object.freeze(list.map(({ name }) => name))];
}

class Session implements InferenceSession {
  declare readonly inputNames: readonly string[];
  declare readonly outputNames: readonly string[];
  declare readonly inputMetadata: readonly Metadata[];
  declare readonly outputMetadata: readonly Metadata[];
  declare readonly stateNames: readonly string[];
  #instance: Instance | undefined;
  /** Now, as whatever was read before may have run code of the host's. */
  readonly #live: Live = () => {
    if (!this.#instance) throw new NearhandError('closed', 'this session is released; create another');
    return this.#instance;
  };
  /** All outputs, and those that are no states. */
  readonly #asked: readonly [readonly Asked[], readonly Asked[]];

  constructor(instance: Instance) {
    const { ports, states } = instance;
    [this.inputMetadata, this.inputNames] = metadata(ports.inputs, 'input');
    [this.outputMetadata, this.outputNames] = metadata(ports.outputs, 'output');
    this.stateNames = Object.freeze(states.map(({ input }) => input));
    const asked = (own: readonly string[]): Asked[] => this.outputNames.filter((name) => !own.includes(name)).map((name, at) => ({ name, at }));
    this.#asked = [asked([]), asked(states.map(({ output }) => output))];
    this.#instance = instance;
  }

  get memoryBytes(): number {
    return this.#instance?.memoryBytes ?? 0;
  }

  async run(feeds: InferenceSession.FeedsType, fetches?: unknown, options?: InferenceSession.RunOptions): Promise<InferenceSession.ReturnType> {
    // `run(feeds, options)` has one less.
    if (options === undefined && !named(fetches)) [fetches, options] = [undefined, fetches as InferenceSession.RunOptions | undefined];
    const { signal, state } = checkRun(options);
    throwIfAborted(signal);
    this.#live();
    const number = state === undefined ? undefined : numberOf(state, this.#live);
    const [all, others] = this.#asked;
    const [own, asked] = number === undefined ? [[], all] : [this.stateNames, others];
    const fed = fedBy(feeds, this.inputMetadata, this.inputNames, own);
    const wanted = wantedBy(fetches, asked);
    const answers = this.#live().run(fed, wanted, number);
    const result: Record<string, Public> = {};
    for (let at = 0; at < wanted.length; at++) {
      const { name, tensor } = wanted[at]!;
      const answer = answers[at];
      // Whatever is no text is written into the host's tensor by now.
      if (tensor && answer) Object.assign(tensor.data, answer.data);
      const value = (tensor ?? answer)!;
      // A name like any other, in an object.
      if (name === '__proto__') Object.defineProperty(result, name, { value, configurable: true, enumerable: true, writable: true });
      else result[name] = value;
    }
    return result;
  }

  state(): SessionState {
    return stateOf(this.#live);
  }

  async release(): Promise<void> {
    // Memory and graph go with the instance, which nobody else holds.
    this.#instance = undefined;
  }
}

/** Whether it says which outputs are wanted: a list, or an object of tensors and nulls. Else they are options. */
function named(given: unknown): boolean {
  if (tag(given) !== 'Object') return true;
  const values = Object.values(given as object);
  return values.some((value) => value === null || heldBy(value));
}

/** `using session = …`, where the language has it. */
const { dispose, asyncDispose } = Symbol as unknown as Record<string, symbol | undefined>;
for (const name of [dispose, asyncDispose]) if (name) Object.defineProperty(Session.prototype, name, { value: Session.prototype.release });

/** The factory of one runtime. */
export function sessions(place: Place): InferenceSessionFactory {
  const compiled = binary(place, 'nearhand-onnx.wasm', 'create.wasm');

  const create = async (source: unknown, options: unknown): Promise<InferenceSession> => {
    const { signal, limits, wasm, pairs, trust } = checkCreate(options);
    if (trust) return trust.open(source, { signal, maxBytes: limits[0] || BYTES }, (file) => create(file, { ...(options as object), trust: undefined }));
    throwIfAborted(signal);
    for (const name of ['WebAssembly', 'TextDecoder', 'TextEncoder']) need(name);
    const model = readModel(source, limits[0] || BYTES, { signal, readFile: place.readFile });
    model.catch(() => {});
    const module = await compiled(wasm, signal);
    const instance = await open(place.glue, module, await model, { limits, pairs }, signal);
    return new Session(instance);
  };

  return {
    async create(source: unknown, ...rest: unknown[]): Promise<InferenceSession> {
      try {
        // `create(buffer, byteOffset, byteLength?, options?)`
        if (typeof rest[0] === 'number') [source, rest] = [part(source, rest[0], rest[1]), rest.slice(typeof rest[1] === 'number' || rest.length > 2 ? 2 : 1)];
        return await create(source, rest[0]);
      } catch (error) {
        const told = wrap(error);
        if (told.code === 'aborted' || !place.explain) throw told;
        throw await place.explain(told).catch(() => told);
      }
    },
  };
}

/** A part of a buffer, as it is given with a view's own numbers. */
function part(buffer: unknown, at: number, length: unknown): Uint8Array {
  const whole = bytesOf(buffer) ?? invalid('create.buffer', 'an ArrayBuffer', buffer);
  const end = typeof length === 'number' ? at + length : whole.length;
  if (Number.isInteger(at) && Number.isInteger(end) && at >= 0 && at <= end && end <= whole.length) return whole.subarray(at, end);
  return invalid('create.byteOffset', `a part of the buffer's ${whole.length} bytes`, `${at}, ${short(length)}`);
}
