// nearhand/complete against onnxruntime-web (wasm, one thread, SIMD), in a decoding loop of its own and under transformers.js: the same models, the same
// prompts, greedy, in one Node and in one Chromium.
// Usage: node tools/bench/complete.mjs [node|chromium|memory|goldens|typing …] [--assistant FOLDER] [--json]   ROUNDS=n ONLY=pattern
//   node, chromium  tokens a second, ms to the first token of a prompt of 100 tokens that nothing is known of, and of one that is longer by a
//                   letter than what was asked before. In Chromium ours runs in its worker, the peers in the page
//   memory          fresh threads in Node: ms from the wasm's bytes to the first token, and MiB of wasm memory after 164 tokens
//   goldens         fresh processes of Node, of ours alone, with its goldens and without, in turns: ms of processor time until it is open for the first
//                   time (cold), and has written 16 tokens (first), and until it is open once the code is compiled (warm)
//   typing          in Chromium, letter by letter over lines of dialogue: ms from a key to four tokens; of ours also with the word that is
//                   being typed healed (four more), and until typing() shows something
// FOLDER is the assistant's (models/assistant). Ratios are of pairs. What is not there is not measured, and said.
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { launch, openPage } from '../chromium.mjs';
import { lib, root } from '../face.mjs';
import { serve } from '../serve.mjs';
import { prepareHub } from './complete/hub.mjs';
import { models, read } from './complete/models.mjs';
import { place, words } from './complete/node.mjs';
import { race } from './complete/race.mjs';
import { report } from './complete/report.mjs';
import { NAMES, open } from './complete/speakers.mjs';
import { texts, TYPED } from './complete/texts.mjs';

const args = process.argv.slice(2);
const option = (name, count) => {
  const at = args.indexOf(name);
  return at < 0 ? undefined : args.splice(at, count);
};
const json = option('--json', 1) !== undefined;
const named = option('--assistant', 2)?.[1];
const folder = named && resolve(named);
const only = new RegExp(process.env.ONLY ?? '');
const rounds = Number(process.env.ROUNDS ?? 20);
const FRESH = 5;
const TOKENS = 64;
/** Isolated pages have a clock of 5 µs instead of 100. */
const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

const { say, rows } = report(json);
const faults = [];
const wanted = Object.entries(models(folder)).filter(([name, { missing }]) => {
  if (missing && only.test(name)) say.skipped(name, `${missing} is absent`);
  return !missing && only.test(name);
});

function raced(where, name, bar, result) {
  for (const [peer, said] of Object.entries(result.same)) console.log(`bench complete/${where} ${name} ${peer} writes another text: ${said}`);
  say.race(where, name, bar, result);
}

async function fault(what, act) {
  try {
    await act();
  } catch (error) {
    faults.push(what);
    console.log(`bench complete ${what} not measured: ${String(error.message).slice(0, 300)}`);
  }
}

const fresh = (name, model) =>
  new Promise((done, failed) => {
    const thread = new Worker(new URL('./complete/fresh.mjs', import.meta.url), { workerData: { name, model, tokens: TOKENS } });
    thread.once('message', (answer) => thread.terminate().then(() => done(answer)));
    thread.once('error', failed);
  });

/** A page with the model in it; `act` gets it. */
async function inPage(model, act) {
  const { model: file, tokenizer, ...rest } = model;
  const server = await serve(
    {
      '/': `${root}/tools/bench/pages`,
      '/complete/': `${root}/tools/bench/complete`,
      '/dist/': `${lib}/dist`,
      '/ort/': `${root}/node_modules/onnxruntime-web/dist`,
      '/hub/': `${root}/target/bench`,
      '/model/': file.replace(/\/[^/]*$/, ''),
      '/words/': tokenizer.replace(/\/[^/]*$/, ''),
    },
    { headers: ISOLATED },
  );
  const browser = await launch();
  try {
    const page = await openPage(await browser.newContext());
    await page.goto(`${server.url}/complete.html`);
    await page.waitForFunction(() => globalThis.measure, undefined, { timeout: 60_000 }).catch((error) => {
      throw new Error(page.faults.join('; ') || error.message);
    });
    const address = (folderUrl, path) => `/${folderUrl}/${path.split('/').pop()}`;
    return await act(page, { ...rest, model: address('model', file), tokenizer: address('words', tokenizer) });
  } finally {
    await browser.close();
    await server.close();
  }
}

const groups = {
  async node() {
    for (const [name, model] of wanted) {
      await fault(`node ${name}`, async () => {
        const files = read(model);
        const tokenizer = await words(files.tokenizer);
        const speakers = {};
        for (const each of NAMES) {
          const speaker = await open(each, files, tokenizer, place);
          if (speaker) speakers[each] = speaker;
        }
        raced('node', name, model.bar, await race(speakers, texts(model.texts, tokenizer), { rounds, tokens: TOKENS }));
        for (const speaker of Object.values(speakers)) await speaker.close();
      });
    }
  },

  async chromium() {
    for (const [name, model] of wanted) {
      await fault(`chromium ${name}`, () =>
        inPage(model, async (page, files) => raced('chromium', name, model.bar, await page.evaluate((asked) => globalThis.measure(asked), { files, rounds, tokens: TOKENS, hub }))),
      );
    }
  },

  async memory() {
    for (const [name, model] of wanted) {
      await fault(`memory ${name}`, async () => {
        const runs = Object.fromEntries(NAMES.map((each) => [each, []]));
        for (let i = 0; i < FRESH; i++) {
          for (const each of NAMES) {
            const run = await fresh(each, model);
            if (run) runs[each].push(run);
          }
        }
        say.fresh(name, runs);
      });
    }
  },

  async goldens() {
    for (const [name, model] of wanted) {
      if (!model.goldens) continue;
      await fault(`goldens ${name}`, async () => {
        const pairs = [];
        for (let i = 0; i < rounds; i++) {
          const pair = {};
          for (const goldens of i % 2 ? ['yes', 'no'] : ['no', 'yes']) pair[goldens] = JSON.parse(execFileSync(process.execPath, [`${root}/tools/bench/complete/opening.mjs`, JSON.stringify(model), goldens], { encoding: 'utf8' }));
          pairs.push(pair);
        }
        say.goldens(name, model.goldens.length, pairs);
      });
    }
  },

  async typing() {
    for (const [name, model] of wanted) {
      if (model.texts !== 'assistant') continue;
      await fault(`typing ${name}`, () => inPage(model, async (page, files) => say.typing(name, await page.evaluate((asked) => globalThis.typing(asked), { files, lines: TYPED, tokens: 4 }))));
    }
  },
};

const asked = args.length ? args : Object.keys(groups);
for (const name of asked) if (!groups[name]) throw new Error(`no part "${name}"; there are ${Object.keys(groups).join(', ')}`);
// Goldens are measured of ours alone.
const hub = asked.some((name) => name !== 'goldens') && (await prepareHub());
for (const name of asked) await groups[name]();
say.bars();
if (json) console.log(JSON.stringify(rows, null, 1));
if (faults.length) console.error(`not measured: ${faults.join(', ')}`);
process.exit(faults.length ? 1 : 0);
