/** Transactions judged, for Node: its binary and bundles from files. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import glue from '#glue/assess';
import { creator } from './assess/load.js';
import type { CreateAssessor } from './assess/public.js';
import * as advice from './failing/advice.js';
import { binary, file } from './files/on-disk.js';

export { NearhandError } from './words/errors.js';
export { version } from './words/version.js';

export const createAssessor: CreateAssessor = creator({
  glue,
  // In one expression, as in node.ts.
  wasm: () =>
    binary(
      async () => readFile(join(dirname(fileURLToPath(import.meta.url)), 'nearhand-assess.wasm')),
      () => import('#packed/assess'),
      "assessor's wasm",
      'createAssessor.wasm',
    ),
  readFile: file,
  explain: async (error) => advice.advise(error),
});
