// The same bundle answered with onnxruntime-web: its graph runs there, the rest is what a host would write by hand,
// kept to the least: encode the session, multiply the item vectors, take the five best that were not seen.
import * as ort from './ort/ort.wasm.bundle.min.mjs';
import { clicks } from './clicks.js';
import { encode, readBundle } from './bundle.js';

ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = { wasm: new URL('./ort/ort-wasm-simd-threaded.wasm', import.meta.url).href };

const { manifest, tensors } = readBundle(await (await fetch('./shop.safetensors')).arrayBuffer());
const session = await ort.InferenceSession.create(tensors['model.onnx'], { executionProviders: ['wasm'] });
const [rows, scales] = [tensors['items.vectors'], tensors['items.scales']];
const dim = rows.length / scales.length;
const vectors = Float32Array.from(rows, (x, i) => x * scales[Math.floor(i / dim)]);
const ids = new TextDecoder().decode(tensors['catalog.ids']).split('\n');
const events = [];
const { output } = manifest.model;

async function visit(item) {
  events.push({ item, kind: 'view', at: Date.now(), dwellMs: 0 });
  if (events.length > 50) events.shift();
  const feeds = {};
  for (const spec of manifest.model.inputs) {
    const values = encode(spec, events, vectors, dim, tensors);
    feeds[spec.name] = new ort.Tensor(spec.dtype === 'f32' ? 'float32' : 'int64', values, spec.shape);
  }
  const answer = (await session.run(feeds))[output.name].data;
  const seen = new Set(events.map(({ item }) => item));
  const best = [];
  for (let i = 0; i < scales.length; i++) {
    let score = 0;
    for (let j = 0, at = i * dim; j < dim; j++) score += answer[j] * vectors[at + j];
    if ((best.length === 5 && score <= best[4][0]) || seen.has(i)) continue;
    best.push([score, i]);
    best.sort((a, b) => b[0] - a[0] || a[1] - b[1]);
    best.length = Math.min(best.length, 5);
  }
  return best.map(([, i]) => ids[i]);
}
globalThis.first = await visit(ids.indexOf(new URL(location.href).searchParams.get('item')));
globalThis.firstMs = performance.now();

const popularity = tensors['items.popularity'];
const popular = [...popularity.keys()].sort((a, b) => popularity[b] - popularity[a] || a - b).slice(0, 1000);
const items = clicks(popular);
globalThis.step = () => visit(items.next().value);
