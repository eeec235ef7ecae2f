/** The entry for workerd (edge workers): imported .wasm files are compiled modules there. */
import full from '#glue/full';
import lite from '#glue/lite';
import fullModule from '#wasm/full';
import liteModule from '#wasm/lite';
import * as advice from './failing/advice.js';
import { guard } from './session/guard.js';
import { inThread } from './engine/in-thread.js';
import { createLoad } from './shop/load.js';
import type { Load } from './words/types.js';

export * from './public.js';

/** Loads a bundle from a URL, a Response or its bytes. */
export const load: Load = createLoad({
  tier: 'full',
  consent: 'memory',
  glue: { lite, full },
  inThread,
  wasm: { lite: () => liteModule, full: () => fullModule },
  storage: () => undefined,
  guard,
  rescue: async () => advice,
});
