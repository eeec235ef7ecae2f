/** Tensors as the host makes and gets them: a type, dimensions and the elements in an array of JavaScript's own. */
import { nearest } from '../failing/advice.js';
import { NearhandError, short } from '../words/errors.js';
import { tag } from '../words/plain.js';
import type { Tensor as Public, TensorConstructor } from './public.js';

export type Type = Public.Type;
export type Data = Public.DataType;
export type Elements = Exclude<Data, string[]>;
export type ArrayOf = { new (length: number | Elements): Elements; new (buffer: ArrayBufferLike, at: number, length: number): Elements };

/** Every type that crosses: its number in onnx.proto, and its array. */
export const TYPES: Readonly<Record<Type, { readonly number: number; readonly array: string }>> = {
  float32: { number: 1, array: 'Float32Array' },
  uint8: { number: 2, array: 'Uint8Array' },
  int8: { number: 3, array: 'Int8Array' },
  int32: { number: 6, array: 'Int32Array' },
  int64: { number: 7, array: 'BigInt64Array' },
  string: { number: 8, array: 'Array' },
  bool: { number: 9, array: 'Uint8Array' },
  float64: { number: 11, array: 'Float64Array' },
};
const NAMES = Object.keys(TYPES) as Type[];
/** Of ONNX, and not run. */
const OTHERS = ['float16', 'bfloat16', 'uint16', 'int16', 'uint32', 'uint64', 'uint4', 'int4', 'complex64', 'complex128'];
/** What whole numbers may be. */
const BOUNDS: Readonly<Partial<Record<Type, readonly [number, number]>>> = { uint8: [0, 255], int8: [-128, 127], int32: [-(2 ** 31), 2 ** 31 - 1] };
/** A dimension crosses as 32 bits. */
const MOST = 2 ** 32 - 1;

export const arrayOf = (type: Type): ArrayOf => (globalThis as unknown as Record<string, ArrayOf>)[TYPES[type].array]!;
export const typeOf = (number: unknown): Type | undefined => NAMES.find((name) => TYPES[name].number === number);

/** What an array is, whoever made it, in whatever realm, and how long: what it cannot lie about. */
const [typed, long] = [Symbol.toStringTag, 'length'].map((name) => Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), name)!.get!) as [() => unknown, () => unknown];
export const kindOf = (value: unknown): string => (typed.call(value) as string | undefined) ?? (Array.isArray(value) ? 'Array' : tag(value).replace(/\w+Array$/, 'Object'));

/** What no host has: a tensor that is made of one is asked nothing more. */
export class Form {
  declare readonly size: number;

  declare readonly type: Type;
  declare readonly dims: readonly number[];

  constructor(type: Type, dims: readonly number[]) {
    this.type = type;
    this.dims = Object.freeze(dims);
    this.size = dims.reduce((all, dim) => all * dim, 1);
  }
}

const fail = (code: string, message: string, details: object): never => {
  throw new NearhandError(code, message, { ...details });
};

function known(type: unknown): Type {
  if (NAMES.includes(type as Type)) return type as Type;
  const name = short(type);
  if (OTHERS.includes(name)) fail('tensor-type-unsupported', `tensors of ${name} are not run; convert to one of ${NAMES.join(', ')}`, { type: name, allowed: NAMES });
  const near = nearest(name, NAMES);
  return fail('tensor-invalid', `there is no type "${name}"${near ? `; did you mean "${near}"?` : `: use one of ${NAMES.join(', ')}`}`, { type: name, allowed: NAMES, nearest: near });
}

/** With the dimensions as a list of its own. */
function shaped(type: Type, dims: unknown, length: number): Form {
  if (dims === undefined) return new Form(type, [length]);
  // A typed array of dimensions is as clear as a list.
  if (!/^(Array|U?[iI]nt(8|16|32)Array)$/.test(kindOf(dims))) fail('tensor-invalid', `dims must be a list of numbers, not ${kindOf(dims)}`, { dims: short(dims) });
  const copy = Array.from(dims as number[], (dim, axis) => {
    const whole = typeof dim === 'number' && Number.isSafeInteger(dim) && dim >= 0 && dim <= MOST;
    return whole ? dim : fail('tensor-invalid', `dims[${axis}] must be a whole number from 0 to ${MOST}, not ${typeof dim} ${short(dim)}`, { axis, dim: typeof dim === 'number' ? dim : short(dim) });
  });
  return new Form(type, copy);
}

/** The elements: the array itself where it is of the type's, else a copy of a list. */
function elements(type: Type, data: unknown): Data {
  const { array } = TYPES[type];
  const kind = kindOf(data);
  if (type === 'string') {
    if (kind !== 'Array') fail('tensor-invalid', `the elements of a string tensor must be an array of strings, not ${kind}`, { type });
    textsOf(data as unknown[]);
    return data as string[];
  }
  if (kind === array) return data as Data;
  if (kind === 'Uint8ClampedArray' && type === 'uint8') return new Uint8Array(data as Uint8ClampedArray);
  if (kind !== 'Array') {
    const more = type === 'int64' && kind === 'Int32Array' ? ': BigInt64Array.from(ids, BigInt)' : '';
    return fail('tensor-invalid', `the elements of a tensor of ${type} must be a ${array}, not ${kind}${more}`, { type, expected: array, have: kind });
  }
  const list = data as readonly unknown[];
  const made = new (arrayOf(type))(list.length);
  for (let at = 0; at < list.length; at++) (made as unknown as unknown[])[at] = element(type, list[at], at);
  return made;
}

/** A copy: the list is the host's, and may have changed since it became a tensor. */
const textsOf = (data: readonly unknown[]): string[] =>
  Array.from(data, (text, at) => (typeof text === 'string' ? text : fail('tensor-invalid', `the elements of a string tensor must be strings; number ${at} is ${typeof text}`, { type: 'string', at })));

/** One element of a list, exactly, or none: an array of JavaScript's would cut it to size without a word. */
function element(type: Type, value: unknown, at: number): number | bigint {
  const [low, high] = BOUNDS[type] ?? [];
  const refuse = (): never => fail('tensor-invalid', `element ${at} is no ${type}: ${typeof value} ${short(value)}`, { type, at, value: short(value) });
  if (type === 'bool') return typeof value === 'boolean' || value === 0 || value === 1 ? Number(value) : refuse();
  if (type === 'int64') {
    const whole = typeof value === 'bigint' ? value : Number.isSafeInteger(value) ? BigInt(value as number) : refuse();
    return BigInt.asIntN(64, whole) === whole ? whole : refuse();
  }
  if (typeof value !== 'number') return refuse();
  return low === undefined || (Number.isInteger(value) && value >= low && value <= high!) ? value : refuse();
}

/** The type that an array speaks for. */
function inferred(data: unknown): Type {
  const kind = kindOf(data);
  if (kind === 'Array') {
    const first = typeof (data as unknown[])[0];
    if (first === 'string') return 'string';
    if (first === 'boolean') return 'bool';
    fail('tensor-invalid', 'the type of a list of numbers must be said: new Tensor(type, data, dims)', {});
  }
  if (kind === 'Uint8ClampedArray') return 'uint8';
  const other = /^(.*?)Array$/.exec(kind)?.[1]?.replace('Big', '').toLowerCase();
  return NAMES.find((type) => type !== 'bool' && TYPES[type].array === kind) ?? known(other && OTHERS.includes(other) ? other : kind);
}

export const same = (a: Form, b: Form): boolean => a === b || (a.type === b.type && a.dims.length === b.dims.length && a.dims.every((dim, axis) => dim === b.dims[axis]));

const there = (data: Data | undefined): Data => data ?? fail('tensor-disposed', 'this tensor is disposed of', {});

/** A tensor, and what lies behind it, whatever the host has written over its fields: to be read while no code of the host's runs. */
export interface Held {
  readonly tensor: Public;
  readonly form: Form;
  readonly data: Data;
}

class Made {
  declare readonly type: Type;
  declare readonly dims: readonly number[];
  declare readonly size: number;
  /** As the fields that the host sees, and may write. */
  #form: Form;
  #data: Data | undefined;

  constructor(type: unknown, data?: unknown, dims?: unknown) {
    if (type instanceof Form) [this.#form, this.#data] = [type, data as Data];
    else {
      // `new Tensor(data, dims)` has one less.
      if (typeof type !== 'string') [type, data, dims] = [inferred(type), type, data];
      const name = known(type);
      this.#data = elements(name, data);
      this.#form = shaped(name, dims, this.#data.length);
      fits(this.#data, this.#form);
    }
    ({ type: this.type, dims: this.dims, size: this.size } = this.#form);
  }

  /** Of a tensor of this class or, by its type, data and dims, of another library's. */
  static held(value: unknown): Held | undefined {
    let tensor: Made;
    const object = Object(value) as object;
    if (#form in object) tensor = object;
    else {
      const { type, data, dims } = object as Partial<Public>;
      if (typeof type !== 'string' || !data || !dims) return;
      tensor = new Made(type, data, dims);
    }
    const form = tensor.#form;
    const data = there(tensor.#data);
    return { tensor: tensor as unknown as Public, form, data: form.type === 'string' ? textsOf(data as string[]) : data };
  }

  get data(): Data {
    return there(this.#data);
  }

  get location(): Public.DataLocation {
    return this.#data ? 'cpu' : 'none';
  }

  async getData(): Promise<Data> {
    return this.data;
  }

  reshape(dims: readonly number[]): Made {
    return new Made(this.type, this.data, dims);
  }

  dispose(): void {
    this.#data = undefined;
  }
}

/** Asked again when it is fed: a buffer may have been transferred or resized meanwhile. */
export function fits(data: Data, { dims, size }: Form): void {
  const length = Array.isArray(data) ? data.length : (long.call(data) as number);
  if (length === size) return;
  const gone = length === 0 ? ' (was its buffer transferred?)' : '';
  fail('tensor-invalid', `dims [${dims.join(', ')}] are ${size} elements, and the data has ${length}${gone}`, { dims, elements: size, length });
}

export const Tensor = Made as unknown as TensorConstructor;
/** The same, of what an output is. */
export const Answered = Made as unknown as new (form: Form, data: Data) => Public;
export const heldBy = Made.held;
