/** The entry without binaries: the host passes `wasm`, and `worker` where it wants one. */
import full from '#glue/full';
import lite from '#glue/lite';
import { inThread } from './engine/in-thread.js';
import { createLoad } from './shop/load.js';
import { webStorage } from './shop/platform.js';
import { pageShops } from './shop/share.js';
import type { Load } from './words/types.js';

export * from './public.js';

/** Loads a bundle with the host's own copies of the wasm binaries. */
export const load: Load = createLoad({
  tier: 'progressive',
  consent: 'memory',
  // One glue serves both binaries of the full tier.
  glue: { lite, full, tract: full },
  inThread,
  storage: webStorage,
  shops: pageShops,
  fullHost: () => import('./full-host.js'),
  rescue: () => import('./failing/rescue.js'),
  // Also imported where there are no tabs: Node, edge workers.
  ...('addEventListener' in globalThis && { tabs: globalThis }),
});
