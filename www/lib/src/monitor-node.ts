/** Monitoring, for Node: its binary and references from files. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import glue from '#glue/monitor';
import * as advice from './failing/advice.js';
import { binary, file } from './files/on-disk.js';
import { makers } from './monitor/load.js';

export { NearhandError } from './words/errors.js';
export { version } from './words/version.js';

export const { createMonitor, learnReference, createCollector, createAttribution, createEstimates, shadow } = makers({
  glue,
  // In one expression, as in node.ts.
  wasm: () =>
    binary(
      async () => readFile(join(dirname(fileURLToPath(import.meta.url)), 'nearhand-monitor.wasm')),
      () => import('#packed/monitor'),
      "monitor's wasm",
      'createMonitor.wasm',
    ),
  readFile: file,
  explain: async (error) => advice.advise(error),
  many: true,
});
