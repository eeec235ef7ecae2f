/** From a signed statement to files that are what it says: nothing of them is read before. */
import { NearhandError, short } from '../words/errors.js';
import type { BundleSource, Trusted } from '../words/types.js';
import { digestOf } from '../files/digest.js';
import { aborted, failing, type FetchOptions, isUrl, MAX_BYTES, need, readBundle } from '../files/fetch.js';
import { verified } from './envelope.js';
import type { Checked } from './options.js';
import { hasEnded, judge, type Statement, statementOf } from './statement.js';

/** A statement with its signature: a kilobyte, and room. */
const MOST = 1 << 14;

export interface ProveOptions extends Omit<FetchOptions, 'maxBytes'> {
  readonly maxBytes?: number | undefined;
  readonly now: () => number;
  /** The highest sequence that was seen of this name under these keys. */
  readonly seen?: number;
}

/** A statement that is to be acted on. */
export interface Proof {
  readonly statement: Statement;
  /** The statement as it came, and the trusted keys that have signed it. */
  readonly envelope: Uint8Array;
  readonly keys: readonly string[];
  /** As `info().trust` tells it. */
  told(): Trusted;
  /** Where the file of this place in the list lies; undefined where there is none, or the host has given statement and files apart. */
  where(at: number): string | undefined;
  /** The bytes of that file, of the host's own if he gives them, which are what was signed. Rejects with `bundle-digest-mismatch` and those of reading. */
  read(at: number, given?: BundleSource, stop?: AbortSignal): Promise<Uint8Array>;
}

/** Fetches and judges the statement of a bundle, or the one that `source` is. */
export async function prove(source: BundleSource, trust: Checked, options: ProveOptions): Promise<Proof> {
  const { signal, readFile, maxBytes = MAX_BYTES, now, seen = 0 } = options;
  // One time for all: what holds when it begins holds to its end.
  const began = now();
  const { keys, lowest, toleranceMs } = trust;
  const { bytes, folder } = await small(trust.statement ?? source, options);
  const { payload, keys: signed } = await verified(bytes, keys);
  const statement = statementOf(payload);
  judge(statement, { name: trust.name, lowest: Math.max(lowest, seen), toleranceMs }, began);
  const { files, expires, createdAt, ...rest } = statement;
  const where = (at: number): string | undefined => (trust.statement === undefined && files[at] ? folder + files[at].path : undefined);
  return {
    statement,
    envelope: bytes,
    keys: signed,
    where,
    told: () => ({ ...rest, createdAt, expires, key: signed[0]!, expired: hasEnded(statement, now(), toleranceMs) }),
    async read(at, given, stop = signal) {
      const file = files[at];
      if (!file) throw new NearhandError('bundle-unsigned', `the statement says nothing of a file ${at + 1}`, { files: files.length });
      const from = given ?? where(at) ?? (at ? undefined : source);
      const { sha256, bytes } = file;
      const mismatch = (why: string, details: object): NearhandError =>
        new NearhandError('bundle-digest-mismatch', `the file is not the one that was signed: ${why}`, { reason: 'signed', path: file.path, ...details });
      const read = await readBundle(from as BundleSource, { signal: stop, readFile, maxBytes: Math.min(maxBytes, bytes) }).catch((error: NearhandError) => {
        throw error.code === 'bundle-too-large' && bytes <= maxBytes ? mismatch(`it has more than ${bytes} bytes`, { expected: bytes }) : error;
      });
      const computed = await digestOf(read, true);
      if (computed !== sha256) throw mismatch(`it has the SHA-256 ${computed}, not ${sha256}`, { computed, expected: sha256 });
      return read;
    },
  };
}

/** A statement is small: of anything else no more is read than one may have. With it comes the folder where it lies, in the end. */
async function small(source: BundleSource, { signal, readFile }: Omit<FetchOptions, 'maxBytes'>): Promise<{ bytes: Uint8Array; folder: string }> {
  try {
    const from: unknown = await failing(() => source, 'the statement', signal);
    const found = isUrl(from) ? await failing<unknown>(() => readFile?.(from, MOST) ?? fetched(from, signal), short(from), signal) : from;
    const bytes = await readBundle(found as BundleSource, { signal, maxBytes: MOST });
    const place = (found as Response).url || (isUrl(from) ? String(from) : '');
    // A path on a disk may have those marks in its folders' names.
    const path = typeof from === 'string' && ArrayBuffer.isView(found) && !/^file:/i.test(from);
    return { bytes, folder: (path ? place : place.replace(/[?#].*$/s, '')).replace(/[^/\\]*$/, '') };
  } catch (error) {
    if ((error as NearhandError).code !== 'bundle-too-large') throw error;
    throw new NearhandError('bundle-unsigned', `this is no signed statement: it has more than ${MOST} bytes`, { maxBytes: MOST });
  }
}

/** Past the browser's cache: an old statement is a valid one. `no-store`, as workerd knew `no-cache` late (compatibility date 2025-08-07). */
function fetched(url: string | URL, signal: AbortSignal | undefined): Promise<Response> {
  need('fetch');
  const fresh = 'Request' in globalThis && 'cache' in Request.prototype;
  return fetch(url, { ...(signal && { signal }), ...(fresh && { cache: 'no-store' as const }) });
}

/** What never comes ends the wait. */
export async function within<T>(signal: AbortSignal, ms: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let end = (): void => {};
  work.catch(() => {});
  const late = new Promise<never>((_, reject) => {
    end = () => reject(aborted(signal));
    try {
      // At an edge worker's global scope there are no timers.
      timer = setTimeout(() => reject(new NearhandError('load-timeout', `no signed statement within ${ms} ms`, { ms })), ms);
    } catch {}
  });
  signal.addEventListener('abort', end);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}
