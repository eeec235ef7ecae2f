/** What `nearhand/complete` exports, as types, on every runtime: loading. What a completer does is in `completer-types.ts`. */
import type { Trusting, WasmSource } from '../../words/types.js';
import type { Completer } from './completer-types.js';
import type { Golden } from './golden-types.js';

export { NearhandError } from '../../words/errors.js';
export type { ErrorDetails } from '../../words/errors.js';
export type { Trusted, Trusting, WasmSource } from '../../words/types.js';
export { version } from '../../words/version.js';
export type * from './completer-types.js';
export type { Golden } from './golden-types.js';

type Given = string | URL | ArrayBufferLike | ArrayBufferView | Response | Blob;
/** A URL (in Node also a path), the bytes, a response or a file of the visitor's; a promise of any of them is as good. */
export type FileSource = Given | Promise<Given>;

/** A model that comes without a completer.json: the same fields, and files from anywhere. */
export interface ModelFiles {
  /** A causal language model in ONNX; which graphs are taken: docs/complete.md. */
  readonly model: FileSource;
  /** Its `tokenizer.json`. */
  readonly tokenizer: FileSource;
  /** A text that n-grams are primed with once `adapt` turns them on; it is read then, not before. */
  readonly prime?: FileSource;
  /** Shown in `info`. */
  readonly name?: string;
  /** Tokens that the model was trained to see, 2 to 2²⁰. Default 256. */
  readonly context?: number;
  /** The special token that begins a text, by name, as `<s>`. Default none. */
  readonly begin?: string;
  /** Special tokens that end a text, by name, at most 64. Default none. */
  readonly ends?: readonly string[];
  /** Whether the model's logits may have more columns than the tokenizer has tokens. Default false: `tokenizer-mismatch`. */
  readonly padded?: boolean;
  /** How turns of a conversation are written, for `languageModel`. */
  readonly template?: Template;
  /** Recorded answers, at most 8: what opens otherwise is refused. Default none. */
  readonly goldens?: readonly Golden[];
}

/**
 * How turns of a conversation are written. A turn is the text in front of its role, what is said, and the text behind it. All are at most
 * 1,024 characters. Names of special tokens in them (`<|im_start|>`) are read as those tokens, in what is said they are not.
 */
export interface Template {
  readonly system?: readonly [before: string, after: string];
  readonly user?: readonly [before: string, after: string];
  readonly assistant?: readonly [before: string, after: string];
}

/** A URL (in Node also a path) of a completer.json, or a response of it; or a model's files themselves. A promise of any of them is as good. */
export type CompleterSource = string | URL | Response | ModelFiles | Promise<string | URL | Response | ModelFiles>;

/** How far the download is. */
export interface LoadProgress {
  /** Bytes that are here, of model, tokenizer and engine together; those of an earlier visit count. */
  readonly loaded: number;
  /** Bytes in all, where they are known. */
  readonly total?: number;
}

export interface LoadOptions {
  /** Ends the download; once `load` has resolved it does nothing any more. */
  readonly signal?: AbortSignal;
  /**
   * Whose signature the completer.json must have: `trusted({ keys, name })` of `nearhand/trust`. The source is the signed statement then, unless `statement` is given there;
   * without a signature nothing is opened. Each file
   * that it names must stand there with its SHA-256. See docs/signing.md.
   */
  readonly trust?: Trusting;
  /** Told while files come, at most some fifty times. */
  readonly onProgress?: (progress: LoadProgress) => void;
  /**
   * Whether the model runs in a worker of its own. Default true in browsers, where it falls back to this thread in turns of some
   * milliseconds when no worker can be had (`info().place`); false in Node and workerd. A URL (also a `TrustedScriptURL`): the worker's
   * script, where a page's policy or bundler wants its own copy of `nearhand/complete-worker`. A function: makes the worker.
   */
  readonly worker?: boolean | string | URL | { toJSON(): string } | (() => Worker);
  /** Whether what was downloaded is kept in the Cache API by its SHA-256, where there is both. Default true in browsers. */
  readonly cache?: boolean;
  /** Largest model accepted, bytes. Default 256 MiB, at most 2 GiB. */
  readonly maxBytes?: number;
  /**
   * Most wasm memory, bytes, at least 16 MiB. Default 2 GiB, at most 4 GiB. Held while the model opens and between tokens: beyond it
   * calls fail with `out-of-memory`, and a new instance takes the place of the large one.
   */
  readonly maxMemory?: number;
  /** An own copy of `nearhand-complete.wasm`: its URL, its bytes or the compiled module. */
  readonly wasm?: WasmSource;
  /** A clock in milliseconds that never goes back, by which deadlines are held. Default `performance.now`. */
  readonly now?: () => number;
}

/**
 * Fetches, checks and opens a model. Rejects with `fetch-failed`, `aborted`, `body-used`, `manifest-invalid` (completer.json),
 * `download-digest-mismatch`, `download-too-large`, `model-too-large`, `out-of-memory`, `tokenizer-mismatch`, `token-unknown`, `golden-mismatch`,
 * what a completion fails with where a golden does (`logits-not-finite`, `prompt-empty`), what the engine says to a file that it
 * does not run (`model-malformed`, `model-mismatch`, `model-operator-unsupported`, …) and the tokenizer to its own (`tokenizer-malformed`,
 * `tokenizer-unsupported`, `tokenizer-too-large`), with what the wasm itself fails for (`wasm-unsupported`, `wasm-missing`, `wasm-mismatch`),
 * `invalid-option` and `unknown-option`.
 */
export type Load = (source: CompleterSource, options?: LoadOptions) => Promise<Completer>;
export declare const load: Load;
