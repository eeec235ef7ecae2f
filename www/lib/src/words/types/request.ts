/** What a slate is asked with. */
import type { Caps, Explore, Placement, Relates, Rule, Where } from './rule.js';

/**
 * `variants`: items of the variant group of `source`. `sold-out`: items with stock 0, unless `where.inStock` is false. Neither
 * `seen` nor `sold-out` is applied in `recently-viewed`.
 */
export type ExcludeWord = 'seen' | 'cart' | 'purchased' | 'dismissed' | 'variants' | 'sold-out';

export interface RecommendOptions {
  /** Slate length, 1 to 100. Default 5. */
  readonly k?: number;
  /** Items to skip: the pages of a slate, put together, are one long slate. `offset + k` is at most 1000. Default 0. */
  readonly offset?: number;
  /** Where the slate stands. Default: the session speaks, as on `home`. */
  readonly placement?: Placement;
  /** With the placement `product`: what may be taken instead, or what goes with it. Default: whatever comes next. */
  readonly relation?: 'similar' | 'complementary';
  /** The item of the page the slate stands on: never in the slate, and added to the context if it is not the last one viewed. */
  readonly source?: string;
  /** The category whose items come first. Needed by the placement `category`. */
  readonly category?: string;
  /** Default: all of them. `[]` lets everything through. */
  readonly exclude?: readonly ExcludeWord[];
  /** Item ids never to show in this slate. Unknown ids are ignored. */
  readonly excludeItems?: readonly string[];
  readonly where?: Where;
  readonly relate?: Relates;
  /** At most 64; at most 16 of them boost or bury by `where` alone. */
  readonly rules?: readonly Rule[];
  readonly caps?: Caps;
  /** How much likeness to what is chosen counts against an item, 0 (not at all) to 1 (alone). Default 0. */
  readonly diversity?: number;
  /** Least score before rules, as a share of the best allowed item's. 0 to 1. Default 0. */
  readonly minRelevance?: number;
  /** An item's score is multiplied by this for every impression in the session. Above 0 to 1. Default 1. */
  readonly rotate?: number;
  readonly explore?: Explore;
  /** A lasting name of the visitor, your choice, for rules with a `test`. Not kept. */
  readonly visitor?: string;
  /** Your own order, for what neither evidence nor popularity ranks. At most 1000 ids. */
  readonly curated?: readonly string[];
  /** Add score parts, all contributions, and what every rule did. Default false. */
  readonly explain?: boolean;
  /** Columns and names that the catalog does not have are errors: `column-unknown`, `name-unknown`. Default false. */
  readonly strict?: boolean;
  /** A snapshot to answer from instead of the shop's own session, which it leaves as it is. Nothing of it is kept. */
  readonly session?: Uint8Array;
}

/** One slate of several on a page: they all answer from one session. */
export type Widget = Omit<RecommendOptions, 'session'>;
