/** Opening a bundle into an assessor. */
import { reading } from '../failing/options.js';
import { binary } from '../files/binary.js';
import { bytesOf, isUrl, need, readBundle, throwIfAborted, type FetchOptions } from '../files/fetch.js';
import { hostClock } from '../words/clock.js';
import { NearhandError, short, wrap } from '../words/errors.js';
import { deepFreeze } from '../words/freeze.js';
import { invalid } from '../words/plain.js';
import type { BundleSource as Source, WasmSource } from '../words/types.js';
import { version } from '../words/version.js';
import { assessmentOf, FIRST, observedOf, type Same } from './answer.js';
import { type Glue, type Instance, type Judge, open } from './instance.js';
import { checkAssess, checkBytes, checkCreate, checkFlags, checkKeys, checkText, checkTime, checkTruth, type Created, explains, rowOf } from './options.js';
import type { AmendOutcome, Assessor, AssessorInfo, CreateAssessor, Features, LabelOutcome, Observed } from './public.js';

/** What differs between runtimes. */
export interface Place {
  readonly glue: () => Glue;
  /** The binary beside the script. Throws where its place is unknown. */
  readonly wasm: () => WasmSource;
  readonly readFile?: FetchOptions['readFile'];
  /** Looks for an error's cause. */
  readonly explain: (error: NearhandError) => Promise<NearhandError>;
}

/** What the engine tells of a bundle: `info`, and names that are not in it. */
interface Told extends Same, Omit<AssessorInfo, 'version' | 'counted' | 'counts' | 'answers' | 'failed' | 'memoryBytes' | 'latenessMs' | 'skewMs'> {
  readonly ofWindows: readonly string[];
  /** Features that are counted here, in order. */
  readonly counted: readonly string[];
  readonly windows: { readonly lateness: number; readonly skew: number } | null;
}

/** The `createAssessor` of one runtime. */
export function creator(place: Place): CreateAssessor {
  const compiled = binary(place, 'the wasm', 'createAssessor.wasm');
  const create = async (given: unknown): Promise<Assessor> => {
    const options = checkCreate(given);
    const { signal, maxBytes, wasm, trust, bundle } = options;
    if (trust) return trust.open(bundle, { signal, maxBytes }, (file) => create({ ...(given as object), bundle: file, trust: undefined }));
    throwIfAborted(signal);
    for (const name of ['WebAssembly', 'TextDecoder', 'TextEncoder']) need(name);
    const reading = read(bundle, { signal, maxBytes, readFile: place.readFile });
    reading.catch(() => {});
    const module = await compiled(wasm, signal);
    return opened(place.glue, module, await reading, options);
  };
  return async (options) => {
    try {
      return await create(options);
    } catch (error) {
      const told = wrap(error);
      throw told.code === 'aborted' ? told : await place.explain(told).catch(() => told);
    }
  };
}

async function read(source: unknown, options: FetchOptions): Promise<Uint8Array> {
  const given: unknown = await source;
  const known = bytesOf(given) || isUrl(given) || typeof (given as Response | null)?.headers?.get === 'function';
  if (!known) invalid('createAssessor.bundle', 'a URL, the bytes of a bundle or a Response', given);
  return readBundle(given as Source, options);
}

const NOTHING = new Float64Array(0);

async function opened(glue: () => Glue, module: WebAssembly.Module, bundle: Uint8Array, options: Created): Promise<Assessor> {
  const { sha256, maxBytes, keys, answers, lists, state, signal } = options;
  const clock = options.now === null ? undefined : hostClock(options.now, 'createAssessor.now');
  const seed = Float64Array.of(Math.random(), Math.random());
  const create = (glue: Glue): Judge => {
    const judge = new glue.Judge(bundle, sha256, maxBytes, keys, answers, seed);
    for (const [name, list] of lists) judge.setList(name, list);
    if (state) judge.restore(state);
    return judge;
  };
  let instance: Instance | undefined = await open(glue, module, bundle.byteLength, create, signal);
  /** Now, as whatever was read before may have run code of the host's. */
  const call = <T>(act: (judge: Judge) => T): T => {
    if (!instance) throw new NearhandError('closed', 'this assessor is closed; create another');
    return instance.call(act);
  };
  const { ofWindows, counted, windows, why, link, ...told } = JSON.parse(call((judge) => judge.told())) as Told;
  const place = call((judge) => judge.numbers());
  /** A copy, as the next call writes over them: of lists, a tenth of the time of typed arrays. */
  const numbers = (names: readonly string[]): number[] => {
    const from = instance!.floats(place);
    const all = new Array<number>(FIRST + names.length + 2 * from[FIRST - 1]!);
    for (let at = 0; at < all.length; at++) all[at] = from[at]!;
    return all;
  };
  const givable = new Set([...told.features, ...ofWindows]);
  const received = (): number | undefined => (clock ? Math.trunc(clock()) : undefined);
  const observed = (event: unknown, record: boolean): Observed => {
    const row = rowOf(event);
    const now = received();
    return call((judge) => {
      judge.observe(row, record, now);
      return observedOf(counted, numbers(counted));
    });
  };

  const assessor: Assessor = {
    assess(transaction, options) {
      const { explain, features, id } = checkAssess(options);
      const row = rowOf(transaction);
      const given = reading('assess.features', () => (features === null ? undefined : givenOf(features, told.given, givable)));
      const now = received();
      return call((judge) => assessmentOf(judge.assess(row, given, explains(explain), id, now), told.features, numbers(told.features), why, link));
    },
    observe: (event) => observed(event, true),
    peek: (event) => observed(event, false),
    label(id, fraud, at) {
      const [text, truth, ms] = [checkText(id, 'label.id'), checkTruth(fraud, 'label.fraud'), checkTime(at, 'label.at')];
      return call((judge) => judge.label(text, truth, ms)) as LabelOutcome;
    },
    amend(id, flags) {
      const [text, set] = [checkText(id, 'amend.id'), checkFlags(flags)];
      const truths = Uint8Array.from(set, ([, truth]) => Number(truth));
      return call((judge) => judge.amend(text, set.map(([name]) => name), truths)) as AmendOutcome;
    },
    snapshot: () => call((judge) => judge.snapshot()),
    restore(state) {
      const bytes = checkBytes(state, 'restore.state');
      call((judge) => judge.restore(bytes));
    },
    setList(name, keys) {
      const [text, list] = [checkText(name, 'setList.name'), checkKeys(keys, 'setList.keys')];
      call((judge) => judge.setList(text, list));
    },
    listed(name, key) {
      const [list, text] = [checkText(name, 'listed.name'), checkText(key, 'listed.key')];
      return call((judge) => judge.listed(list, text));
    },
    info() {
      const counts = JSON.parse(call((judge) => judge.counts())) as Pick<AssessorInfo, 'counts' | 'answers' | 'failed'>;
      const { lateness: latenessMs = null, skew: skewMs = null } = windows ?? {};
      return deepFreeze({ version, ...told, counted: keys ?? told.keys, latenessMs, skewMs, ...counts, memoryBytes: instance!.memoryBytes });
    },
    close() {
      // Memory and state go with the instance, which nobody else holds.
      instance = undefined;
    },
  };
  /** `using assessor = …`, where the language has it. */
  const { dispose } = Symbol as unknown as Record<string, symbol | undefined>;
  if (dispose) Object.defineProperty(assessor, dispose, { value: assessor.close });
  return Object.freeze(assessor);
}

/** Features that the host gives, in the engine's order. */
function givenOf(features: Features | undefined, wanted: readonly string[], givable: ReadonlySet<string>): Float64Array {
  if (!features && !wanted.length) return NOTHING;
  const told = features ?? {};
  const unknown = Object.keys(told).filter((name) => !givable.has(name));
  if (unknown.length) throw mismatch('the bundle declares no features of these names', unknown, wanted);
  const missing = wanted.filter((name) => !Object.hasOwn(told, name));
  if (missing.length) throw mismatch('features that are not counted here come by `features`; a missing value is NaN, not a missing name', missing, wanted);
  return Float64Array.from(wanted, (name) => {
    const value: unknown = told[name];
    if (typeof value !== 'number') throw new NearhandError('feature-invalid', `${short(name)} must be a number, not ${short(value)}`, { feature: name, value: short(value) });
    return value;
  });
}

const mismatch = (why: string, features: readonly string[], wanted: readonly string[]): NearhandError =>
  new NearhandError('schema-mismatch', `${why}: ${short(features.join(', '))}`, { features: short(features.join(', ')), wanted: wanted.length });
