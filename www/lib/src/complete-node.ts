/** Completions, for Node: binary and models from files. */
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import glue from '#glue/complete';
import * as languageModels from './complete/writing/language-model.js';
import { inThread } from './complete/running/in-thread.js';
import { loader } from './complete/load.js';
import type { Load } from './complete/words/public.js';
import * as sources from './complete/asked/source.js';
import * as advice from './failing/advice.js';
import { binary, file } from './files/on-disk.js';

export { NearhandError } from './words/errors.js';
export { version } from './words/version.js';

export const load: Load = loader({
  files: async () => sources,
  runs: () => inThread(glue),
  // In one expression, as in node.ts.
  wasm: () =>
    binary(
      async () => readFile(join(dirname(fileURLToPath(import.meta.url)), 'nearhand-complete.wasm')),
      () => import('#packed/complete'),
      "completer's wasm",
      'load.wasm',
    ),
  readFile: file,
  urlOf: (source) => (typeof source === 'string' && !/^[a-z][a-z0-9+.-]+:/i.test(source) ? pathToFileURL(resolve(source)) : new URL(source)),
  languageModel: async () => languageModels,
  explain: async (error) => advice.advise(error),
});
