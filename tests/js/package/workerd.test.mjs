import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { createInterface } from 'node:readline';
import * as esbuild from 'esbuild';

const here = import.meta.dirname;
const out = `${here}/dist-edge`;
let workerd;
let url;

before(async () => {
  mkdirSync(`${out}/bundle`, { recursive: true });
  await esbuild.build({
    entryPoints: [`${here}/edge/worker.js`],
    outdir: out,
    bundle: true,
    format: 'esm',
    conditions: ['workerd', 'worker'],
    // Edge bundlers keep .wasm imports and upload the files as modules.
    external: ['*.wasm'],
  });
  const installed = `${here}/node_modules/nearhand/dist`;
  for (const name of ['nearhand.wasm', 'nearhand-lite.wasm']) copyFileSync(`${installed}/${name}`, `${out}/${name}`);
  copyFileSync(`${here}/edge/config.capnp`, `${out}/config.capnp`);
  copyFileSync(process.env.NEARHAND_BUNDLE, `${out}/bundle/shop.safetensors`);
  workerd = spawn(`${process.env.NEARHAND_ROOT}/node_modules/.bin/workerd`, ['serve', 'config.capnp', '--control-fd=3'], {
    cwd: out,
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  for await (const line of createInterface({ input: workerd.stdio[3] })) {
    const { event, port } = JSON.parse(line);
    if (event === 'listen') {
      url = `http://127.0.0.1:${port}/`;
      break;
    }
  }
  assert.ok(url, 'workerd listens');
});
after(() => workerd?.kill());

for (const tier of ['full', 'lite']) {
  test(`workerd: ${tier} answers`, async () => {
    const response = await fetch(`${url}?tier=${tier}`);
    const { slate, info, error } = await response.json();
    assert.equal(error, undefined);
    assert.equal(slate.tier, tier);
    assert.equal(info.storage.kind, 'memory');
  });
}
