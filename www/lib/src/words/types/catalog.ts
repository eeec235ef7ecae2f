/** What the shop sells: items, feeds, what there is to filter by. */
import type { Unknown, Where } from './rule.js';

export interface CatalogItem {
  readonly item: string;
  readonly title: string;
  readonly price?: number;
  readonly category?: string;
  readonly brand?: string;
  readonly image?: string;
  readonly url?: string;
  /** Pieces in stock. Absent: unknown. */
  readonly stock?: number;
  /** What its variants have in common. */
  readonly group?: string;
}

/** A row of a feed. `null` unsets a column; an absent one stays as it is. */
export type CatalogChange = { readonly [K in keyof Omit<CatalogItem, 'item' | 'title'>]?: CatalogItem[K] | null } & {
  readonly item: string;
  readonly title?: string;
};

interface Placed {
  readonly like?: string;
  readonly vector?: readonly number[];
}

/** Applied in this order: remove, update, upsert, add. A bad row costs that row; see `Updated`. */
export interface CatalogDelta {
  /**
   * New items. `like` borrows the vector and table row of a known item. Else the item has a vector of its own: `vector`, as
   * long as the bundle's, or one made of title and category; it borrows the table row of the nearest item. The lite tier
   * takes the item whose title shares the rarest words. Where no title does, the new item is reached last.
   */
  readonly add?: readonly (CatalogItem & Placed)[];
  /** Changed columns of known items. */
  readonly update?: readonly CatalogChange[];
  /** A feed as it comes: known items are changed, others, which need a title, are new. */
  readonly upsert?: readonly (CatalogChange & Placed)[];
  readonly remove?: readonly string[];
}

/** What came of a delta. */
export interface Updated {
  readonly added: number;
  readonly updated: number;
  readonly removed: number;
  /** Rows whose item, to be updated or removed, the catalog does not hold. */
  readonly unknown: number;
  /** Rows left out for another reason: a wrong type, a value out of range, a new item without a title. */
  readonly refused: number;
  /** The first 16 rows that were left out, by list and place. */
  readonly examples: readonly {
    readonly list: 'add' | 'update' | 'upsert' | 'remove';
    readonly at: number;
    readonly item: string;
    readonly code: string;
    readonly message: string;
  }[];
}

/** What filters can name, by number of items. */
export interface Facets {
  /** Columns in which some item has a value. */
  readonly columns: readonly ('price' | 'category' | 'brand' | 'stock' | 'group')[];
  readonly categories: readonly { readonly name: string; readonly count: number }[];
  readonly brands: readonly { readonly name: string; readonly count: number }[];
}

export interface ItemsQuery {
  readonly where?: Where;
  /** Words that must all occur in the title, case-insensitive; at most 256 bytes. */
  readonly search?: string;
  readonly offset?: number;
  /** 1 to 1000. Default 24. */
  readonly limit?: number;
  /** As `RecommendOptions.strict`. */
  readonly strict?: boolean;
}

export interface ItemsPage {
  readonly items: readonly CatalogItem[];
  /** All that match, not only this page. Ordered by popularity. */
  readonly total: number;
  /** Conditions that were left out. */
  readonly unknown?: readonly Unknown[];
}
