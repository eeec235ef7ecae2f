/**
 * Plain copies of what the host hands over: data and nothing else, each property read once, bounded in depth and number.
 * What the values may be, the engine knows. A value may be of another realm or behind a proxy: nothing asks `instanceof`.
 */
import { NearhandError, short } from './errors.js';

const DEPTH = 8;
/** Values in all, and characters of a text. */
const NODES = 100_000;
export const KEY = 64;
/** Bytes of a session. */
const BYTES = 2_048;
/** Elements of a list, refused before any is read; values of a feed's row. */
const MOST = 10_000;
const MOST_OF: Readonly<Record<string, number>> = { cart: 1000, recommendPage: 16, exclude: 16, on: 16, rules: 64, curated: 1000 };

export const tag = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);
/** A promise, a response, a map: they have no keys, and would say nothing. A module's exports are data. */
export const isObject = (value: unknown): value is object => /^(Object|Module)$/.test(tag(value));

export function invalid(path: string, expected: string, value: unknown): never {
  const got = Object(value) === value ? tag(value) : `${typeof value} ${short(value)}`;
  const plain = typeof value === 'string' ? short(value) : value;
  throw new NearhandError('invalid-option', `${path} must be ${expected}, not ${got}`, { option: path, expected, value: plain });
}

/** The nearest name and the allowed ones stand in the message once `advise` has seen it. */
export function unknown(path: string, given: string, allowed?: readonly string[]): never {
  const key = short(given);
  throw new NearhandError('unknown-option', `${path} has no "${key}"`, { option: `${path}.${key}`, allowed });
}

/** What reading a value has thrown, be it the value's own code: a getter, a proxy. */
export const unread = (error: unknown, path: string): NearhandError =>
  error instanceof NearhandError ? error : new NearhandError('invalid-option', `${path} could not be read: ${short((error as Error)?.message ?? error)}`, { option: path }, error);

/**
 * A copy without undefined, or why there is none; what the value's own code throws is told as well. Of a feed, which is long and
 * may have a bad row among good ones, what cannot be copied becomes an empty object: the engine refuses the row for it. A feed's
 * bounds are those of each row.
 */
export function plain(value: unknown, path: string, feed?: boolean): unknown {
  let left = NODES;
  const copy = (value: unknown, path: string, name: string, depth: number): unknown => {
    // Half a character, as `slice` leaves it, has no form elsewhere.
    if (typeof value === 'string' && value.length <= NODES) return value.replace(/\p{Cs}/gu, '\ufffd');
    if (typeof value === 'boolean' || value === null || Number.isFinite(value)) return value;
    if (typeof value === 'number') invalid(path, 'a finite number', value);
    const view = ArrayBuffer.isView(value);
    // A snapshot is no plain data, and crosses as bytes.
    if (view && value.byteLength <= BYTES && tag(value) === 'Uint8Array') return new Uint8Array(value as Uint8Array);
    const list = Array.isArray(value) || (view && 'length' in value);
    if (!list && !isObject(value)) invalid(path, 'plain data', value);
    const whole = feed && depth < 2;
    // Anew for each row, and for the list that comes after a bad one.
    if (feed && depth < 3) left = MOST;
    const over = depth > DEPTH || left < 0;
    const keys = list || over ? [] : Object.keys(value as object);
    const { length } = list ? (value as unknown[]) : keys;
    const most = whole ? Infinity : ((list && MOST_OF[name]) || MOST);
    if (length > most) invalid(path, `a list of at most ${most}`, length);
    if (over || (!whole && (left -= length) < 0)) invalid(path, `at most ${DEPTH} levels and ${NODES} values`, value);
    // Not Array.from: old frameworks of the page's put one in its place that takes no function.
    if (list) return [...Array(length)].map((_, i) => each((value as unknown[])[i] ?? null, `${path}[${i}]`, '', depth + 1));
    // Entries, as a key "__proto__" is one like any other.
    const entries: [string, unknown][] = [];
    for (const key of keys) {
      if (key.length > KEY) unknown(path, key);
      const v = (value as Record<string, unknown>)[key];
      // An absent option and one set to undefined are the same thing.
      if (v !== undefined) entries.push([key, each(v, `${path}.${key}`, key, depth + 1)]);
    }
    return Object.fromEntries(entries);
  };
  const each: typeof copy = (...of) => {
    try {
      return copy(...of);
    } catch (error) {
      if (!feed) throw unread(error, of[1]);
      // One such value is enough: nothing more of the row is read.
      left = -1;
      return {};
    }
  };
  return each(value, path, path, 0);
}
