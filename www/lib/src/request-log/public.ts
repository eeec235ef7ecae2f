/** What `nearhand/request-log` offers. The rows stand in docs/telemetry.md, field by field. */
import type { Consent, Info, RecommendOptions, SessionEvent, Slate, Widget } from '../words/types.js';

/** What is told beside the rows. */
export interface RowsAbout {
  readonly rows: number;
  /** Of the rows in UTF-8: at most 60,000, so that a request with `keepalive` or a beacon takes them. */
  readonly bytes: number;
}

/** As `load` was given them, where they are not the defaults: by them the visits of a session end. */
export interface LoggedLifetimes {
  readonly idleTimeoutMs?: number;
  readonly viewedMs?: number;
  readonly dismissedMs?: number;
  readonly cartMs?: number;
}

export interface RequestLogOptions {
  /**
   * Takes rows: JSON, one a line, each with a line feed, so that bodies may be put one behind the other. `false`, an error and a promise of either: they were not
   * sent, and are handed over once more. Without a sink nothing is logged.
   */
  readonly sink?: (rows: string, about: RowsAbout) => unknown;
  /** As the shop's; below `session`, and it is `memory` until told, nothing is logged. */
  readonly consent?: Consent;
  /** Which share of the requests is logged, 0 to 1, in millionths. Default 0.01. */
  readonly share?: number;
  /** Rows that are held at most, 1 to 1,000: then they are handed over. Default 50. */
  readonly most?: number;
  /** The catalog is not the bundle's alone, as it has feeds (`updateCatalog`): such rows say so, and are not computed anew. Default: whether `load` was given a `catalog`. */
  readonly fed?: boolean;
  readonly lifetimes?: LoggedLifetimes;
  /** The clock that `load` was given. Default `Date.now`. */
  readonly now?: () => number;
  /** Chance, for requests without an id. Default `Math.random`. */
  readonly random?: () => number;
}

export interface About {
  /**
   * The request's id: it is in the row, and by it the request is chosen, so that whoever logs with the same share chooses the same ones. Without one chance
   * chooses, and the row has none.
   */
  readonly id?: string;
}

/** What is asked for slates: the shop's own visitor, or one of many. */
export interface Visits {
  recommend(options?: RecommendOptions): Promise<Slate>;
  recommendPage(widgets: readonly Widget[]): Promise<readonly Slate[]>;
  session(): readonly SessionEvent[];
  /** It tells when the shop stated the cart. */
  snapshot(): Uint8Array;
}

/** A shop, as far as it is looked at. */
export interface Serves extends Visits {
  page(snapshot?: Uint8Array): Visits;
  info(): Pick<Info, 'bundle' | 'catalog'>;
}

export interface SlatesAbout extends About {
  /** The visitor who asks, where it is not the shop's own: `shop.page(…)`. */
  readonly visit?: Visits;
}

/** An assessor's answer, as far as it is looked at. */
export interface Answered {
  readonly decision: string;
  readonly by: 'model' | 'fallback' | { readonly rule: string };
  readonly risk: number | null;
  readonly score: number | null;
  readonly features: Readonly<Record<string, number>> | null;
  readonly outcome: string | null;
  readonly repeated: boolean;
}

/** An assessor, as far as it is looked at. */
export interface Judges<T extends object, O extends { readonly id?: string }, A extends Answered> {
  assess(transaction: T, options?: O): A;
  info(): { readonly bundle: { readonly sha256: string }; readonly id: string | null; readonly time: string | null };
}

export interface LogInfo {
  readonly version: string;
  readonly consent: Consent;
  /** Rows that were written. */
  readonly rows: number;
  /** Of them, those that wait for the next `flush`. */
  readonly held: number;
  /** Requests that were chosen and have no row: a transaction that came again, or one for which the windows have no features. */
  readonly without: number;
  /** Requests that were chosen and whose row could not be made, and why the last one could not. */
  readonly failed: number;
  readonly failure: string | null;
  /** Of batches of rows: how many the sink has taken, how many wait for the next try, how many were too many to wait (eight do), or still waited at `close`. */
  readonly batches: { readonly sent: number; readonly waiting: number; readonly lost: number };
}

/** A log. None of its calls throws anything that the shop or the assessor would not have thrown. */
export interface RequestLog {
  /** Asks the shop, and hands over its promise. Where the request is logged and explores without a seed, it gets one. */
  recommend(shop: Serves, options?: RecommendOptions, about?: SlatesAbout): Promise<Slate>;
  recommendPage(shop: Serves, widgets: readonly Widget[], about?: SlatesAbout): Promise<readonly Slate[]>;
  /** Asks the assessor, and hands over its answer. The id is the transaction's. */
  assess<T extends object, O extends { readonly id?: string }, A extends Answered>(assessor: Judges<T, O, A>, transaction: T, options?: O): A;
  /** Hands over what is held and what waits; how many batches. In a page this happens when it is hidden or left. */
  flush(): number;
  /** Below `session` what is held is forgotten. */
  setConsent(consent: Consent): void;
  info(): LogInfo;
  /** Hands over what is held and what waits, and logs no more: what the sink does not take then is lost, and counted. */
  close(): void;
}
