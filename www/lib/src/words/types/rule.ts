/** Conditions on items and what the shop wants of a slate. */
/** Where a slate stands, and with it which evidence ranks it. See docs/rules.md. */
export type Placement = 'product' | 'cart' | 'home' | 'category' | 'search-empty' | 'post-purchase' | 'recently-viewed' | 'trending';

/** All bounds that are given hold. */
export interface NumberRange {
  readonly lt?: number;
  readonly lte?: number;
  readonly gt?: number;
  readonly gte?: number;
}

/** One name, one of several, or `{ in, not }`. An item without the facet fails `in` and passes `not`. */
export type FacetTest = string | readonly string[] | { readonly in?: readonly string[]; readonly not?: readonly string[] };

/**
 * All conditions must hold. An item that lacks a value fails the condition on it (no price: fails `price`). A condition on a
 * column that no item has, or on names that no item has, is left out and told; with `strict` it is an error.
 */
export interface Where {
  /** `true`: only items with stock above 0 or of unknown stock. `false`: only stock 0. */
  readonly inStock?: boolean;
  readonly price?: NumberRange;
  /** Pieces in stock. */
  readonly stock?: NumberRange;
  readonly category?: FacetTest;
  readonly brand?: FacetTest;
}

/** What a request names and the catalog does not have; that condition was left out. */
export interface Unknown {
  /** The place of the rule whose condition it is. */
  readonly rule?: number;
  /** `where.brand`, `where.inStock`, `category`, … */
  readonly option: string;
  /** The column, or the name. */
  readonly value: string;
  /** The name that may be meant. */
  readonly nearest?: string;
}

/** Facets shared, or not, with the item of the page. An item without the facet differs from every other. */
export interface Relates {
  readonly category?: 'same' | 'different';
  readonly brand?: 'same' | 'different';
}

/** Most items that one name of a facet may have in the slate, all its pages together. At least 1. */
export interface Caps {
  readonly category?: number;
  readonly brand?: number;
  /** Variant group. */
  readonly group?: number;
}

interface RuleScope {
  /** Comes back in `effects` and `rules`. */
  readonly name?: string;
  /** Holds from this time, milliseconds since the Unix epoch. */
  readonly from?: number;
  /** Holds before this time. Afterwards `notes` has `rule-expired`. */
  readonly until?: number;
  /** Placements where it holds. Default: everywhere. */
  readonly on?: readonly Placement[];
  /** Conditions on the item of the page. Without such an item the rule does not hold. */
  readonly source?: Where;
  /** Holds for the visitors of one bucket, counted from 0, of 2 to 1000. Needs `visitor`. */
  readonly test?: { readonly name: string; readonly buckets: number; readonly bucket: number };
}

interface RuleItems {
  /** Items it is about. Unknown ids are ignored. */
  readonly items?: readonly string[];
  /** Conditions on the items it is about, besides or instead of `items`; one of both is needed. */
  readonly where?: Where;
}

/** A rule of the shop: exactly one of `boost`, `bury`, `pin` and `hide`. */
export type Rule = RuleScope &
  (
    | (RuleItems & {
        /** Multiplies the score: above 1, at most 100. */
        readonly boost: number;
      })
    | (RuleItems & {
        /** Multiplies the score: above 0, below 1. */
        readonly bury: number;
      })
    | (RuleItems & { readonly hide: true })
    | {
        /** A place from 1. */
        readonly pin: number;
        /** The first of these that may be shown takes the place. Filters, exclusions and `hide` are stronger than a pin. */
        readonly items: readonly string[];
      }
  );

/** One place that shows something else now and then, so that feedback can tell whether that would have been better. */
export interface Explore {
  /** The place, from 1. */
  readonly place: number;
  /** How often, 0 to 1. Default 0.1. */
  readonly rate?: number;
  /** The item of the place changes places with one of the `among` items from there on. 2 to 100. Default 10. */
  readonly among?: number;
  /** Where chance comes from: the same seed draws the same. A whole number below 2⁵³. Default: drawn anew each time. */
  readonly seed?: number;
}
