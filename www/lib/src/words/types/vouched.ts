/** Files that are what their publisher has signed, for whatever opens them: `nearhand/trust`. */
import type { BundleSource, Trust } from './load.js';
import type { Trusted } from './trust.js';

export interface VouchedOptions {
  readonly signal?: AbortSignal;
  /** Largest file accepted, bytes. Default 64 MiB. */
  readonly maxBytes?: number;
  /** The clock. Default `Date.now`. */
  readonly now?: () => number;
}

export interface Vouched {
  readonly trust: Trusted;
  /** How many files the statement has. */
  readonly files: number;
  /**
   * The bytes of a file, by its place in the statement, from 0; the first by default. With `trust.statement` that one is the first argument
   * of `vouched`. Rejects with `bundle-digest-mismatch`, `bundle-too-large`, `fetch-failed`.
   */
  read(at?: number): Promise<Uint8Array>;
}

/** What `trusted` makes: whose signature `nearhand/suggest`, `/complete`, `/assess` and `/onnx` want, as their option `trust`. */
export interface Trusting {
  /** What the statement says of what was opened last; `null` before. */
  info(): Trusted | null;
  /**
   * For those entries: opens what a statement vouches for. `opens` is handed the first file's bytes, which reject where it is not what was signed, and the
   * place where it lies. The sequence is remembered once that has opened it: a lower one is refused from then on.
   */
  open<T>(source: unknown, options: { readonly signal?: AbortSignal | undefined; readonly maxBytes?: number | undefined }, opens: (file: Promise<Uint8Array>, place: Promise<string>) => Promise<T>): Promise<T>;
}

/** Throws `invalid-option`, `unknown-option`. `options.now`: the clock. */
export type Trusts = (trust: Trust, options?: Pick<VouchedOptions, 'now'>) => Trusting;

/**
 * Reads a signed statement; its files come as they are asked for, and are what was signed. It keeps nothing: pass the highest
 * `trust.sequence` that you have seen as `lowest`.
 *
 * Rejects with `bundle-unsigned`, `statement-invalid`, `key-unknown`, `signature-invalid`, `signature-unsupported`, `bundle-other-name`,
 * `bundle-expired`, `bundle-rolled-back`, and those of reading.
 */
export type Vouch = (source: BundleSource, trust: Trust, options?: VouchedOptions) => Promise<Vouched>;
