/** What `load` gives. */
import type { CatalogDelta, CatalogItem, Facets, ItemsPage, ItemsQuery, Updated } from './catalog.js';
import type { CartLine, Consent, SessionEvent, ShopEvent, Signal } from './event.js';
import type { Info } from './info.js';
import type { BundleSource, LoadOptions, SwapOptions, Swapped } from './load.js';
import type { RecommendOptions, Widget } from './request.js';
import type { Slate, Tier } from './slate.js';

/** What a session is asked and told: the shop's own, or a visitor's. */
export interface Visit {
  /** Records an event and keeps the session. Throws a `NearhandError` on bad input; the session is unchanged then. */
  observe(event: ShopEvent | Signal): void;
  recommend(options?: RecommendOptions): Promise<Slate>;
  /** The slates of one page, 1 to 16, in order of their claim: no item is in two of them. One engine answers all. */
  recommendPage(widgets: readonly Widget[]): Promise<readonly Slate[]>;
  /** States what the cart holds now, instead of what events have told of it. */
  setCart(lines: readonly CartLine[]): void;
  /** Takes back that an item was dismissed. */
  undismiss(item: string): void;
  /** What counts of the session, oldest first. */
  session(): readonly SessionEvent[];
  /** The session in at most 1 KB, to keep or to move to another runtime. */
  snapshot(): Uint8Array;
  /** Drops the session everywhere it is kept. What is dated before that is not taken in any more. */
  forget(): void;
}

/**
 * One visitor of many, who has a session of his own: what a server makes for a request. It needs no `close`, and any
 * number may be used at once. With the shop's consent `none` it keeps nothing either.
 */
export type Page = Visit;

export interface Shop extends Visit {
  /** Another visitor: the one of the snapshot, or a new one. The shop's own session is not touched. */
  page(snapshot?: Uint8Array): Page;
  /** The bucket of a visitor in a test, 0 to `buckets` − 1, of 2 to 1000: what a rule's `test` goes by. Always the same. */
  bucket(test: string, visitor: string, buckets: number): number;
  /** One catalog item, or undefined. */
  item(id: string): CatalogItem | undefined;
  items(query?: ItemsQuery): ItemsPage;
  /** What there is to filter by, deltas included. */
  facets(): Facets;
  /**
   * Changes the catalog. Up to 64 rows are in when the call returns; more go in slices between which the page lives: slates
   * and reads in between see the rows that are in so far, and a later delta waits its turn. Throws where the delta is none;
   * a bad row is told in what it resolves with. Leave a large delta's lists alone until then.
   * Where memory runs out it rejects with `engine-trapped`: what was in before the call stays, and of its slices all but the last eighth, or fewer.
   */
  updateCatalog(delta: CatalogDelta): Promise<Updated>;
  /**
   * Puts another bundle of this shop in place of the one that answers. The old one answers until the new one is proven, in
   * the full tier too unless that had failed; then all calls go to the new one. Session, consent, storage key and the deltas
   * given so far stay; a slate that was given stays as it is. Meanwhile both are in memory.
   *
   * A failed swap changes nothing and rejects: as `load` does, with `bundle-other-catalog` for a bundle that has none of the
   * 100 most popular items, `aborted` when a later swap begins, `closed` when the shop is closed. See docs/nightly.md.
   */
  swap(bundle: BundleSource, options?: SwapOptions): Promise<Swapped>;
  setConsent(consent: Consent): void;
  /** Replaces the session. A server that answers many visitors takes `page` instead. */
  restore(snapshot: Uint8Array): void;
  info(): Info;
  /** Settles when the best tier asked for serves, or has failed (see `info().full`). Never rejects. */
  readonly ready: Promise<Tier>;
  /** Ends workers and listeners. Further calls throw `closed`. */
  close(): void;
}

/** Loads a bundle into a shop. Every entry has one of these. */
export type Load = (bundle: BundleSource, options?: LoadOptions) => Promise<Shop>;
