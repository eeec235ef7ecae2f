/**
 * A shop whose bundles must be signed. Fetched when `load` is asked for it; stands around the shop, so that no bundle comes to its
 * engines but by way of here.
 */
import { hostClock } from '../words/clock.js';
import { NearhandError } from '../words/errors.js';
import { deepFreeze } from '../words/freeze.js';
import { invalid, isObject, tag, unread } from '../words/plain.js';
import type { BundleSource, Consent, LoadOptions, Shop, SwapOptions } from '../words/types.js';
import { checkTrust } from './options.js';
import { type Proof, prove, within } from './prove.js';
import { seenOf } from './seen.js';

/** As `load`'s own default. */
const LOAD_MS = 60_000;

interface Opening {
  readonly shop: Shop;
  readonly halt: (reason: unknown) => void;
}

interface Platform {
  readonly consent: Consent;
  readonly storage: (kind: 'session' | 'persistent') => Storage | undefined;
  readonly readFile?: ((source: string | URL, maxBytes?: number) => Promise<Uint8Array> | undefined) | undefined;
}

/** What begins a shop of a bundle. Where that never comes, it knows what the page has instead. */
type Begin<P extends Platform> = (platform: P, bundle: BundleSource, options: LoadOptions, stop: AbortController) => Promise<Opening>;

/** Begins a shop of the bundle that a signed statement names. */
export async function open<P extends Platform>(begin: Begin<P>, platform: P, source: BundleSource, options: LoadOptions, stop: AbortController): Promise<Opening> {
  const { signal } = stop;
  const trust = checkTrust(options.trust, 'load.trust');
  const clock = hostClock(options.now, 'load.now');
  const { consent = platform.consent, timeouts: { loadMs = LOAD_MS } = {}, maxBytes } = options;
  const seen = seenOf(trust.name, trust.keys, platform.storage);
  const proved = (source: BundleSource, statement: BundleSource | undefined, consent: Consent, most: number | undefined, signal: AbortSignal): Promise<Proof> => {
    const { statement: _, ...rest } = trust;
    const given = { ...rest, ...(statement !== undefined && { statement }) };
    const proving = async (): Promise<Proof> => prove(source, given, { signal, readFile: platform.readFile, maxBytes: most, now: clock, seen: await seen.highest(consent) });
    return within(signal, loadMs, proving());
  };
  /** The second file: the host's, or the one that the statement names; either is what was signed. */
  const modelOf = (proof: Proof, given: BundleSource | undefined): { model?: BundleSource } =>
    given === undefined && proof.where(1) === undefined ? {} : { model: asked((signal) => proof.read(1, given, signal)) };

  const began = performance.now();
  let serving: Proof | undefined;
  let opening: Opening;
  try {
    serving = await proved(source, trust.statement, consent, maxBytes, signal);
    const left = Math.max(1, Math.round(loadMs - (performance.now() - began)));
    opening = await begin(platform, waiting(serving.read(0)), { ...options, ...modelOf(serving, options.model), timeouts: { ...options.timeouts, loadMs: left } }, stop);
  } catch (error) {
    if (serving || signal.aborted) throw error;
    return begin(platform, waiting(Promise.reject(error)), options, stop);
  }
  const { shop } = opening;
  // A page that shows its list of items has no bundle.
  if (shop.info().tier === 'none') return opening;

  const taken = (proof: Proof): void => {
    serving = proof;
    seen.keep(proof.envelope, proof.keys, proof.statement.sequence, shop.info().consent);
  };
  taken(serving);
  /** Those that have begun, and those that are under way. */
  let [swaps, running] = [0, 0];
  const swap: Shop['swap'] = async (source, given = {}) => {
    const { statement, ...rest } = copied(given);
    const own = ++swaps;
    running++;
    const stop = new AbortController();
    const end = (): void => stop.abort(rest.signal?.reason);
    rest.signal?.addEventListener?.('abort', end);
    try {
      if (rest.signal?.aborted) end();
      const proof = await proved(source, statement, shop.info().consent, rest.maxBytes ?? maxBytes, stop.signal);
      if (own !== swaps) throw new NearhandError('aborted', 'a later swap took its place');
      // The same bundle with a later end, or a later place in the order, need not be fetched; where more is asked, the shop looks at that.
      if (running === 1 && statement === undefined && plain(rest) && same(proof, serving!) && shop.info().full.state !== 'failed') {
        taken(proof);
        return deepFreeze({ bundle: shop.info().bundle, notes: [] });
      }
      const swapped = await shop.swap(waiting(proof.read(0)), { ...rest, ...modelOf(proof, rest.model) });
      taken(proof);
      return swapped;
    } finally {
      running--;
      rest.signal?.removeEventListener?.('abort', end);
    }
  };
  return {
    ...opening,
    shop: {
      ...shop,
      swap,
      info: () => deepFreeze({ ...shop.info(), trust: serving!.told() }),
      setConsent(consent) {
        shop.setConsent(consent);
        seen.move(consent);
      },
    },
  };
}

/** Whether every file is. */
function same({ statement: { files } }: Proof, { statement: { files: others } }: Proof): boolean {
  return files.length === others.length && files.every(({ sha256 }, at) => sha256 === others[at]!.sha256);
}

/** Whether nothing is asked but to end it in time. */
const plain = ({ signal, ...rest }: SwapOptions): boolean => (signal === undefined || tag(signal) === 'AbortSignal') && Object.values(rest).every((one) => one === undefined);

/** Read as a response is: once it is asked for, which a shop without a full tier never does, and until it is cancelled. */
function asked(read: (signal: AbortSignal) => Promise<Uint8Array>): Response {
  const stop = new AbortController();
  let done = false;
  const reader = {
    async read() {
      if (done) return { done };
      done = true;
      return { done: false, value: await read(stop.signal) };
    },
    async cancel() {
      stop.abort();
    },
  };
  return { ok: true, status: 200, url: '', headers: { get: () => null }, body: { getReader: () => reader } } as unknown as Response;
}

/** Whoever is handed it may have ended before he waits for it. */
function waiting<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** Once: what is asked must not change under way. What else is in it the shop checks. */
function copied(given: SwapOptions): SwapOptions {
  try {
    return isObject(given) ? { ...given } : invalid('swap', 'an object', given);
  } catch (error) {
    throw unread(error, 'swap');
  }
}
