/** The search box alone, for Node: its binary and indices from files. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import glue from '#glue/suggest';
import * as advice from './failing/advice.js';
import { binary, file } from './files/on-disk.js';
import { loader } from './suggest/load.js';
import type { Load } from './suggest/public.js';

export { NearhandError } from './words/errors.js';
export { version } from './words/version.js';

export const load: Load = loader({
  glue,
  // In one expression, as in node.ts.
  wasm: () =>
    binary(
      async () => readFile(join(dirname(fileURLToPath(import.meta.url)), 'nearhand-suggest.wasm')),
      () => import('#packed/suggest'),
      "search box's wasm",
      'load.wasm',
    ),
  readFile: file,
  explain: async (error) => advice.advise(error),
});
