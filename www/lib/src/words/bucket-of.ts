/** The formula of buckets, as the engine has it (src/recommend/chance.rs): see `bucket`, which also checks what it is given. */

const MASK = 0xffff_ffff_ffff_ffffn;

export function bucketOf(test: string, visitor: string, buckets: number): number {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  let hash = 0xcbf2_9ce4_8422_2325n;
  for (const byte of [...bytes(test), 0xff, ...bytes(visitor)]) hash = ((hash ^ BigInt(byte)) * 0x100_0000_01b3n) & MASK;
  hash = ((hash ^ (hash >> 33n)) * 0xff51_afd7_ed55_8ccdn) & MASK;
  hash = ((hash ^ (hash >> 33n)) * 0xc4ce_b9fe_1a85_ec53n) & MASK;
  hash ^= hash >> 33n;
  return Number(((hash >> 32n) * BigInt(buckets)) >> 32n);
}
