/** `nearhand/trust` in Node: paths and file: URLs, too. */
import { file } from './files/on-disk.js';
import { vouching } from './trust/vouched.js';
import type { Vouch } from './words/types.js';

export type { BundleSource, Trust, Trusted, Vouch, Vouched, VouchedOptions } from './words/types.js';
export { NearhandError } from './words/errors.js';

export const vouched: Vouch = vouching(file);
