// Binaries as they travel: brotli, and as a module: brotli, base64. Every bundler carries modules along; not all carry files.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { root } from './face.mjs';

const compress = promisify(brotliCompress);
const kept = `${root}/target/js/brotli`;

/**
 * Bytes by brotli, `quality` 0 to 11. Kept by their digest: the full tier takes some ten seconds, on a thread of its own.
 * `digest` is theirs, SHA-256.
 */
export async function brotli(bytes, quality = 11) {
  const digest = createHash('sha256').update(bytes).digest('hex');
  const path = `${kept}/${digest}.${quality}.br`;
  if (existsSync(path)) return { digest, bytes: readFileSync(path) };
  const params = { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_LGWIN]: 22, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  const made = await compress(bytes, { params });
  mkdirSync(kept, { recursive: true });
  // Whole or not at all, whoever else makes it.
  writeFileSync(`${path}.${process.pid}`, made);
  renameSync(`${path}.${process.pid}`, path);
  return { digest, bytes: made };
}

/** The module's text; `name` is the binary's beside it. */
export async function packed(path, name, quality) {
  const { digest, bytes } = await brotli(readFileSync(path), quality);
  return `// ${name} (SHA-256 ${digest}), brotli, base64: read by the Node entry where the file beside it is missing.\nexport default '${bytes.toString('base64')}';\n`;
}
