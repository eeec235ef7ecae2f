/** What lies on a disk: the packaged binaries, and what a path names. For the entries of Node alone. */
import { readFile, stat } from 'node:fs/promises';
import { brotliDecompressSync } from 'node:zlib';
import { NearhandError, short } from '../words/errors.js';
import { tooLarge } from './fetch.js';

/**
 * The binary that lies beside this script. A bundler for a server moves the script and leaves the file, so the same binary
 * comes packed in a module, which no tool loses; it is read only where the file is not.
 */
export async function binary(beside: () => Promise<Uint8Array>, packed: () => Promise<{ default: string }>, name: string, option: string): Promise<Uint8Array> {
  try {
    return await beside();
  } catch (error) {
    try {
      return brotliDecompressSync(Buffer.from((await packed()).default, 'base64'));
    } catch {
      // What was looked for first says more.
      const why = `${short((error as Error).message)}. Pass its path or bytes as ${option.replace(/^\w+\./, '')}, or leave nearhand out of the server's bundle`;
      throw new NearhandError('fetch-failed', `the ${name} could not be read: ${why}`, { option }, error);
    }
  }
}

/** A path or a file: URL is read from disk; everything else is fetched. */
export const file = (source: string | URL, maxBytes = Infinity): Promise<Uint8Array> | undefined => {
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
