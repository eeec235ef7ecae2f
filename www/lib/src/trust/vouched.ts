/** The files of a signed statement, for the entries that have no `trust` of their own: the search box, graphs, completions, transactions. */
import { hostClock } from '../words/clock.js';
import { invalid, isObject, unread } from '../words/plain.js';
import type { Vouch, VouchedOptions } from '../words/types.js';
import type { FetchOptions } from '../files/fetch.js';
import { checkTrust } from './options.js';
import { prove } from './prove.js';

export const vouching =
  (readFile?: FetchOptions['readFile']): Vouch =>
  async (source, trust, options) => {
    const { signal, maxBytes, now } = read(options);
    const proof = await prove(source, checkTrust(trust, 'trust'), { signal, maxBytes, readFile, now: hostClock(now, 'now') });
    return Object.freeze({ trust: Object.freeze(proof.told()), files: proof.statement.files.length, read: (at = 0) => proof.read(at) });
  };

/** Each once: what is asked must not change under way. */
export function read(given: unknown = {}): VouchedOptions {
  try {
    return isObject(given) ? { ...given } : invalid('options', 'an object', given);
  } catch (error) {
    throw unread(error, 'options');
  }
}
