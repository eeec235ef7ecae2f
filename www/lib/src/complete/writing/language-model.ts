/**
 * A class of the shape of Chrome's `LanguageModel` over a model of one's own: it can stand in where the browser has none. What the
 * specification leaves open is as in Chrome's tests: a destroyed session rejects with `InvalidStateError`.
 */
import { type Message, stopsOf, write } from '../asked/template.js';
import type { Completed } from '../words/completer-types.js';
import type { Availability, LanguageModel, LanguageModelClass, LanguageModelCoreOptions, LanguageModelCreateOptions, LanguageModelPrompt, LanguageModelPromptOptions, SamplingMode } from '../words/language-model-types.js';
import type { LoadProgress, Template } from '../words/public.js';
import type { Runner, RunOptions } from '../words/runner.js';
import { checkPrompt, named } from './turns.js';

/** An open model. */
export interface Base {
  readonly run: Runner['run'];
  /** Tokens. */
  readonly context: number;
  readonly template?: Template | undefined;
}
/** A model that may have to be fetched first. */
export interface Backing {
  readonly availability: () => Availability;
  readonly open: (onProgress: (progress: LoadProgress) => void) => Promise<Base>;
}

const PARAMS = Object.freeze({ defaultTopK: 1, maxTopK: 128, defaultTemperature: 0, maxTemperature: 2 });
/** Temperature and top-k of each mode. */
const MODES: Readonly<Record<SamplingMode, readonly [number, number]>> = {
  'most-predictable': [0, 1],
  predictable: [0.4, 20],
  'slightly-predictable': [0.6, 30],
  balanced: [0.8, 40],
  'slightly-creative': [0.9, 64],
  creative: [1, 96],
  'most-creative': [1.2, 128],
};
/** Tokens that are kept free for an answer, at most. */
const ANSWER = 64;
/** Tokens that one answer may have. */
const MOST_TOKENS = 65_536;

/** How an answer is drawn. */
interface Drawing {
  readonly temperature: number;
  readonly topK: number;
  readonly samplingMode: SamplingMode | null;
  readonly seed: number;
}
/** One prompt with its answer, or what was appended: what goes together when the context is full. */
type Exchange = readonly Message[];

interface State {
  readonly base: Base;
  readonly drawing: Drawing;
  readonly initial: Exchange;
  history: readonly Exchange[];
  usage: number;
  /** Answers so far: each draws otherwise. */
  answers: number;
}

function drawingOf({ temperature, topK, samplingMode, seed = 0 }: LanguageModelCoreOptions): Drawing {
  if (!Number.isSafeInteger(seed) || seed < 0) throw new TypeError('seed is a whole number from 0');
  const raw = temperature !== undefined || topK !== undefined;
  if (raw && samplingMode !== undefined) throw new TypeError('samplingMode goes without temperature and topK');
  if (!raw) {
    const mode = samplingMode ?? 'most-predictable';
    if (!Object.hasOwn(MODES, mode)) throw new TypeError(`samplingMode is one of ${Object.keys(MODES).join(', ')}`);
    return { temperature: MODES[mode][0], topK: MODES[mode][1], samplingMode: mode, seed };
  }
  if (!(Number(temperature ?? 1) >= 0)) throw new RangeError('temperature is at least 0');
  if (!(Number(topK ?? PARAMS.maxTopK) >= 1)) throw new RangeError('topK is at least 1');
  return { temperature: Math.min(temperature ?? 1, PARAMS.maxTemperature), topK: Math.floor(Math.min(topK ?? PARAMS.maxTopK, PARAMS.maxTopK)), samplingMode: null, seed };
}

/** Whether this model could: texts in, texts out. Throws for languages that are none. */
function able(options: LanguageModelCoreOptions): boolean {
  const { expectedInputs = [], expectedOutputs = [] } = options;
  const { tools } = options as { tools?: readonly unknown[] };
  for (const { languages } of [...expectedInputs, ...expectedOutputs]) Intl.getCanonicalLocales(languages);
  return [...expectedInputs, ...expectedOutputs].every(({ type }) => type === 'text') && !tools?.length;
}

function quotaExceeded(requested: number, quota: number): Error {
  const message = `nearhand: ${requested} tokens are more than the ${quota} of the context`;
  const { QuotaExceededError: Own } = globalThis as unknown as { QuotaExceededError?: new (message: string, options: object) => Error };
  return Own ? new Own(message, { requested, quota }) : Object.assign(new DOMException(message, 'QuotaExceededError'), { requested, quota });
}

/** The specification's names of what fails. */
const NAMES: Readonly<Record<string, string>> = { closed: 'InvalidStateError', aborted: 'AbortError', 'fetch-failed': 'NetworkError' };

/** What a call of the engine has failed with, as the specification names it. */
function translated(error: unknown, other = 'UnknownError'): unknown {
  const { name, code, message } = error as { name?: string; code?: string; message?: string };
  if (name !== 'NearhandError') return error;
  const known = new DOMException(message, NAMES[code!] ?? other);
  return Object.defineProperty(known, 'cause', { value: error, configurable: true });
}

const gone = (): DOMException => named('InvalidStateError', 'this session has been destroyed');

/** The work, or the reason of whichever signal ends it first. The work goes on by itself: it hears of the signal, too. */
function ending<T>(work: Promise<T>, signals: readonly (AbortSignal | undefined)[]): Promise<T> {
  const stop = new AbortController();
  const ended = new Promise<never>((_, fail) => {
    for (const signal of signals) {
      if (signal?.aborted) fail(signal.reason);
      else signal?.addEventListener('abort', () => fail(signal.reason), { signal: stop.signal });
    }
  });
  work.catch(() => {});
  return Promise.race([ended, work]).finally(() => stop.abort());
}

/** One class a model. */
export function languageModelOf(backing: Backing): LanguageModelClass {
  const OWN = {};
  let opening: Promise<Base> | undefined;
  /** Everybody who waits for the one download. */
  const watching = new Set<(progress: LoadProgress) => void>();
  const opened = (): Promise<Base> =>
    (opening ??= backing
      .open((progress) => watching.forEach((tell) => tell(progress)))
      // What has failed may be there the next time.
      .catch((error) => ((opening = undefined), Promise.reject(error))));

  class Session extends EventTarget {
    readonly #state: State;
    readonly #destruction = new AbortController();
    /** The calls before have come to their ends. */
    #turn: Promise<unknown> = Promise.resolve();
    oncontextoverflow: ((event: Event) => void) | null = null;
    onquotaoverflow: ((event: Event) => void) | null = null;

    constructor(own?: unknown, state?: State, signal?: AbortSignal) {
      if (own !== OWN) throw new TypeError('Illegal constructor: call LanguageModel.create()');
      super();
      this.#state = state!;
      for (const kind of ['contextoverflow', 'quotaoverflow'] as const) this.addEventListener(kind, (event) => this[`on${kind}`]?.(event));
      signal?.addEventListener('abort', () => this.#destruction.abort(signal.reason));
    }

    static async availability(options: LanguageModelCoreOptions = {}): Promise<Availability> {
      drawingOf(options);
      const now = able(options) ? backing.availability() : 'unavailable';
      return now === 'downloadable' && opening ? 'downloading' : now;
    }

    static async params() {
      return PARAMS;
    }

    static async create(options: LanguageModelCreateOptions = {}): Promise<Session> {
      const { initialPrompts = [], signal, monitor } = options;
      const drawing = drawingOf(options);
      if (!able(options)) throw named('NotSupportedError', 'this model reads and writes texts alone, and calls no tools');
      const initial = initialPrompts.length ? checkPrompt(initialPrompts, false) : [];
      if (initial.some(({ prefix }) => prefix)) throw named('SyntaxError', 'a prefix is for a prompt');
      signal?.throwIfAborted();
      const target = new EventTarget();
      monitor?.(target);
      let last = -1;
      const tell = (loaded: number): void => {
        if (signal?.aborted || loaded <= last) return;
        last = loaded;
        target.dispatchEvent(Object.assign(new Event('downloadprogress'), { loaded, total: 1, lengthComputable: true }));
      };
      const watch = ({ loaded, total }: LoadProgress): void => void (total && loaded < total && tell(loaded / total));
      tell(0);
      watching.add(watch);
      try {
        const base = await ending(opened().catch((error) => Promise.reject(translated(error, 'OperationError'))), [signal]);
        tell(1);
        const state: State = { base, drawing, initial, history: [], usage: 0, answers: 0 };
        const usage = initial.length ? await ending(tokens(base, initial, signal), [signal]) : 0;
        if (usage > windowOf(base)) throw quotaExceeded(usage, windowOf(base));
        return new Session(OWN, { ...state, usage }, signal);
      } finally {
        watching.delete(watch);
      }
    }

    get contextUsage(): number {
      return this.#state.usage;
    }
    get contextWindow(): number {
      return windowOf(this.#state.base);
    }
    get inputUsage(): number {
      return this.contextUsage;
    }
    get inputQuota(): number {
      return this.contextWindow;
    }
    get topK(): number {
      return this.#state.drawing.topK;
    }
    get temperature(): number {
      return this.#state.drawing.temperature;
    }
    get samplingMode(): SamplingMode | null {
      return this.#state.drawing.samplingMode;
    }

    /** One call after the other; none begins that was ended before its turn. */
    #queued<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
      const own = this.#destruction.signal;
      const both = new AbortController();
      const end = ({ target }: { target: unknown }): void => both.abort((target as AbortSignal).reason);
      for (const one of [own, signal]) if (one?.aborted) return Promise.reject(one.reason);
      for (const one of [own, signal]) one?.addEventListener('abort', end);
      const turn = this.#turn.then(async () => {
        both.signal.throwIfAborted();
        try {
          return await work(both.signal);
        } catch (error) {
          throw both.signal.aborted ? both.signal.reason : translated(error);
        }
      });
      this.#turn = turn.catch(() => {});
      return ending(turn, [both.signal]).finally(() => {
        for (const one of [own, signal]) one?.removeEventListener('abort', end);
      });
    }

    /** Makes room for messages, the oldest exchanges first. What stays, and how many tokens that is with them. */
    async #fitted(messages: readonly Message[], answer: boolean, signal: AbortSignal): Promise<{ readonly kept: readonly Exchange[]; readonly usage: number }> {
      const { base, initial, history } = this.#state;
      for (let from = 0; ; from++) {
        const kept = history.slice(from);
        const usage = await tokens(base, [...initial, ...kept.flat(), ...messages], signal, answer);
        if (usage <= windowOf(base)) return { kept, usage };
        // Nothing is left to go, and nothing goes.
        if (from >= history.length) throw quotaExceeded(usage, windowOf(base));
      }
    }
    #evict(kept: readonly Exchange[]): void {
      if (kept.length === this.#state.history.length) return;
      this.#state.history = kept;
      for (const kind of ['contextoverflow', 'quotaoverflow']) this.dispatchEvent(new Event(kind));
    }

    async #answer(input: LanguageModelPrompt, options: LanguageModelPromptOptions, told: (piece: string) => void): Promise<string> {
      refuse(options);
      checkPrompt(input, this.#begun);
      return this.#queued(options.signal, async (signal) => {
        const state = this.#state;
        const { base, drawing, initial } = state;
        const messages = checkPrompt(input, this.#begun);
        const { kept, usage } = await this.#fitted(messages, true, signal);
        // Events are the host's code: what is asked next must not meet them.
        this.#evict(kept);
        signal.throwIfAborted();
        const { text, specials } = write([...initial, ...kept.flat(), ...messages], base.template, true);
        const { temperature, topK, seed } = drawing;
        const asked: RunOptions & { specials: typeof specials } = {
          ...(topK > 1 && temperature > 0 && { temperature, topK, seed: seed + state.answers }),
          maxTokens: Math.min(MOST_TOKENS, Math.max(1, base.context - usage)),
          stop: stopsOf(base.template),
          full: 'stop',
          specials,
        };
        // The blank that was left to the model is none of the answer's.
        const prefix = messages.at(-1)!.prefix ? messages.at(-1)!.content : undefined;
        let answer = '';
        const done = await base.run(
          text,
          asked,
          (piece) => {
            const more = prefix === undefined && !answer ? piece.trimStart() : piece;
            answer += more;
            if (more && !signal.aborted) told(more);
          },
          signal,
        );
        signal.throwIfAborted();
        if (done.finishReason === 'cancelled') throw gone();
        state.answers++;
        const last: Message = { role: 'assistant', content: (prefix ?? '') + answer, prefix: false };
        state.history = [...state.history, [...(prefix === undefined ? messages : messages.slice(0, -1)), last]];
        state.usage = done.usage.prompt + done.usage.completion;
        return answer;
      });
    }

    get #begun(): boolean {
      return this.#state.initial.length > 0 || this.#state.history.length > 0;
    }

    async prompt(input: LanguageModelPrompt, options: LanguageModelPromptOptions = {}): Promise<string> {
      return this.#answer(input, options, () => {});
    }

    promptStreaming(input: LanguageModelPrompt, options: LanguageModelPromptOptions = {}): ReadableStream<string> {
      const left = new AbortController();
      const { signal } = options;
      signal?.addEventListener('abort', () => left.abort(signal.reason), { signal: left.signal });
      if (signal?.aborted) left.abort(signal.reason);
      return new ReadableStream<string>({
        start: (stream) => {
          this.#answer(input, { ...options, signal: left.signal }, (piece) => stream.enqueue(piece)).then(
            () => stream.close(),
            (error) => stream.error(error),
          );
        },
        cancel: (reason) => left.abort(reason),
      });
    }

    async append(input: LanguageModelPrompt, { signal }: { readonly signal?: AbortSignal } = {}): Promise<undefined> {
      checkPrompt(input, this.#begun);
      return this.#queued(signal, async (signal) => {
        const messages = checkPrompt(input, this.#begun);
        const { kept, usage } = await this.#fitted(messages, false, signal);
        this.#evict(kept);
        signal.throwIfAborted();
        this.#state.history = [...this.#state.history, messages];
        this.#state.usage = usage;
        return undefined;
      });
    }

    async measureContextUsage(input: LanguageModelPrompt, options: LanguageModelPromptOptions = {}): Promise<number> {
      refuse(options);
      const messages = checkPrompt(input, this.#begun);
      const { base, initial, history } = this.#state;
      const own = this.#destruction.signal;
      own.throwIfAborted();
      const count = async (): Promise<number> => {
        const before = [...initial, ...history.flat()];
        const all = await tokens(base, [...before, ...messages], options.signal);
        return before.length ? Math.max(0, all - (await tokens(base, before, options.signal))) : all;
      };
      return ending(count().catch((error) => Promise.reject(translated(error))), [own, options.signal]);
    }
    measureInputUsage(input: LanguageModelPrompt, options?: LanguageModelPromptOptions): Promise<number> {
      return this.measureContextUsage(input, options);
    }

    /** When its turn has come: behind what was asked before. */
    async clone({ signal }: { readonly signal?: AbortSignal } = {}): Promise<Session> {
      return this.#queued(signal, async () => new Session(OWN, { ...this.#state }));
    }

    destroy(): void {
      this.#destruction.abort(gone());
    }
  }
  return Object.defineProperty(Session, 'name', { value: 'LanguageModel' }) as unknown as LanguageModelClass & { readonly prototype: LanguageModel };
}

const windowOf = ({ context }: Base): number => context - Math.min(ANSWER, context >> 2);

/** Tokens of messages, control tokens included. The model does not run for it. */
async function tokens({ run, template }: Base, messages: readonly Message[], signal: AbortSignal | undefined, answer = false): Promise<number> {
  const { text, specials } = write(messages, template, answer);
  if (!text) return 0;
  const asked: RunOptions & { specials: typeof specials } = { maxTokens: 0, specials };
  const { usage, finishReason }: Completed = await run(text, asked, () => {}, signal);
  if (finishReason === 'cancelled') throw signal?.aborted ? signal.reason : gone();
  return usage.prompt;
}

function refuse({ responseConstraint, omitResponseConstraintInput }: LanguageModelPromptOptions): void {
  if (responseConstraint != null) throw named('NotSupportedError', 'answers cannot be constrained here; see `allowed` of a completer');
  if (omitResponseConstraintInput) throw new TypeError('there is no responseConstraint to omit');
}
