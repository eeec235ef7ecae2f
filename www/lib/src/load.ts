/** Loads a bundle into a shop, on any platform, and opens the one that takes its place. What fails here leaves nothing behind. */
import { type Clock, hostClock, since } from './clock.js';
import { digestOf, digestOfModel } from './digest.js';
import type { OpenOptions } from './engine.js';
import { EngineHost, type Turn } from './engine-host.js';
import { NearhandError, told, wrap } from './errors.js';
import { compile, MAX_BYTES, readBundle, throwIfAborted } from './fetch.js';
import { checkLoad } from './options.js';
import type { Platform } from './platform.js';
import { bounded, type Open, type Served } from './served.js';
import { type Memory, SessionKeeper } from './session.js';
import { ShopFace } from './shop.js';
import { SessionStore } from './storage.js';
import type { BundleSource, CatalogDelta, Info, LoadOptions, Shop, Tier, WasmSource } from './types.js';
import { WorkerHost } from './worker-host.js';
import type { Request, WorkerWasm } from './worker-protocol.js';

/** So long goldens are replayed without a turn of the event loop. */
const TURN_MS = 8;

export type Load = (bundle: BundleSource, options?: LoadOptions) => Promise<Shop>;

export const createLoad =
  (platform: Platform): Load =>
  async (source, given = {}) => {
    const options = checkLoad(given);
    const stop = new AbortController();
    return bounded(options.signal, stop, async () => {
      const memory: Memory = { consent: options.consent ?? platform.consent, deltas: [], snapshot: undefined };
      const clock = hostClock(options.now);
      const open = opener(platform, options, memory, clock);
      const served = await open(source, options, stop);
      const { name } = served.host.call((e) => e.info()).bundle;
      const store = new SessionStore(options.storageKey ?? `nearhand:${name}`, platform.storage);
      const session = new SessionKeeper(served, memory, store, clock);
      throwIfAborted(stop.signal);
      session.begin();
      const shop = new ShopFace({ session, memory, store, clock, open, tabs: platform.tabs });
      if (options.catalog) await shop.updateCatalog(options.catalog);
      return shop;
    });
  };

/** What opens the bundles of one shop: the first one, and those that are swapped in. */
function opener(platform: Platform, options: LoadOptions, memory: Memory, now: Clock): Open {
  const { readFile } = platform;
  const tier = options.tier ?? platform.tier;
  // Kept for the next bundle: a Response is read once, and compiling takes long.
  const modules: Partial<Record<Tier, WebAssembly.Module>> = {};
  let workerWasm: Promise<WorkerWasm> | undefined;

  return async (source, { digest, model: wanted, maxBytes = options.maxBytes ?? MAX_BYTES }, stop, pinned = tier === 'full') => {
    const { signal } = stop;
    const timings: Record<string, number> = {};
    const deltas: CatalogDelta[] = [];
    let computedDigest: string | undefined;
    let computedModelDigest: string | undefined;
    const openOptions = (): OpenOptions => ({
      consent: memory.consent,
      maxBytes,
      computedDigest,
      computedModelDigest,
      digest: digest?.toLowerCase(),
      idleTimeoutMs: options.idleTimeoutMs,
    });

    const fetching = timed(timings, 'fetch', () => readBundle(source, { signal, maxBytes, readFile }));
    const hashing = fetching.then(async (bundle) => {
      computedDigest = await timed(timings, 'digest', () => digestOf(bundle));
    });
    hashing.catch(() => {});
    // The second file comes after the first, which has the line to itself, and may come after the shop stands.
    const fetchingModel = fetching.then(async () => {
      if (wanted === undefined || tier === 'lite') return undefined;
      const model = await timed(timings, 'model', () => readBundle(wanted, { signal, maxBytes, readFile }));
      computedModelDigest = await digestOfModel(model);
      return model;
    });
    fetchingModel.catch(() => {});

    const start = async (tier: Tier): Promise<EngineHost> => {
      const glue = platform.glue[tier];
      const wasm = modules[tier] ?? options.wasm?.[tier] ?? platform.wasm?.[tier]();
      if (!glue || wasm === undefined) {
        throw new NearhandError('wasm-missing', `nearhand/slim ships no wasm: pass it as wasm.${tier}`, { option: `load.wasm.${tier}` });
      }
      const compiling = timed(timings, 'wasm', () => compile(wasm, { signal, readFile }));
      const second = tier === 'full' ? fetchingModel : undefined;
      const [bundle, module, model] = await Promise.all([fetching, compiling, second, hashing]);
      modules[tier] = module;
      throwIfAborted(signal);
      const state = () => ({ open: openOptions(), deltas, snapshot: memory.snapshot });
      return timed(timings, 'open', () => EngineHost.start({ tier, glue, module, bundle, model }, state, now, turns(signal)));
    };

    const makeWorker = tier === 'lite' ? undefined : workerOf(platform, options);
    const worker = makeWorker && new WorkerHost({ make: makeWorker, wasm: () => (workerWasm ??= forWorker(options.wasm?.full, readFile)) });
    // Who waits for the full tier has it compiled meanwhile; else the lite tier has the line to itself.
    if (pinned) worker?.prepare().catch(() => {});
    let host: EngineHost;
    let served: Served | undefined;
    let full: Info['full'] = { state: 'off' };
    signal.addEventListener('abort', () => {
      worker?.close();
      served?.host.free();
    });
    if (worker || tier === 'lite') host = await start('lite');
    else {
      try {
        host = await start('full');
        full = { state: 'ready' };
      } catch (error) {
        if (pinned) throw error;
        // A bad bundle fails twice, and the second failure is the one told.
        host = await start('lite');
        full = { state: 'failed', ...told(wrap(error)) };
      }
    }
    served = { host, worker, full, deltas, timings, stop, settled: Promise.resolve(), spare: () => start('lite') };
    if (worker) {
      const opening = Promise.all([fetching, fetchingModel]).then(([bundle, model]) => (): Request => {
        return { op: 'open', bundle, model, options: openOptions(), deltas, nowMs: now() };
      });
      const starting = timed(timings, 'full', () => worker.start(opening));
      served.settled = starting.catch(() => {});
      if (pinned) await starting;
    }
    return served;
  };
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
