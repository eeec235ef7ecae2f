/** The files of a signed statement, for the entries that have no `trust` of their own: the search box, graphs, completions, transactions. */
import { hostClock } from '../words/clock.js';
import type { BundleSource, Trust, Trusted } from '../words/types.js';
import type { FetchOptions } from '../files/fetch.js';
import { checkTrust } from './options.js';
import { prove } from './prove.js';

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

/**
 * Reads a signed statement; its files come as they are asked for, and are what was signed. It keeps nothing: pass the highest
 * `trust.sequence` that you have seen as `lowest`.
 *
 * Rejects with `bundle-unsigned`, `statement-invalid`, `key-unknown`, `signature-invalid`, `signature-unsupported`, `bundle-other-name`,
 * `bundle-expired`, `bundle-rolled-back`, and those of reading.
 */
export const vouching =
  (readFile?: FetchOptions['readFile']) =>
  async (source: BundleSource, trust: Trust, { signal, maxBytes, now }: VouchedOptions = {}): Promise<Vouched> => {
    const proof = await prove(source, checkTrust(trust, 'trust'), { signal, maxBytes, readFile, now: hostClock(now, 'now') });
    return Object.freeze({ trust: Object.freeze(proof.told()), files: proof.statement.files.length, read: (at = 0) => proof.read(at) });
  };
