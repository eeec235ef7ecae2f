/** What a slate is, and why. */
import type { CatalogItem } from './catalog.js';
import type { Placement, Unknown } from './rule.js';

/** What answers. `none`: no engine at all, only the popular items or the host's list (`fallback`). */
export type Tier = 'lite' | 'full' | 'none';

/**
 * The best evidence behind a slate: the ONNX model blended with the table, the table alone, the table of purchases
 * (`bought`), likeness of item vectors, the session's own items, rising items, popular ones, or the shop's own order.
 */
export type SlateSource = 'model' | 'table' | 'bought' | 'vectors' | 'session' | 'trending' | 'popular' | 'curated';

/**
 * `this-page`: what the page's own item speaks for; `similar`: it is like the page's item. `rule`: a rule put it there, or moved
 * its score.
 */
export type ReasonKind = 'this-page' | 'viewed' | 'in-cart' | 'purchased' | 'searched' | 'similar' | 'popular' | 'trending' | 'curated' | 'rule';

export interface Reason {
  readonly kind: ReasonKind;
  /** The session item that raised this one. Absent where none did. */
  readonly item?: string;
  readonly title?: string;
  /** What it adds to the score. With `explain: true` an item's contributions add up to its score. */
  readonly contribution: number;
}

/** A rule that moved an item. */
export interface AppliedRule {
  readonly rule: 'boost' | 'bury' | 'pin' | 'rotate' | 'dismissed-like' | 'diversity' | 'explore';
  readonly name?: string;
  /** What the score was multiplied by. */
  readonly factor?: number;
  /** The place the item would have had without it. */
  readonly from?: number;
}

/** What a rule did to the slate as a whole. */
export interface Effect {
  /** `where`, `seen`, `hide`, `cap-category`, …; see docs/rules.md. */
  readonly rule: string;
  readonly name?: string;
  /** `holds`, or why it does not. */
  readonly standing: 'holds' | 'unknown' | 'expired' | 'not-yet' | 'elsewhere' | 'no-visitor' | 'no-source';
  /** Items it took out, moved or placed. */
  readonly items: number;
}

export interface SlateItem extends CatalogItem {
  /** 1 is first. */
  readonly rank: number;
  /** Higher is better. Comparable within one slate. */
  readonly score: number;
  /** The probability with which this item is shown at this place: 1 but where a place explores. */
  readonly propensity: number;
  readonly reasons: readonly Reason[];
  /** With `explain: true`: the parts that add up to `score`. `rules` is what factors added or took. */
  readonly parts?: {
    readonly table: number;
    readonly repeat: number;
    readonly model: number;
    readonly popularity: number;
    readonly rules: number;
  };
  /** With `explain: true`: the rules that moved it. */
  readonly rules?: readonly AppliedRule[];
}

export interface Slate {
  readonly items: readonly SlateItem[];
  readonly source: SlateSource;
  readonly placement?: Placement;
  readonly tier: Tier;
  /** Why the slate is shorter or other than asked for, as stable words: `short`, `pin-forbidden`, … See docs/rules.md. */
  readonly notes: readonly string[];
  /** Time from the call to the slate, milliseconds. */
  readonly tookMs: number;
  /** Events of the session that were used. */
  readonly events: number;
  /** Whether there is a next page. */
  readonly more: boolean;
  /** Beside the notes `column-unknown`, `category-unknown` and `brand-unknown`: which they are. */
  readonly unknown?: readonly Unknown[];
  /** With `explain: true`: what every rule did. */
  readonly effects?: readonly Effect[];
}
