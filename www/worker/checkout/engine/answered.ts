/** There is always an answer. */
import { codeOf } from '../words/refused.js';
import type { Answer, Asked, Decision, Features } from '../words/types.js';
import type { Judge } from './engine.js';

/** The answer of a model with all its features; else what rules and the fallback say, and why. */
export function answered(
  asked: Asked,
  judge: Judge | undefined,
  features: Features | null,
  capped: boolean,
  failure: string | undefined,
  fallback: Decision,
): Answer {
  let why = failure ?? 'failed';
  if (judge) {
    try {
      if (features && !failure) return judge.answer(asked, features, capped);
    } catch (error) {
      why = codeOf(error);
    }
    try {
      return judge.without(asked, why);
    } catch {
      // The engine is gone as a whole.
    }
  }
  return without(asked.id, why, fallback);
}

/** What is left without an engine. */
export const without = (id: string, failure: string, fallback: Decision): Answer => ({
  id,
  decision: fallback,
  by: 'fallback',
  risk: null,
  score: null,
  rules: [],
  reasons: [],
  capped: false,
  failure,
  bundle: null,
  recorded: true,
});
