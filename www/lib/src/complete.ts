/** Completions, for browsers and bundlers. The URL is literal so that bundlers carry the file along. */
import { loader } from './complete/load.js';
import type { Load } from './complete/words/public.js';
import type { OpenRunner } from './complete/words/runner.js';
import { inWorker } from './complete/running/worker-host.js';
import { makerOf } from './failing/worker-maker.js';
import { need } from './files/fetch.js';

export { NearhandError } from './words/errors.js';
export { version } from './words/version.js';

/** Vite's dev server moves this script to its cache and leaves the file where it is installed. Only in the entry for development. */
const placed = (url: URL): URL | string => (__NEARHAND_DEV__ ? url.href.replace('/.vite/deps/', '/nearhand/dist/') : url);

const moved = (): string | undefined => {
  const url = new URL('./nearhand-complete.wasm', import.meta.url);
  return placed(url) === url.href ? undefined : String(placed(url));
};
const worker = (): Worker => {
  need('Worker');
  return __NEARHAND_DEV__ && moved()
    ? new Worker(new URL('complete-worker.js', moved()), { type: 'module' })
    : new Worker(new URL('./complete-worker.js', import.meta.url), { type: 'module' });
};
/** Only where there is no worker, or none is wanted. */
const inThread = async (): Promise<OpenRunner> => (await import('./complete-thread.js')).open;

export const load: Load = loader({
  files: () => import('./complete-files.js'),
  runs: (given = true) =>
    given ? inWorker({ ...makerOf(worker, () => import('./failing/rescue.js'), given === true ? undefined : given), inThread }) : inThread(),
  wasm: () => placed(new URL('./nearhand-complete.wasm', import.meta.url)),
  urlOf: (source) => new URL(source, globalThis.document?.baseURI ?? globalThis.location?.href),
  languageModel: () => import('./complete/writing/language-model.js'),
  explain: async (error) => (await import('./failing/rescue.js')).explain(error),
});
