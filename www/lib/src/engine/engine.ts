/** The wasm boundary as TypeScript sees it: docs/wasm-abi.md, one name for one name. */
import type {
  CatalogDelta,
  CatalogItem,
  Consent,
  Facets,
  Info,
  ItemsPage,
  ItemsQuery,
  Lifetimes,
  Widget,
  SessionEvent,
  ShopEvent,
  Slate,
  Tier,
  Updated,
} from '../words/types.js';

/** The tiers that have an engine. */
export type EngineTier = Exclude<Tier, 'none'>;

/** The binaries: one a tier, and the full one with tract in it, for graphs that need it. */
export type Binary = EngineTier | 'tract';

/** A slate before the face has timed it and said which engine it asked. */
export type RawSlate = Omit<Slate, 'tookMs' | 'tier' | 'notes'> & { readonly notes: string[] };

/** What came of a delta: the counts, and every row that was left out. */
export type Taken = Omit<Updated, 'examples'> & { readonly skipped: Updated['examples'] };

export interface OpenOptions extends Lifetimes {
  readonly digest?: string | undefined;
  /** The digest of the very bytes that are opened; without it the engine computes it. */
  readonly computedDigest?: string | undefined;
  /** Likewise of the model's own file. */
  readonly computedModelDigest?: string | undefined;
  readonly consent: Consent;
  readonly idleTimeoutMs?: number | undefined;
  readonly maxBytes?: number;
}

export interface Engine {
  /** Takes the next step of opening, one golden at most; whether there are more. */
  replay(): boolean;
  observe(event: ShopEvent, nowMs: number): void;
  recommend(widgets: readonly Widget[], nowMs: number): RawSlate[];
  bucket(test: string, visitor: string, buckets: number): number;
  item(id: string): CatalogItem | undefined;
  items(query: ItemsQuery): ItemsPage;
  session(nowMs: number): SessionEvent[];
  updateCatalog(delta: CatalogDelta): Taken;
  facets(): Facets;
  setConsent(consent: Consent): void;
  /** A `cart-add` a line. */
  setCart(lines: readonly ShopEvent[], nowMs: number): void;
  undismiss(item: string): void;
  forget(nowMs: number): void;
  snapshot(): Uint8Array;
  restore(snapshot: Uint8Array, nowMs: number): void;
  merge(snapshot: Uint8Array, nowMs: number): void;
  /** What runs the graph; undefined where there is none. The full tier's alone. */
  runsOn?(): Info['full']['engine'];
  info(): Pick<Info, 'version' | 'tier' | 'bundle' | 'consent' | 'counts' | 'monitor'>;
  free(): void;
}

/** What wasm-bindgen's glue exports. It holds one instance in module state, so the face makes one glue an engine. */
export interface Glue {
  readonly Engine: { open(bundle: Uint8Array, options: OpenOptions, model?: Uint8Array): Engine };
  version(): string;
  initSync(from: { module: WebAssembly.Module }): unknown;
  default(from: { module_or_path: WebAssembly.Module }): Promise<unknown>;
}

export type MakeGlue = () => Glue;
