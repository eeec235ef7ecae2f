/** `nearhand/trust`: files that are what their publisher has signed, for whatever opens them. */
import { vouching } from './trust/vouched.js';

export type { Vouched, VouchedOptions } from './trust/vouched.js';
export type { BundleSource, Trust, Trusted } from './words/types.js';
export { NearhandError } from './words/errors.js';

export const vouched = vouching();
