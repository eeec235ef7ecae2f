// nearhand/complete in workerd: the recorded texts, one model for several requests, streams, and what is refused there.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import * as esbuild from 'esbuild';
import { right } from './complete/answered.mjs';

const root = process.env.NEARHAND_ROOT;
const here = import.meta.dirname;
const out = `${here}/dist-complete-edge`;
const golden = (name) => JSON.parse(readFileSync(`${root}/tests/golden/${name}.json`, 'utf8'));
const recorded = { told: golden('stories260k'), drawn: golden('stories260k-drawn') };
let workerd;
let url;

before(async () => {
  mkdirSync(out, { recursive: true });
  copyFileSync(`${root}/models/stories260k/stories260k.onnx`, `${out}/stories260k.onnx`);
  copyFileSync(`${root}/models/stories260k/tokenizer.json`, `${out}/tokenizer.bin`);
  writeFileSync(`${out}/recorded.json`, JSON.stringify(recorded));
  copyFileSync(`${here}/node_modules/nearhand/dist/nearhand-complete.wasm`, `${out}/nearhand-complete.wasm`);
  await esbuild.build({
    entryPoints: [`${here}/edge/complete.js`],
    outfile: `${out}/worker.js`,
    bundle: true,
    format: 'esm',
    conditions: ['workerd', 'worker'],
    alias: { '#answered': `${here}/complete/answered.mjs` },
    // Edge bundlers upload these as modules: a compiled one, bytes, a value.
    external: ['*.wasm', '*.onnx', '*.bin', './recorded.json'],
  });
  writeFileSync(
    `${out}/config.capnp`,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [ ( name = "main", worker = ( compatibilityDate = "2025-11-01", modules = [
    ( name = "worker.js", esModule = embed "worker.js" ), ( name = "nearhand-complete.wasm", wasm = embed "nearhand-complete.wasm" ),
    ( name = "stories260k.onnx", data = embed "stories260k.onnx" ), ( name = "tokenizer.bin", data = embed "tokenizer.bin" ),
    ( name = "recorded.json", json = embed "recorded.json" ) ] ) ) ],
  sockets = [ ( name = "http", address = "127.0.0.1:0", http = (), service = "main" ) ],
);
`,
  );
  workerd = spawn(`${root}/node_modules/.bin/workerd`, ['serve', 'config.capnp', '--control-fd=3'], { cwd: out, stdio: ['ignore', 'inherit', 'inherit', 'pipe'] });
  for await (const line of createInterface({ input: workerd.stdio[3] })) {
    const { port } = JSON.parse(line);
    if (port) url = `http://127.0.0.1:${port}/`;
    if (port) break;
  }
});
after(() => workerd?.kill());

const ask = async (what) => {
  const answer = await (await fetch(`${url}${what}`)).json();
  assert.equal(answer.error, undefined, answer.error);
  return answer;
};

test('complete in workerd: the recorded texts and numbers', async () => {
  assert.deepEqual(await ask('all'), right(recorded));
});

test('complete in workerd: the model of one request serves the next, and two at once', async () => {
  const text = recorded.told.prompts[0];
  const asked = () => ask(`text?prompt=${encodeURIComponent(text.prompt)}`);
  assert.equal((await asked()).completion, text.completion);
  const both = await Promise.all([asked(), asked()]);
  assert.deepEqual(both.map(({ completion, finishReason }) => [completion, finishReason]), [[text.completion, 'length'], [text.completion, 'length']]);
});

test('complete in workerd: a long text does not wait for the turns of a request that was answered', { timeout: 60_000 }, async () => {
  const asked = async (tokens) => (await ask(`text?prompt=Once&tokens=${tokens}`)).usage.completion;
  // In either order, and several at once: the first to end made the turns of the others.
  for (const order of [[3, 150], [150, 3], [2, 2, 2, 2, 150, 2, 120]]) {
    const ended = await Promise.all(order.map(asked));
    assert.deepEqual(ended.map((tokens, at) => tokens > 0 && tokens <= order[at]), order.map(() => true), `${order}: ${ended}`);
  }
  // Who leaves in the middle stays in nobody's way.
  const gone = new AbortController();
  const left = fetch(`${url}text?prompt=Once&tokens=400`, { signal: gone.signal }).catch(() => 'left');
  const stays = asked(200);
  await asked(1);
  gone.abort();
  assert.ok((await stays) > 1 && (await left));
  assert.ok((await asked(5)) > 0);
});

test('complete in workerd: a stream of a response', async () => {
  const response = await fetch(`${url}stream`);
  assert.equal(await response.text(), recorded.told.text);
});

test('complete in workerd: no model, bytes for the binary, a relative address, a closed completer: by a code', async () => {
  assert.deepEqual(await ask('wrong'), ['model-malformed', 'wasm-unsupported', 'fetch-failed', 'closed']);
});
