/** Public types of the npm package `nearhand`. Every result is a plain frozen object. */

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
 * Where the session may be kept.
 * `none`: nothing is kept; a slate knows only the page's own item (`source`), else the popular ones. `memory`: until the page closes.
 * `session`: in sessionStorage. `persistent`: in localStorage, shared by tabs.
 */
export type Consent = 'none' | 'memory' | 'session' | 'persistent';

/** `lite` answers at once from the table; `full` runs the ONNX model; `progressive` starts lite and moves up. */
export type TierChoice = 'lite' | 'full' | 'progressive';
export type Tier = 'lite' | 'full';

/** Which stage answered: the ONNX model blended with the table, the table alone, or the popular items. */
export type SlateSource = 'model' | 'table' | 'popular';

export type ExcludeWord = 'seen' | 'cart' | 'purchased' | 'dismissed';

export interface PriceRange {
  readonly lt?: number;
  readonly lte?: number;
  readonly gt?: number;
  readonly gte?: number;
}

/** All conditions must hold. An item that lacks a value fails the condition on it (no price: fails `price`). */
export interface Where {
  /** `true`: only items with stock above 0 or of unknown stock. */
  readonly inStock?: boolean;
  readonly price?: PriceRange;
  readonly category?: string | readonly string[];
  readonly brand?: string | readonly string[];
}

export interface RecommendOptions {
  /** Slate length, 1 to 100. Default 5. */
  readonly k?: number;
  /** The item of the page the slate stands on: never in the slate, and added to the context if it is not the last one viewed. */
  readonly source?: string;
  /** Default `['seen', 'cart', 'purchased', 'dismissed']`. `[]` lets everything through. */
  readonly exclude?: readonly ExcludeWord[];
  /** Item ids never to show in this slate. Unknown ids are ignored. */
  readonly excludeItems?: readonly string[];
  readonly where?: Where;
  /** Add each item's score parts. Default false. */
  readonly explain?: boolean;
}

export type ReasonKind = 'viewed' | 'in-cart' | 'purchased' | 'searched' | 'popular';

export interface Reason {
  readonly kind: ReasonKind;
  /** The session item that raised this one. Absent with `popular`. */
  readonly item?: string;
  readonly title?: string;
}

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
}

export interface SlateItem extends CatalogItem {
  /** 1 is first. */
  readonly rank: number;
  /** Higher is better. Comparable within one slate. */
  readonly score: number;
  /** The probability with which the policy shows this item at this place. 1 without exploration. */
  readonly propensity: number;
  readonly reasons: readonly Reason[];
  /** With `explain: true`: the parts that add up to `score`. */
  readonly parts?: { readonly table: number; readonly repeat: number; readonly model: number; readonly popularity: number };
}

export interface Slate {
  readonly items: readonly SlateItem[];
  readonly source: SlateSource;
  readonly tier: Tier;
  /** Why the slate is shorter or from a lower stage than asked for, as stable words: `model-failed`, `filled-with-popular`, `short`, … */
  readonly notes: readonly string[];
  /** Time from the call to the slate, milliseconds. */
  readonly tookMs: number;
  /** Events of the session that were used. */
  readonly events: number;
}

export interface SessionEvent {
  readonly kind: EventKind;
  /** Empty when the catalog does not hold the item: sessions keep a hash of the id, not the id. */
  readonly item: string;
  readonly at: number;
  readonly dwellMs?: number;
  readonly quantity?: number;
  /** False when the catalog does not hold the item. */
  readonly known: boolean;
}

export interface CatalogDelta {
  /** New items. `like` borrows the vector and table row of a known item; without it the item is reached by popularity only. */
  readonly add?: readonly (CatalogItem & { readonly like?: string })[];
  /** Changed columns of known items; absent columns stay. */
  readonly update?: readonly (Partial<CatalogItem> & { readonly item: string })[];
  readonly remove?: readonly string[];
}

export interface ItemsQuery {
  readonly where?: Where;
  /** Words that must all occur in the title, case-insensitive. */
  readonly search?: string;
  readonly offset?: number;
  /** 1 to 1000. Default 24. */
  readonly limit?: number;
}

export interface ItemsPage {
  readonly items: readonly CatalogItem[];
  /** All that match, not only this page. Ordered by popularity. */
  readonly total: number;
}

export interface Info {
  readonly version: string;
  readonly tier: Tier;
  /** State of the full tier. */
  readonly full: { readonly state: 'off' | 'loading' | 'ready' | 'failed'; readonly error?: { readonly code: string; readonly message: string } };
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
  /** Engines of this thread started in place of one that stopped, with the session it had, and why the last one stopped. */
  readonly restarts: { readonly count: number; readonly error?: { readonly code: string; readonly message: string } };
  readonly consent: Consent;
  /** Where the session is kept now; `memory` when storage is blocked or full. */
  readonly storage: { readonly kind: 'none' | 'memory' | 'session' | 'persistent'; readonly error?: string };
  readonly counts: {
    readonly events: number;
    readonly unknownItems: number;
    readonly slates: number;
    readonly modelFailures: number;
    readonly fallbacks: number;
  };
  /** Milliseconds: bundle fetch and digest, wasm fetch and compilation, bundle open (lite), full tier ready. */
  readonly timings: Readonly<Record<string, number>>;
}

/** A URL to fetch, the bytes, or a compiled module. */
export type WasmSource = string | URL | Uint8Array | ArrayBuffer | WebAssembly.Module | Response | Promise<Response>;
export type BundleSource = string | URL | Uint8Array | ArrayBuffer | Response;

export interface LoadOptions {
  /** Default `progressive` in a browser, `full` in Node and workers. */
  readonly tier?: TierChoice;
  /** Default `session` in a browser, `memory` elsewhere. */
  readonly consent?: Consent;
  /** Expected SHA-256 of the bundle, hex. Refused with `bundle-digest-mismatch` when it differs. */
  readonly digest?: string;
  readonly signal?: AbortSignal;
  /** A gap longer than this starts a new session. Milliseconds, 60 000 to 86 400 000. Default 1 800 000. */
  readonly idleTimeoutMs?: number;
  /** Storage key. Default `nearhand:<bundle name>`. */
  readonly storageKey?: string;
  /** The clock. Default `Date.now`. */
  readonly now?: () => number;
  /** Largest bundle accepted, bytes. Default 64 MiB. */
  readonly maxBytes?: number;
  /**
   * The second file of a bundle in two (`nearhand split`): graph and item vectors, which the full tier alone reads. It is
   * fetched after the bundle, from which the lite tier answers meanwhile.
   */
  readonly model?: BundleSource;
  /** Own copies of the wasm binaries (CSP, bundlers without asset support). */
  readonly wasm?: { readonly lite?: WasmSource; readonly full?: WasmSource };
  /** Browser only: the worker script of the full tier, or a function that makes the worker. Default: the packaged one. */
  readonly worker?: string | URL | (() => Worker);
}

export interface Shop {
  /** Records an event and keeps the session. Throws a `NearhandError` on bad input; the session is unchanged then. */
  observe(event: ShopEvent): void;
  recommend(options?: RecommendOptions): Promise<Slate>;
  /** One catalog item, or undefined. */
  item(id: string): CatalogItem | undefined;
  items(query?: ItemsQuery): ItemsPage;
  /** The session as it stands, oldest first. */
  session(): readonly SessionEvent[];
  updateCatalog(delta: CatalogDelta): void;
  setConsent(consent: Consent): void;
  /** Drops the session everywhere it is kept. */
  forget(): void;
  /** The session in at most 1 KB, to keep or to move to another runtime. */
  snapshot(): Uint8Array;
  restore(snapshot: Uint8Array): void;
  info(): Info;
  /** Settles when the best tier asked for serves, or has failed (see `info().full`). Never rejects. */
  readonly ready: Promise<Tier>;
  /** Ends workers and listeners. Further calls throw `closed`. */
  close(): void;
}
