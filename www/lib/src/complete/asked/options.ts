/** What a completer may be told. */
import { between, type Check, is, keyed, method, reading, signal, text, trust, truth } from '../../failing/options.js';
import { invalid, isObject } from '../../words/plain.js';
import type { Accepted, Adapting, BestOptions, CompleteOptions } from '../words/completer-types.js';
import type { LoadOptions } from '../words/public.js';
import type { RunAdapting, RunOptions } from '../words/runner.js';

/** UTF-16 units of a prompt: the engine's own bound is 4 MiB of UTF-8. */
const MOST_UNITS = 1 << 22;
const MOST_BYTES = 2 ** 31;

const finite = (test: (v: number) => boolean, expected: string): Check => is(expected, (v) => typeof v === 'number' && test(v));
const from = (least: number, most: number): Check => finite((v) => v >= least && v <= most, `a number from ${least} to ${most}`);
const above = (most: number): Check => finite((v) => v > 0 && v <= most, `a number above 0, at most ${most}`);

/** A list of our own, of texts of one to so many units. */
const texts =
  (most: number, units: number): Check =>
  (value, path) => {
    if (!Array.isArray(value)) invalid(path, 'a list of texts', value);
    const list = value as unknown[];
    if (list.length > most) invalid(path, `a list of at most ${most}`, list.length);
    let left = MOST_UNITS;
    // Not Array.from: old frameworks of the page's put another in its place.
    return [...list].map((one, at) => {
      const { length } = text(one, `${path}[${at}]`) as string;
      if (length < 1 || length > units) invalid(`${path}[${at}]`, `a text of 1 to ${units} characters`, one);
      if ((left -= length) < 0) invalid(path, `at most ${MOST_UNITS} characters together`, `${MOST_UNITS - left}`);
      return one;
    });
  };
const stops = texts(64, 1024);

const parts: Check = (value, path) => {
  if (typeof value === 'boolean') return value;
  if (!Array.isArray(value) || value.length > 1024) invalid(path, 'true, false, or a list of at most 1024 pairs', value);
  let last = 0;
  return [...(value as unknown[])].map((pair, at) => {
    const [start, end] = Array.isArray(pair) ? (pair as [number, number]) : [];
    const fine = Number.isInteger(start) && Number.isInteger(end) && start! >= last && end! >= start! && end! <= MOST_UNITS;
    if (!fine) invalid(`${path}[${at}]`, 'a pair of places in the prompt, behind the one before', value);
    return [start, (last = end!)];
  });
};

const SETTINGS: Readonly<Record<string, Check>> = {
  maxTokens: between(0, 65_536),
  stop: (value, path) => stops(typeof value === 'string' ? [value] : value, path),
  temperature: from(0, 100),
  topK: between(0, 2 ** 31),
  topP: above(1),
  minP: from(0, 1),
  repetitionPenalty: above(100),
  seed: between(0, Number.MAX_SAFE_INTEGER),
  logprobs: between(0, 20),
  minConfidence: from(0, 1),
  blocked: texts(2000, 1024),
  heal: truth,
  allowed: (value, path) => {
    const list = texts(100_000, MOST_UNITS)(value, path) as string[];
    return list.length ? list : invalid(path, 'a list of at least one text', value);
  },
  specials: parts,
  full: is('"slide" or "stop"', (v) => v === 'slide' || v === 'stop'),
  keep: between(0, 2 ** 20),
  deadline: finite((v) => v > 0, 'milliseconds above 0'),
};
const COMPLETE: Readonly<Record<string, Check>> = { ...SETTINGS, signal };
const BEST: Readonly<Record<string, Check>> = { ...COMPLETE, n: between(1, 16) };
const ADAPTING: Readonly<Record<string, Check>> = {
  ngram: truth,
  ngramBits: between(8, 20),
  ngramOrder: between(1, 4),
  ngramWeights: (value, path) =>
    Array.isArray(value) && value.length === 4 ? [...(value as unknown[])].map((one, at) => from(0.01, 0.99)(one, `${path}[${at}]`)) : invalid(path, 'a list of four numbers', value),
  ngramRate: from(0, 1),
  bias: truth,
  biasRate: from(0, 1),
  biasMost: from(0, 20),
  prime: checkText,
};

export interface Asked {
  readonly prompt: string;
  readonly options: RunOptions;
  readonly signal: AbortSignal | undefined;
  readonly n: number;
}

/** A prompt and what is asked of it, as they cross. `name`: of the call. */
export function checkAsked(prompt: unknown, given: unknown, name: 'complete' | 'best'): Asked {
  const words = checkText(prompt, `${name}.prompt`);
  const { signal, n = 3, specials, ...rest } = keyed<BestOptions>(given, name, name === 'best' ? BEST : COMPLETE) as BestOptions;
  const marked = specials === true ? [[0, words.length] as const] : specials || undefined;
  const options = { ...(rest as CompleteOptions as RunOptions), ...(marked && { specials: marked }) };
  return { prompt: words, options, signal, n };
}

export function checkText(given: unknown, path: string): string {
  const words = text(given, path) as string;
  return words.length > MOST_UNITS ? invalid(path, `a text of at most ${MOST_UNITS} characters`, `${words.length} characters`) : words;
}

/** `prime` is the host's; without it the model's own is in its place. */
export function checkAdapting(given: unknown): (Omit<RunAdapting, 'prime'> & { readonly prime: string | undefined }) | null {
  if (given === null || given === undefined) return null;
  const { ngram = true, bias = true, prime, ...rates } = keyed<Adapting>(given, 'adapt', ADAPTING);
  return ngram || bias ? { ngram, bias, prime, ...rates } : null;
}

/** A text alone is new from its first word. */
export const checkAccepted = (given: unknown, name: string): Accepted =>
  reading(name, () => {
    if (typeof given === 'string') return { text: checkText(given, name), completion: given };
    if (!isObject(given)) invalid(name, 'a text, or { text, completion }', given);
    const { text: whole, completion } = given as Accepted;
    const end = text(completion, `${name}.completion`) as string;
    return checkText(whole, `${name}.text`).endsWith(end) ? { text: whole, completion: end } : invalid(`${name}.completion`, 'the end of `text`', end);
  });

const LOAD: Readonly<Record<string, Check>> = {
  signal,
  onProgress: method,
  // A URL and a TrustedScriptURL both have toJSON, whatever realm they are of.
  worker: is('true, false, a URL of nearhand/complete-worker, or a function that makes the worker', (v) => /^[bf]/.test(typeof v) || (typeof v === 'string' && v !== '') || typeof (v as URL | null)?.toJSON === 'function'),
  cache: truth,
  maxBytes: between(1, MOST_BYTES),
  maxMemory: between(1 << 24, 2 ** 32),
  wasm: (value) => value,
  now: method,
  trust,
};
export const checkLoad = (given: unknown): LoadOptions => keyed(given, 'load', LOAD);
