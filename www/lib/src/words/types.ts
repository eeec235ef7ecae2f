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

/**
 * Where the session may be kept.
 * `none`: nothing is kept; a slate knows only the page's own item (`source`), else the popular ones. `memory`: until the page closes.
 * `session`: in sessionStorage. `persistent`: in localStorage, shared by tabs.
 */
export type Consent = 'none' | 'memory' | 'session' | 'persistent';

/** `lite` answers at once from the table; `full` runs the ONNX model; `progressive` starts lite and moves up. */
export type TierChoice = 'lite' | 'full' | 'progressive';
/** What answers. `none`: no engine at all, only the popular items or the host's list (`fallback`). */
export type Tier = 'lite' | 'full' | 'none';

/**
 * The best evidence behind a slate: the ONNX model blended with the table, the table alone, the table of purchases
 * (`bought`), likeness of item vectors, the session's own items, rising items, popular ones, or the shop's own order.
 */
export type SlateSource = 'model' | 'table' | 'bought' | 'vectors' | 'session' | 'trending' | 'popular' | 'curated';

/**
 * `variants`: items of the variant group of `source`. `sold-out`: items with stock 0, unless `where.inStock` is false. Neither
 * `seen` nor `sold-out` is applied in `recently-viewed`.
 */
export type ExcludeWord = 'seen' | 'cart' | 'purchased' | 'dismissed' | 'variants' | 'sold-out';

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
  /** Milliseconds, of the last `load` or `swap`: bundle fetch and digest, wasm fetch and compilation, bundle open (lite), full tier ready. */
  readonly timings: Readonly<Record<string, number>>;
}

/** A URL to fetch, the bytes, or a compiled module. */
export type WasmSource = string | URL | Uint8Array | ArrayBuffer | WebAssembly.Module | Response | Promise<Response>;
export type BundleSource = string | URL | Uint8Array | ArrayBuffer | Response | Promise<string | URL | Uint8Array | ArrayBuffer | Response>;

/** How long a page waits, milliseconds, 1 to 2 147 483 647. */
export interface Timeouts {
  /** For `load` itself; afterwards it rejects with `load-timeout`, or `fallback` answers. Default 60 000. */
  readonly loadMs?: number;
  /** For a slate of the full tier's worker; afterwards the lite tier answers, with the note `full-timeout`. Default 500. */
  readonly slateMs?: number;
  /** For the full tier's worker to compile, and to open the bundle; afterwards it has failed with `worker-timeout`. Default 120 000. */
  readonly fullMs?: number;
}

/** How long what outlives the idle time counts, milliseconds, 60 000 to 31 536 000 000 (a year). See docs/sessions.md. */
export interface Lifetimes {
  /** An item that was dismissed. Default 30 days. */
  readonly dismissedMs?: number;
  /** What was viewed, in `recently-viewed` alone. Default 30 days. */
  readonly viewedMs?: number;
  /** What is in the cart and is not confirmed by `setCart`. Default a year. */
  readonly cartMs?: number;
}

/** What the cart holds of an item, in the shop's words. */
export interface CartLine {
  readonly item: string;
  /** Pieces, 1 to 65 535. Default 1. */
  readonly quantity?: number;
}
/** Loads a bundle into a shop. Every entry has one of these. */
export type Load = (bundle: BundleSource, options?: LoadOptions) => Promise<Shop>;

export interface LoadOptions {
  /** Default `progressive` in a browser, `full` in Node and workers. */
  readonly tier?: TierChoice;
  /** Default `memory`: nothing is written to the device until the host says otherwise. */
  readonly consent?: Consent;
  /** A snapshot that the shop begins with: a server's head start. What is stored on the device joins it. */
  readonly session?: Uint8Array;
  /** Expected SHA-256 of the bundle, hex. Refused with `bundle-digest-mismatch` when it differs. */
  readonly digest?: string;
  /**
   * Ends the load: fetching, compiling, and between two goldens. Once `load` has resolved, the full tier where it is still on its
   * way; the shop goes on in the lite one. Of loads that share a shop it ends its own wait alone.
   */
  readonly signal?: AbortSignal;
  /** A gap longer than this starts a new session. Milliseconds, 60 000 to 86 400 000. Default 1 800 000. */
  readonly idleTimeoutMs?: number;
  /** How long what is not interest counts. */
  readonly lifetimes?: Lifetimes;
  /** Storage key. Default `nearhand:<bundle name>`. */
  readonly storageKey?: string;
  /** The clock. Default `Date.now`. */
  readonly now?: () => number;
  /** Largest bundle accepted, bytes, each of two files for itself. Default 64 MiB, at most 2 GiB. */
  readonly maxBytes?: number;
  /**
   * The second file of a bundle in two (`nearhand split`): graph and item vectors, which the full tier alone reads. It is
   * fetched after the bundle, from which the lite tier answers meanwhile.
   */
  readonly model?: BundleSource;
  /** What has changed since the bundle was made, applied before the first slate. See `updateCatalog`; `info().catalog` says what came of it. */
  readonly catalog?: CatalogDelta;
  /**
   * Own copies of the wasm binaries (CSP, bundlers without asset support). `tract` takes the place of `full` where the bundle says
   * that its graph needs it, and is not touched else.
   */
  readonly wasm?: { readonly lite?: WasmSource; readonly full?: WasmSource; readonly tract?: WasmSource };
  /** Browser only: the worker script of the full tier (also a `TrustedScriptURL`), or a function that makes the worker. Default: the packaged one. */
  readonly worker?: string | URL | { toJSON(): string } | (() => Worker);
  /**
   * In a page: what answers when no engine can be had (no WebAssembly, files that do not come, …). `true`: the popular items of the
   * bundle's catalog. A list: these items first, by id or as they are to be shown; it answers without the bundle, too. `info().tier`
   * is `none` then, and slates have the note `no-wasm`. Default: `load` rejects.
   */
  readonly fallback?: boolean | readonly (string | CatalogItem)[];
  readonly timeouts?: Timeouts;
}

export interface SwapOptions extends Pick<LoadOptions, 'digest' | 'model'> {
  /** Ends the swap; the old bundle goes on. */
  readonly signal?: AbortSignal;
  /** Default: that of `load`. */
  readonly maxBytes?: number;
  /**
   * What has changed since the new bundle was made, instead of the deltas given so far. `[]`: nothing. Vectors are in the
   * new bundle's space.
   */
  readonly deltas?: readonly CatalogDelta[];
}

export interface Swapped {
  /** The bundle that answers from now on. */
  readonly bundle: Info['bundle'];
  /** What of the deltas does not fit the new catalog as it was told. */
  readonly notes: readonly SwapNote[];
}

export interface SwapNote {
  /**
   * `known`: the bundle has an item that was added; it was updated instead. `unknown`: it lacks one that was updated.
   * `placed`: it lacks the item that an added one is like, or the vector was of the old bundle's space; title and category
   * tell where it stands. `refused`: the row is no good (of a list of such, the first 16 a slice).
   */
  readonly note: 'known' | 'unknown' | 'placed' | 'refused';
  readonly item: string;
}

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
