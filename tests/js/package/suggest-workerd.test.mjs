// nearhand/suggest in workerd: the recorded answers, one box for several requests, and what is refused there.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import * as esbuild from 'esbuild';

const root = process.env.NEARHAND_ROOT;
const here = import.meta.dirname;
const out = `${here}/dist-suggest-edge`;
const answers = JSON.parse(readFileSync(`${here}/suggest/answers.json`, 'utf8'));
let workerd;
let url;

before(async () => {
  mkdirSync(out, { recursive: true });
  for (const name of ['shop.suggest', 'answers.json']) copyFileSync(`${here}/suggest/${name}`, `${out}/${name}`);
  copyFileSync(`${here}/node_modules/nearhand/dist/nearhand-suggest.wasm`, `${out}/nearhand-suggest.wasm`);
  await esbuild.build({
    entryPoints: [`${here}/edge/suggest.js`],
    outfile: `${out}/worker.js`,
    bundle: true,
    format: 'esm',
    conditions: ['workerd', 'worker'],
    alias: { '#answered': `${here}/suggest/answered.mjs` },
    // Edge bundlers upload these as modules: a compiled one, bytes, a value.
    external: ['*.wasm', '*.suggest', './answers.json'],
  });
  writeFileSync(
    `${out}/config.capnp`,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [ ( name = "main", worker = ( compatibilityDate = "2025-11-01", modules = [
    ( name = "worker.js", esModule = embed "worker.js" ), ( name = "nearhand-suggest.wasm", wasm = embed "nearhand-suggest.wasm" ),
    ( name = "shop.suggest", data = embed "shop.suggest" ), ( name = "answers.json", json = embed "answers.json" ) ] ) ) ],
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

test('suggest in workerd: the recorded answers', async () => {
  assert.deepEqual(await ask('all'), answers.map(({ items }) => items));
});

test('suggest in workerd: the box of one request serves the next', async () => {
  const typed = (text) => answers.find((one) => one.typed === text && !one.session).items;
  for (const text of ['lunchbag', 'holdr', 'lunchbag']) assert.deepEqual(await ask(`typed?q=${text}`), typed(text));
});

test('suggest in workerd: no index, bytes for the binary, a closed box: by a code', async () => {
  assert.deepEqual(await ask('wrong'), ['suggest-foreign', 'wasm-unsupported', 'closed']);
});
