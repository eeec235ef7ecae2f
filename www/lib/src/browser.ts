/** The entry for browsers and bundlers. The URLs are literal so that bundlers carry the files along. */
import lite from '#glue/lite';
import { createLoad } from './load.js';
import { webStorage } from './platform.js';
import type { Load } from './types.js';

export * from './public.js';

/** Vite's dev server moves this script to its cache and leaves the files where they are installed. */
const placed = ({ href }: URL): string => href.replace('/.vite/deps/', '/nearhand/dist/');
const liteUrl = (): URL => new URL('./nearhand-lite.wasm', import.meta.url);

/** Loads a bundle: lite in this thread at once, full in a worker beside it. */
export const load: Load = createLoad({
  tier: 'progressive',
  consent: 'memory',
  glue: { lite },
  wasm: {
    lite: () => placed(liteUrl()),
    full: () => placed(new URL('./nearhand.wasm', import.meta.url)),
  },
  worker: () => {
    const lite = liteUrl();
    return lite.href === placed(lite)
      ? new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
      : new Worker(new URL('worker.js', placed(lite)), { type: 'module' });
  },
  storage: webStorage,
  tabs: globalThis,
});
