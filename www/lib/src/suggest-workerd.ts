/** The search box alone, for workerd (edge workers): an imported .wasm file is a compiled module there. */
import glue from '#glue/suggest';
import module from '#wasm/suggest';
import * as advice from './failing/advice.js';
import { loader } from './suggest/load.js';
import type { Load } from './suggest/public.js';

export { NearhandError } from './words/errors.js';
export { version } from './words/version.js';

export const load: Load = loader({ glue, wasm: () => module, explain: async (error) => advice.advise(error) });
