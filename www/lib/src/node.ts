/** The entry for Node: both tiers in process, binaries and bundles from files. */
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import full from '#glue/full';
import lite from '#glue/lite';
import * as advice from './failing/advice.js';
import { NearhandError, short } from './words/errors.js';
import { tooLarge } from './files/fetch.js';
import { guard } from './session/guard.js';
import { inThread } from './engine/in-thread.js';
import { hinting } from './shop/hints.js';
import { createLoad } from './shop/load.js';
import type { Load } from './words/types.js';

export * from './public.js';

/**
 * The binary that lies beside this script. A bundler for a server moves the script and leaves the file, so the same binary
 * comes packed in a module, which no tool loses; it is read only where the file is not.
 */
async function binary(beside: () => Promise<Uint8Array>, packed: () => Promise<{ default: string }>, tier: string): Promise<Uint8Array> {
  try {
    return await beside();
  } catch (error) {
    try {
      return brotliDecompressSync(Buffer.from((await packed()).default, 'base64'));
    } catch {
      // What was looked for first says more.
      const why = `${short((error as Error).message)}. Pass its path or bytes as wasm.${tier}, or leave nearhand out of the server's bundle`;
      throw new NearhandError('fetch-failed', `the ${tier} tier's wasm could not be read: ${why}`, { option: `load.wasm.${tier}` }, error);
    }
  }
}

/** A path or a file: URL is read from disk; everything else is fetched. */
const file = (source: string | URL, maxBytes = Infinity): Promise<Uint8Array> | undefined => {
  const url = String(source);
  if (url.startsWith('file:')) return read(new URL(url), maxBytes);
  return typeof source === 'string' && !/^[a-z][a-z0-9+.-]+:/i.test(source) ? read(source, maxBytes) : undefined;
};

/** Asked first: Node reads no file above 2 GiB, and says so in words of its own. */
async function read(path: string | URL, maxBytes: number): Promise<Uint8Array> {
  const { size } = await stat(path);
  if (size > maxBytes) throw tooLarge(size, maxBytes);
  return readFile(path);
}

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
        'lite',
      ),
    full: () =>
      binary(
        async () => readFile(join(dirname(fileURLToPath(import.meta.url)), 'nearhand.wasm')),
        () => import('#packed/full'),
        'full',
      ),
    // Rare and large: not packed.
    tract: () =>
      binary(
        async () => readFile(join(dirname(fileURLToPath(import.meta.url)), 'nearhand-tract.wasm')),
        () => Promise.reject(),
        'tract',
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
