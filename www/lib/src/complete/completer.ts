/** The public object: what is asked is held against what may be asked, and given to a runner. */
import { since } from '../words/clock.js';
import { wrap } from '../words/errors.js';
import { version } from '../words/version.js';
import { closed } from './words/closed.js';
import type { Accepted, Completed, Completer, Likelihood } from './words/completer-types.js';
import type * as LanguageModels from './writing/language-model.js';
import type { Described } from './asked/manifest.js';
import { checkAccepted, checkAdapting, checkAsked, checkText } from './asked/options.js';
import type { Runner } from './words/runner.js';
import { streamOf } from './writing/stream.js';
import { typingOf } from './writing/typing.js';

/** What a completer knows beside its runner. */
export interface Known {
  readonly described: Described;
  /** Of the model's file. */
  readonly bytes: () => number;
  /** The model's own text to prime with. */
  readonly prime: () => Promise<string>;
  readonly languageModel: () => Promise<typeof LanguageModels>;
}

export function completerOf(runner: Runner, { described, bytes, prime, languageModel }: Known): Completer {
  const { context, template, told: shown } = described;
  let [open, adapting, adapts] = [true, false, 0];
  const live = (): Runner => {
    if (!open) throw closed();
    return runner;
  };
  /** With the time of the call, which only its caller can tell. */
  const timed = (done: Completed, from: number): Completed => Object.freeze({ ...done, tookMs: since(from) });
  const asked = async (prompt: unknown, given: unknown, told: (piece: string) => void, left?: AbortSignal): Promise<Completed> => {
    const from = performance.now();
    const { prompt: text, options, signal } = checkAsked(prompt, given, 'complete');
    return ends(signal, left, async (signal) => timed(await live().run(text, options, told, signal), from));
  };
  const likely = (accepted: unknown, learn: boolean): Promise<Likelihood> => {
    const { text, completion }: Accepted = checkAccepted(accepted, learn ? 'learn' : 'likelihood');
    return live().likelihood({ text, completion }, learn);
  };

  const completer: Completer = {
    complete: async (prompt, options) => told(() => asked(prompt, options, () => {})),
    stream: (prompt, options) => streamOf((piece, left) => told(() => asked(prompt, options, piece, left))),
    best: async (prompt, given) =>
      told(async () => {
        const from = performance.now();
        const { prompt: text, options, signal, n } = checkAsked(prompt, given, 'best');
        const all = await live().best(text, n, options, signal);
        return Object.freeze(all.map((one) => timed(one, from)));
      }),
    typing: (options) => {
      live();
      return typingOf(completer, options);
    },
    languageModel: async () =>
      told(async () => {
        live();
        const { languageModelOf } = await languageModel();
        const run: Runner['run'] = async (...asked) => live().run(...asked);
        return languageModelOf({ availability: () => (open ? 'available' : 'unavailable'), open: async () => (live(), { run, context, template }) });
      }),
    adapt: async (given) =>
      told(async () => {
        const adapted = checkAdapting(given);
        live();
        const own = ++adapts;
        // Read where it is wanted: without consent nobody has to fetch it.
        const text = adapted && (adapted.prime ?? (adapted.ngram ? await prime() : ''));
        // The last word holds: consent may have been taken back while the text came.
        if (own !== adapts) return;
        await live().adapt(adapted && { ...adapted, prime: text! });
        if (own === adapts) adapting = adapted !== null;
      }),
    learn: async (accepted) => told(() => likely(accepted, true)),
    likelihood: async (accepted) => told(() => likely(accepted, false)),
    count: async (given) => told(() => live().count(checkText(given, 'count.text'))),
    forget: async () => told(() => live().forget()),
    info: async () => {
      const info = await told(() => live().info());
      return Object.freeze({ version, ...shown, bytes: bytes(), context, adapting, ...info });
    },
    close() {
      if (open) runner.close();
      open = false;
    },
  };
  /** `using completer = …`, where the language has it. */
  const { dispose } = Symbol as unknown as Record<string, symbol | undefined>;
  if (dispose) Object.defineProperty(completer, dispose, { value: completer.close });
  return Object.freeze(completer);
}

/** Whatever fails is one of ours. */
async function told<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw wrap(error);
  }
}

/** One signal of two, where there are two. */
async function ends<T>(signal: AbortSignal | undefined, left: AbortSignal | undefined, act: (signal?: AbortSignal) => Promise<T>): Promise<T> {
  if (!signal || !left) return act(signal ?? left);
  const both = new AbortController();
  const end = (): void => both.abort();
  for (const one of [signal, left]) {
    if (one.aborted) end();
    one.addEventListener('abort', end);
  }
  try {
    return await act(both.signal);
  } finally {
    for (const one of [signal, left]) one.removeEventListener('abort', end);
  }
}
