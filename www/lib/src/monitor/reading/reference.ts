/** A reference's bytes, from wherever the host has them. */
import { bytesOf, type FetchOptions, isUrl, readBundle, unfetched } from '../../files/fetch.js';
import { NearhandError } from '../../words/errors.js';
import { invalid } from '../../words/plain.js';
import type { WithReference } from '../words/public.js';
import { fromHex } from './counted.js';

/** Bytes of a reference, at most. */
const MOST = 128 * 1024;

export const isShop = (given: unknown): given is WithReference => typeof (given as WithReference | null | undefined)?.info === 'function';

/** A copy: the host's bytes may change. */
export async function readReference(source: unknown, options: Omit<FetchOptions, 'maxBytes'>, path: string): Promise<Uint8Array> {
  let given: unknown;
  try {
    given = await source;
  } catch (error) {
    throw error instanceof NearhandError ? error : unfetched('the reference', error);
  }
  if (isShop(given)) return ofShop(given, path);
  const known = bytesOf(given) || isUrl(given) || typeof (given as Response | null)?.headers?.get === 'function';
  if (!known || given === '') invalid(path, 'a URL, the bytes of a reference, a Response or a shop', given);
  try {
    return (await readBundle(given as Response, { ...options, maxBytes: MOST })).slice();
  } catch (error) {
    if ((error as NearhandError).code !== 'bundle-too-large') throw error;
    throw new NearhandError('monitor-reference-malformed', `a reference has at most ${MOST} bytes`, { maxBytes: MOST });
  }
}

function ofShop(shop: WithReference, path: string): Uint8Array {
  const reference = shop.info().monitor?.reference;
  if (reference === undefined) throw new NearhandError('monitor-reference-invalid', `${path}: the shop's bundle has no reference that this release reads: pack it with this one, or pass a reference`);
  return fromHex(reference);
}
