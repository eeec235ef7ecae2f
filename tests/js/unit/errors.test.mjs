// docs/errors.md holds every code that package and engine can tell, and no other.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { root } from '../../../tools/face.mjs';

/** Every code that stands where an error is made: kebab-case texts in the first argument. */
function codesOf(source) {
  const made = source.matchAll(/(?:new NearhandError\(|named\(error,|#stopSwap\(|\b(?:fail|unknown)\((?='))\s*([^,]*),/g);
  return [...made].flatMap(([, first]) => [...first.matchAll(/(?:^|[^=]\s)'([a-z]+(?:-[a-z]+)*)'/g)].map(([, code]) => code));
}

const scripts = readdirSync(`${root}/www/lib`, { recursive: true, encoding: 'utf8' })
  .filter((path) => /^(?!dist|wasm|node_modules).*(?<!\.d)\.tsx?$/.test(path))
  .map((path) => readFileSync(`${root}/www/lib/${path}`, 'utf8'));
const engine = ['src', 'crates/features/src', 'crates/monitor/src'].flatMap((folder) =>
  [...readFileSync(`${root}/${folder}/error.rs`, 'utf8').matchAll(/Self::\w+ => "([a-z-]+)"/g)].map(([, code]) => code),
);
const told = [...readFileSync(`${root}/docs/errors.md`, 'utf8').matchAll(/^\| `([a-z-]+)` \| (.*) \|$/gm)].map(([, code, help]) => ({ code, help }));

test('every code of the package and of the engine says what to do', () => {
  const used = new Set([...scripts.flatMap(codesOf), ...engine]);
  for (const known of ['closed', 'runtime-lacks', 'worker-blocked', 'unknown-option', 'bundle-foreign']) assert.ok(used.has(known), `${known} is found`);
  const documented = told.map(({ code }) => code);
  assert.deepEqual([...used].filter((code) => !documented.includes(code)), [], 'codes that docs/errors.md lacks');
  assert.deepEqual(documented.filter((code) => !used.has(code)), [], 'codes of docs/errors.md that nobody tells');
  assert.equal(new Set(documented).size, documented.length);
  for (const { code, help } of told) assert.ok(help.length > 20, code);
});
