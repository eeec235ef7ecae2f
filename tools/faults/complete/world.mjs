// People who write stories, and what the model goes on with. Model, tokenizer and engine are those that ship; what people write is drawn from the model itself
// at temperature 1: a beginning, and the word that they are about to write.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { lib, root } from '../../face.mjs';
import { below, draws } from '../chance.mjs';

const DAY = 86_400_000;
/** Tokens of a suggestion. */
const TOKENS = 4;
const here = `${root}/models/stories260k`;
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

export const files = () => ({ model: readFileSync(`${here}/stories260k.onnx`), tokenizer: readFileSync(`${here}/tokenizer.json`) });
const SETTINGS = JSON.parse(readFileSync(`${here}/completer.json`, 'utf8'));

/** A completer.json with its files in a folder, for `load`. `digests`: those that it declares, of other files than these where something went wrong. */
export function published(name, { model, tokenizer }, digests = { model, tokenizer }) {
  const folder = `${root}/target/faults/${name}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/model.onnx`, model);
  writeFileSync(`${folder}/tokenizer.json`, tokenizer);
  const declared = (file, bytes) => ({ file, bytes: bytes.length, sha256: sha256(bytes) });
  writeFileSync(`${folder}/completer.json`, JSON.stringify({ ...SETTINGS, model: declared('model.onnx', digests.model), tokenizer: declared('tokenizer.json', digests.tokenizer) }));
  return `${folder}/completer.json`;
}

export async function open(path, options = {}) {
  const { load } = await import(`${lib}/dist/complete-node.js`);
  return load(path, options);
}

/** A suggestion for what somebody writes; whether he takes it is whether its first word is the one he was about to write. */
export async function suggested(completer, { prompt, next }, { ask = {}, told = true } = {}) {
  const result = await completer.complete(prompt, { maxTokens: TOKENS, logprobs: 0, ...ask });
  return { result, taken: told && next !== '' && result.completion.trimStart().split(/[^\p{L}']/u)[0] === next };
}

export function tell(monitor, { result, taken }) {
  monitor.completed(result);
  monitor.happened('untaken', !taken);
}

const kept = ({ result: { finishReason, usage, score, scored, tookMs }, taken }) => {
  const result = { finishReason, usage: { completion: usage.completion }, score, scored, tookMs };
  return (monitor) => tell(monitor, { result, taken });
};

/** What somebody writes: 4 to 16 tokens of a story, cut behind a word, and the word that comes next. */
async function written(completer, random, seed) {
  const { text } = await completer.complete('', { maxTokens: 6 + below(random, 12), temperature: 1, seed });
  const words = text.trim().split(' ');
  return { prompt: words.slice(0, -2).join(' '), next: (words.at(-2) ?? '').replace(/[^\p{L}'].*/u, '') };
}

export async function world({ learn, quiet }) {
  const { createMonitor } = await import(`${lib}/dist/monitor-node.js`);
  const random = draws(31);
  const usual = files();
  const path = published('usual', usual);
  const completer = await open(path);
  const texts = [];
  for (let at = 0; at < learn + quiet; at++) texts.push(await written(completer, random, at));
  const all = [];
  for (const text of texts) all.push(kept(await suggested(completer, text)));
  const learner = await createMonitor({ learn, visitors: 'many' });
  for (const one of all.slice(0, learn)) one(learner);
  const reference = learner.reference();
  learner.close();
  const made = Date.UTC(2026, 10, 29);
  // New texts, from the end of the reference's on: those of the quiet ones come once more, in another order.
  return { task: 'complete', createMonitor, files: usual, path, texts, reference, quiet: all.slice(learn), made, now: made + DAY / 2, warnAfterMs: 2 * DAY, options: {} };
}
