/** `nearhand/dap` in Node: references from files, too. */
import { makers } from './dap/load.js';
import { file } from './files/on-disk.js';

export { NearhandError } from './words/errors.js';
export { version } from './words/version.js';

export const { createDap, dapTasks, dapSum } = makers(file);
