// The package's scripts: imports go downward, file by file and room by room; types count. What is fetched by `import()` is no import.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { lib } from '../../../tools/face.mjs';

const files = readdirSync(lib, { recursive: true, encoding: 'utf8' }).filter((path) => /^(src|signals|server|head-start|react|sample)\/.*\.ts$/.test(path) && !path.endsWith('.d.ts'));
const imports = new Map(
  files.map((file) => {
    const text = readFileSync(`${lib}/${file}`, 'utf8');
    const named = [...text.matchAll(/^(?:import|export)\b[^;]*?\bfrom '(\.[^']+)\.js';/gms)].map(([, path]) => `${join(dirname(file), path)}.ts`);
    return [file, named];
  }),
);

test('every import is of a file that is there', () => {
  for (const [file, named] of imports) for (const path of named) assert.ok(imports.has(path) || path.endsWith('.d.ts'), `${file} imports ${path}`);
  assert.ok([...imports.values()].flat().length > 80);
});

test('no file imports itself by way of others', () => {
  const done = new Set();
  const walk = (file, way) => {
    assert.ok(!way.includes(file), `a ring: ${[...way.slice(way.indexOf(file)), file].join(' → ')}`);
    if (done.has(file)) return;
    for (const next of imports.get(file) ?? []) walk(next, [...way, file]);
    done.add(file);
  };
  for (const file of files) walk(file, []);
});
