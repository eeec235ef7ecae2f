/**
 * `nearhand/bucket`: the bucket of a visitor in a test, without an engine. The same as `shop.bucket` and as a rule's `test`, bit for bit.
 *
 * ```ts
 * if (bucket('slates', visitor, 2) === 1) {
 *   const { load } = await import('nearhand'); // the control arm downloads nothing
 * }
 * ```
 */
import { NearhandError } from './errors.js';

const MASK = 0xffff_ffff_ffff_ffffn;

/**
 * 0 to `buckets` − 1, of 2 to 1000. FNV-1a 64 of the UTF-8 of `test`, a byte 0xff and the UTF-8 of `visitor`; the finalizer of
 * MurmurHash3; its upper 32 bits × `buckets` / 2³², rounded down. The same visitor is always in the same bucket of a
 * test, and the buckets of two tests have nothing to do with each other.
 */
export function bucket(test: string, visitor: string, buckets: number): number {
  if (typeof test !== 'string' || typeof visitor !== 'string' || !Number.isInteger(buckets) || buckets < 2 || buckets > 1000) {
    throw new NearhandError('invalid-option', 'bucket takes a test, a visitor and 2 to 1000 buckets', { option: 'buckets', value: buckets });
  }
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  let hash = 0xcbf2_9ce4_8422_2325n;
  for (const byte of [...bytes(test), 0xff, ...bytes(visitor)]) hash = ((hash ^ BigInt(byte)) * 0x100_0000_01b3n) & MASK;
  hash = ((hash ^ (hash >> 33n)) * 0xff51_afd7_ed55_8ccdn) & MASK;
  hash = ((hash ^ (hash >> 33n)) * 0xc4ce_b9fe_1a85_ec53n) & MASK;
  hash ^= hash >> 33n;
  return Number(((hash >> 32n) * BigInt(buckets)) >> 32n);
}
