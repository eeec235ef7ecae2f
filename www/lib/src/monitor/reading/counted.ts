/** What a shop's engine has counted on its bundle's reference, as a report of what is new since the last time. */
import type { EngineCounts } from '../words/public.js';

/** Buckets of times, of which an engine fills none: it has no clock. */
const BUCKETS = 384;
const MASK = (1n << 64n) - 1n;

/** FNV-1a, 64 bits, as eight bytes from the lowest on. */
function digest(bytes: Iterable<number>): number[] {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & MASK;
  return eight(hash);
}

const eight = (value: bigint): number[] => Array.from({ length: 8 }, (_, at) => Number((value >> BigInt(8 * at)) & 255n));

/** The bytes that hex digits say. */
export const fromHex = (hex: string): Uint8Array<ArrayBuffer> => Uint8Array.from({ length: hex.length / 2 }, (_, at) => parseInt(hex.slice(2 * at, 2 * at + 2), 16));

/** A report as `nearhand-monitor` writes one. */
export function reportOf({ reference, bins, rates }: EngineCounts, source: number, sequence: number): Uint8Array<ArrayBuffer> {
  const out = [...'NHMT'].map((letter) => letter.charCodeAt(0));
  out.push(1, ...digest(fromHex(reference)), ...eight(BigInt(source)));
  const count = (value: number): void => {
    for (; value >= 128; value = Math.floor(value / 128)) out.push((value % 128) + 128);
    out.push(value);
  };
  const sparse = (counts: readonly number[]): void => {
    let zeros = 0;
    const run = (): void => {
      if (zeros) count(0), count(zeros - 1);
      zeros = 0;
    };
    for (const value of counts) {
      if (!value) zeros += 1;
      else run(), count(value);
    }
    run();
  };
  count(sequence);
  // Nobody sees so many slates that a count is cut.
  count(0);
  sparse(bins);
  rates.forEach(count);
  sparse(Array<number>(BUCKETS).fill(0));
  out.push(...digest(out));
  return Uint8Array.from(out);
}

/** What is new since the last time. An engine that began anew counts from nothing, and is known by a count that fell. */
export class Since {
  #before: EngineCounts | undefined;

  /** `undefined` where nothing is. */
  of(now: EngineCounts): EngineCounts | undefined {
    const before = this.#before;
    const all = ({ bins, rates }: EngineCounts): readonly number[] => [...bins, ...rates];
    const old = before?.reference === now.reference ? all(before) : [];
    const goesOn = all(now).every((count, at) => count >= (old[at] ?? 0));
    const less = (counts: readonly number[], from: number): number[] => counts.map((count, at) => count - (goesOn ? (old[from + at] ?? 0) : 0));
    this.#before = now;
    const fresh = { reference: now.reference, bins: less(now.bins, 0), rates: less(now.rates, now.bins.length) };
    return all(fresh).some((count) => count > 0) ? fresh : undefined;
  }
}
