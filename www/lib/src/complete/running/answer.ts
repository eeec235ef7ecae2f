/** Answers as the engine tells them, numbers and one text, as frozen objects. What the numbers are is said in crates/complete-wasm. */
import { deepFreeze } from '../../words/freeze.js';
import type { Completed, FinishReason, TokenChance, TokenLogprob } from '../words/completer-types.js';

const ENDS: readonly FinishReason[] = ['stop', 'length', 'context', 'deadline', 'cancelled', 'confidence'];

/** `logprobs`: whether they were asked for. */
export function answersOf(prompt: string, rows: Float64Array, texts: string, logprobs: boolean, tookMs: number): readonly Completed[] {
  const all: Completed[] = [];
  let [at, from] = [0, 0];
  const next = (): number => rows[at++]!;
  const cut = (): string => texts.slice(from, (from += next()));
  const chance = (): TokenChance => {
    const [id, logprob] = [next(), next()];
    return { id, token: cut(), logprob };
  };
  const list = <T>(one: () => T): T[] => {
    const some: T[] = [];
    for (let left = next(); left > 0; left--) some.push(one());
    return some;
  };
  while (at < rows.length) {
    const finishReason = ENDS[next()]!;
    const usage = { prompt: next(), reused: next(), completion: next(), dropped: next() };
    const [score, scored] = [next(), next()];
    const completion = cut();
    const tokens = list((): TokenLogprob => ({ ...chance(), top: list(chance) }));
    all.push({ text: prompt + completion, completion, finishReason, usage, ...(score === score && { score, scored }), ...(logprobs && { logprobs: tokens }), tookMs });
  }
  return deepFreeze(all);
}

/** Of a completion that never began, or of which no more is known than what was told. */
export const nothing = (prompt: string, completion: string, finishReason: FinishReason, tookMs: number): Completed =>
  deepFreeze({ text: prompt + completion, completion, finishReason, usage: { prompt: 0, reused: 0, completion: 0, dropped: 0 }, tookMs });
