/** What `nearhand/monitor` makes, of one runtime. */
import { binary } from '../files/binary.js';
import { need, throwIfAborted, type FetchOptions } from '../files/fetch.js';
import { hostClock } from '../words/clock.js';
import { NearhandError, wrap } from '../words/errors.js';
import { invalid } from '../words/plain.js';
import type { WasmSource } from '../words/types.js';
import { attribution } from './feedback/attribution.js';
import { estimates, MOST_PAIRS } from './feedback/estimates.js';
import { isShop, readReference } from './reading/reference.js';
import type { Counter, Glue } from './running/glue.js';
import { type Instance, open } from './running/instance.js';
import { shadow } from './shadow/shadow.js';
import { collector } from './telemetry/collector.js';
import { Learner } from './watching/learner.js';
import { Watcher } from './watching/monitor.js';
import type { CreateAttribution, CreateEstimates } from './words/feedback.js';
import { checkAttribution, checkCollector, checkEstimates, checkMonitor, checkSamples, checkShadow } from './words/options.js';
import type { CreateCollector, CreateMonitor, LearnReference } from './words/public.js';
import type { CreateShadow } from './words/shadow.js';

/** What differs between runtimes. */
export interface Place {
  readonly glue: () => Glue;
  /** The binary beside the script. Throws where its place is unknown. */
  readonly wasm: () => WasmSource;
  readonly readFile?: FetchOptions['readFile'];
  /** Looks for an error's cause. */
  readonly explain: (error: NearhandError) => Promise<NearhandError>;
  /** Whether many visitors' answers come here. */
  readonly many: boolean;
}

export interface Makers {
  readonly createMonitor: CreateMonitor;
  readonly learnReference: LearnReference;
  readonly createCollector: CreateCollector;
  readonly createAttribution: CreateAttribution;
  readonly createEstimates: CreateEstimates;
  readonly shadow: CreateShadow;
}

const HALF_AN_HOUR = 30 * 60_000;
const WEEK = 7 * 86_400_000;

export function makers(place: Place): Makers {
  const { readFile } = place;
  const compiled = binary(place, 'the wasm', 'wasm');
  /** An instance with what is made in it. */
  const made = async <T>(given: { readonly wasm?: WasmSource; readonly signal?: AbortSignal }, bytes: number, create: (glue: Glue) => T): Promise<Instance<T>> => {
    for (const name of ['WebAssembly', 'TextDecoder', 'TextEncoder']) need(name);
    throwIfAborted(given.signal);
    return open(place.glue, await compiled(given.wasm, given.signal), bytes, create, given.signal);
  };
  const explained = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      const told = wrap(error);
      throw told.code === 'aborted' ? told : await place.explain(told).catch(() => told);
    }
  };
  const referenceOf = async (source: unknown, signal: AbortSignal | undefined, path: string): Promise<Uint8Array> => readReference(source, { signal, readFile }, path);

  return Object.freeze<Makers>({
    createMonitor: (given) =>
      explained(async () => {
        const options = checkMonitor(given);
        const now = hostClock(options.now, 'createMonitor.now');
        const reading = options.reference === undefined ? undefined : referenceOf(options.reference, options.signal, 'createMonitor.reference');
        reading?.catch(() => {});
        const instance = await made(options, 0, (glue) => ({ glue }));
        const [reference, source] = [await reading, await options.reference];
        return new Watcher(instance, reference, now, place.many, options, isShop(source) ? source.info().monitor : undefined).handle();
      }),
    learnReference: (given) =>
      explained(async () => {
        const { streams, rates, wasm } = checkSamples(given);
        const learner = new Learner();
        for (const [name, { values, role = 'input', importance = 1 }] of streams) for (const value of values) learner.value(name, role, value, importance);
        for (const [name, { events, of }] of rates) learner.rate(name, events, of);
        const instance = await made({ ...(wasm !== undefined && { wasm }) }, 0, (glue) => glue);
        return instance.call((glue) => learner.bytes(glue, 1));
      }),
    createCollector: (given) =>
      explained(async () => {
        const options = checkCollector(given);
        const bytes = await referenceOf(options.reference, options.signal, 'createCollector.reference');
        const instance = await made(options, bytes.length, (glue) => {
          const alone = (): Counter => new glue.Counter(bytes);
          const sum = alone();
          if (options.sum) sum.absorb(options.sum as Uint8Array);
          return { ledger: alone(), sum, told: new glue.Watch(bytes, new Float64Array(0), false).told(), alone };
        });
        return collector(instance, options);
      }),
    createAttribution: (given) =>
      explained(async () => {
        const options = checkAttribution(given);
        const { clickWithinMs = HALF_AN_HOUR, purchaseWithinMs = WEEK, mostSlates = 512, mostPerItem = 3, now } = options;
        const instance = await made(options, 0, (glue) => new glue.Credit(clickWithinMs, purchaseWithinMs, mostSlates, mostPerItem));
        return attribution(instance, hostClock(now, 'createAttribution.now'), purchaseWithinMs);
      }),
    createEstimates: (given) =>
      explained(async () => {
        const options = checkEstimates(given);
        return estimates(await made(options, 0, (glue) => ({ policy: new glue.Policy(options.cap ?? 0), places: new glue.Places(MOST_PAIRS) })));
      }),
    shadow: (shop, challenger, given) =>
      explained(async () => {
        const options = checkShadow(given);
        for (const [name, one] of [['shop', shop], ['challenger', challenger]] as const) if (typeof one?.recommend !== 'function') invalid(`shadow.${name}`, 'a shop', one);
        const { alpha = 0.05, margin = 0.01, least = 500, failures = 0.01 } = options;
        return shadow(shop, challenger, await made(options, 0, (glue) => new glue.Duel(alpha, margin, least, failures)), options);
      }),
  });
}
