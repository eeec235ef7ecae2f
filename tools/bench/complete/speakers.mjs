// All that are measured, by name, over one model: ours, onnxruntime-web in a loop of one's own that reads each prompt from its beginning, the
// same keeping its caches from one prompt to the next, and transformers.js. For Node and browsers alike; `load` gives what the place has.
import { speaker as ours } from './nearhand.mjs';
import { speaker as loop } from './ort.mjs';
import { speaker as pipeline } from './transformers.mjs';

export const PEERS = ['onnxruntime-web', 'onnxruntime-web+cache', 'transformers.js'];
export const NAMES = ['nearhand', ...PEERS];

/** The text that ids go on with. Half a character at the end is none, as in a completion of ours. */
function written(words, ids) {
  const stream = words.stream({ continues: true });
  return ids.map((id) => stream.push(id)).join('');
}

/**
 * `files`: { model, tokenizer, context, begin, layers }, bytes and what completer.json says; `layers`: whether the graph has a cache for each.
 * `load`: { near(), ort(), hub(ort), options }, where hub may answer undefined. Answers undefined for a peer that does not take the model, or is not there.
 */
export async function open(name, files, words, load) {
  if (name === 'nearhand') return ours(await load.near(), files, load.options);
  const { begin, context } = files;
  const ort = await load.ort();
  const start = words.id(begin);
  const encode = (prompt) => [start, ...words.encode(prompt, { addSpecial: false, allowSpecial: false })];
  let peer;
  if (name === 'transformers.js') {
    const hub = files.layers && (await load.hub(ort));
    if (!hub) return undefined;
    peer = await pipeline(hub, ort, files.model, { tokenizer: files.tokenizer, begin, context });
  } else {
    peer = await loop(ort, files.model, { encode, room: context, caches: name.endsWith('+cache') });
  }
  return {
    async ask(prompt, n) {
      const { ids, reused } = await peer.ask(prompt, n);
      return { text: written(words, ids), reused };
    },
    close: peer.close,
  };
}
