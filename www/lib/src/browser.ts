/** The entry for browsers and bundlers. The URLs are literal so that bundlers carry the files along. */
import lite from '#glue/lite';
import { hinting } from './shop/hints.js';
import { createLoad } from './shop/load.js';
import { webStorage } from './shop/platform.js';
import { pageShops } from './shop/share.js';
import type { Load } from './words/types.js';

export * from './public.js';

/** Vite's dev server moves this script to its cache and leaves the files where they are installed. Only in the entry for development. */
const placed = (url: URL): URL | string => (__NEARHAND_DEV__ ? url.href.replace('/.vite/deps/', '/nearhand/dist/') : url);
const moved = (): string | undefined => {
  const url = new URL('./nearhand-lite.wasm', import.meta.url);
  return placed(url) === url.href ? undefined : String(placed(url));
};

const plain: Load = createLoad({
  tier: 'progressive',
  consent: 'memory',
  glue: { lite },
  wasm: {
    lite: () => placed(new URL('./nearhand-lite.wasm', import.meta.url)),
    tract: () => placed(new URL('./nearhand-tract.wasm', import.meta.url)),
    full: () => placed(new URL('./nearhand.wasm', import.meta.url)),
  },
  worker: () =>
    __NEARHAND_DEV__ && moved()
      ? new Worker(new URL('worker.js', moved()), { type: 'module' })
      : new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }),
  storage: webStorage,
  tabs: globalThis,
  shops: pageShops,
  fullHost: () => import('./full-host.js'),
  rescue: () => import('./failing/rescue.js'),
});

/** Loads a bundle: lite in this thread at once, full in a worker beside it. */
export const load: Load = __NEARHAND_DEV__ ? hinting(plain, () => true) : plain;
