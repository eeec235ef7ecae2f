/** The entry for browsers and bundlers. The two URLs are literal so that bundlers carry the files along. */
import lite from '#glue/lite';
import { createLoad, type Load } from './load.js';
import { webStorage } from './platform.js';
import { pageShops } from './share.js';

export * from './public.js';

/** Loads a bundle: lite in this thread at once, full in a worker beside it. */
export const load: Load = createLoad({
  tier: 'progressive',
  consent: 'session',
  glue: { lite },
  wasm: {
    lite: () => new URL('./nearhand-lite.wasm', import.meta.url),
    full: () => new URL('./nearhand.wasm', import.meta.url),
  },
  worker: () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }),
  storage: webStorage,
  tabs: globalThis,
  shops: pageShops,
  rescue: () => import('./rescue.js'),
});
