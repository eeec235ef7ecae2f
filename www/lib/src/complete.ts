/** Completions, for browsers and bundlers. The URL is literal so that bundlers carry the file along. */
import glue from '#glue/complete';
import { loader } from './complete/load.js';
import type { Load } from './complete/public.js';

export { NearhandError } from './words/errors.js';
export { version } from './words/version.js';

/** Vite's dev server moves this script to its cache and leaves the file where it is installed. Only in the entry for development. */
const placed = (url: URL): URL | string => (__NEARHAND_DEV__ ? url.href.replace('/.vite/deps/', '/nearhand/dist/') : url);

export const load: Load = loader({
  glue,
  wasm: () => placed(new URL('./nearhand-complete.wasm', import.meta.url)),
  urlOf: (source) => new URL(source, globalThis.document?.baseURI ?? globalThis.location?.href),
  languageModel: () => import('./complete/language-model.js'),
  explain: async (error) => (await import('./failing/rescue.js')).explain(error),
});
