/** What a shop's engine has counted on its bundle's reference. */
import { invalid } from '../../words/plain.js';
import type { EngineCounts } from '../words/public.js';

/** The bytes that hex digits say. */
export const fromHex = (hex: string): Uint8Array<ArrayBuffer> => Uint8Array.from({ length: hex.length / 2 }, (_, at) => parseInt(hex.slice(2 * at, 2 * at + 2), 16));

/** Counts as an engine tells them, or a refusal; the wasm reads what is no count as none. */
export const checkCounts = (given: EngineCounts | undefined): EngineCounts | undefined =>
  given === undefined || (Array.isArray(given?.bins) && Array.isArray(given.rates)) ? given : invalid('absorb.monitor', 'that of shop.info()', given);

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
