/** Whose signature is wanted, as an option of the entries that open a file: they hand it what they were given, and get what was signed. */
import { type FetchOptions, isUrl } from '../files/fetch.js';
import { hostClock } from '../words/clock.js';
import type { BundleSource, Trusting, Trusts } from '../words/types.js';
import { checkTrust } from './options.js';
import { type Proof, prove } from './prove.js';
import { checkSequence } from './statement.js';
import { read } from './vouched.js';

export const trusting =
  (readFile?: FetchOptions['readFile']): Trusts =>
  (given, options) => {
    const trust = checkTrust(given, 'trusted');
    const now = hostClock(read(options).now, 'now');
    let serving: Proof | undefined;
    const sequence = (): number => serving?.statement.sequence ?? 0;
    return Object.freeze<Trusting>({
      info: () => (serving ? Object.freeze(serving.told()) : null),
      async open(source, { signal, maxBytes }, opens) {
        const proving = prove(source as BundleSource, trust, { signal, maxBytes, readFile, now, seen: sequence() });
        const file = proving.then(async (proof) => {
          const bytes = await proof.read(0);
          // A later one may have been opened while this one came.
          checkSequence(proof.statement.sequence, sequence());
          return bytes;
        });
        const place = proving.then((proof) => proof.where(0) ?? (isUrl(source) ? String(source) : ((source as Response | null)?.url ?? '')));
        // Others may look at them later, or never.
        for (const one of [file, place]) one.catch(() => {});
        const opened = await opens(file, place);
        const proof = await proving;
        // One that is signed and does not open is not remembered, so that the one before may come again.
        if (proof.statement.sequence >= sequence()) serving = proof;
        return opened;
      },
    });
  };
