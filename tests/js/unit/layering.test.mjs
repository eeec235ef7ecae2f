// The package's scripts: imports go downward, file by file and room by room; types count. What is fetched by `import()` is no import of
// the file, but a name in its room all the same.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { lib } from '../../../tools/face.mjs';

const files = readdirSync(lib, { recursive: true, encoding: 'utf8' }).filter((path) => /^(src|signals|server|head-start|react|sample)\/.*\.ts$/.test(path) && !path.endsWith('.d.ts'));
const texts = new Map(files.map((file) => [file, readFileSync(`${lib}/${file}`, 'utf8')]));
/** The rooms of src: each names only those before it. On top are the entries, files of src itself, then the other folders. */
const rooms = ['words', 'files', 'trust', 'failing', 'sink', 'engine', 'session', 'catalog', 'shop', 'onnx', 'suggest', 'tokenizer', 'complete', 'assess', 'monitor', 'dap', 'request-log'];
const imports = new Map(
  files.map((file) => {
    const text = texts.get(file);
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

test('every room names only rooms before it', () => {
  const outer = ['signals', 'server', 'head-start', 'react', 'sample'];
  /** Where a file stands in the order: its room, an entry above all rooms, another folder above the entries. */
  const place = (file) => {
    const [folder, room, ...rest] = file.split('/');
    if (outer.includes(folder)) return rooms.length + 1;
    return rest.length ? rooms.indexOf(room) : rooms.length;
  };
  let named = 0;
  for (const [file, text] of texts) {
    assert.ok(place(file) >= 0, `${file} is in no room of the list`);
    // By `from`, by `import()`, and for what it does alone.
    for (const [, path] of text.matchAll(/(?:\bfrom |\bimport\(|^import )'(\.[^']+)\.js'/gm)) {
      const to = `${join(dirname(file), path)}.ts`;
      if (!texts.has(to)) continue;
      named += 1;
      assert.ok(place(to) <= place(file), `${file} names ${to}, which is above it`);
    }
  }
  assert.ok(named > 150, `${named} names`);
  for (const room of rooms) assert.ok(files.some((file) => file.startsWith(`src/${room}/`)), `${room} is empty`);
});

/** Rooms within a room, in the same order; its own files are on top. */
const inner = { complete: ['words', 'asked', 'running', 'writing'], monitor: ['words', 'running', 'reading', 'telemetry', 'watching', 'feedback', 'shadow'] };

test('rooms within a room name only those before them', () => {
  for (const [room, order] of Object.entries(inner)) {
    const place = (file) => {
      const [, own, part, file_] = file.split('/');
      if (own !== room) return undefined;
      return file_ ? order.indexOf(part) : order.length;
    };
    let named = 0;
    for (const [file, to] of imports) {
      const at = place(file);
      assert.notEqual(at, -1, `${file} is in no room of the list`);
      for (const path of to) {
        if (at === undefined || place(path) === undefined) continue;
        named += 1;
        assert.ok(place(path) <= at, `${file} names ${path}, which is above it`);
      }
    }
    assert.ok(named > 20, `${named} names in ${room}`);
    for (const part of order) assert.ok(files.some((file) => file.startsWith(`src/${room}/${part}/`)), `${room}/${part} is empty`);
  }
});

test('the tokenizer and all else know nothing of each other', () => {
  let named = 0;
  for (const [file, to] of imports) {
    for (const path of to) {
      const own = /^src\/tokenizer(\/|\.ts)/.test(file);
      if (own) assert.match(path, /^src\/(words|tokenizer)\//, `${file} names ${path}`);
      else assert.doesNotMatch(path, /^src\/tokenizer/, `${file} names ${path}`);
      named += Number(own);
    }
  }
  assert.ok(named > 15, `${named} names`);
});

test('the engine alone, the search box, completions, assessments, monitoring and the shop know nothing of each other', () => {
  for (const room of ['onnx', 'suggest', 'complete', 'assess', 'monitor']) {
    const entry = new RegExp(`^src/${room}(-\\w+)?\\.ts$`);
    const below = new RegExp(`^src/(words|files|failing|sink|${room})/`);
    let named = 0;
    for (const [file, to] of imports) {
      for (const path of to) {
        const alone = file.startsWith(`src/${room}/`) || entry.test(file);
        if (alone) assert.match(path, below, `${file} names ${path}`);
        // Aggregators sum what the monitor counts.
        else assert.ok(!path.startsWith(`src/${room}`) || (room === 'monitor' && file.startsWith('src/dap')), `${file} names ${path}`);
        named += Number(alone);
      }
    }
    assert.ok(named > 20, `${named} names of ${room}`);
  }
});

test('what speaks to aggregators names the monitor and what is below it, and nobody names it', () => {
  let named = 0;
  for (const [file, to] of imports) {
    const own = /^src\/dap(\/|-node\.ts|\.ts)/.test(file);
    for (const path of to) {
      if (own) assert.match(path, /^src\/(words|files|failing|monitor|dap)\//, `${file} names ${path}`);
      else assert.doesNotMatch(path, /^src\/dap/, `${file} names ${path}`);
      named += Number(own);
    }
  }
  assert.ok(named > 30, `${named} names`);
});

test('the request log names a shop and an assessor by what it asks of them, and nobody names it', () => {
  let named = 0;
  for (const [file, to] of imports) {
    const own = /^src\/request-log(\/|\.ts)/.test(file);
    for (const path of to) {
      if (own) assert.match(path, /^src\/(words|failing|sink|request-log)\//, `${file} names ${path}`);
      else assert.doesNotMatch(path, /^src\/request-log/, `${file} names ${path}`);
      named += Number(own);
    }
  }
  assert.ok(named > 10, `${named} names`);
});

/** Rooms of an edge worker in their order, its entry on top; `of`: files of a neighbour that it may name. */
function workerRooms(name, order, least, of = []) {
  const home = `${lib}/../worker/${name}`;
  const own = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'));
  const names = new Map(own.map((file) => [file, [...readFileSync(`${home}/${file}`, 'utf8').matchAll(/\bfrom '(\.[^']+)\.js'/g)].map(([, path]) => `${join(dirname(file), path)}.ts`)]));
  const place = (file) => order.indexOf(file.split('/')[0]);
  let named = 0;
  const done = new Set();
  const walk = (file, way) => {
    assert.ok(!way.includes(file), `a ring: ${[...way, file].join(' → ')}`);
    if (done.has(file)) return;
    for (const next of names.get(file) ?? []) walk(next, [...way, file]);
    done.add(file);
  };
  for (const [file, to] of names) {
    assert.ok(place(file) >= 0, `${file} is in no room of the list`);
    walk(file, []);
    for (const path of to.filter((path) => !of.includes(path))) {
      assert.ok(names.has(path), `${file} imports ${path}, which is not there`);
      assert.ok(place(path) <= place(file), `${file} names ${path}, which is above it`);
      named += 1;
    }
  }
  assert.ok(named > least, `${named} names`);
}

test('the rooms of the edge worker that judges name only those before them', () => workerRooms('checkout', ['words', 'door', 'engine', 'asked', 'objects', 'answers', 'pages', 'index.ts'], 80));

test('the rooms of the edge worker that sums name only those before them', () => {
  workerRooms('collector', ['words', 'door', 'objects', 'answers', 'index.ts'], 15, ['../checkout/words/refused.ts', '../checkout/door/body.ts']);
});
