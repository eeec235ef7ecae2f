/** What serves: one bundle in one or two engines. `swap` puts another in its place, whole. */
import type { Binary, EngineTier, MakeGlue, RawSlate } from './engine.js';
import type { EngineHost, Turn } from './engine-host.js';
import { type NearhandError, wrap } from '../words/errors.js';
import { aborted, throwIfAborted } from '../files/fetch.js';
import type { BundleSource, CatalogDelta, Consent, Info, LoadOptions } from '../words/types.js';
import type { Visit } from './worker-host.js';

/** The full tier of a page: on its way, in this thread or in a worker. */
export interface FullTier {
  /** Whether a worker serves. In this thread it is the host that does. */
  readonly ready: boolean;
  info(): Info['full'];
  /** A page's slates by the worker, or a note of why there are none; neither where the host is the one to ask. `current`: that of the bundle that serves by now. */
  slates(visit: Visit, notes: string[], current: () => FullTier | undefined): Promise<RawSlate[] | undefined>;
  updateCatalog(delta: CatalogDelta): void;
  setConsent(consent: Consent): void;
}

export interface Served {
  /** The engine that owns the session; another one after a fall back, and where the full tier comes into this thread. */
  host: EngineHost;
  /** The full tier of a page. */
  beside?: FullTier;
  /** State of the full tier where it is in this thread or nowhere. */
  full: Info['full'];
  /** The host's deltas as they fit this bundle, for an engine started anew. */
  readonly deltas: CatalogDelta[];
  readonly timings: Record<string, number>;
  /** When the full tier serves or has failed. */
  settled?: Promise<void>;
  /** Puts a lite engine in the place of a full one of this thread that has stopped; whether another engine can be asked. */
  fallBack?: (served: Served, failure: NearhandError, notes: string[]) => Promise<boolean>;
  /** Ends what still loads for the full tier, if anything does; what serves goes on. */
  readonly halt: (reason: unknown) => void;
  /** Ends engines, worker and what is still fetched. */
  readonly stop: AbortController;
}

/** What is there once a bundle is open. */
export type Opened = Pick<Served, 'host' | 'full' | 'beside' | 'settled' | 'fallBack'>;

/** How an engine starts otherwise than a lite one. */
interface Starting {
  readonly glue?: MakeGlue | undefined;
  /** What ends it. */
  readonly stop?: AbortSignal;
  readonly turn?: Turn;
  /** Told in the step in which it has taken in deltas and session: nothing can happen in between. */
  readonly stands?: (host: EngineHost) => void;
}

/** Starts an engine. `tierOf` says which tier a binary of the full one serves a bundle in; without it the engine is lite's. */
export type Start = (binary: Binary, tierOf?: (bundle: Uint8Array, model?: Uint8Array) => EngineTier, how?: Starting) => Promise<EngineHost>;

/** Opens a bundle until it is proven; `pinned`: in the full tier, too, else that may come later or fail. Default: as `load` was asked. */
export type Open = (
  source: BundleSource,
  options: Pick<LoadOptions, 'digest' | 'model' | 'maxBytes'>,
  stop: AbortController,
  pinned?: boolean,
) => Promise<Served>;

/** Work that ends when `given` or `stop` aborts. When it fails, `stop` ends what still runs. */
export async function bounded<T>(given: AbortSignal | undefined, stop: AbortController, work: () => Promise<T>): Promise<T> {
  const { signal } = stop;
  const abort = (): void => stop.abort(given?.reason);
  let broken = (): void => {};
  try {
    throwIfAborted(given);
    given?.addEventListener('abort', abort);
    // Not everything that is waited for hears of an abort.
    return await Promise.race([work(), new Promise<never>((_, reject) => signal.addEventListener('abort', (broken = reject)))]);
  } catch (error) {
    // What an abort breaks off may say it in other words.
    const failure = signal.aborted ? aborted(signal) : wrap(error);
    stop.abort();
    throw failure;
  } finally {
    given?.removeEventListener('abort', abort);
    // At an edge, a promise of this request must not be settled in a later one.
    signal.removeEventListener('abort', broken);
  }
}
