/** What a monitor may be told. A key that is unknown is refused: a typo must not mean "default". */
import { between, type Check, is, keyed, method, reading, signal, text, truth } from '../../failing/options.js';
import { bytesOf } from '../../files/fetch.js';
import { invalid, isObject, tag } from '../../words/plain.js';
import type { AttributionOptions, EstimatesOptions } from './feedback.js';
import type { CollectorOptions, Levels, MonitorOptions, Samples, StreamSample } from './public.js';
import type { RolloutOptions, ShadowOptions } from './shadow.js';

export const CONSENTS = ['none', 'memory', 'session', 'persistent'];
export const LEVELS = ['notice', 'warn', 'fallback', 'stop'];

const number = (expected: string, fits: (value: number) => boolean): Check => is(expected, (v) => typeof v === 'number' && fits(v));
const share = number('a number from 0 to 1', (v) => v >= 0 && v <= 1);
const inner = number('a number above 0 and below 1', (v) => v > 0 && v < 1);
const any: Check = (value) => value;
const bytes: Check = (value, path) => bytesOf(value) ?? invalid(path, 'bytes', value);

const levels =
  (most: number, least = 0): Check =>
  (value, path) => {
    const all = Array.isArray(value) ? [...(value as unknown[])] : [];
    const fits = all.length === 3 && all.every((one, at) => typeof one === 'number' && one >= least && one <= most && (at === 0 || one >= (all[at - 1] as number)));
    return fits ? all : invalid(path, `three numbers from ${least} to ${most}, rising`, value);
  };

/** Unix milliseconds, of a number, a date or a text. */
const time: Check = (value, path) => {
  const ms = tag(value) === 'Date' ? (value as Date).getTime() : typeof value === 'string' ? Date.parse(value) : value;
  return Number.isFinite(ms) && Math.abs(ms as number) < 8.64e15 ? ms : invalid(path, 'Unix milliseconds, a Date or a text of a date', value);
};

const consent = is(`one of ${CONSENTS.join(', ')}`, (v) => CONSENTS.includes(v as string));
const epsilon = number('a number above 0 to 10', (v) => v > 0 && v <= 10);

const MONITOR: Readonly<Record<string, Check>> = {
  reference: any,
  learn: between(100, 100_000),
  onReference: method,
  onAlert: method,
  visitors: is('one or many', (v) => v === 'one' || v === 'many'),
  alpha: number('a number above 0 to 0.5', (v) => v > 0 && v <= 0.5),
  least: between(1, 1_000_000),
  tolerances: levels(1e6),
  rateTolerances: levels(1),
  slowAfterMs: number('milliseconds from 0 to 134 000', (v) => v >= 0 && v <= 134_000),
  slowShares: (value, path) => ((levels(1)(value, path) as Levels)[0] > 0 ? value : invalid(path, 'three numbers above 0 to 1, rising', value)),
  sameShares: levels(1),
  calibrationFactors: (value, path) => (value === null ? value : levels(1e6, 1)(value, path)),
  changes: (value, path) => (Array.isArray(value) && value.every((name) => typeof name === 'string') ? [...(value as string[])] : invalid(path, 'a list of names', value)),
  made: time,
  warnAfterMs: number('milliseconds from 0 on', (v) => v >= 0 && v <= 8.64e15),
  expires: time,
  every: between(1, 1_000_000),
  now: method,
  consent,
  sink: method,
  epsilon,
  wasm: any,
  signal,
};

/** Dates are milliseconds here. */
export type Watching = Omit<MonitorOptions, 'made' | 'expires'> & { readonly made?: number; readonly expires?: number };

export function checkMonitor(given: unknown): Watching {
  const read = keyed<Watching>(given, 'createMonitor', MONITOR);
  if (read.made === undefined && (read.expires !== undefined || read.warnAfterMs !== undefined)) invalid('createMonitor.made', 'told where `expires` or `warnAfterMs` is', undefined);
  if (read.epsilon !== undefined && typeof globalThis.crypto?.getRandomValues !== 'function') invalid('createMonitor.epsilon', 'left out where there is no `crypto`', read.epsilon);
  return read;
}

export const checkConsent = (given: unknown): string => consent(given, 'setConsent') as string;
export const checkBytes = (given: unknown, path: string): Uint8Array => bytes(given, path) as Uint8Array;

const VALUES: Check = (value, path) => {
  const list = Array.isArray(value) || /^Float(32|64)Array$/.test(tag(value));
  return list ? Array.from(value as ArrayLike<unknown>) : invalid(path, 'a list of numbers or names', value);
};
const STREAM: Readonly<Record<string, Check>> = {
  values: VALUES,
  role: is('input, score or slate', (v) => ['input', 'score', 'slate'].includes(v as string)),
  importance: number('a number from 0 on', (v) => v >= 0 && v < 1e30),
};
const RATE: Readonly<Record<string, Check>> = { events: between(0, 2 ** 48), of: between(1, 2 ** 48) };

type Sampled = { readonly [K in keyof StreamSample]: K extends 'values' ? readonly unknown[] : StreamSample[K] };
export interface Sample {
  readonly streams: readonly (readonly [name: string, sample: Sampled])[];
  readonly rates: readonly (readonly [name: string, rate: { readonly events: number; readonly of: number }])[];
  readonly wasm?: Samples['wasm'];
}

export function checkSamples(given: unknown): Sample {
  const of =
    (check: (value: unknown, path: string) => unknown): Check =>
    (value, path) =>
      reading(path, () => (isObject(value) ? Object.entries(value).map(([name, one]) => [name, check(one, `${path}.${name}`)]) : invalid(path, 'an object', value)));
  const stream = (value: unknown, path: string): unknown => (isObject(value) ? keyed(value, path, STREAM) : { values: VALUES(value, path) });
  const read = keyed<Partial<Sample>>(given, 'learnReference', { streams: of(stream), rates: of((value, path) => keyed(value, path, RATE)), wasm: any });
  const { streams = [], rates = [], wasm } = read;
  for (const [name, { values }] of streams) if (!values) invalid(`learnReference.streams.${name}.values`, 'a list of numbers or names', values);
  return { streams, rates, ...(wasm !== undefined && { wasm }) };
}

export function checkCollector(given: unknown): CollectorOptions {
  const read = keyed<CollectorOptions>(given, 'createCollector', { reference: any, epsilon, most: between(1, 2 ** 48), sum: bytes, wasm: any, signal });
  return read.reference === undefined ? invalid('createCollector.reference', 'a URL or the bytes of a reference', undefined) : read;
}

export const checkAttribution = (given: unknown): AttributionOptions =>
  keyed(given, 'createAttribution', {
    clickWithinMs: between(1, 2 ** 40),
    purchaseWithinMs: between(1, 2 ** 40),
    mostSlates: between(1, 4096),
    mostPerItem: between(1, 1000),
    now: method,
    wasm: any,
  });

export const checkEstimates = (given: unknown): EstimatesOptions => keyed(given, 'createEstimates', { cap: number('a number from 1 on', (v) => v >= 1 && v < 1e30), wasm: any });
export const checkSource = (given: unknown): number => between(0, Number.MAX_SAFE_INTEGER)(given, 'report.source') as number;
export const checkAlpha = (given: unknown): number => inner(given, 'policy.alpha') as number;
export const checkText = (given: unknown, path: string): string => text(given, path) as string;

const SHADOW: Readonly<Record<string, Check>> = {
  share,
  budgetMs: between(1, 60_000),
  deadlineMs: between(1, 60_000),
  alpha: inner,
  margin: inner,
  least: between(1, 1_000_000),
  failures: inner,
  spare: method,
  random: method,
  wasm: any,
};
export const checkShadow = (given: unknown): ShadowOptions => keyed(given, 'shadow', SHADOW);

const list =
  (words: readonly string[]): Check =>
  (value, path) =>
    Array.isArray(value) && (value as unknown[]).every((one) => words.includes(one as string)) ? [...(value as unknown[])] : invalid(path, `a list of ${words.join(', ')}`, value);
const ROLLOUT: Readonly<Record<string, Check>> = {
  share,
  test: text,
  when: list(['better', 'alike', 'waiting']),
  monitor: is('a monitor', (v) => typeof (v as RolloutOptions['monitor'] | null)?.saw === 'function'),
  endsAt: list(LEVELS),
  onEnd: method,
};
export function checkRollout(given: unknown): RolloutOptions {
  const read = keyed<RolloutOptions>(given, 'rollout', ROLLOUT);
  return read.share === undefined ? invalid('rollout.share', 'a number from 0 to 1', undefined) : read;
}

export const checkTruth = (given: unknown, path: string): boolean => truth(given, path) as boolean;
