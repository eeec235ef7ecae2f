// Completions of ours and of the peers in one page; the driver asks. Ours runs in its worker, as pages get it.
import { race } from '/complete/race.mjs';
import { NAMES, open } from '/complete/speakers.mjs';
import { texts } from '/complete/texts.mjs';
import { fromJSON } from '/dist/tokenizer.js';

const place = (hub) => ({
  near: () => import('/dist/complete.js'),
  async ort() {
    const ort = await import('/ort/ort.wasm.bundle.min.mjs');
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmPaths = { wasm: new URL('/ort/ort-wasm-simd-threaded.wasm', location.href).href };
    return ort;
  },
  async hub(ort) {
    if (!hub) return undefined;
    globalThis[Symbol.for('onnxruntime')] = ort;
    const { wasmPaths } = ort.env.wasm;
    const loaded = await import('/hub/transformers.js');
    // It has just named an address on the network.
    Object.assign(ort.env.wasm, { wasmPaths, proxy: false, numThreads: 1 });
    return loaded;
  },
  options: { cache: false },
});

const bytes = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());

async function speakers({ files, hub }, names) {
  const loaded = { ...files, model: await bytes(files.model), tokenizer: await bytes(files.tokenizer) };
  const words = fromJSON(loaded.tokenizer);
  const all = {};
  for (const name of names) {
    // What takes its bytes along leaves the others theirs.
    const speaker = await open(name, { ...loaded, model: loaded.model.slice(), tokenizer: loaded.tokenizer.slice() }, words, place(hub));
    if (speaker) all[name] = speaker;
  }
  return { all, words };
}

globalThis.measure = async (asked) => {
  const { all, words } = await speakers(asked, NAMES);
  return race(all, texts(asked.files.texts, words), asked);
};

/** Every line, letter by letter, by each in turn: ms from the key to the tokens, and how far it was. */
globalThis.typing = async (asked) => {
  const { all } = await speakers(asked, ['nearhand', 'onnxruntime-web', 'onnxruntime-web+cache']);
  const { nearhand } = all;
  const { place: where } = await nearhand.completer.info();
  const acts = Object.fromEntries(Object.entries(all).map(([name, speaker]) => [name, (text) => timed(() => speaker.ask(text, asked.tokens))]));
  // Up to four tokens are taken back, and written anew in front of those that are new.
  acts['nearhand+heal'] = (text) => timed(() => nearhand.ask(text, asked.tokens + 4, { heal: true }));
  if (nearhand.completer.typing) acts['nearhand+typing'] = ghosts(nearhand.completer, asked.tokens + 4);
  const times = Object.fromEntries(Object.keys(acts).map((name) => [name, []]));
  for (const [at, line] of [asked.lines[0], ...asked.lines].entries()) {
    for (const [name, act] of Object.entries(acts)) {
      for (let length = 1; length <= line.length; length++) {
        const ms = await act(line.slice(0, length));
        // The first line warms the code.
        if (at > 0 && ms !== undefined) times[name].push(ms);
      }
    }
  }
  return { times, where };
};

async function timed(act) {
  const from = performance.now();
  await act();
  return performance.now() - from;
}

/** As a text field has it: ms from the key until something is shown behind it, undefined where the model adds nothing. */
function ghosts(completer, maxTokens) {
  let seen = () => {};
  const typing = completer.typing({ debounceMs: 0, maxTokens, onSuggestion: (ghost) => seen(ghost) });
  return async (text) => {
    let ms;
    const from = performance.now();
    seen = (ghost) => {
      if (ghost.text === text && ghost.suggestion) ms ??= performance.now() - from;
    };
    typing.type(text);
    // Until its run is over; the next key finds nothing on its way.
    do await new Promise((done) => setTimeout(done, 5));
    while ((await completer.info()).running > 0);
    return ms;
  };
}
