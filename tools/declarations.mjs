// What the packaged declarations need beside what tsc writes: names of the web that not every project's `lib` has, and a copy
// for CommonJS. What no entry leads to is left out.
import { copyFileSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { lib, packageJson } from './face.mjs';

const IMPORTED = /(?:from|import\() ?['"](\.{1,2}\/[^'"]+)\.js['"]/g;
const entries = [...JSON.stringify(packageJson.exports).matchAll(/"\.\/([^"]+\.d\.ts)"/g)].map(([, path]) => `${lib}/${path}`);

/** Finishes the declarations in `types`. */
export function declarations(types) {
  copyFileSync(`${lib}/src/host.d.ts`, `${types}/host.d.ts`);
  const names = [...readFileSync(`${types}/host.d.ts`, 'utf8').matchAll(/^export type (\w+)/gm)].map(([, name]) => name);
  const wanted = new Set([`${types}/host.d.ts`, ...entries]);
  for (const file of wanted) {
    const text = readFileSync(file, 'utf8');
    for (const [, path] of text.matchAll(IMPORTED)) wanted.add(join(dirname(file), `${path}.d.ts`));
    const host = relative(dirname(file), `${types}/host.js`).replace(/^(?!\.)/, './');
    const whole = file.endsWith('/host.d.ts') ? text : withHost(text, names, host);
    writeFileSync(file, whole);
    writeFileSync(file.replace(/\.ts$/, '.cts'), whole.replace(IMPORTED, (found, path) => found.replace(`${path}.js`, `${path}.cjs`)));
  }
  for (const file of readdirSync(types, { recursive: true }).map((path) => `${types}/${path}`)) {
    if (file.endsWith('.d.ts') && !wanted.has(file)) rmSync(file);
  }
  for (const at of readdirSync(types, { recursive: true, withFileTypes: true })) {
    const folder = join(at.parentPath, at.name);
    if (at.isDirectory() && readdirSync(folder).length === 0) rmdirSync(folder);
  }
}

/** Imports what `text` names of the web, so that a project's own library is asked for it and need not have it. */
function withHost(text, names, host) {
  const ours = text.replaceAll('WebAssembly.Module', 'WasmModule');
  const code = ours.replace(/\/\*[\s\S]*?\*\/|\/\/.*|'[^'\n]*'/g, '');
  const own = (name) => new RegExp(`\\b(?:type|interface|class|const|import) (?:[^;=]*\\b)?${name}\\b[^;]*?[={]|\\bimport\\b[^;]*\\b${name}\\b`).test(code);
  const used = names.filter((name) => new RegExp(`(?<![.\\w$])${name}\\b(?!\\??:)`).test(code) && !own(name));
  return used.length ? `import type { ${used.join(', ')} } from '${host}';\n${ours}` : text;
}
