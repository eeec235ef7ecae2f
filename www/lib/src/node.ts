/** The entry for Node: both tiers in process, binaries and bundles from files. */
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import full from '#glue/full';
import lite from '#glue/lite';
import { tooLarge } from './fetch.js';
import { guard } from './guard.js';
import { createLoad, type Load } from './load.js';

export * from './public.js';

// Not `new URL(name, import.meta.url)`: a bundler for the server would copy the file and give a path of its site.
const beside = (name: string): Promise<Uint8Array> => readFile(join(dirname(fileURLToPath(import.meta.url)), name));

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

/** Loads a bundle from a path, a URL or its bytes. */
export const load: Load = createLoad({
  tier: 'full',
  consent: 'memory',
  glue: { lite, full },
  wasm: { lite: () => beside('nearhand-lite.wasm'), full: () => beside('nearhand.wasm') },
  storage: () => undefined,
  guard,
  readFile: file,
});
