/** An answer as the engine tells it, numbers and one text, as frozen objects. */
import { deepFreeze } from '../words/freeze.js';
import type { Suggestion, SuggestionKind } from './public.js';

/** What the numbers are is said in crates/suggest-wasm. */
export function answerOf(rows: Uint32Array, texts: string): readonly Suggestion[] {
  const items: Suggestion[] = [];
  let [at, from] = [0, 0];
  const next = (): number => rows[at++]!;
  while (at < rows.length) {
    const cut = (): string => texts.slice(from, (from += next()));
    const [text, kind, category, item] = [cut(), cut() as SuggestionKind, cut(), cut()];
    const [typos, score] = [next(), next()];
    const highlights: [number, number][] = [];
    for (let left = next(); left > 0; left--) highlights.push([next(), next()]);
    items.push({ text, kind, typos, score, ...(category && { category }), ...(item && { item }), highlights });
  }
  return deepFreeze(items);
}
