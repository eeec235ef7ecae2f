/** Loads a bundle into a shop, on any platform. What fails here leaves nothing behind. */
import { hostClock, since } from './clock.js';
import { digestOf, digestOfModel } from './digest.js';
import type { OpenOptions } from './engine.js';
import { EngineHost, type Turn } from './engine-host.js';
import { NearhandError, told, wrap } from './errors.js';
import { aborted, compile, MAX_BYTES, readBundle, throwIfAborted } from './fetch.js';
import { checkLoad } from './options.js';
import type { Platform } from './platform.js';
import { type Memory, SessionKeeper } from './session.js';
import { ShopFace } from './shop.js';
import { SessionStore } from './storage.js';
import type { BundleSource, Info, LoadOptions, Shop, Tier, WasmSource } from './types.js';
import { WorkerHost } from './worker-host.js';
import type { Request, WorkerWasm } from './worker-protocol.js';

/** So long goldens are replayed without a turn of the event loop. */
const TURN_MS = 8;

export type Load = (bundle: BundleSource, options?: LoadOptions) => Promise<Shop>;

export const createLoad =
  (platform: Platform): Load =>
  async (source, given = {}) => {
    const options = checkLoad(given);
    throwIfAborted(options.signal);
    // One controller for the host's signal and our own failures: what still runs is stopped either way.
    const stop = new AbortController();
    const abort = (): void => stop.abort(options.signal?.reason);
    options.signal?.addEventListener('abort', abort);
    try {
      return await loadWith(platform, source, options, stop.signal);
    } catch (error) {
      throw wrap(error);
    } finally {
      options.signal?.removeEventListener('abort', abort);
      stop.abort();
    }
  };

async function loadWith(platform: Platform, source: BundleSource, options: LoadOptions, signal: AbortSignal): Promise<Shop> {
  const { readFile } = platform;
  const maxBytes = options.maxBytes ?? MAX_BYTES;
  const now = hostClock(options.now);
  const timings: Record<string, number> = {};
  const memory: Memory = { consent: options.consent ?? platform.consent, deltas: [], snapshot: undefined };
  let computedDigest: string | undefined;
  let computedModelDigest: string | undefined;
  const openOptions = (): OpenOptions => ({
    consent: memory.consent,
    maxBytes,
    computedDigest,
    computedModelDigest,
    digest: options.digest?.toLowerCase(),
    idleTimeoutMs: options.idleTimeoutMs,
  });

  const fetching = timed(timings, 'fetch', () => readBundle(source, { signal, maxBytes, readFile }));
  const hashing = fetching.then(async (bundle) => {
    computedDigest = await timed(timings, 'digest', () => digestOf(bundle));
  });
  hashing.catch(() => {});
  const tier = options.tier ?? platform.tier;
  // The second file comes after the first, which has the line to itself, and may come after the shop stands: its own
  // controller, as `signal` ends with `load`.
  const rest = new AbortController();
  const stopRest = (): void => rest.abort(options.signal?.reason);
  options.signal?.addEventListener('abort', stopRest);
  const wanted = tier === 'lite' ? undefined : options.model;
  const fetchingModel = fetching.then(async () => {
    if (wanted === undefined) return undefined;
    const model = await timed(timings, 'model', () => readBundle(wanted, { signal: rest.signal, maxBytes, readFile }));
    computedModelDigest = await digestOfModel(model);
    return model;
  });
  fetchingModel.catch(() => {});

  const start = async (tier: Tier, until: AbortSignal | undefined): Promise<EngineHost> => {
    const glue = platform.glue[tier];
    const wasm = options.wasm?.[tier] ?? platform.wasm?.[tier]();
    if (!glue || wasm === undefined) {
      throw new NearhandError('wasm-missing', `nearhand/slim ships no wasm: pass it as wasm.${tier}`, { option: `load.wasm.${tier}` });
    }
    const compiling = timed(timings, 'wasm', () => compile(wasm, { signal: until, readFile }));
    const second = tier === 'full' ? fetchingModel : undefined;
    const [bundle, module, model] = await Promise.all([fetching, compiling, second, hashing]);
    throwIfAborted(until);
    const state = () => ({ open: openOptions(), deltas: memory.deltas, snapshot: memory.snapshot });
    return timed(timings, 'open', () => EngineHost.start({ tier, glue, module, bundle, model }, state, now, turns(until)));
  };

  const makeWorker = tier === 'lite' ? undefined : workerOf(platform, options);
  let full: Info['full'] = { state: 'off' };
  let host: EngineHost;
  const worker = makeWorker && new WorkerHost({ make: makeWorker, wasm: () => forWorker(options.wasm?.full, readFile) });
  // Who waits for the full tier has it compiled meanwhile; else the lite tier has the line to itself.
  if (tier === 'full') worker?.prepare().catch(() => {});
  if (worker || tier === 'lite') {
    try {
      host = await start('lite', signal);
    } catch (error) {
      worker?.close();
      throw error;
    }
  } else {
    try {
      host = await start('full', signal);
      full = { state: 'ready' };
    } catch (error) {
      const failure = wrap(error);
      // A bad bundle fails twice, and the second failure is the one told.
      if (tier === 'full' || failure.code === 'aborted') throw error;
      host = await start('lite', signal);
      full = { state: 'failed', ...told(failure) };
    }
  }

  try {
    const { bundle: about } = host.call((e) => e.info());
    const store = new SessionStore(options.storageKey ?? `nearhand:${about.name}`, platform.storage);
    const session = new SessionKeeper(host, memory, store, now);
    throwIfAborted(signal);
    session.begin();

    let ready = Promise.resolve<Tier>(full.state === 'ready' ? 'full' : 'lite');
    if (worker) {
      const opening = Promise.all([fetching, fetchingModel]).then(([bundle, model]) => (): Request => {
        return { op: 'open', bundle, model, options: openOptions(), deltas: memory.deltas, nowMs: now() };
      });
      const starting = timed(timings, 'full', () => worker.start(opening));
      ready = starting.then(
        () => 'full',
        () => 'lite',
      );
      if (tier === 'full') await untilAborted(starting, signal);
    }
    options.signal?.removeEventListener('abort', stopRest);
    const spare = full.state === 'ready' ? () => start('lite', undefined) : undefined;
    return new ShopFace({ session, memory, store, clock: now, timings, worker, spare, full, ready, tabs: platform.tabs });
  } catch (error) {
    rest.abort();
    worker?.close();
    host.free();
    throw error;
  }
}

function workerOf(platform: Platform, { worker }: LoadOptions): (() => Worker) | undefined {
  if (worker === undefined) return platform.worker;
  return typeof worker === 'function' ? worker : () => new Worker(worker, { type: 'module' });
}

/** The full tier's binary in a form that a message can carry. */
async function forWorker(source: WasmSource | undefined, readFile: Platform['readFile']): Promise<WorkerWasm> {
  if (source === undefined || source instanceof Uint8Array || source instanceof WebAssembly.Module) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  // Relative to the page, not to the worker's script.
  if (typeof source === 'string' || source instanceof URL) return new URL(source, globalThis.document?.baseURI ?? globalThis.location?.href).href;
  return compile(source, { readFile });
}

/** Most bundles open within one turn; from time to time the event loop gets its own, and with it whoever aborts. */
function turns(signal: AbortSignal | undefined): Turn {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < TURN_MS) return;
    await new Promise((turn) => setTimeout(turn));
    last = performance.now();
    throwIfAborted(signal);
  };
}

async function timed<T>(timings: Record<string, number>, name: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await work();
  timings[name] = since(started);
  return result;
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(aborted(signal)));
    work.then(resolve, reject);
  });
}
