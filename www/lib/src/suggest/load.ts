/** Opening an index into a search box. */
import { binary } from '../files/binary.js';
import { MAX_BYTES, need, throwIfAborted, type FetchOptions } from '../files/fetch.js';
import { hostClock, since } from '../words/clock.js';
import { NearhandError, wrap } from '../words/errors.js';
import type { WasmSource } from '../words/types.js';
import { version } from '../words/version.js';
import { answerOf } from './answer.js';
import { readIndex } from './index-bytes.js';
import { type Glue, open, type SearchBox } from './instance.js';
import { checkAllowed, checkLoad, checkSession, checkSuggest, checkTyped, type Signals } from './options.js';
import type { BoxInfo, Load, SuggestBox, SuggestSource } from './public.js';
import { sourceOf } from './source.js';

/** What differs between runtimes. */
export interface Place {
  readonly glue: () => Glue;
  /** The binary beside the script. Throws where its place is unknown. */
  readonly wasm: () => WasmSource;
  readonly readFile?: FetchOptions['readFile'];
  /** Looks for an error's cause. */
  readonly explain: (error: NearhandError) => Promise<NearhandError>;
}

const NOBODY: Signals = { did: [], at: [], texts: [], items: [] };

/** The `load` of one runtime. */
export function loader(place: Place): Load {
  const { readFile } = place;
  const compiled = binary(place, 'the wasm', 'load.wasm');

  const load = async (source: unknown, given: unknown): Promise<SuggestBox> => {
    const { signal, wasm, maxBytes = MAX_BYTES, digest, now, trust } = checkLoad(given);
    if (trust) return trust.open(source, { signal, maxBytes }, (file) => load(file, { ...(given as object), trust: undefined }));
    throwIfAborted(signal);
    for (const name of ['WebAssembly', 'TextDecoder', 'TextEncoder']) need(name);
    const reading = readIndex(source, { signal, maxBytes, readFile }, digest);
    reading.catch(() => {});
    const module = await compiled(wasm, signal);
    return opened(place.glue, module, await reading, hostClock(now, 'load.now'), signal);
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

async function opened(glue: () => Glue, module: WebAssembly.Module, index: Uint8Array, now: () => number, signal: AbortSignal | undefined): Promise<SuggestBox> {
  let ids: readonly string[] | undefined;
  let signals = NOBODY;
  const ranks = (box: SearchBox, { did, at, texts, items }: Signals, t: number): void =>
    box.session(Uint8Array.from(did), Float64Array.from(at, (one) => Math.max(0, t - one)), texts, items);
  let instance: Awaited<ReturnType<typeof open>> | undefined = await open(
    glue,
    module,
    index,
    (box) => {
      if (ids) box.allow(ids);
      if (signals !== NOBODY) ranks(box, signals, now());
    },
    signal,
  );
  /** Now, as whatever was read before may have run code of the host's. */
  const call = <T>(act: (box: SearchBox) => T): T => {
    if (!instance) throw new NearhandError('closed', 'this search box is closed; load another');
    return instance.call(act);
  };
  const [texts, items, bytes] = call((box) => box.counts()) as unknown as [number, number, number];
  let allowed = items;

  const box: SuggestBox = {
    suggest(typed, options) {
      const from = performance.now();
      const [text, { k = 10, category }] = [checkTyped(typed), checkSuggest(options)];
      const found = call((box) => answerOf(box.suggest(text, k, category), box.texts()));
      return Object.freeze({ items: found, tookMs: since(from) });
    },
    setSession(events) {
      const t = now();
      const told = checkSession(events, t);
      call((box) => ranks(box, told, t));
      signals = told;
    },
    setAllowed(given) {
      const told = checkAllowed(given);
      allowed = call((box) => box.allow(told));
      ids = told;
      return allowed;
    },
    source: (options) => sourceOf(box, now, options) as unknown as SuggestSource<never>,
    info(): BoxInfo {
      call(() => {});
      const { memoryBytes, restarts } = instance!;
      return Object.freeze({ version, bytes, texts, items, allowed, session: signals.did.length, memoryBytes, restarts });
    },
    close() {
      // Memory and index go with the instance, which nobody else holds.
      instance = undefined;
    },
  };
  /** `using box = …`, where the language has it. */
  const { dispose } = Symbol as unknown as Record<string, symbol | undefined>;
  if (dispose) Object.defineProperty(box, dispose, { value: box.close });
  return Object.freeze(box);
}
