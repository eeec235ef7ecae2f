/** An index's bytes, from wherever the host has them, and whether they are those that were meant. */
import { digestOf } from '../files/digest.js';
import { bytesOf, type FetchOptions, isUrl, readBundle, unfetched } from '../files/fetch.js';
import { NearhandError } from '../words/errors.js';
import { invalid } from '../words/plain.js';

/** A buffer is given back as a view on itself. */
export async function readIndex(source: unknown, options: FetchOptions, digest: string | undefined): Promise<Uint8Array> {
  let given: unknown;
  try {
    given = await source;
  } catch (error) {
    throw error instanceof NearhandError ? error : unfetched('the index', error);
  }
  const known = bytesOf(given) || isUrl(given) || typeof (given as Response | null)?.headers?.get === 'function';
  if (!known || given === '') invalid('load.index', 'a URL, the bytes of an index or a Response', given);
  let index: Uint8Array;
  try {
    index = await readBundle(given as Response, options);
  } catch (error) {
    const { code, details } = error as NearhandError;
    if (code !== 'bundle-too-large') throw error;
    const { bytes, maxBytes } = details;
    throw new NearhandError('suggest-too-large', `the index has at least ${bytes} bytes, more than maxBytes ${maxBytes}: raise it, to 2 GiB at most`, { bytes, maxBytes });
  }
  if (digest === undefined) return index;
  const computed = await digestOf(index, true);
  if (!computed) throw new NearhandError('runtime-lacks', 'this runtime has no SHA-256 (a page without https), by which `digest` could be checked', { name: 'crypto.subtle' });
  if (computed === digest.toLowerCase()) return index;
  throw new NearhandError('suggest-digest-mismatch', `the index is not the one that \`digest\` names: it has ${computed}`, { computed, expected: digest, reason: 'expected' });
}
