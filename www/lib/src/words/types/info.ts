/** How a shop stands. */
import type { Updated } from './catalog.js';
import type { Consent } from './event.js';
import type { Tier } from './slate.js';
import type { Trusted } from './trust.js';

export interface Info {
  readonly version: string;
  readonly tier: Tier;
  /**
   * State of the full tier. `off` has a reason where the tier was asked for: `save-data` (the visitor's browser saves data),
   * `no-model` (the bundle has none).
   */
  readonly full: {
    readonly state: 'off' | 'loading' | 'ready' | 'failed';
    readonly reason?: 'save-data' | 'no-model';
    /** Where a page runs it, once the tier is `ready`. */
    readonly thread?: 'page' | 'worker';
    /** What runs the bundle's graph, once the tier is `ready`: nearhand's own engine, or tract, for a graph that needs it. */
    readonly engine?: 'nearhand' | 'tract';
    readonly error?: { readonly code: string; readonly message: string };
  };
  readonly bundle: {
    readonly name: string;
    readonly version: string;
    /** SHA-256 of the bundle, hex. */
    readonly digest: string;
    readonly bytes: number;
    readonly createdAt: string;
    readonly items: number;
    readonly licence: string;
    readonly attribution: string;
    readonly metrics: Readonly<Record<string, number>>;
  };
  /** Where `load` was given `trust`: the statement of the bundle that serves. */
  readonly trust?: Trusted;
  /** Engines of this thread started in place of one that stopped, since `load` or `swap`, and why the last one stopped. */
  readonly restarts: { readonly count: number; readonly error?: { readonly code: string; readonly message: string } };
  /** What came of `load`'s `catalog`: rows that were left out are told here. */
  readonly catalog?: Updated | undefined;
  readonly consent: Consent;
  /** Where the session is kept now; `memory` when storage is blocked or full. */
  readonly storage: { readonly kind: 'none' | 'memory' | 'session' | 'persistent'; readonly error?: string };
  readonly counts: {
    /** With `unknownItems`, since `load`, `swap` or the last restart. */
    readonly events: number;
    readonly unknownItems: number;
    readonly slates: number;
    readonly modelFailures: number;
    readonly fallbacks: number;
  };
  /** What this thread's engine has counted of its slates, where the bundle has a reference: what a monitor takes (`nearhand/monitor`). */
  readonly monitor?: EngineCounts;
  /**
   * Milliseconds, of the last `load` or `swap`: bundle fetch and digest, wasm fetch and compilation, bundle open (the last engine of this
   * thread), full tier ready, and `slate`: what a slate of the full tier takes in the page's thread, where that was measured.
   */
  readonly timings: Readonly<Record<string, number>>;
}

/** Counts on the bins of a bundle's reference, since the engine was opened. Nothing of them leaves the page by itself. */
export interface EngineCounts {
  /** The reference, hex. */
  readonly reference: string;
  /** How often each bin was met, stream by stream. */
  readonly bins: readonly number[];
  /** How often each rate happened, and of how many: two numbers a rate. */
  readonly rates: readonly number[];
}
