/** Transactions judged, for workerd (edge workers): an imported .wasm file is a compiled module there. */
import glue from '#glue/assess';
import module from '#wasm/assess';
import { creator } from './assess/load.js';
import type { CreateAssessor } from './assess/public.js';
import * as advice from './failing/advice.js';

export { NearhandError } from './words/errors.js';
export { version } from './words/version.js';

export const createAssessor: CreateAssessor = creator({ glue, wasm: () => module, explain: async (error) => advice.advise(error) });
