/** `nearhand/dap`: a monitor's counts summed by aggregators of which neither sees one client's. */
import { makers } from './dap/load.js';

export { NearhandError } from './words/errors.js';
export { version } from './words/version.js';

export const { createDap, dapTasks, dapSum } = makers();
