/** What an assessor may be told. A key that is unknown is refused: a typo must not mean "default". */
import { between, type Check, is, keyed, method, reading, signal, text as string, trust, truth } from '../failing/options.js';
import { bytesOf, MAX_BYTES } from '../files/fetch.js';
import { NearhandError, short } from '../words/errors.js';
import { invalid, isObject, tag } from '../words/plain.js';
import type { AssessOptions, AssessorOptions, Explain, Transaction } from './public.js';

/** Keys of a list. */
const MOST_KEYS = 2 ** 20;
/** UTF-16 units of a text, of which the engine takes 256 bytes, and fields of a row. */
const LONGEST = 256;
const MOST_FIELDS = 256;
/** Until the year 9999. */
const LATEST = 253_402_300_799_999;

const EXPLAIN: readonly Explain[] = ['never', 'severe', 'always'];

/** Half a pair, which UTF-8 does not have. */
const LONE = /\p{Surrogate}/u;
const text: Check = (value, path) => (LONE.test(string(value, path) as string) ? invalid(path, 'text without lone surrogates', value) : value);

/** A list of our own of whatever gives texts one after the other; a text by itself is none. */
const texts =
  (most: number): Check =>
  (value, path) => {
    if (value === null || typeof value !== 'object' || typeof (value as Iterable<unknown>)[Symbol.iterator] !== 'function') invalid(path, 'a list or a set of texts', value);
    const all: string[] = [];
    for (const one of value as Iterable<unknown>) {
      if (all.length === most) invalid(path, `at most ${most} texts`, value);
      all.push(text(one, `${path}[${all.length}]`) as string);
    }
    return all;
  };

const bytes: Check = (value, path) => bytesOf(value) ?? invalid(path, 'bytes', value);

const CREATE: Readonly<Record<string, Check>> = {
  bundle: (value) => value,
  sha256: is('64 hex digits', (v) => typeof v === 'string' && /^[\da-f]{64}$/i.test(v)),
  lists: (value, path) => {
    if (!isObject(value)) invalid(path, 'an object of lists', value);
    return Object.entries(value).map(([name, keys]) => [name, texts(MOST_KEYS)(keys, `${path}.${name}`)]);
  },
  keys: texts(8),
  state: bytes,
  answers: between(0, 1_000_000),
  maxBytes: between(1, 2 ** 31),
  now: (value, path) => (value === null ? value : method(value, path)),
  wasm: (value) => value,
  signal,
  trust,
};
const ASSESS: Readonly<Record<string, Check>> = {
  explain: is(`one of ${EXPLAIN.join(', ')}`, (v) => EXPLAIN.includes(v as Explain)),
  features: is('an object of numbers, or null', (v) => v === null || isObject(v)),
  id: text,
};

/** The options, lists and state as they are told to the engine. */
export type Created = Omit<AssessorOptions, 'lists' | 'state' | 'keys'> & {
  readonly lists: readonly (readonly [name: string, keys: readonly string[]])[];
  readonly state?: Uint8Array;
  readonly keys?: readonly string[];
  readonly answers: number;
  readonly maxBytes: number;
};

export function checkCreate(given: unknown): Created {
  const read = keyed<Created>(given, 'createAssessor', CREATE);
  if (read.bundle === undefined || (read.bundle as unknown) === '') invalid('createAssessor.bundle', 'a URL, the bytes of a bundle or a Response', read.bundle);
  return { ...read, lists: read.lists ?? [], answers: read.answers ?? 4096, maxBytes: read.maxBytes ?? MAX_BYTES };
}

const NONE: AssessOptions = {};
export const checkAssess = (given: unknown): AssessOptions => (given === undefined ? NONE : keyed(given, 'assess', ASSESS));
/** As the engine counts them. */
export const explains = (explain: Explain = 'severe'): number => EXPLAIN.indexOf(explain);
export const checkKeys = (given: unknown, path: string): string[] => reading(path, () => texts(MOST_KEYS)(given, path) as string[]);
export const checkText = (given: unknown, path: string): string => text(given, path) as string;
export const checkTruth = (given: unknown, path: string): boolean => truth(given, path) as boolean;
export const checkBytes = (given: unknown, path: string): Uint8Array => bytes(given, path) as Uint8Array;

/** Unix milliseconds. */
export function checkTime(given: unknown, path: string): number {
  const ms = tag(given) === 'Date' ? (given as Date).getTime() : given;
  if (!Number.isInteger(ms) || (ms as number) < 0 || (ms as number) > LATEST) invalid(path, 'Unix milliseconds from 1970 to the year 9999, or a Date', ms);
  return ms as number;
}

export const checkFlags = (given: unknown): (readonly [string, boolean])[] =>
  reading('amend.flags', () => {
    if (!isObject(given)) invalid('amend.flags', 'an object of flags', given);
    return Object.entries(given).map(([name, value]) => [name, checkTruth(value, `amend.flags.${name}`)]);
  });

const refused = (field: string, value: unknown, why: string): NearhandError =>
  new NearhandError('transaction-invalid', `${short(field)} is ${why}, not ${short(value)}`, { field: short(field), value: short(value) });

/** A transaction as JSON: a list of name and value in turns. What its fields are, the engine knows. */
export const rowOf = (given: unknown): string =>
  reading('transaction', () => {
    if (!isObject(given)) invalid('transaction', 'an object of named fields', given);
    const names = Object.keys(given);
    if (names.length > MOST_FIELDS) invalid('transaction', `an object of at most ${MOST_FIELDS} fields`, names.length);
    const row: unknown[] = [];
    for (const name of names) {
      let value: unknown = (given as Transaction)[name];
      switch (typeof value) {
        case 'undefined':
          continue;
        case 'string':
          if (value.length > LONGEST) throw refused(name, value, `a text of at most ${LONGEST} bytes`);
          if (LONE.test(value)) throw refused(name, value, 'a text without lone surrogates');
          break;
        case 'number':
          // Beyond 2⁵³ two ids would be one.
          if (Number.isInteger(value) && !Number.isSafeInteger(value)) throw refused(name, value, 'a number that is exact: give a text, or a bigint');
          // JSON has neither NaN nor infinity: as texts they are refused by name.
          if (!Number.isFinite(value)) value = String(value);
          break;
        case 'bigint':
          value = { minor: String(value) };
          break;
        case 'boolean':
          break;
        default:
          if (value !== null && tag(value) !== 'Date') throw refused(name, value, 'a text, a number, true or false, a Date or nothing');
          value &&= checkTime(value, `transaction.${name}`);
      }
      row.push(name, value);
    }
    return JSON.stringify(row);
  });
