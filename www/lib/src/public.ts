/** What every entry exports beside its own `load`. */
export { NearhandError } from './words/errors.js';
export type { ErrorDetails } from './words/errors.js';
export type * from './words/types.js';
export { version } from './words/version.js';
