/** `nearhand/trust`: files that are what their publisher has signed, for whatever opens them. */
import { trusting } from './trust/trusting.js';
import { vouching } from './trust/vouched.js';
import type { Trusts, Vouch } from './words/types.js';

export type { BundleSource, Trust, Trusted, Trusting, Trusts, Vouch, Vouched, VouchedOptions } from './words/types.js';
export { NearhandError } from './words/errors.js';

export const vouched: Vouch = vouching();
export const trusted: Trusts = trusting();
