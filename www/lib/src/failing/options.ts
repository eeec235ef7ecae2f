/** Options, each value read once and held against what it may be. A key that is unknown is refused: a typo must not mean "default". */
import { NearhandError, short } from '../words/errors.js';
import { invalid, isObject, unread } from '../words/plain.js';
import { nearest } from './advice.js';

/** Gives the value as it is read, or throws. */
export type Check = (value: unknown, path: string) => unknown;

export const is =
  (expected: string, test: (value: unknown) => unknown): Check =>
  (value, path) =>
    test(value) ? value : invalid(path, expected, value);
export const between = (low: number, high: number): Check => is(`an integer from ${low} to ${high}`, (v) => Number.isInteger(v) && (v as number) >= low && (v as number) <= high);
// Who does not import one of these does not fetch it.
export const text = /* @__PURE__ */ is('a string', (v) => typeof v === 'string');
export const method = /* @__PURE__ */ is('a function', (v) => typeof v === 'function');
export const signal = /* @__PURE__ */ is('an AbortSignal', (v) => typeof (v as AbortSignal | null)?.aborted === 'boolean');
/** Of `nearhand/trust`, which nobody else need fetch. */
export const trust = /* @__PURE__ */ is('what `trusted` of nearhand/trust makes', (v) => typeof (v as { open?: unknown } | null)?.open === 'function');
export const truth = /* @__PURE__ */ is('true or false', (v) => typeof v === 'boolean');

/** Reads what the host hands over, whose own code may throw. */
export function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw unread(error, path);
  }
}

/** The values by their keys, each read once. An absent option and one set to undefined are the same thing. */
export const keyed = <T>(given: unknown, path: string, fields: Readonly<Record<string, Check>>): T =>
  reading(path, () => {
    const read: Record<string, unknown> = {};
    if (given === undefined || given === null) return read as T;
    if (!isObject(given)) invalid(path, 'an object', given);
    for (const key of Object.keys(given)) {
      if (!Object.hasOwn(fields, key)) unknown(`${path}.`, key, Object.keys(fields));
      const value = (given as Record<string, unknown>)[key];
      if (value !== undefined) read[key] = fields[key]!(value, `${path}.${key}`);
    }
    return read as T;
  });

function unknown(path: string, name: string, allowed: readonly string[]): never {
  const key = short(name);
  const near = nearest(key.slice(0, 64), allowed);
  const message = `there is no option "${short(path + key)}"${near ? `; did you mean "${near}"?` : '.'} Allowed: ${allowed.join(', ')}`;
  throw new NearhandError('unknown-option', message, { option: path + key, allowed, nearest: near });
}
