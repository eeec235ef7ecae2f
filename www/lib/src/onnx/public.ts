/**
 * What `nearhand/onnx` exports, as types, on every runtime. The names are those of onnxruntime-common, so that a program written for
 * onnxruntime-web finds them; what this engine does not have (other places of data than memory, other providers) is left out.
 */
import type { Trusting, WasmSource } from '../words/types.js';

export { NearhandError } from '../words/errors.js';
export type { ErrorDetails } from '../words/errors.js';
export type { Trusted, Trusting, WasmSource } from '../words/types.js';
export { version } from '../words/version.js';

type Given = string | URL | ArrayBufferLike | ArrayBufferView | Response | Blob;
/** A URL (in Node also a path), the bytes, a response or a file of the visitor's; a promise of any of them is as good. */
export type ModelSource = Given | Promise<Given>;

export declare namespace Tensor {
  /** The array that holds each type's elements. The others that ONNX knows (float16, uint16, int16, uint32, uint64, …) are refused. */
  interface DataTypeMap {
    float32: Float32Array;
    float64: Float64Array;
    int64: BigInt64Array;
    int32: Int32Array;
    int8: Int8Array;
    uint8: Uint8Array;
    /** A byte each: 0 is false, anything else true. */
    bool: Uint8Array;
    string: string[];
  }
  interface ElementTypeMap {
    float32: number;
    float64: number;
    int64: bigint;
    int32: number;
    int8: number;
    uint8: number;
    bool: boolean;
    string: string;
  }
  type Type = keyof DataTypeMap;
  type DataType = DataTypeMap[Type];
  type ElementType = ElementTypeMap[Type];
  /** `none` once it is disposed of. */
  type DataLocation = 'cpu' | 'none';
}

/** A dense tensor of a known type, row-major. */
export interface TypedTensor<T extends Tensor.Type> {
  readonly type: T;
  /** Extent of each axis; `[]` for a single value. */
  readonly dims: readonly number[];
  /** Number of elements: the product of `dims`. */
  readonly size: number;
  /** The elements. Throws `tensor-disposed` after `dispose`. */
  readonly data: Tensor.DataTypeMap[T];
  readonly location: Tensor.DataLocation;
  /** The elements, at once. */
  getData(release?: boolean): Promise<Tensor.DataTypeMap[T]>;
  /** The same elements by other dimensions of the same product, without a copy. Throws `tensor-invalid`. */
  reshape(dims: readonly number[]): TypedTensor<T>;
  /** Lets go of the elements. */
  dispose(): void;
}

/** A dense tensor, row-major. */
export interface Tensor extends TypedTensor<Tensor.Type> {}

/** Throws `tensor-invalid` for data or dimensions that do not fit, `tensor-type-unsupported` for a type that is not run. */
export interface TensorConstructor {
  new (type: 'string', data: readonly string[], dims?: readonly number[]): TypedTensor<'string'>;
  new (type: 'bool', data: Uint8Array | readonly boolean[], dims?: readonly number[]): TypedTensor<'bool'>;
  new (type: 'uint8', data: Uint8Array | Uint8ClampedArray | readonly number[], dims?: readonly number[]): TypedTensor<'uint8'>;
  new (type: 'int64', data: BigInt64Array | readonly bigint[] | readonly number[], dims?: readonly number[]): TypedTensor<'int64'>;
  new <T extends Exclude<Tensor.Type, 'string' | 'bool' | 'uint8' | 'int64'>>(type: T, data: Tensor.DataTypeMap[T] | readonly number[], dims?: readonly number[]): TypedTensor<T>;
  new (data: Float32Array, dims?: readonly number[]): TypedTensor<'float32'>;
  new (data: Float64Array, dims?: readonly number[]): TypedTensor<'float64'>;
  new (data: BigInt64Array, dims?: readonly number[]): TypedTensor<'int64'>;
  new (data: Int32Array, dims?: readonly number[]): TypedTensor<'int32'>;
  new (data: Int8Array, dims?: readonly number[]): TypedTensor<'int8'>;
  new (data: Uint8Array | Uint8ClampedArray, dims?: readonly number[]): TypedTensor<'uint8'>;
  new (data: readonly boolean[], dims?: readonly number[]): TypedTensor<'bool'>;
  new (data: readonly string[], dims?: readonly number[]): TypedTensor<'string'>;
  new (type: Tensor.Type, data: Tensor.DataType | readonly number[] | readonly bigint[] | readonly string[] | readonly boolean[], dims?: readonly number[]): Tensor;
  new (data: Tensor.DataType, dims?: readonly number[]): Tensor;
}
export declare const Tensor: TensorConstructor;
/** What goes in and comes out. */
export type OnnxValue = Tensor;

export declare namespace InferenceSession {
  type OnnxValueMapType = { readonly [name: string]: Tensor };
  type NullableOnnxValueMapType = { readonly [name: string]: Tensor | null };
  /** An input's tensor by its name; what onnxruntime-common's own class made is taken as well. */
  type FeedsType = OnnxValueMapType;
  /** Names of outputs; or by name null, or a tensor into which the output is written. */
  type FetchesType = readonly string[] | NullableOnnxValueMapType;
  type ReturnType = OnnxValueMapType;

  /** Beyond these a model is refused with `model-too-large`. What is not given rises with `bytes`. */
  interface Limits {
    /** Of the file. Default 64 MiB, at most 2 GiB. */
    readonly bytes?: number;
    /** Elements of one tensor. Default 2²⁶. */
    readonly tensorElements?: number;
    /** Elements of all tensors together, weights and results. Default 2²⁸. */
    readonly totalElements?: number;
    /** Nodes of the graph. Default 16 384. */
    readonly nodes?: number;
    /** Multiplications of one run. Default 2³⁴, some seconds. */
    readonly products?: number;
  }

  interface SessionOptions {
    /** Ends the download; once the graph is opened it does nothing any more. */
    readonly signal?: AbortSignal;
    /**
     * Whose signature the file must have: `trusted({ keys, name })` of `nearhand/trust`. The source is the signed statement then, unless `statement` is given there;
     * without a signature nothing is opened. See docs/signing.md.
     */
    readonly trust?: Trusting;
    readonly limits?: Limits;
    /** An own copy of `nearhand-onnx.wasm`: its URL, its bytes or the compiled module. */
    readonly wasm?: WasmSource;
    /**
     * Pairs of an input and the output that takes its place in the next run, by name, instead of those that are recognised: see
     * `InferenceSession.stateNames`.
     */
    readonly states?: { readonly [input: string]: string };
    /** `wasm` or `cpu` must be among them, where they are given: there is no other. */
    readonly executionProviders?: readonly (string | { readonly name: string })[];
    /** Of onnxruntime; taken and of no effect here, as is what follows. */
    readonly graphOptimizationLevel?: 'disabled' | 'basic' | 'extended' | 'layout' | 'all';
    readonly intraOpNumThreads?: number;
    readonly interOpNumThreads?: number;
    readonly freeDimensionOverrides?: { readonly [dimension: string]: number };
    readonly enableCpuMemArena?: boolean;
    readonly enableMemPattern?: boolean;
    readonly executionMode?: 'sequential' | 'parallel';
    readonly enableProfiling?: boolean;
    readonly profileFilePrefix?: string;
    readonly logId?: string;
    readonly logSeverityLevel?: 0 | 1 | 2 | 3 | 4;
    readonly logVerbosityLevel?: number;
    readonly preferredOutputLocation?: 'cpu' | { readonly [output: string]: 'cpu' };
    readonly extra?: Record<string, unknown>;
  }

  interface RunOptions {
    /** Where it is aborted before the run begins, the run rejects with `aborted`. A run that has begun goes to its end. */
    readonly signal?: AbortSignal;
    /** The states come from here and go back: their inputs are not fed, their outputs not answered. A run that fails leaves it as it was. */
    readonly state?: SessionState;
    /** Of onnxruntime; taken and of no effect here, as is what follows. */
    readonly logSeverityLevel?: 0 | 1 | 2 | 3 | 4;
    readonly logVerbosityLevel?: number;
    readonly tag?: string;
    readonly extra?: Record<string, unknown>;
  }

  interface TensorValueMetadata {
    readonly name: string;
    readonly isTensor: true;
    readonly type: Tensor.Type;
    /** The extent of each axis, or the name that the graph has for it; '' where it has none. `[]` also where the rank is open. */
    readonly shape: readonly (number | string)[];
    /** Of an input: whether it may be left out. */
    readonly optional: boolean;
  }
  type ValueMetadata = TensorValueMetadata;
}

/**
 * What a graph hands from one run to the next, kept in the session's memory: `session.run(feeds, { state })`. Its methods throw `closed`
 * once it or its session is released.
 */
export interface SessionState {
  /** Rows of what grows: the tokens of a language model so far. 0 where nothing grows. */
  readonly length: number;
  /** Bytes of memory that it holds. */
  readonly bytes: number;
  /**
   * Cuts what grows back to its first rows: the next run goes on from there. Throws `invalid-option` beyond its length, `model-mismatch`
   * where a state is another with every run and cannot be gone back in: keep a clone.
   */
  truncate(length: number): void;
  /** One that goes its own way. */
  clone(): SessionState;
  /** Gives its memory back to the session. A second call does nothing. */
  release(): void;
}

/** One loaded graph in a wasm instance of its own. */
export interface InferenceSession {
  /** Those that may be left out come last. */
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** In the order of the names. */
  readonly inputMetadata: readonly InferenceSession.ValueMetadata[];
  readonly outputMetadata: readonly InferenceSession.ValueMetadata[];
  /**
   * Inputs whose value is an output of the run before: caches of keys and values, hidden values of recurrent cells. Recognised by what the
   * graph does with them and by the usual names (`past_key_values.0.key` and `present.0.key`), or declared (`states`).
   */
  readonly stateNames: readonly string[];
  /** Bytes of wasm memory that the session holds. It never shrinks before `release`. */
  readonly memoryBytes: number;
  /**
   * Runs the graph once, within the call: what is fed is read before it returns, so that several calls answer in their order and never
   * meet. Rejects with `input-missing`, `input-unknown`, `output-unknown`, `model-mismatch` for another type or shape than the graph
   * takes, `tensor-invalid`, `model-failed`, `closed` after `release`, `engine-trapped` where the engine has stopped; with what a
   * graph is refused for (`model-operator-unsupported`, `model-too-large`, …) where that is known only once the shapes are.
   */
  run(feeds: InferenceSession.FeedsType, options?: InferenceSession.RunOptions): Promise<InferenceSession.ReturnType>;
  run(feeds: InferenceSession.FeedsType, fetches: InferenceSession.FetchesType, options?: InferenceSession.RunOptions): Promise<InferenceSession.ReturnType>;
  /** States before the first run: no rows of what grows, zeros in all else. One session may have many. Throws `closed`, `engine-trapped`. */
  state(): SessionState;
  /** Lets go of graph, states and memory. Later runs reject with `closed`; a second call does nothing. */
  release(): Promise<void>;
}

/**
 * Reads and checks a graph, and plans it where its inputs are of fixed shape. Rejects with `fetch-failed`, `aborted`, `body-used`,
 * `model-malformed`, `model-external-data`, `model-operator-unsupported`, `model-too-large`, `out-of-memory`, with what the wasm
 * itself fails for (`wasm-unsupported`, `wasm-missing`, `wasm-mismatch`), `invalid-option` and `unknown-option`.
 */
export interface InferenceSessionFactory {
  create(model: ModelSource, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  create(buffer: ArrayBufferLike, byteOffset: number, byteLength?: number, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
}
export declare const InferenceSession: InferenceSessionFactory;

/** Settings of onnxruntime-web, kept so that a program which sets them runs; nothing reads them. */
export interface Env {
  logLevel?: string;
  debug?: boolean;
  trace?: boolean;
  wasm: { numThreads?: number; simd?: unknown; proxy?: boolean; initTimeout?: number; trace?: boolean; wasmPaths?: unknown; wasmBinary?: unknown };
  webgl: Record<string, unknown>;
  webgpu: Record<string, unknown>;
  readonly versions: { readonly nearhand: string };
}
export declare const env: Env;

declare const all: { readonly InferenceSession: InferenceSessionFactory; readonly Tensor: TensorConstructor; readonly env: Env };
export default all;
