/** Monitoring, for workerd (edge workers): an imported .wasm file is a compiled module there. */
import glue from '#glue/monitor';
import module from '#wasm/monitor';
import * as advice from './failing/advice.js';
import { makers } from './monitor/load.js';

export { NearhandError } from './words/errors.js';
export { version } from './words/version.js';

export const { createMonitor, learnReference, createCollector, createAttribution, createEstimates, shadow } = makers({ glue, wasm: () => module, explain: async (error) => advice.advise(error), many: true });
