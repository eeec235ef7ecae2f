/** Words, for finding those that stand at a place of a text: in order, so that they take no more memory than they are long. */
import { type Steps, tooSlow } from './reading.js';

/** Calls with what each word that stands at a place has, and with its end; the shortest first. */
export type Trie<T> = (text: string, at: number, steps: Steps, tell: (value: T, end: number) => void) => void;

export function trie<T>(words: Iterable<readonly [string, T]>): Trie<T> {
  // The empty word is none.
  const all = [...words].filter(([word]) => word).sort(([one], [other]) => (one < other ? -1 : 1));
  const word = (at: number): readonly [string, T] => all[at] as readonly [string, T];
  /** From where to where words have a first unit. */
  const firsts = new Map<number, [number, number]>();
  all.forEach(([word], at) => {
    const first = word.charCodeAt(0);
    firsts.set(first, [firsts.get(first)?.[0] ?? at, at + 1]);
  });
  return (text, at, steps, tell) => {
    let [from, to] = firsts.get(text.charCodeAt(at)) ?? [0, 0];
    /** The first of the range that has at least this unit at a depth. A word that ends there has none, and stands first. */
    const bound = (depth: number, least: number): number => {
      let [low, high] = [from, to];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (word(middle)[0].charCodeAt(depth) >= least) high = middle;
        else low = middle + 1;
      }
      return low;
    };
    for (let depth = 1; from < to; depth++) {
      if (--steps.left < 0) throw tooSlow();
      const [found, value] = word(from);
      if (found.length === depth) tell(value, at + depth), from++;
      const next = text.charCodeAt(at + depth);
      from = bound(depth, next);
      to = bound(depth, next + 1);
    }
  };
}
