/**
 * `nearhand/bucket`: the bucket of a visitor in a test, without an engine. The same as `shop.bucket` and as a rule's `test`, bit for bit.
 *
 * ```ts
 * if (bucket('slates', visitor, 2) === 1) {
 *   const { load } = await import('nearhand'); // the control arm downloads nothing
 * }
 * ```
 */
import { bucketOf } from './words/bucket-of.js';
import { NearhandError } from './words/errors.js';

/**
 * 0 to `buckets` − 1, of 2 to 1000. FNV-1a 64 of the UTF-8 of `test`, a byte 0xff and the UTF-8 of `visitor`; the finalizer of
 * MurmurHash3; its upper 32 bits × `buckets` / 2³², rounded down. The same visitor is always in the same bucket of a
 * test, and the buckets of two tests have nothing to do with each other.
 */
export function bucket(test: string, visitor: string, buckets: number): number {
  if (typeof test !== 'string' || typeof visitor !== 'string' || !Number.isInteger(buckets) || buckets < 2 || buckets > 1000) {
    throw new NearhandError('invalid-option', 'bucket takes a test, a visitor and 2 to 1000 buckets', { option: 'buckets', value: buckets });
  }
  return bucketOf(test, visitor, buckets);
}
