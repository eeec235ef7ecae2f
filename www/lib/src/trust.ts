/** `nearhand/trust`: files that are what their publisher has signed, for whatever opens them. */
import { vouching } from './trust/vouched.js';
import type { Vouch } from './words/types.js';

export type { BundleSource, Trust, Trusted, Vouch, Vouched, VouchedOptions } from './words/types.js';
export { NearhandError } from './words/errors.js';

export const vouched: Vouch = vouching();
