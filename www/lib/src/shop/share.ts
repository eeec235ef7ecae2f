/**
 * One shop a page: whoever loads the same bundle with the same options gets the same engines, and a handle of his own. Effects
 * that run twice, hot reloads, two widgets and two copies of the package cost one engine and one worker.
 */
import { shut } from '../words/errors.js';
import { isUrl, throwIfAborted } from '../files/fetch.js';
import { bounded } from '../engine/served.js';
import type { BundleSource, LoadOptions, Shop } from '../words/types.js';
import { version } from '../words/version.js';

/** A shop, and how to end what still loads for it. */
export interface Opening {
  readonly shop: Shop;
  readonly halt: (reason: unknown) => void;
}

interface Entry {
  readonly stop: AbortController;
  readonly opening: Promise<Opening>;
  /** Handles, and loads that still wait. */
  users: number;
}

export interface Shops {
  readonly entries: Map<string | undefined, Entry>;
  /** Names for what is compared by identity. */
  readonly names: WeakMap<object, string>;
}

/** So long a shop outlives its last handle: a framework unmounts and mounts again, a hot reload loads again. */
const GRACE_MS = 500;
/** A longer list is compared by identity. */
const LONG = 64;

export const noShops = (): Shops => ({ entries: new Map(), names: new WeakMap() });

/** Those of this page, for every copy of this version. Elsewhere than in a page nothing is shared. */
export function pageShops(): Shops | undefined {
  const page = globalThis as unknown as Record<symbol, Shops | undefined>;
  return 'document' in globalThis ? (page[Symbol.for(`nearhand ${version}`)] ??= noShops()) : undefined;
}

/** Where a page's relative URLs start. */
export const base = (): string | undefined => globalThis.document?.baseURI ?? globalThis.location?.href;

/** The same text for the same question; undefined where one cannot be made. A signal is of one load alone. */
function keyOf({ names }: Shops, source: BundleSource, { signal, ...options }: LoadOptions): string | undefined {
  const plain = (_: string, value: unknown): unknown => {
    if (value instanceof Uint8Array && value.length < 4096) return [...value];
    // A function, a module, a Response, a feed: whatever it holds, it is itself.
    if (Object(value) !== value || (!((value as unknown[]).length > LONG) && /^(Object|Array)$/.test((value as object).constructor?.name))) return value;
    const name = names.get(value as object) ?? `#${Math.random()}`;
    names.set(value as object, name);
    return name;
  };
  let where: unknown = source;
  try {
    if (isUrl(source)) where = new URL(source, base());
    return JSON.stringify([where, Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1))], plain);
  } catch {
    // No URL, a cycle, a bigint, a getter that throws: told by who reads it, and like no other.
    return undefined;
  }
}

/** Joins the shop of this question, or begins it. */
export async function share(
  shops: Shops | undefined,
  source: BundleSource,
  options: LoadOptions,
  begin: (stop: AbortController) => Promise<Opening>,
): Promise<Shop> {
  const { signal } = options;
  throwIfAborted(signal);
  const key = shops && keyOf(shops, source, options);
  const { entries } = key ? shops! : noShops();
  const entry = entries.get(key) ?? enter(begin);
  entries.set(key, entry);
  const forget = (): unknown => entries.get(key) === entry && entries.delete(key);
  // One that failed is not kept.
  entry.opening.catch(forget);
  let opened: Opening | undefined;
  // What still loads is left to end once the shop stands, unless someone else waits for that.
  const halt = (): void => {
    if (entry.users < 2) opened?.halt(signal!.reason);
  };
  const end = (): void => {
    if (entry.users) return;
    forget();
    entry.stop.abort(signal?.reason);
    opened?.shop.close();
    entry.opening.then(({ shop }) => shop.close(), () => {});
  };
  const leave = (): void => {
    signal?.removeEventListener('abort', halt);
    entry.users--;
    if (shops) setTimeout(end, GRACE_MS);
    else end();
  };
  entry.users++;
  try {
    opened = await bounded(signal, new AbortController(), () => entry.opening);
    signal?.addEventListener('abort', halt);
    return handle(opened.shop, leave);
  } catch (error) {
    leave();
    throw error;
  }
}

function enter(begin: (stop: AbortController) => Promise<Opening>): Entry {
  const stop = new AbortController();
  return { stop, opening: bounded(undefined, stop, () => begin(stop)), users: 0 };
}

/**
 * What `load` gives: a plain frozen object of functions that need no `this`, so that reactive state, a spread and a logger leave it
 * whole. Private state behind a Proxy is out of reach; a closure is not.
 */
function handle(shop: Shop, leave: () => void): Shop {
  let open = true;
  const { ready, ...acts } = shop;
  const face: Record<string, unknown> = { ready };
  for (const [name, act] of Object.entries<(...given: never[]) => unknown>(acts)) {
    face[name] = (...given: never[]): unknown => {
      if (open) return act(...given);
      if (/^(recom|swap|upd)/.test(name)) return Promise.reject(shut());
      throw shut();
    };
  }
  face['toJSON'] = () => {
    try {
      return shop.info();
    } catch (error) {
      return String(error);
    }
  };
  face['close'] = () => {
    if (open) leave();
    open = false;
  };
  return Object.freeze(face) as unknown as Shop;
}
