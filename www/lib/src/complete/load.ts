/** Opening a model into a completer. */
import { binary } from '../files/binary.js';
import { need, throwIfAborted, type FetchOptions, unfetched } from '../files/fetch.js';
import { type NearhandError, wrap } from '../words/errors.js';
import { invalid, unread } from '../words/plain.js';
import type { WasmSource } from '../words/types.js';
import { completerOf } from './completer.js';
import type { Completer } from './words/completer-types.js';
import type * as LanguageModels from './writing/language-model.js';
import { checkLoad } from './asked/options.js';
import type { Load, LoadOptions, LoadProgress } from './words/public.js';
import type { Files, OpenRunner, Runner } from './words/runner.js';
import type * as Sources from './asked/source.js';
import type { File, Reading, Source } from './asked/source.js';

/** What differs between runtimes. */
export interface Place {
  /** What reads a model's files. */
  readonly files: () => Promise<Pick<typeof Sources, 'find'>>;
  /** What runs a model: `worker` as in the options. */
  readonly runs: (worker: LoadOptions['worker']) => OpenRunner | Promise<OpenRunner>;
  /** The binary beside the script. Throws where its place is unknown. */
  readonly wasm: () => WasmSource;
  readonly readFile?: FetchOptions['readFile'];
  /** The address of a path or URL. Throws where it is none. */
  readonly urlOf: (source: string | URL) => URL;
  /** What only `completer.languageModel` needs; in pages a file of its own. */
  readonly languageModel: () => Promise<typeof LanguageModels>;
  /** Looks for an error's cause. */
  readonly explain: (error: NearhandError) => Promise<NearhandError>;
}

const MAX_BYTES = 256 << 20;
const MAX_MEMORY = 2 ** 31;
/** Steps of the progress that is told. */
const STEPS = 50;

/** The `load` of one runtime. */
export function loader(place: Place): Load {
  const { readFile, urlOf, languageModel } = place;
  const compiled = binary(place, 'the wasm', 'load.wasm');

  const load = async (source: unknown, given: unknown, signed?: Promise<string>): Promise<Completer> => {
    const { trust, signal, wasm, onProgress, maxBytes = MAX_BYTES, maxMemory = MAX_MEMORY, cache = true, worker, now } = checkLoad(given);
    if (trust) return trust.open(source, { signal }, (file, place) => load(file, { ...(given as object), trust: undefined }, place));
    throwIfAborted(signal);
    for (const name of ['WebAssembly', 'TextDecoder', 'TextEncoder']) need(name);
    const module = compiled(wasm, signal);
    module.catch(() => {});
    // Others may look at it later.
    if (source instanceof Promise) source.catch(() => {});
    const { find } = await place.files().catch((error: unknown) => Promise.reject(unfetched('complete-files.js', error)));
    const found = await find(source, { signal, maxBytes, cache, readFile, urlOf, signed });
    const clock = clockOf(now);
    const runs = place.runs(worker);
    let [bytes, first] = [0, true];
    /** The signal and the progress are those of the loading; what has failed wants no files any more. */
    let loading: AbortController | undefined = new AbortController();
    const end = (): void => loading?.abort(signal?.reason);
    signal?.addEventListener('abort', end);
    const files = async (): Promise<Files> => {
      const read = both(found, { signal: loading?.signal, onProgress: first ? onProgress : undefined });
      first = false;
      bytes = (await read).model.length;
      return read;
    };
    const { described, prime } = found;
    let runner: Runner | undefined;
    try {
      const reading = files();
      reading.catch(() => {});
      let early: Promise<Files> | undefined = reading;
      runner = await (await runs)({ module: await module, files: () => [early ?? files(), (early = undefined)][0]!, settings: described, maxMemory }, clock, signal);
      throwIfAborted(signal);
    } catch (error) {
      runner?.close();
      loading.abort();
      throw error;
    } finally {
      loading = undefined;
      signal?.removeEventListener('abort', end);
    }
    return completerOf(runner, { described, languageModel, bytes: () => bytes, prime: async () => (prime ? new TextDecoder().decode(await prime({})) : '') });
  };
  return async (source, options) => {
    try {
      return await load(source, options);
    } catch (error) {
      const told = wrap(error);
      throw told.code === 'aborted' ? told : await place.explain(told).catch(() => told);
    }
  };
}

/** Model and tokenizer, side by side; where one fails the other is not waited for. */
async function both({ model, tokenizer }: Source, { signal, onProgress }: { readonly signal?: AbortSignal | undefined; readonly onProgress?: LoadOptions['onProgress'] }): Promise<Files> {
  const stop = new AbortController();
  const end = (): void => stop.abort(signal?.reason);
  signal?.addEventListener('abort', end);
  const tell = progress(onProgress);
  const one = (file: File, at: number): ReturnType<File> => file({ signal: stop.signal, ...(onProgress && { onProgress: tell(at) }) });
  try {
    throwIfAborted(signal);
    const [onnx, json] = await Promise.all([one(model, 0), one(tokenizer, 1)]);
    return { model: onnx, tokenizer: json };
  } finally {
    stop.abort();
    signal?.removeEventListener('abort', end);
  }
}

/** The sum of both files' progress, told in some fifty steps. */
function progress(onProgress: LoadOptions['onProgress']): (at: number) => NonNullable<Reading['onProgress']> {
  const of: (LoadProgress | undefined)[] = [undefined, undefined];
  let told = -1;
  return (at) => (now) => {
    of[at] = { loaded: now.loaded, ...(now.total !== undefined && { total: now.total }) };
    const loaded = of.reduce((sum, one) => sum + (one?.loaded ?? 0), 0);
    const total = of.every((one) => one?.total !== undefined) ? of.reduce((sum, one) => sum + one!.total!, 0) : undefined;
    const step = total ? Math.floor((loaded / total) * STEPS) : Math.floor(loaded / 2 ** 18);
    if (step === told && loaded !== total) return;
    told = step;
    try {
      onProgress?.({ loaded, ...(total !== undefined && { total }) });
    } catch (error) {
      throw unread(error, 'load.onProgress');
    }
  };
}

/** The host's clock, or the platform's. One that goes astray is its bug, and is told so where it happens. */
function clockOf(now: (() => number) | undefined): () => number {
  if (!now) return () => performance.now();
  return () => {
    let t: number;
    try {
      t = now();
    } catch (error) {
      throw unread(error, 'load.now');
    }
    return Number.isFinite(t) ? t : invalid('load.now', 'milliseconds', t);
  };
}
