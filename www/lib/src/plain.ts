/**
 * Plain copies of what the host hands over: data and nothing else, each property read once, bounded in depth and number.
 * What the values may be, the engine knows. A value may be of another realm or behind a proxy: nothing asks `instanceof`.
 */
import { NearhandError, short } from './errors.js';

const DEPTH = 8;
const NODES = 100_000;
const KEY = 64;
/** Elements of a list, refused before any is read. */
const MOST = 10_000;
const MOST_OF: Readonly<Record<string, number>> = { recommendPage: 16, exclude: 16, on: 16, rules: 64, curated: 1000 };

export const tag = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);
export const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);

export function invalid(path: string, expected: string, value: unknown): never {
  const got = value === null ? 'null' : Array.isArray(value) ? 'an array' : isObject(value) ? 'an object' : `${typeof value} ${short(value)}`;
  const plain = typeof value === 'string' ? short(value) : value;
  throw new NearhandError('invalid-option', `${path} must be ${expected}, not ${got}`, { option: path, expected, value: plain });
}

export function unknown(path: string, given: string, allowed?: readonly string[], near?: string): never {
  const key = short(given);
  const hint = near ? `; did you mean "${near}"?` : '.';
  throw new NearhandError('unknown-option', `${path} has no "${key}"${hint}${allowed ? ` Allowed: ${allowed.join(', ')}` : ''}`, {
    option: `${path}.${key}`,
    allowed,
    nearest: near,
  });
}

/** A copy without undefined, or why there is none. What the value's own code throws is told as well. */
export function plain(value: unknown, path: string): unknown {
  let left = NODES;
  const copy = (value: unknown, path: string, name: string, depth: number): unknown => {
    // Half a character, as `slice` leaves it, has no form elsewhere.
    if (typeof value === 'string') return value.replace(/\p{Cs}/gu, '\ufffd');
    if (typeof value === 'boolean' || value === null) return value;
    if (typeof value === 'number') return Number.isFinite(value) ? value : invalid(path, 'a finite number', value);
    // A snapshot is no plain data, and crosses as it is.
    if (tag(value) === 'Uint8Array') return value;
    const list = Array.isArray(value) || (ArrayBuffer.isView(value) && 'length' in value);
    if (!list && tag(value) !== 'Object') invalid(path, 'plain data', value);
    const keys = list ? [] : Object.keys(value as object);
    const { length } = list ? (value as unknown[]) : keys;
    const most = list ? (MOST_OF[name] ?? MOST) : MOST;
    if (length > most) invalid(path, `a list of at most ${most}`, length);
    if (depth > DEPTH || (left -= length) < 0) invalid(path, `at most ${DEPTH} levels deep and of ${NODES} values`, value);
    if (list) return Array.from({ length }, (_, i) => copy((value as unknown[])[i] ?? null, `${path}[${i}]`, '', depth + 1));
    // Entries, as a key "__proto__" is one like any other.
    const entries: [string, unknown][] = [];
    for (const key of keys) {
      if (key.length > KEY) unknown(path, key);
      const v = (value as Record<string, unknown>)[key];
      // An absent option and one set to undefined are the same thing.
      if (v !== undefined) entries.push([key, copy(v, `${path}.${key}`, key, depth + 1)]);
    }
    return Object.fromEntries(entries);
  };
  try {
    return copy(value, path, path, 0);
  } catch (error) {
    if (error instanceof NearhandError) throw error;
    throw new NearhandError('invalid-option', `${path} could not be read: ${short((error as Error)?.message ?? error)}`, { option: path }, error);
  }
}
