// A binary as a module: brotli, base64. Every bundler carries modules along; not all carry files.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { root } from './face.mjs';

/** The module's text. Kept by the file's digest: the full tier takes some ten seconds. */
export function packed(path) {
  const bytes = readFileSync(path);
  const digest = createHash('sha256').update(bytes).digest('hex');
  const kept = `${root}/target/js/packed/${digest}.js`;
  if (existsSync(kept)) return readFileSync(kept, 'utf8');
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 22, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  const text = `// ${basename(path)} (SHA-256 ${digest}), brotli, base64: read by the Node entry where the file beside it is missing.\nexport default '${brotliCompressSync(bytes, { params }).toString('base64')}';\n`;
  mkdirSync(`${root}/target/js/packed`, { recursive: true });
  writeFileSync(kept, text);
  return text;
}
