/** Answers as the engine tells them, JSON and numbers, as frozen objects. */
import { deepFreeze } from '../words/freeze.js';
import type { Assessment, Features, Judged, Observed, Outcome, Reason } from './public.js';

/** By the numbers of crates/assess-wasm. */
const OUTCOMES: readonly (Outcome | null)[] = [null, 'observed', 'duplicate', 'repeated', 'late', 'ahead', 'peeked'];
const CAPPED = 8;
const REPEATED = 16;

/** What is told of an answer. */
interface Told {
  readonly decision: Assessment['decision'];
  readonly by: 'model' | 'fallback' | { readonly rule: string };
  readonly model: Judged | null;
  readonly failure?: string;
  readonly rules: Assessment['rules'];
  readonly reasons: readonly (Reason & { readonly value: number | null })[];
  readonly explained?: NonNullable<Assessment['explained']>;
}

/** Features by name, frozen; null where there are none. */
function named(names: readonly string[], values: Float64Array): Features | null {
  if (values.length !== names.length) return null;
  const features: Record<string, number> = {};
  for (let at = 0; at < names.length; at++) features[names[at]!] = values[at]!;
  return Object.freeze(features);
}

const outcomeOf = (seen: number): Outcome | null => OUTCOMES[seen & 7] ?? null;

export function assessmentOf(json: string, names: readonly string[], values: Float64Array, seen: number): Assessment {
  const { decision, by, model, failure, rules, reasons, explained } = JSON.parse(json) as Told;
  let known: Features | null | undefined;
  return Object.freeze({
    decision,
    by: deepFreeze(by),
    risk: model && model.risk,
    score: model && model.score,
    model: deepFreeze(model),
    ...(failure !== undefined && { failure }),
    rules: deepFreeze(rules),
    // JSON has no NaN.
    reasons: deepFreeze(reasons.map((reason) => (reason.value === null ? { ...reason, value: NaN } : reason))),
    ...(explained && { explained: deepFreeze(explained) }),
    // Dozens of names, half the time of an answer: for who looks at them.
    get features() {
      return known === undefined ? (known = named(names, values)) : known;
    },
    outcome: outcomeOf(seen),
    capped: (seen & CAPPED) > 0,
    repeated: (seen & REPEATED) > 0,
  });
}

export const observedOf = (names: readonly string[], values: Float64Array, seen: number): Observed => {
  const outcome = outcomeOf(seen)!;
  const has = outcome === 'observed' || outcome === 'duplicate' || outcome === 'peeked';
  return Object.freeze({ outcome, capped: (seen & CAPPED) > 0, features: has ? named(names, values) : null });
};
