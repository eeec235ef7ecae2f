/** What the host says of trust, checked before anything is fetched. */
import { invalid, isObject, unknown, unread } from '../words/plain.js';
import type { Trust } from '../words/types.js';
import { keyBytes } from './envelope.js';

const KEYS = 16;
const DAY_MS = 86_400_000;
const NAMES = ['keys', 'name', 'statement', 'lowest', 'toleranceMs'];

export type Checked = Required<Omit<Trust, 'statement'>> & Pick<Trust, 'statement'>;

/** A copy with its defaults. Throws `invalid-option`, `unknown-option`. */
export function checkTrust(given: unknown, path: string): Checked {
  try {
    if (!isObject(given)) invalid(path, 'an object', given);
    for (const key of Object.keys(given)) if (!NAMES.includes(key)) unknown(path, key, NAMES);
    const { keys, name, statement, lowest = 0, toleranceMs = DAY_MS } = given as Trust;
    if (!Array.isArray(keys) || keys.length < 1 || keys.length > KEYS) invalid(`${path}.keys`, `a list of 1 to ${KEYS} public keys`, keys);
    const copied = [...(keys as readonly string[])];
    for (const key of copied) if (!keyBytes(key)) invalid(`${path}.keys`, '`ed25519:` and the base64 of 32 bytes, as `nearhand keygen` prints it', key);
    if (typeof name !== 'string' || !name) invalid(`${path}.name`, 'the name that the bundle has (`nearhand inspect`)', name);
    const between = (option: string, value: unknown, most: number): void => {
      if (!Number.isSafeInteger(value) || (value as number) < 0 || (value as number) > most) invalid(`${path}.${option}`, `an integer from 0 to ${most}`, value);
    };
    between('lowest', lowest, Number.MAX_SAFE_INTEGER);
    between('toleranceMs', toleranceMs, 365 * DAY_MS);
    return { keys: copied, name, lowest, toleranceMs, ...(statement !== undefined && { statement }) };
  } catch (error) {
    throw unread(error, path);
  }
}
