/** What is read of answers, and under which names it is observed. Nothing else of them is read. */
import type { SeenCompletion, SeenDecision, SeenSlate } from '../words/public.js';

export type Role = 'input' | 'score' | 'slate';

/** Takes what was read. */
export interface Facts {
  value(name: string, role: Role, value: unknown): void;
  rate(name: string, happened: boolean): void;
  took(ms: number): void;
}

/** Notes of a slate that a lower tier has answered. */
const LOWER = new Set(['model-failed', 'full-failed', 'full-timeout', 'engine-restarted', 'no-wasm', 'no-bundle']);

export function slateFacts({ items, tier, source, notes, events, tookMs }: SeenSlate, to: Facts): void {
  const [first, last] = [items[0], items[items.length - 1]];
  to.value('slate.events', 'input', events);
  to.value('slate.items', 'slate', items.length);
  to.value('slate.score', 'score', first?.score);
  to.value('slate.spread', 'score', first && first.score - last!.score);
  to.value('slate.source', 'slate', source);
  to.value('slate.category', 'slate', first?.category);
  to.rate('fallback', tier === 'none' || notes.some((note) => LOWER.has(note)));
  to.rate('short', notes.includes('short'));
  to.rate('filled', notes.includes('filled-with-popular'));
  to.took(tookMs);
}

/** The items in their order, as one text. */
export const slateText = ({ items }: SeenSlate): string => items.map(({ item }) => item).join('\n');

/** `features`: whether a stream goes by a name. */
export function decisionFacts(answer: SeenDecision, has: (name: string) => boolean, to: Facts): void {
  to.value('decision', 'score', answer.decision);
  to.value('risk', 'score', answer.risk);
  to.rate('fallback', answer.by === 'fallback');
  to.rate('declined', answer.decision === 'decline');
  const { features } = answer;
  if (features) for (const name of Object.keys(features)) if (has(name)) to.value(name, 'input', features[name]);
}

export function completionFacts({ finishReason, usage, score, scored, tookMs }: SeenCompletion, to: Facts): void {
  to.value('completion.tokens', 'score', usage.completion);
  to.value('completion.ended', 'score', finishReason);
  if (score !== undefined && scored) to.value('completion.logprob', 'score', score / scored);
  to.rate('empty', usage.completion === 0);
  to.rate('cut-off', finishReason === 'deadline' || finishReason === 'length');
  to.took(tookMs);
}
