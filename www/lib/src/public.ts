/** What every entry exports beside its own `load`. */
export { NearhandError } from './errors.js';
export type { ErrorDetails } from './errors.js';
export type * from './types.js';
export { version } from './version.js';
