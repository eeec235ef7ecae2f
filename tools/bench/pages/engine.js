// Both engines in one page; the driver asks for a race over one model. ?at=N: the model's place in the file; ours=nearhand|ort.
import * as ort from '/ort/ort.wasm.bundle.min.mjs';
import { adapt } from '/conformance/adapters.mjs';
import { race } from '/conformance/race.mjs';
import { parseCases } from '/conformance/store.mjs';
import * as nearhand from '/onnx/onnx.js';

ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = { wasm: new URL('/ort/ort-wasm-simd-threaded.wasm', location.href).href };
const query = new URL(location.href).searchParams;
const engines = { ours: adapt(query.get('ours') === 'nearhand' ? nearhand : ort), theirs: adapt(ort) };
const cases = parseCases(await (await fetch('/cases/engine.cases')).arrayBuffer());

globalThis.measure = (settings) => race(engines, cases[Number(query.get('at'))], settings);
