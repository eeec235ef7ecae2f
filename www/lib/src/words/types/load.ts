/** Opening a bundle, and putting another in its place. */
import type { CatalogDelta, CatalogItem } from './catalog.js';
import type { Consent } from './event.js';
import type { Info } from './info.js';

/** `lite` answers at once from the table; `full` runs the ONNX model; `progressive` starts lite and moves up. */
export type TierChoice = 'lite' | 'full' | 'progressive';

/**
 * Where a page runs the full tier. `auto`: in the page's own thread where a slate takes less than 2 ms there, which the golden sessions
 * tell as the bundle is opened; else in a worker. `page` and `worker`: there, whatever it takes.
 */
export type ThreadChoice = 'auto' | 'page' | 'worker';

/** A URL to fetch, the bytes, or a compiled module. */
export type WasmSource = string | URL | Uint8Array | ArrayBuffer | WebAssembly.Module | Response | Promise<Response>;

export type BundleSource = string | URL | Uint8Array | ArrayBuffer | Response | Promise<string | URL | Uint8Array | ArrayBuffer | Response>;

/** How long a page waits, milliseconds, 1 to 2 147 483 647. */
export interface Timeouts {
  /** For `load` itself; afterwards it rejects with `load-timeout`, or `fallback` answers. Default 60 000. */
  readonly loadMs?: number;
  /** For a slate of the full tier's worker; afterwards the lite tier answers, with the note `full-timeout`. Default 500. */
  readonly slateMs?: number;
  /** For the full tier to be fetched, compiled and opened; afterwards it has failed with `load-timeout`, or in a worker with `worker-timeout`. Default 120 000. */
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

/** Whose signature is asked for, and of what. See docs/signing.md. */
export interface Trust {
  /** Public keys, `ed25519:` and base64, as `nearhand keygen` prints them; 1 to 16. One of them must have signed. */
  readonly keys: readonly string[];
  /** The name that is wanted: one key may sign for several shops. */
  readonly name: string;
  /**
   * The signed statement. Without it the first argument of `load` and `swap` is the statement, and the bundle is fetched from where
   * that says.
   */
  readonly statement?: BundleSource;
  /** The lowest sequence that is taken, an integer from 0. Default 0. Where the browser keeps a higher one, that holds. */
  readonly lowest?: number;
  /** So far may this clock be ahead of the publisher's, milliseconds, 0 to 31 536 000 000. Default a day. */
  readonly toleranceMs?: number;
}

export interface LoadOptions {
  /** Default `progressive` in a browser, `full` in Node and workers. */
  readonly tier?: TierChoice;
  /** Default `auto`. Node, workerd and `nearhand/slim` without `worker` have one thread, and run the full tier in that, whatever is asked. See docs/loading.md. */
  readonly thread?: ThreadChoice;
  /** Default `memory`: nothing is written to the device until the host says otherwise. */
  readonly consent?: Consent;
  /** A snapshot that the shop begins with: a server's head start. What is stored on the device joins it. */
  readonly session?: Uint8Array;
  /** Expected SHA-256 of the bundle, hex. Refused with `bundle-digest-mismatch` when it differs. */
  readonly digest?: string;
  /**
   * Ends the load: fetching, compiling, and between two steps of opening the bundle. Once `load` has resolved, the full tier where
   * it is still on its way; the shop goes on in the lite one. Of loads that share a shop it ends its own wait alone.
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
  /**
   * Whose signature the bundle must have, here and in every `swap`; without it nothing is opened. The first argument is the signed
   * statement then, unless `trust.statement` is. See docs/signing.md.
   */
  readonly trust?: Trust;
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
  /** Where `load` was given `trust`: the new bundle's signed statement. Default: the first argument is it. */
  readonly statement?: BundleSource;
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
