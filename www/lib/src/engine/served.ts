/** What serves: one bundle in one or two engines. `swap` puts another in its place, whole. */
import type { EngineHost } from './engine-host.js';
import { type NearhandError, wrap } from '../words/errors.js';
import { aborted, throwIfAborted } from '../files/fetch.js';
import type { BundleSource, CatalogDelta, Info, LoadOptions } from '../words/types.js';
import type { WorkerHost } from './worker-host.js';

export interface Served {
  /** The engine that owns the session; another one after a fall back. */
  host: EngineHost;
  /** The full tier in a worker, beside the lite engine that owns the session. */
  readonly worker: WorkerHost | undefined;
  /** State of the full tier where no worker has it. */
  full: Info['full'];
  /** The host's deltas as they fit this bundle, for an engine started anew. */
  readonly deltas: CatalogDelta[];
  readonly timings: Record<string, number>;
  /** When the full tier serves or has failed. */
  settled: Promise<void>;
  /** Puts a lite engine in the place of a full one of this thread that has stopped; whether another engine can be asked. */
  readonly fallBack?: (served: Served, failure: NearhandError, notes: string[]) => Promise<boolean>;
  /** Ends what still loads for the full tier, if anything does; what serves goes on. */
  readonly halt: (reason: unknown) => void;
  /** Ends engines, worker and what is still fetched. */
  readonly stop: AbortController;
}

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
