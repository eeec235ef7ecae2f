/** The entry for Node: both tiers in process, binaries and bundles from files. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';
import full from '#glue/full';
import lite from '#glue/lite';
import * as advice from './failing/advice.js';
import { binary, file } from './files/on-disk.js';
import { guard } from './session/guard.js';
import { inThread } from './engine/in-thread.js';
import { hinting } from './shop/hints.js';
import { createLoad } from './shop/load.js';
import type { Load } from './words/types.js';

export * from './public.js';

const plain: Load = createLoad({
  tier: 'full',
  consent: 'memory',
  // One glue serves both binaries of the full tier.
  glue: { lite, full, tract: full },
  inThread,
  wasm: {
    // Each in one expression, from which tools that trace files read the name. Not `new URL(name, import.meta.url)`: a bundler for the server would
    // copy the file and give a path of its site.
    lite: () =>
      binary(
        async () => readFile(join(dirname(fileURLToPath(import.meta.url)), 'nearhand-lite.wasm')),
        () => import('#packed/lite'),
        "lite tier's wasm",
        'load.wasm.lite',
      ),
    full: () =>
      binary(
        async () => readFile(join(dirname(fileURLToPath(import.meta.url)), 'nearhand.wasm')),
        () => import('#packed/full'),
        "full tier's wasm",
        'load.wasm.full',
      ),
    // Rare and large: not packed.
    tract: () =>
      binary(
        async () => readFile(join(dirname(fileURLToPath(import.meta.url)), 'nearhand-tract.wasm')),
        () => Promise.reject(),
        "tract tier's wasm",
        'load.wasm.tract',
      ),
  },
  storage: () => undefined,
  guard,
  rescue: async () => advice,
  readFile: file,
});

/** Not `process.env.NODE_ENV`, which bundlers fill in: ours has this one for production. Deno asks its user before a variable is read. */
const developing = (): boolean => !('Deno' in globalThis) && env['NODE_ENV'] !== 'production';

/** Loads a bundle from a path, a URL or its bytes. */
export const load: Load = hinting(plain, developing);
