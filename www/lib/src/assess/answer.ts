/** Answers as the engine tells them, JSON and numbers, as frozen objects. */
import { deepFreeze } from '../words/freeze.js';
import type { Assessment, Features, Judged, Observed, Outcome, Reason } from './public.js';

/** By the numbers of crates/assess-wasm. */
const OUTCOMES: readonly (Outcome | null)[] = [null, 'observed', 'duplicate', 'repeated', 'late', 'ahead', 'peeked'];
const CAPPED = 8;
const REPEATED = 16;

type Writable<T> = { -readonly [key in keyof T]: T[key] };

/** What is told of an answer. */
interface Told {
  readonly decision: Assessment['decision'];
  readonly by: 'model' | 'fallback' | { readonly rule: string };
  readonly model: Judged | null;
  readonly failure?: string;
  readonly rules: Assessment['rules'];
  readonly reasons: readonly (Omit<Reason, 'value'> & { value: number | null })[];
  readonly explained?: Assessment['explained'] | undefined;
}

/** Where features begin among the numbers. */
export const FIRST = 11;
const DECISIONS = ['approve', 'review', 'decline'] as const;
const NONE = Object.freeze([]);

/** Features by name, frozen; null where there are none. */
function named(names: readonly string[], numbers: readonly number[]): Features | null {
  if (!numbers[1]) return null;
  const features: Record<string, number> = {};
  for (let at = 0; at < names.length; at++) features[names[at]!] = numbers[FIRST + at]!;
  return Object.freeze(features);
}

/** What is the same in all reasons: code and text by feature, and the link of their sum. */
export interface Same {
  readonly why: readonly (readonly [code: string, text: string])[];
  readonly link: NonNullable<Assessment['explained']>['link'] | null;
}

type Ten = [number, number, number, number, number, number, number, number, number, number];

/** What the model alone has decided, as numbers tell it. */
function plain(numbers: readonly number[], names: readonly string[], why: Same['why'], link: Same['link']): Told {
  const [, , score, risk, at, approve, review, decline, base, sum] = numbers as unknown as Ten;
  const decision = DECISIONS[at]!;
  const model: Writable<Judged> = { score, risk, decision };
  if (approve >= 0) model.costs = Object.freeze(review >= 0 ? { approve, review, decline } : { approve, decline });
  const reasons: Reason[] = [];
  for (let at = FIRST + names.length; at < numbers.length; at += 2) {
    const of = numbers[at]!;
    const [code, text] = why[of]!;
    reasons.push(Object.freeze({ code, text, feature: names[of]!, value: numbers[FIRST + of]!, contribution: numbers[at + 1]! }));
  }
  // NaN where reasons are not told.
  const explained = base === base ? Object.freeze({ base, sum, link: link! }) : undefined;
  return { decision, by: 'model', model: Object.freeze(model), rules: NONE, reasons: Object.freeze(reasons), explained };
}

function parsed(json: string): Told {
  const told = JSON.parse(json) as Told;
  // JSON has no NaN.
  for (const reason of told.reasons) reason.value ??= NaN;
  return deepFreeze(told);
}

export function assessmentOf(json: string | undefined, names: readonly string[], numbers: readonly number[], why: Same['why'], link: Same['link']): Assessment {
  const { decision, by, model, failure, rules, reasons, explained } = json ? parsed(json) : plain(numbers, names, why, link);
  const seen = numbers[0]!;
  let known: Features | null = null;
  const answer: Writable<Assessment> = {
    decision,
    by,
    risk: model && model.risk,
    score: model && model.score,
    model,
    rules,
    reasons: reasons as readonly Reason[],
    // Dozens of names, half the time of an answer: for who looks at them.
    get features() {
      return (known ??= named(names, numbers));
    },
    outcome: OUTCOMES[seen & 7]!,
    capped: (seen & CAPPED) > 0,
    repeated: (seen & REPEATED) > 0,
  };
  if (failure) answer.failure = failure;
  if (explained) answer.explained = explained;
  return Object.freeze(answer);
}

export const observedOf = (names: readonly string[], numbers: readonly number[]): Observed => {
  const seen = numbers[0]!;
  return Object.freeze({ outcome: OUTCOMES[seen & 7]!, capped: (seen & CAPPED) > 0, features: named(names, numbers) });
};
