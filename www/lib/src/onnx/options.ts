/** What `create` and `run` may be told. A key that is unknown is refused: a typo must not mean "default". */
import { nearest } from '../failing/advice.js';
import { NearhandError, short } from '../words/errors.js';
import { invalid, isObject, unread } from '../words/plain.js';
import type { InferenceSession } from './public.js';

/** Of onnxruntime: they tune what there is not here. */
const TUNING = 'graphOptimizationLevel intraOpNumThreads interOpNumThreads freeDimensionOverrides enableCpuMemArena enableMemPattern executionMode enableProfiling profileFilePrefix logId logSeverityLevel logVerbosityLevel extra';
const CREATE = `signal limits wasm trust states executionProviders preferredOutputLocation externalData ${TUNING}`.split(' ');
const RUN = 'signal state logSeverityLevel logVerbosityLevel terminate tag extra'.split(' ');
const LIMITS = 'bytes tensorElements totalElements nodes products'.split(' ');
const MOST_BYTES = 2 ** 31;

export interface Create {
  readonly signal: AbortSignal | undefined;
  /** In the order of LIMITS; 0: by default. */
  readonly limits: readonly number[];
  readonly wasm: InferenceSession.SessionOptions['wasm'];
  readonly trust: InferenceSession.SessionOptions['trust'];
  /** Inputs and outputs that are states, in turns. */
  readonly pairs: readonly string[];
}

/** The values by their keys, each read once. */
function keyed(given: unknown, path: string, allowed: readonly string[]): Record<string, unknown> {
  if (given === undefined || given === null) return {};
  try {
    if (!isObject(given)) invalid(path, 'an object', given);
    const read: Record<string, unknown> = {};
    for (const key of Object.keys(given)) {
      if (!allowed.includes(key)) unknown('unknown-option', 'option', key, allowed, `${path}.`);
      read[key] = (given as Record<string, unknown>)[key];
    }
    return read;
  } catch (error) {
    throw unread(error, path);
  }
}

/** A name that is not there, with the one that was meant. */
export function unknown(code: string, what: 'option' | 'input' | 'output', name: string, allowed: readonly string[], path = ''): never {
  const key = short(name);
  const near = nearest(key.slice(0, 64), allowed);
  const some = allowed.slice(0, 32);
  const list = `${some.join(', ')}${allowed.length > some.length ? ', …' : ''}`;
  const message = `there is no ${what} "${short(path + key)}"${near ? `; did you mean "${near}"?` : '.'} Allowed: ${list || 'none'}`;
  throw new NearhandError(code, message, { [what]: path + key, allowed: some, nearest: near });
}

function signalOf(value: unknown, path: string): AbortSignal | undefined {
  if (value === undefined || typeof (value as AbortSignal | null)?.aborted === 'boolean') return value as AbortSignal | undefined;
  return invalid(`${path}.signal`, 'an AbortSignal', value);
}

/** Every provider here is this engine. */
function provided(value: unknown): void {
  if (value === undefined) return;
  const path = 'create.executionProviders';
  if (!Array.isArray(value)) invalid(path, 'a list of names', value);
  const names = (value as unknown[]).map((one) => (typeof one === 'string' ? one : (one as { name?: unknown } | null)?.name));
  if (names.length && !names.some((name) => name === 'wasm' || name === 'cpu')) invalid(path, 'a list with "wasm" or "cpu": there is no GPU here', short(names.join(', ')));
}

export function checkCreate(given: unknown): Create {
  const { signal, limits, wasm, trust, states, executionProviders, preferredOutputLocation, externalData } = keyed(given, 'create', CREATE);
  provided(executionProviders);
  if (trust !== undefined && typeof (trust as { open?: unknown } | null)?.open !== 'function') invalid('create.trust', 'what `trusted` of nearhand/trust makes', trust);
  const places = preferredOutputLocation && isObject(preferredOutputLocation) ? Object.values(preferredOutputLocation) : [preferredOutputLocation ?? 'cpu'];
  if (places.some((place) => place !== 'cpu')) invalid('create.preferredOutputLocation', '"cpu": there is no GPU here', short(places.join(', ')));
  if (Array.isArray(externalData) ? externalData.length : externalData) {
    throw new NearhandError('model-external-data', 'weights in files of their own are not read: export the model into one file', { option: 'create.externalData' });
  }
  const bounds = keyed(limits, 'create.limits', LIMITS);
  const numbers = LIMITS.map((key) => {
    const value = bounds[key] ?? 0;
    const most = key === 'bytes' ? MOST_BYTES : Number.MAX_SAFE_INTEGER;
    const fine = bounds[key] === undefined || (Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= most);
    return fine ? (value as number) : invalid(`create.limits.${key}`, `an integer from 1 to ${most}`, value);
  });
  if (states !== undefined && !isObject(states)) invalid('create.states', 'an object: the name of an output by that of an input', states);
  const pairs = Object.entries(states ?? {}).flatMap(([input, output]) => {
    return typeof output === 'string' ? [input, output] : invalid(`create.states["${short(input)}"]`, 'the name of an output', output);
  });
  return { signal: signalOf(signal, 'create'), limits: numbers, wasm: wasm as Create['wasm'], pairs, trust: trust as Create['trust'] };
}

export function checkRun(given: unknown): { readonly signal: AbortSignal | undefined; readonly state: unknown } {
  const { signal, terminate, state } = keyed(given, 'run', RUN);
  if (terminate) throw new NearhandError('aborted', 'aborted: run.terminate is set', {});
  return { signal: signalOf(signal, 'run'), state: state ?? undefined };
}
