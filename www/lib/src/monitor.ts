/** Monitoring, for browsers and bundlers. The URL is literal so that bundlers carry the file along. */
import glue from '#glue/monitor';
import { makers } from './monitor/load.js';

export { NearhandError } from './words/errors.js';
export { version } from './words/version.js';

/** Vite's dev server moves this script to its cache and leaves the file where it is installed. Only in the entry for development. */
const placed = (url: URL): URL | string => (__NEARHAND_DEV__ ? url.href.replace('/.vite/deps/', '/nearhand/dist/') : url);

export const { createMonitor, learnReference, createCollector, createAttribution, createEstimates, shadow } = makers({
  glue,
  wasm: () => placed(new URL('./nearhand-monitor.wasm', import.meta.url)),
  explain: async (error) => (await import('./failing/rescue.js')).explain(error),
  many: false,
});
