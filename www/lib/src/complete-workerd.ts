/** Completions, for workerd (edge workers): an imported .wasm file is a compiled module there. */
import glue from '#glue/complete';
import module from '#wasm/complete';
import * as languageModels from './complete/writing/language-model.js';
import { inThread } from './complete/running/in-thread.js';
import { loader } from './complete/load.js';
import type { Load } from './complete/words/public.js';
import * as sources from './complete/asked/source.js';
import * as advice from './failing/advice.js';

export { NearhandError } from './words/errors.js';
export { version } from './words/version.js';

export const load: Load = loader({
  files: async () => sources,
  runs: () => inThread(glue),
  wasm: () => module,
  urlOf: (source) => new URL(source),
  languageModel: async () => languageModels,
  explain: async (error) => advice.advise(error),
});
