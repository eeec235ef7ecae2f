/** A file of a model: kept from the last visit, or fetched; either way what its digest says. */
import { NearhandError, short } from '../words/errors.js';
import { unread } from '../words/plain.js';
import { digestOf } from './digest.js';
import { failing, type FetchOptions, throwIfAborted } from './fetch.js';
import { drop, find, keep } from './kept.js';
import { own } from './own.js';
import { readResuming, tooLarge, type ReadOptions } from './resume.js';

/** Bytes from which on the beginning of a file is kept, too. */
const WORTH = 1 << 16;

export type { Progress } from './resume.js';

export interface DownloadOptions extends FetchOptions, Pick<ReadOptions, 'bytes' | 'onProgress' | 'pause' | 'stallMs'> {
  /** SHA-256 in hex. Without it nothing is kept, and nothing that is kept is taken. */
  readonly digest?: string | undefined;
  /** Of files with one name the newest is kept. Default: the URL up to its query. */
  readonly name?: string | undefined;
  /** Whether the file may be kept and taken from there. Default true. */
  readonly cache?: boolean | undefined;
}

export interface Downloaded {
  /** A buffer of their own, which may be transferred (`own.ts`), unless `readFile` has given it. */
  readonly bytes: Uint8Array;
  /** Whether they were kept from an earlier visit. */
  readonly cached: boolean;
  /** Whether they are kept for the next one. Never rejects; nobody has to wait for it. */
  readonly kept: Promise<boolean>;
}

/**
 * Rejects with `fetch-failed`, `aborted`, `download-too-large`, `download-digest-mismatch`, `out-of-memory`, `runtime-lacks` (no `fetch`;
 * no SHA-256, as on a page without https), `invalid-option` where `onProgress` throws.
 */
export async function download(url: string | URL, options: DownloadOptions): Promise<Downloaded> {
  const { signal, maxBytes, readFile, bytes: expected, digest, cache = true, onProgress } = options;
  throwIfAborted(signal);
  const told = short(url);
  if (digest !== undefined && !globalThis.crypto?.subtle) {
    throw new NearhandError('runtime-lacks', 'this runtime has no SHA-256 (a page without https), by which the file could be checked', { name: 'crypto.subtle' });
  }
  const wrong = (bytes: Uint8Array): Promise<NearhandError | undefined> => differs(bytes, told, expected, digest);
  /** Progress in one step: all of it is here. */
  const at = (bytes: Uint8Array): Uint8Array => {
    try {
      onProgress?.({ loaded: bytes.length, total: bytes.length });
    } catch (error) {
      throw unread(error, 'load.onProgress');
    }
    return bytes;
  };
  const file = readFile?.(url, maxBytes);
  if (file) {
    const bytes = await failing(() => file, told, signal);
    if (bytes.length > maxBytes) throw tooLarge(told, bytes.length, maxBytes);
    const error = await wrong(bytes);
    if (error) throw error;
    return { bytes: at(bytes), cached: false, kept: Promise.resolve(false) };
  }
  const part = digest && cache ? `${digest}/part` : undefined;
  // Side by side: a cache that hangs is waited for once.
  const [whole, begun] = part ? await Promise.all([find(digest!, maxBytes), find(part, maxBytes)]) : [];
  throwIfAborted(signal);
  if (whole && !(await wrong(whole))) return { bytes: own(at(whole)), cached: true, kept: Promise.resolve(true) };
  if (whole) await drop(digest!);
  const read = (more: object): Promise<Uint8Array> => readResuming(url, { ...options, digested: digest !== undefined, ...more });
  const named = options.name ?? String(url).replace(/[?#].*/s, '');
  let bytes = await read({
    begun,
    onLeft(left: Uint8Array) {
      // A beginning that nothing could be joined to is in the way.
      if (part && begun && left.length <= begun.length) void drop(part);
      else if (part && left.length >= WORTH) void keep(part, named, left, true);
    },
  });
  let error = await wrong(bytes);
  // A cache on the way may have the file of yesterday, or what was joined is of two.
  if (error?.code === 'download-digest-mismatch') {
    // Whatever comes of that, what was joined is not joined again.
    if (part && begun) void drop(part);
    error = await wrong((bytes = await read({ reload: true, onProgress: undefined })));
  }
  throwIfAborted(signal);
  if (error) throw error;
  const kept = digest && cache ? keep(digest, named, bytes) : Promise.resolve(false);
  return { bytes: own(bytes), cached: false, kept };
}

/** What is wrong with the bytes, if anything. */
async function differs(bytes: Uint8Array, url: string, expected: number | undefined, digest: string | undefined): Promise<NearhandError | undefined> {
  const mismatch = (why: string, details: object): NearhandError =>
    new NearhandError('download-digest-mismatch', `${url} is not the file that is meant: ${why}; is it of another release, or uploaded in part?`, { url, ...details });
  if (expected !== undefined && bytes.length !== expected) return mismatch(`it has ${bytes.length} bytes, not ${expected}`, { reason: 'bytes', bytes: bytes.length, expected });
  if (digest === undefined) return undefined;
  const computed = await digestOf(bytes, true);
  return computed === digest.toLowerCase() ? undefined : mismatch(`it has the digest ${computed ?? 'none'}`, { reason: 'digest', computed, expected: digest });
}
