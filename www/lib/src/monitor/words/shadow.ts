/** A challenger in the shadow: its types. */
import type { RecommendOptions, Slate, WasmSource } from '../../words/types.js';
import type { Interval } from './feedback.js';
import type { Alert, SeenSlate } from './public.js';

/** What is asked of a champion: a shop. */
export interface Champion {
  recommend(options?: RecommendOptions): Promise<Slate>;
  snapshot(): Uint8Array;
  bucket(test: string, visitor: string, buckets: number): number;
}

/** What is asked of a challenger: a shop of its own, or whatever answers as one. */
export interface Challenger {
  recommend(options?: RecommendOptions): Promise<Slate>;
}

export interface ShadowOptions {
  /** Share of requests that the challenger sees, 0 to 1. Default 0.1. */
  readonly share?: number;
  /** Milliseconds that the challenger may take in a minute, 1 to 60,000. Default 200. */
  readonly budgetMs?: number;
  /** A challenger that has not answered by then has failed, milliseconds, 1 to 60,000. Default 1,000. */
  readonly deadlineMs?: number;
  /** Chance that a verdict is ever wrong. Default 0.05. */
  readonly alpha?: number;
  /** A difference of mean rewards that does not matter. Default 0.01. */
  readonly margin?: number;
  /** Pairs before the first verdict, 1 to 1,000,000. Default 500. */
  readonly least?: number;
  /** Share of requests that a challenger may fail. Default 0.01. */
  readonly failures?: number;
  /** Whether this device should be spared. Default: it saves data, or its battery is below a fifth and does not charge. */
  readonly spare?: () => boolean;
  /** Picks requests, 0 to below 1. Default `Math.random`. */
  readonly random?: () => number;
  readonly wasm?: WasmSource;
}

export interface ShadowRequest {
  /** In a worker: `ctx.waitUntil.bind(ctx)`. The challenger runs right behind the answer, not in idle time. */
  readonly waitUntil?: (work: Promise<unknown>) => unknown;
}

/** `failing`: it fails too often. `worse`, `better`: its mean reward is. `alike`: both are within the margin. `waiting`: none is sure. */
export type Verdict = 'waiting' | 'failing' | 'worse' | 'better' | 'alike';

export interface ShadowReport {
  readonly verdict: Verdict;
  /** Requests that the challenger was asked, and those that it failed. */
  readonly asked: number;
  readonly failed: number;
  /** Why it failed last. */
  readonly failure: string | null;
  /** Requests that were not handed on, and why. */
  readonly skipped: { readonly share: number; readonly busy: number; readonly budget: number; readonly spare: number };
  /** Mean of the challenger's reward less the champion's. */
  readonly rewards: { readonly pairs: number; readonly difference: Interval | null };
  readonly slates: {
    readonly pairs: number;
    readonly overlap: number | null;
    readonly rankBiasedOverlap: number | null;
    readonly firstChanged: number | null;
    readonly same: number | null;
    readonly scoreDifference: number | null;
    readonly largestScoreDifference: number | null;
    /** Microseconds. */
    readonly championP50: number | null;
    readonly championP99: number | null;
    readonly challengerP50: number | null;
    readonly challengerP99: number | null;
  };
  readonly decisions: { readonly pairs: number; readonly flipped: number; readonly amount: number; readonly matrix: readonly (readonly { readonly count: number; readonly amount: number }[])[] };
}

/** What a rollout goes by. */
export interface RolloutOptions {
  /** Share of visitors that the challenger serves, 0 to 1. */
  readonly share: number;
  /** A name for the test, by which visitors fall into buckets. Default `rollout`. */
  readonly test?: string;
  /** From which verdict on the challenger serves anybody. Default `['better']`. `waiting` lets it serve before there is one. */
  readonly when?: readonly ('better' | 'alike' | 'waiting')[];
  /** Watches the challenger's slates: an alert of these levels ends the rollout. Its `look` is called after each. */
  readonly monitor?: { saw(slate: SeenSlate): void; look(): readonly Alert[]; info(): { readonly standing: string | null } };
  /** Alerts that end it. Default `fallback` and `stop`. */
  readonly endsAt?: readonly ('notice' | 'warn' | 'fallback' | 'stop')[];
  /** Told once when it ends. */
  readonly onEnd?: (why: string) => unknown;
}

export interface Rollout {
  /** Which of them serves a visitor now. */
  arm(visitor: string): 'champion' | 'challenger';
  /** A slate for a visitor. Where the challenger fails, the champion answers. */
  recommend(visitor: string, options?: RecommendOptions): Promise<Slate>;
  /** Why it has ended, `null` while it goes on. It never begins anew by itself. */
  readonly ended: string | null;
}

export interface Shadow {
  /** The champion's slate, as if nothing else were there. */
  recommend(options?: RecommendOptions, request?: ShadowRequest): Promise<Slate>;
  /** The item that a visitor went to: the reward of both slates that he was last answered with. `visitor`: as in the options of `recommend`. */
  next(item: string, visitor?: string): void;
  /** Two decisions of a judge on one transaction. */
  decisions(champion: 'approve' | 'review' | 'decline', challenger: 'approve' | 'review' | 'decline', amount: number): void;
  verdict(): Verdict;
  report(): ShadowReport;
  rollout(options: RolloutOptions): Rollout;
  /** Waits until nothing is on its way. */
  settled(): Promise<void>;
  close(): void;
}

export type CreateShadow = (shop: Champion, challenger: Challenger, options?: ShadowOptions) => Promise<Shadow>;
