/** What goes from the worker to its objects and back: plain values alone, as they are copied. */
import type { Refusal } from './refused.js';

export type Decision = 'approve' | 'review' | 'decline';

/** The objects that hold windows, one a value of these keys. */
export type Key = 'card' | 'terminal';

/** Where a terminal's windows are: one object, or for a hot terminal the shard of this card with its siblings. */
export interface Place {
  /** Name of the object that counts this transaction. */
  readonly object: string;
  /** The terminal's own reference, the value of its key. */
  readonly ref: string;
  /** Names of the other shards; empty for all but hot terminals. */
  readonly siblings: readonly string[];
}

/** A transaction as it was asked about. Card and terminal are references (door/names.ts): what was sent for them is not in it. */
export interface Asked {
  readonly tenant: string;
  readonly id: string;
  /** Of all that was sent: the same id with another one is refused. */
  readonly digest: string;
  /** Unix milliseconds. */
  readonly time: number;
  readonly card: string;
  readonly terminal: Place;
  /** Minor units. */
  readonly amount: number;
  readonly currency: string;
  /** Texts that rules look at, beside card and terminal. */
  readonly fields: Readonly<Record<string, string>>;
  /** Flags that are set. */
  readonly flags: readonly string[];
  /** When the worker received it, by its clock. */
  readonly received: number;
}

/** What is known of a transaction later: what it turned out to be, or flags that the issuer set or took back. */
export type Told =
  | { readonly kind: 'label'; readonly id: string; readonly fraud: boolean; readonly at: number; readonly by: 'label' | 'review' }
  | { readonly kind: 'outcome'; readonly id: string; readonly flags: Readonly<Record<string, boolean>> };

/** The same with the register's number, which grows: what was told later overrides what was told before, in whatever order it arrives. */
export type Numbered = Told & { readonly no: number };

/** Features by name; `null` where one is not a number. */
export type Features = Readonly<Record<string, number | null>>;

export interface Reason {
  readonly code: string;
  readonly text?: string | undefined;
  readonly feature: string;
  readonly value: number | null;
  readonly contribution: number;
}

/** The answer to a transaction. */
export interface Answer {
  readonly id: string;
  readonly decision: Decision;
  /** The model, the rule that decided, or the declared fallback. */
  readonly by: 'model' | 'fallback' | { readonly rule: string };
  /** Probability of fraud, 0 to 1; `null` where the model did not answer. */
  readonly risk: number | null;
  readonly score: number | null;
  readonly rules: readonly { readonly code: string; readonly text?: string | undefined; readonly then: Decision }[];
  readonly reasons: readonly Reason[];
  /** The windows have forgotten events that a feature would have needed: more than the bundle's limits came. */
  readonly capped: boolean;
  /** Why the model did not answer, or `register-unavailable` where it did and nobody could say yet whether the id is new; else `null`. */
  readonly failure: string | null;
  /** SHA-256 of the bundle that judged; `null` where none could be opened. */
  readonly bundle: string | null;
  /** Whether the answer was written down: the same id gets it again. Where it was not, ask again with the same id. */
  readonly recorded: boolean;
}

export type Assessed = { readonly answer: Answer; readonly refusal?: undefined } | { readonly refusal: Refusal; readonly answer?: undefined };

/** What a terminal says of a transaction: its features, or why there are none. */
export interface Counted {
  readonly features: Features | null;
  readonly capped: boolean;
  readonly failure: string | null;
  readonly refusal?: Refusal;
  /** Its place in this terminal's log. */
  readonly seq?: number;
}

/** A transaction that waits for a person, as the queue shows it. */
export interface Waiting {
  readonly id: string;
  readonly time: number;
  readonly amount: number;
  readonly currency: string;
  readonly answer: Answer;
}

export type Verdict = 'fraud' | 'honest';
