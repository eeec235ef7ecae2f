/** What visitors did with what they were shown: the types of attribution and of estimates. */
import type { WasmSource } from '../../words/types.js';

export interface AttributionOptions {
  /** A click counts for a slate that was shown at most so long before, milliseconds. Default half an hour. */
  readonly clickWithinMs?: number;
  /** A purchase counts for a click at most so long before. Default seven days. */
  readonly purchaseWithinMs?: number;
  /** Slates remembered, 1 to 4,096. Default 512. */
  readonly mostSlates?: number;
  /** Clicks and purchases of one item that count, 1 to 1,000. Default 3. */
  readonly mostPerItem?: number;
  /** The clock. Default `Date.now`. */
  readonly now?: () => number;
  readonly wasm?: WasmSource;
}

/** A slate that was shown: a shop's, with its items in their order. */
export interface ShownSlate {
  readonly items: readonly { readonly item: string; readonly rank: number; readonly score: number; readonly propensity: number }[];
  readonly source: string;
  readonly placement?: string;
  readonly tookMs: number;
  readonly events: number;
}

export interface Happening {
  /** Milliseconds since the Unix epoch. Default: the clock. */
  readonly at?: number;
  /** The slate's id, as `shown` gave it and as signals carry it. Default: the last slate that showed the item in time. */
  readonly slate?: string;
  /** The page's event, whose `isTrusted` is read. */
  readonly event?: { readonly isTrusted: boolean };
  /** Whether a person did it. Default: `event.isTrusted`, and false where the browser is automated (`navigator.webdriver`). */
  readonly trusted?: boolean;
}

/**
 * `credited`: a row has it. `organic`: no slate in time has shown the item, or no click in time came before. `again`: the row had it. `over-cap`: the item has all
 * that counts of this visitor. `untrusted`: a script's, counted and never credited.
 */
export type Credited = { readonly became: 'credited'; readonly slate: string; readonly rank: number } | { readonly became: 'organic' | 'again' | 'over-cap' | 'untrusted' };

/** A row of the log that retraining and estimates read. */
export interface FeedbackRow {
  readonly slate: string;
  readonly shownAt: number;
  readonly item: string;
  /** 1 is first. */
  readonly rank: number;
  readonly propensity: number;
  readonly clickedAt: number | null;
  readonly boughtAt: number | null;
  /** The model chose it: what is learnt of it feeds back, and is weighed by 1 / propensity. */
  readonly influenced: boolean;
}

/** One visitor's slates and what came of them. */
export interface Attribution {
  /** A slate was shown; its id. `influenced`: whether a model chose it. Default: unless its source is `curated` or `session`. */
  shown(slate: ShownSlate, more?: { readonly at?: number; readonly influenced?: boolean; readonly id?: string }): string;
  clicked(item: string, more?: Happening): Credited;
  bought(item: string, more?: Happening): Credited;
  /** Rows to which nothing more can come, each once. */
  settle(): readonly FeedbackRow[];
  readonly refused: { readonly untrusted: number; readonly overCap: number };
}

export type CreateAttribution = (options?: AttributionOptions) => Promise<Attribution>;

/** One row of a log, for another policy. */
export interface PolicyRow {
  /** Probability with which the policy that served put the item there, above 0 to 1. */
  readonly logged: number;
  /** Probability with which the other policy would have. */
  readonly target: number;
  /** What came of it, 0 to 1. */
  readonly reward: number;
  /** What a model foretells of the row, and the mean of what the other policy would have shown instead. */
  readonly foretold?: readonly [own: number, mean: number];
}

export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** See docs/feedback.md. */
export interface PolicyEstimate {
  readonly reliability: 'waiting' | 'propensities' | 'thin' | 'sound';
  readonly selfNormalised: Interval | null;
  readonly inversePropensity: Interval | null;
  readonly doublyRobust: Interval | null;
  readonly units: number;
  readonly rows: number;
  readonly effective: number;
  readonly heaviest: number;
  readonly meanWeight: number;
}

/** What a place is worth beside the first. */
export interface Examined {
  readonly rank: number;
  readonly relative: number | null;
  readonly shown: number;
  readonly clicked: number;
}

export interface Estimates {
  /** The rows of one slate or visitor, that depend on each other. */
  add(unit: readonly PolicyRow[]): void;
  /** What the other policy would have earned, with intervals that miss with probability `alpha`, 0.05. */
  policy(alpha?: number): PolicyEstimate;
  /** Rows of a log by item and place, for `ranks`. */
  addRows(rows: readonly Pick<FeedbackRow, 'item' | 'rank' | 'clickedAt'>[]): void;
  ranks(): readonly Examined[];
}

export interface EstimatesOptions {
  /** Weights above it count as it, 1 and more. Default: none. */
  readonly cap?: number;
  readonly wasm?: WasmSource;
}

export type CreateEstimates = (options?: EstimatesOptions) => Promise<Estimates>;
