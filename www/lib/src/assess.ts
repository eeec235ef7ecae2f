/** Transactions judged, for browsers and bundlers. The URL is literal so that bundlers carry the file along. */
import glue from '#glue/assess';
import { creator } from './assess/load.js';
import type { CreateAssessor } from './assess/public.js';

export { NearhandError } from './words/errors.js';
export { version } from './words/version.js';

/** Vite's dev server moves this script to its cache and leaves the file where it is installed. Only in the entry for development. */
const placed = (url: URL): URL | string => (__NEARHAND_DEV__ ? url.href.replace('/.vite/deps/', '/nearhand/dist/') : url);

export const createAssessor: CreateAssessor = creator({
  glue,
  wasm: () => placed(new URL('./nearhand-assess.wasm', import.meta.url)),
  explain: async (error) => (await import('./failing/rescue.js')).explain(error),
});
