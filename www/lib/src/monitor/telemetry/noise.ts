/** Randomised response (Warner 1965): an answer that nobody can hold against who gave it, and a sum that is right all the same. */

/** A number from 0 to below 1 of the platform's generator, 53 bits. */
export function chance(): number {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2));
  return ((high! >>> 5) * 0x4000000 + (low! >>> 6)) / 2 ** 53;
}

/** With which probability a bit is turned round, so that either answer is at most e^ε times as likely for one truth as for the other. */
export const turned = (epsilon: number): number => 1 / (1 + Math.exp(epsilon));

/** What is told in the place of a bit. */
export const randomised = (bit: boolean, epsilon: number, random: () => number = chance): boolean => (random() < turned(epsilon) ? !bit : bit);

/** A share of such answers as the share of the truths. */
export const undone = (share: number, epsilon: number): number => (share - turned(epsilon)) / (1 - 2 * turned(epsilon));

/** One occasion of each rate, any of those that there were with the same probability (a reservoir of one: Vitter 1985). */
export class Occasions {
  readonly #picked = new Map<number, { seen: number; bit: boolean }>();
  readonly #random: () => number;

  constructor(random: () => number = chance) {
    this.#random = random;
  }

  add(rate: number, bit: boolean): void {
    const picked = this.#picked.get(rate);
    if (!picked) this.#picked.set(rate, { seen: 1, bit });
    else if (this.#random() * ++picked.seen < 1) picked.bit = bit;
  }

  /** By rate, and begins anew. */
  take(): (readonly [rate: number, bit: boolean])[] {
    const all = [...this.#picked].map(([rate, { bit }]) => [rate, bit] as const);
    this.#picked.clear();
    return all;
  }
}
