/** Loads a bundle into a shop, on any platform, and opens the one that takes its place. What fails here leaves nothing behind. */
import { type Clock, hostClock, since } from '../words/clock.js';
import { digestOf } from '../files/digest.js';
import type { OpenOptions } from '../engine/engine.js';
import { startEngine, type Turn } from '../engine/engine-host.js';
import { NearhandError, told } from '../words/errors.js';
import { compile, MAX_BYTES, need, readBundle, throwIfAborted, unfetched } from '../files/fetch.js';
import { checkLoad } from '../words/options.js';
import type { Binary, Platform } from './platform.js';
import { bounded, type Open, type Opened, type Served, type Start } from '../engine/served.js';
import { keeperOf, type Memory } from '../session/session.js';
import { base, type Opening, share } from './share.js';
import { shopOf } from './shop.js';
import { type SessionStore, storeOf } from '../session/storage.js';
import type { BundleSource, CatalogDelta, Load, LoadOptions, WasmSource } from '../words/types.js';

/** So long a bundle is opened without a turn of the event loop. */
const TURN_MS = 5;
/** Nobody waits longer for a page's suggestions, not even on a slow line. */
const LOAD_MS = 60_000;

export const createLoad =
  (platform: Platform): Load =>
  async (source, given = {}) => {
    try {
      const options = checkLoad(given);
      return await share(platform.shops?.(), source, options, (stop) =>
        // What is none, `null` say, is refused there.
        options.trust === undefined
          ? begin(platform, source, options, stop)
          : import('../trust/trusted.js').then(({ open }) => open(begin, platform, source, options, stop), (error) => begin(platform, Promise.reject(error), options, stop)),
      );
    } catch (error) {
      return advised(platform)(error as NearhandError);
    }
  };

/** Rejects with the error and what leads out of it. */
const advised =
  ({ rescue }: Platform) =>
  async (error: NearhandError): Promise<never> => {
    // What the host has ended it hears at once.
    if (/^(abort|clos)ed/.test(error.code)) throw error;
    throw (await rescue().catch(() => undefined))?.advise(error) ?? error;
  };

/** A shop with an engine; where none can be had, in a page, what `recover` makes of that. */
async function begin(platform: Platform, source: BundleSource, options: LoadOptions, { signal }: AbortController): Promise<Opening> {
  const { maxBytes = MAX_BYTES, consent = platform.consent, timeouts: { loadMs = LOAD_MS } = {} } = options;
  // Apart from the engines: it is read once, and of use without them.
  const bundle = readBundle(source, { signal, maxBytes, readFile: platform.readFile });
  bundle.catch(() => {});
  const store = (name: string): SessionStore => storeOf(options.storageKey ?? `nearhand:${name}`, platform.storage);
  const stop = new AbortController();
  const late = (): void => stop.abort(new NearhandError('load-timeout', `no answer within ${loadMs} ms`, { ms: loadMs }));
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    // At an edge worker's global scope there are no timers.
    timer = setTimeout(late, loadMs);
  } catch {}
  try {
    return await bounded(signal, stop, async () => {
      const turn = turns(stop.signal);
      const memory: Memory = { consent, deltas: [], snapshot: undefined };
      const clock = hostClock(options.now, 'load.now');
      const open = opener(platform, options, memory, clock);
      const served = await open(bundle, options, stop);
      const kept = store(served.host.call((e) => e.info()).bundle.name);
      throwIfAborted(stop.signal);
      const session = keeperOf(served, memory, kept, clock, options.session);
      // Whoever waits asks for slates in the task that this one ends in.
      await turn();
      const guard = platform.guard?.();
      const shop = shopOf({ session, memory, store: kept, clock, open, tabs: platform.tabs, guard, failed: advised(platform) });
      if (options.catalog) memory.catalog = await shop.updateCatalog(options.catalog);
      return { shop, halt: served.halt };
    });
  } catch (error) {
    if (signal.aborted) throw error;
    const { recover } = await platform.rescue().catch(() => Promise.reject(error));
    if (!recover) throw error;
    return { shop: await recover({ ...options, error: error as NearhandError, bundle, digestOf, store, consent }), halt() {} };
  } finally {
    clearTimeout(timer);
  }
}

/** What opens the bundles of one shop: the first one, and those that are swapped in. */
function opener(platform: Platform, options: LoadOptions, memory: Memory, now: Clock): Open {
  const { readFile } = platform;
  const asked = options.tier ?? platform.tier;
  // Kept for the next bundle: a Response is read once, and compiling takes long.
  const modules: Partial<Record<Binary, WebAssembly.Module>> = {};
  const once = {};

  return async (source, { digest, model: wanted, maxBytes = options.maxBytes ?? MAX_BYTES }, stop, pinned = asked === 'full') => {
    const { signal } = stop;
    for (const name of ['WebAssembly', 'TextDecoder', 'TextEncoder']) need(name);
    // Who saves data has the lite tier alone, unless the host insists on the full one.
    const thrifty = asked === 'progressive' && (globalThis.navigator as { connection?: { saveData?: boolean } } | undefined)?.connection?.saveData;
    const tier = thrifty ? 'lite' : asked;
    // What may come after the shop stands, and may be ended for itself.
    const rest = new AbortController();
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
      ...options.lifetimes,
    });

    const fetching = timed(timings, 'fetch', () => readBundle(source, { signal, maxBytes, readFile }));
    const hashing = fetching.then(async (bundle) => {
      computedDigest = await timed(timings, 'digest', () => digestOf(bundle));
    });
    hashing.catch(() => {});
    // The second file comes after the first, which has the line to itself, and may come after the shop stands.
    const fetchingModel = fetching.then(async () => {
      if (wanted === undefined || tier === 'lite') return undefined;
      const model = await timed(timings, 'model', () => readBundle(wanted, { signal: rest.signal, maxBytes, readFile }));
      computedModelDigest = await digestOf(model, true);
      return model;
    });
    fetchingModel.catch(() => {});

    const start: Start = async (binary, tierOf, { glue = platform.glue[binary], stop = signal, turn = turns(stop), stands } = {}) => {
      const wasm = modules[binary] ?? options.wasm?.[binary] ?? packaged(platform, binary);
      if (!glue || !wasm) {
        const why = `the wasm is not beside this script`;
        throw new NearhandError('wasm-missing', why, { option: `load.wasm.${binary}` });
      }
      const compiling = timed(timings, 'wasm', () => compile(wasm, { signal: stop, readFile }));
      const [bundle, module, model] = await Promise.all([fetching, compiling, tierOf && fetchingModel, hashing]);
      modules[binary] = module;
      throwIfAborted(stop);
      const opening = { binary, serves: tierOf?.(bundle, model) ?? 'lite', glue, module, bundle, model };
      const state = () => ({ open: openOptions(), deltas, snapshot: memory.snapshot });
      return timed(timings, 'open', () => startEngine(opening, state, now, turn, stands));
    };

    let opened: Opened;
    let served: Served | undefined;
    signal.addEventListener('abort', () => {
      rest.abort(signal.reason);
      served?.host.free();
    });
    const hosting =
      tier !== 'lite' &&
      (options.worker ?? platform.worker) &&
      platform.fullHost?.().catch((error) => {
        const failure = unfetched('full-host.js', error);
        if (pinned) throw failure;
        return failure;
      });
    if (hosting || tier === 'lite') {
      // Who waits for the full tier may do without the lite one.
      const lite = pinned && hosting ? undefined : start('lite');
      lite?.catch(() => {});
      const room = await hosting;
      opened =
        room && 'beside' in room
          ? await room.beside({ platform, options, pinned, signal, rest, start, fetching, fetchingModel, openOptions, deltas, memory, modules, once, now, timings, compile, base }, lite)
          : { host: await lite!, full: room ? { state: 'failed', ...told(room) } : { state: 'off', ...(thrifty && { reason: 'save-data' }) } };
    } else opened = await platform.inThread!(start, pinned, fetching);
    const halt = (reason: unknown): void => rest.abort(reason);
    // The same object: what is beside puts another engine into it.
    return (served = Object.assign(opened, { deltas, timings, stop, halt }));
  };
}

/** The package's own binary, if it can be found: without `import.meta` its place is unknown. */
function packaged({ wasm }: Platform, binary: Binary): WasmSource | undefined {
  try {
    return wasm![binary]!();
  } catch {
    return undefined;
  }
}

/** From time to time the event loop has its turn, and with it the visitor, and whoever aborts. */
function turns(signal: AbortSignal | undefined): Turn {
  let last = performance.now();
  return async () => {
    if (performance.now() - last > TURN_MS) {
      await new Promise((turn) => setTimeout(turn));
      last = performance.now();
    }
    throwIfAborted(signal);
  };
}

async function timed<T>(timings: Record<string, number>, name: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await work();
  timings[name] = since(started);
  return result;
}
