// People who write stories, and what the model goes on with. Model, tokenizer and engine are those that ship; what people write is drawn from the model itself
// at temperature 1: a beginning, and the word that they are about to write.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { lib, root } from '../../face.mjs';
import { opened } from '../bundle.mjs';
import { below, draws } from '../chance.mjs';

const DAY = 86_400_000;
/** Tokens of a suggestion. */
const TOKENS = 4;
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** A model that ships, with its settings. */
export function shipped(name) {
  const here = `${root}/models/${name}`;
  const settings = JSON.parse(readFileSync(`${here}/completer.json`, 'utf8'));
  return { settings, model: readFileSync(`${here}/${settings.model.file}`), tokenizer: readFileSync(`${here}/${settings.tokenizer.file}`) };
}

/** A completer.json with its files in a folder, for `load`. `digests`: those that it declares, of other files than these where something went wrong. */
export function published(name, { settings, model, tokenizer }, digests = { model, tokenizer }) {
  const folder = `${root}/target/faults/${name}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/model.onnx`, model);
  writeFileSync(`${folder}/tokenizer.json`, tokenizer);
  const declared = (file, bytes) => ({ file, bytes: bytes.length, sha256: sha256(bytes) });
  const named = { model: declared('model.onnx', digests.model), tokenizer: declared('tokenizer.json', digests.tokenizer) };
  writeFileSync(`${folder}/completer.json`, JSON.stringify({ ...settings, ...named }));
  return `${folder}/completer.json`;
}

export async function open(path, options = {}) {
  const { load } = await import(`${lib}/dist/complete-node.js`);
  return load(path, options);
}

/** The same files with goldens of what they answer, right or wrong; where they answer nothing, without. */
export async function packed(name, { settings: { goldens, ...settings }, ...files }) {
  const completer = await open(published(name, { settings, ...files }));
  try {
    const all = [];
    for (const { prompt, specials = false, logprobs: { length: maxTokens } } of goldens) {
      const { usage, completion, logprobs } = await completer.complete(prompt, { maxTokens, specials, logprobs: 0 });
      if (logprobs.length) all.push({ prompt, specials, tokens: usage.prompt, completion, logprobs: logprobs.map(({ logprob }) => logprob) });
    }
    return { settings: { ...settings, goldens: all }, ...files };
  } catch (error) {
    if (error.code !== 'logits-not-finite') throw error;
    return { settings, ...files };
  } finally {
    completer.close();
  }
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

/** Names of products as somebody types them into the assistant's box: cut behind a word. */
function typed(random, many) {
  const { part } = opened(readFileSync(`${root}/models/online-retail/online-retail.safetensors`));
  const titles = new TextDecoder().decode(part('catalog.titles')).split('\n').map((title) => title.trim().split(/\s+/)).filter((words) => words.length >= 4);
  return Array.from({ length: many }, () => {
    const words = titles[below(random, titles.length)];
    const from = 1 + below(random, words.length - 2);
    return { prompt: words.slice(0, from).join(' '), next: words[from].replace(/[^\p{L}'].*/u, '') };
  });
}

/** The assistant, whose weights are of 4 bits, and people who type what products are called. */
export const assistant = ({ learn, quiet }) => world({ learn, quiet, name: 'assistant', write: (_, random) => typed(random, learn + quiet) });

/** The words that people are about to write, the commonest first. */
export function wanted(texts) {
  const counts = new Map();
  for (const { next } of texts) if (next) counts.set(next, (counts.get(next) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([word]) => ` ${word}`);
}

/** Of so many always the same: written once for all worlds. */
const told = new Map();
async function stories(completer, random, many) {
  const texts = told.get(many) ?? [];
  told.set(many, texts);
  for (let at = texts.length; at < many; at++) texts.push(await written(completer, random, at));
  return texts;
}

/** `asked`: from the texts, with what each is asked; `adapting`: what is adapted, to all that is written. */
export async function world({ learn, quiet, name = 'stories260k', write = stories, asked = () => () => ({}), adapting }) {
  const { createMonitor } = await import(`${lib}/dist/monitor-node.js`);
  const random = draws(31);
  const usual = shipped(name);
  const path = published(`usual-${name}`, usual);
  const completer = await open(path);
  const texts = await write(completer, random, learn + quiet);
  const ask = asked(texts);
  const whole = ({ prompt, next }) => `${prompt} ${next}`;
  // What is usual is so once all texts have been learnt.
  const learnt = async () => {
    const model = await open(path);
    await model.adapt(adapting);
    for (const text of texts) await model.learn(whole(text));
    return model;
  };
  const model = adapting ? await learnt() : completer;
  const all = [];
  for (const [at, text] of texts.entries()) {
    all.push(kept(await suggested(model, text, { ask: ask(at) })));
    if (adapting) await model.learn(whole(text));
  }
  const learner = await createMonitor({ learn, visitors: 'many' });
  for (const one of all.slice(0, learn)) one(learner);
  const reference = learner.reference();
  learner.close();
  const made = Date.UTC(2026, 10, 29);
  const quietly = { quiet: all.slice(learn), made, now: made + DAY / 2, warnAfterMs: 2 * DAY };
  return { task: 'complete', createMonitor, files: usual, path, texts, reference, learnt, whole, ...quietly };
}
