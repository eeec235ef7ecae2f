/** `nearhand/trust` in Node: paths and file: URLs, too. */
import { file } from './files/on-disk.js';
import { vouching } from './trust/vouched.js';

export type { Vouched, VouchedOptions } from './trust/vouched.js';
export type { BundleSource, Trust, Trusted } from './words/types.js';
export { NearhandError } from './words/errors.js';

export const vouched = vouching(file);
