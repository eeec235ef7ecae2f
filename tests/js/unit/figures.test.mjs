// README's tables out of what the commands print.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { root } from '../../../tools/face.mjs';
import { fill, read, tables } from '../../../tools/figures.mjs';

const SIZE = ['lite', 'full', 'tract', 'onnx', 'face', 'worker'].map((name, i) => `size ${name} raw=${i + 1}234567 gzip=${i + 1}1000 brotli=94569`).join('\n');

test('lines are read by their words; the last of equal ones counts', () => {
  const lines = read('noise\nbench cold first-slate/lite nearhand=1ms ratio=2\nbench cold first-slate/lite nearhand=132ms ratio=0.168 noise=±7% n=20\nbench nothing');
  assert.deepEqual([...lines], [['bench cold first-slate/lite', { nearhand: '132ms', ratio: '0.168', noise: '±7%', n: '20' }]]);
});

test('a table whose lines are not all there is not made', () => {
  assert.deepEqual(Object.keys(tables(read(SIZE))), ['size']);
  assert.deepEqual(Object.keys(tables(read(SIZE.replace('size face', 'size other')))), []);
});

test('sizes, quality, slates and engine as they stand in the text', () => {
  const text = [
    SIZE,
    'eval shop hr@20=0.4042 mrr@20=0.1961 n=9918 bundle_bytes=553395',
    'eval shop/vectors hr@20=0.3897 mrr@20=0.1133 n=9918 bundle_bytes=553395',
    'eval shop/table hr@20=0.3752 mrr@20=0.1851 n=9918 bundle_bytes=553395',
    'eval shop/popularity hr@20=0.0456 mrr@20=0.0100 n=9918 bundle_bytes=553395',
    ...['thread', 'full', 'lite'].flatMap((tier, i) => [
      `bench slate real-43000/${tier}/p50 nearhand=0.${i + 1}ms onnxruntime-web=1.5ms ratio=0.${i + 1}3`,
      `bench slate real-43000/${tier}/p99 nearhand=${i + 1}ms onnxruntime-web=4ms ratio=0.5`,
      `bench slate real-43000/${tier}/wasm-memory nearhand=28.4MiB onnxruntime-web=52MiB ratio=0.5`,
    ]),
    ...['open', 'load-feed', 'load-new', 'feed', 'new'].flatMap((name) => [1, 4].map((rate) => `bench tasks ${name}/${rate}x longest=${rate}1.5ms worst=${rate}9ms processor=${rate}.25ms long=0 n=10`)),
    'bench engine/node trees nearhand=854µs onnxruntime-web=3593µs ratio=0.241 noise=±2% n=31',
    'bench engine/chromium trees nearhand=854µs onnxruntime-web=3593µs ratio=1.24 noise=±2% n=31',
  ].join('\n');
  const made = tables(read(text));
  assert.match(made.size, /^\| \| raw \| gzip \| brotli \|\n\| --- \| --- \| --- \| --- \|\n\| lite, with its glue \| 1,234,567 \| 11,000 \| 94,569 \|/);
  assert.match(made.quality, /\| shop \| 553,395 \| 9,918 \| \*\*\.4042 \/ \.1961\*\* \| \.3897 \/ \.1133 \| \.3752 \/ \.1851 \| \.0456 \/ \.0100 \|$/);
  assert.match(made.slate, /\| 43,000 \| 0\.1 \/ 1 ms \| 0\.2 \/ 2 ms \| 0\.3 \/ 3 ms \| 1\.5 \/ 4 ms \| 0\.13 \/ 0\.23 \/ 0\.33 \| 28 \/ 52 MiB \|$/);
  assert.match(made.tasks, /\| load to the first slate \| 11\.5 \/ 19 ms \| 1\.25 ms \| 41\.5 \/ 49 ms \| 4\.25 ms \|\n/);
  assert.match(made.engine, /\| trees \| 854 µs \| 3\.59 ms \| 0\.24 \| \*\*1\.24\*\* \|$/);
});

test('completions: more tokens a second are better, less of all else', () => {
  const of = (place, what, peer, fields) => `bench complete/${place} assistant-4bit ${what} ${peer} ${fields}`;
  const text = [
    of('node', 'tokens', 'onnxruntime-web', 'nearhand=412/s peer=85.3/s ratio=4.83 noise=±3% n=20 same=yes bar=≥2 met=yes'),
    of('node', 'tokens', 'transformers.js', 'nearhand=412/s peer=430/s ratio=0.958 noise=±3% n=20 same=yes'),
    of('chromium', 'tokens', 'onnxruntime-web', 'nearhand=420/s peer=86/s ratio=4.9 noise=±3% n=20 same=yes'),
    of('node', 'first', 'onnxruntime-web', 'nearhand=48.1ms peer=96.2ms ratio=0.500 noise=±1% n=20'),
    of('node', 'key', 'onnxruntime-web', 'nearhand=2.31ms peer=97ms ratio=0.0238 noise=±1% n=20 reused=99'),
    of('node', 'key', 'onnxruntime-web+cache', 'nearhand=2.31ms peer=2ms ratio=1.16 noise=±1% n=20 reused=99'),
    of('node', 'start', 'onnxruntime-web', 'nearhand=60ms peer=240ms ratio=0.25 noise=±1% n=5'),
    of('node', 'memory', 'onnxruntime-web', 'nearhand=10.6MiB peer=23.1MiB ratio=0.457 noise=±0% n=5'),
    'bench complete/typing assistant-4bit nearhand p50=7.45ms p90=8.80ms worst=29.2ms keys=327',
    'bench complete/typing assistant-4bit onnxruntime-web+cache p50=60.7ms p90=80.3ms worst=114ms keys=327',
  ];
  const { complete } = tables(read(text.join('\n')));
  assert.match(complete, /\| assistant: tokens a second \| 412 \| 85\.3 \| 4\.83 \| 4\.90 \| \*\*0\.96\*\* \|\n/);
  assert.match(complete, /\| assistant: the same, the peer keeping its caches \| 2\.31 ms \| 2 ms \| \*\*1\.16\*\* \|  \|  \|\n/);
  assert.match(complete, /\| assistant: a key to four tokens of ghost text, p50 \/ p90 \| 7\.45 \/ 8\.80 ms \| 60\.7 \/ 80\.3 ms \|  \| 0\.11 \|  \|$/);
  assert.equal(tables(read(text.slice(1).join('\n'))).complete, undefined);
});

test('every table has its place in README, and a name without one is an error', () => {
  const readme = readFileSync(`${root}/README.md`, 'utf8');
  for (const name of ['quality', 'page', 'tasks', 'size', 'slate', 'engine', 'complete']) assert.ok(fill(readme, { [name]: 'x' }).includes(`<!-- figures ${name} -->\nx\n<!-- end -->`));
  assert.throws(() => fill(readme, { other: 'x' }), /other/);
});
