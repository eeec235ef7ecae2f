/** What a visitor did, as the shop tells it, and where the session of it may be kept. */
/** What a visitor did. `view` and `search-click` are interest, `impression` is shown but not chosen. */
export type EventKind =
  | 'view'
  | 'cart-add'
  | 'cart-remove'
  | 'purchase'
  | 'search-click'
  | 'impression'
  | 'dismiss';

export interface ShopEvent {
  readonly kind: EventKind;
  /** The shop's own item id. An unknown id is kept in the session and counted; it never fails. */
  readonly item: string;
  /** Milliseconds since the Unix epoch. Default: the clock of `load`. More than 60 s ahead of the clock is refused. */
  readonly at?: number;
  /** Visible time on the item, milliseconds, 0 to 86 400 000. Only with `view`. */
  readonly dwellMs?: number;
  /** Pieces, 1 to 65 535. Only with `cart-add`, `cart-remove` and `purchase`. Default 1. */
  readonly quantity?: number;
}

/**
 * What `nearhand/signals` tells: an event, and beside it what analytics want to know. `observe` takes it as it is and keeps
 * of it what is an event; a `slate-click` it lets pass, as the view that follows says the same.
 */
export interface Signal {
  readonly kind: EventKind | 'slate-click';
  /** One happening has one id: a view, and the same view told again with its dwell. Different in every page. */
  readonly id: string;
  readonly item: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** Visible time, milliseconds. Only with `view`. */
  readonly dwellMs?: number;
  /** Pieces. Only with cart and purchase signals. */
  readonly quantity?: number;
  /** Where it happened, as far as the page says: the slate's id, the place in it from 1, its placement, its probability. */
  readonly slate?: string;
  readonly rank?: number;
  readonly placement?: string;
  readonly propensity?: number;
}

/** What the cart holds of an item, in the shop's words. */
export interface CartLine {
  readonly item: string;
  /** Pieces, 1 to 65 535. Default 1. */
  readonly quantity?: number;
}

/**
 * Where the session may be kept.
 * `none`: nothing is kept; a slate knows only the page's own item (`source`), else the popular ones. `memory`: until the page closes.
 * `session`: in sessionStorage. `persistent`: in localStorage, shared by tabs.
 */
export type Consent = 'none' | 'memory' | 'session' | 'persistent';

export interface SessionEvent {
  readonly kind: EventKind;
  /** Empty when the catalog does not hold the item: sessions keep a hash of the id, not the id. */
  readonly item: string;
  readonly at: number;
  readonly dwellMs?: number;
  readonly quantity?: number;
  /** False when the catalog does not hold the item. */
  readonly known: boolean;
  /**
   * As what it counts: `interest` ranks slates in this visit, `shown` was not chosen, `cart` tells what is in the cart,
   * `recent` is of an earlier visit and for `recently-viewed` alone, `dismissed` is not shown. See docs/sessions.md.
   */
  readonly counts: 'interest' | 'shown' | 'cart' | 'recent' | 'dismissed';
}
