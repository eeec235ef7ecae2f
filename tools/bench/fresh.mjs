// One engine in a thread of its own: from the wasm's bytes to the first answer of one model, and the memory it then has.
import { parentPort, workerData } from 'node:worker_threads';
import { engines, readCases } from '../conformance/node.mjs';

const { engine: name, file, at } = workerData;
const { model, sets } = readCases(file)[at];
const from = performance.now();
const engine = await engines[name]();
const session = await engine.load(model);
await session.run(sets[0].in);
parentPort.postMessage({ ms: performance.now() - from, bytes: engine.bytes() });
