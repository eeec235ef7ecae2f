// The models share most of their bytes, so they lie in one archive: 2 MB in some 100 KB.
// `node tools/world/models/archive.mjs unpack FOLDER` lays the files out to be looked at;
// `node tools/world/models/archive.mjs pack FOLDER` makes tests/world/models/files.br of what make.py has made.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { root } from '../../face.mjs';

const ARCHIVE = `${root}/tests/world/models/files.br`;

/** { name: bytes }: a line of JSON, names and sizes, then the files one after another. */
export function files() {
  const all = brotliDecompressSync(readFileSync(ARCHIVE));
  const end = all.indexOf(10);
  let at = end + 1;
  return Object.fromEntries(JSON.parse(all.toString('utf8', 0, end)).map(([name, size]) => [name, all.subarray(at, (at += size))]));
}

export function unpack(folder) {
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(files())) writeFileSync(join(folder, name), bytes);
}

function pack(folder) {
  const names = readdirSync(folder).sort();
  const held = names.map((name) => readFileSync(join(folder, name)));
  const head = JSON.stringify(names.map((name, i) => [name, held[i].length]));
  const all = Buffer.concat([Buffer.from(`${head}\n`), ...held]);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: all.length };
  const bytes = brotliCompressSync(all, { params });
  writeFileSync(ARCHIVE, bytes);
  console.log(`${names.length} files, ${all.length} bytes, ${bytes.length} packed`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [verb, folder] = process.argv.slice(2);
  if (!folder || !['pack', 'unpack'].includes(verb)) throw new Error('usage: node tools/world/models/archive.mjs pack|unpack FOLDER');
  (verb === 'pack' ? pack : unpack)(folder);
}
