// One speaker in a thread of its own: from the wasm's bytes to the first token of a word, and the memory after a prompt and a completion.
import { parentPort, workerData } from 'node:worker_threads';
import { read } from './models.mjs';
import { place, words } from './node.mjs';
import { open } from './speakers.mjs';
import { texts } from './texts.mjs';

const { name, model, tokens } = workerData;
const files = read(model);
const tokenizer = await words(files.tokenizer);
const { long } = texts(model.texts, tokenizer);
const from = performance.now();
const speaker = await open(name, files, tokenizer, place);
if (speaker) await speaker.ask('Hello', 1);
const ms = performance.now() - from;
if (speaker) await speaker.ask(long[0], tokens);
parentPort.postMessage(speaker && { ms, bytes: globalThis.wasmBytes() });
