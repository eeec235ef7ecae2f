import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import * as esbuild from 'esbuild';
import { edited } from './bundles.mjs';
import { host, lay } from './nights.mjs';
import { serve } from './workerd.mjs';

const here = import.meta.dirname;
const out = `${here}/dist-edge`;
const site = `${out}/site`;
const running = [];
let url;

before(async () => {
  lay(out);
  mkdirSync(`${out}/bundle`, { recursive: true });
  await esbuild.build({
    entryPoints: [`${here}/edge/worker.js`, `${here}/edge/following.js`],
    outdir: out,
    bundle: true,
    format: 'esm',
    conditions: ['workerd', 'worker'],
    // Edge bundlers keep .wasm imports and upload the files as modules.
    external: ['*.wasm'],
  });
  const installed = `${here}/node_modules/nearhand/dist`;
  for (const name of ['nearhand.wasm', 'nearhand-lite.wasm']) copyFileSync(`${installed}/${name}`, `${out}/${name}`);
  for (const name of ['config.capnp', 'following.capnp']) copyFileSync(`${here}/edge/${name}`, `${out}/${name}`);
  copyFileSync(process.env.NEARHAND_BUNDLE, `${out}/bundle/shop.safetensors`);
  running.push(await serve(out));
  ({ url } = running[0]);
});
after(() => running.forEach((workerd) => workerd.stop()));

for (const tier of ['full', 'lite']) {
  test(`workerd: ${tier} answers`, async () => {
    const response = await fetch(`${url}?tier=${tier}`);
    const { slate, info, error, swap } = await response.json();
    assert.equal(error, undefined);
    assert.equal(slate.tier, tier);
    assert.equal(info.storage.kind, 'memory');
    assert.deepEqual([swap.swapped, swap.failed], [info.bundle, 'bundle-foreign']);
    assert.deepEqual([swap.after.tier, swap.after.events, swap.after.items], [tier, 1, swap.before.items]);
  });
}

test('workerd: the shop of many requests follows the pointer, and nothing of one request is left to another', async () => {
  const nights = ['1', '2', '3'].map((version) => edited(readFileSync(process.env.NEARHAND_BUNDLE), (m) => (m.version = version)));
  const web = await host(site);
  const point = (serial, { digest, bytes }) => {
    const bundle = `shop.${digest.slice(0, 12)}.safetensors`;
    writeFileSync(`${site}/${bundle}`, bytes);
    writeFileSync(`${site}/shop.json`, JSON.stringify({ serial, bundle, digest }));
  };
  try {
    point(1, nights[0]);
    const following = await serve(out, { config: 'following.capnp', quiet: true });
    running.push(following);
    const pointer = encodeURIComponent(web.pointer.replace('localhost', '127.0.0.1'));
    const ask = async (later = 0) => {
      const answer = await (await fetch(`${following.url}?pointer=${pointer}&later=${later}`)).json();
      assert.equal(answer.error, undefined);
      assert.deepEqual([answer.items, answer.tier], [5, 'lite']);
      return answer;
    };
    assert.deepEqual([(await ask()).version, (await ask()).looked], ['1', 0]);
    for (const night of [1, 2, 0]) {
      point(night + 10, nights[night]);
      if (night === 0) point(20, nights[0]);
      const { looked, events } = await ask(61_000);
      assert.equal(looked, 1);
      let now = await ask();
      for (let tries = 0; now.version !== String(night + 1) && tries < 100; tries++) {
        await new Promise((done) => setTimeout(done, 20));
        now = await ask();
      }
      assert.equal(now.version, String(night + 1));
      assert.ok(now.events > events, 'the session goes on');
    }
    assert.deepEqual(following.said, [], 'workerd has nothing to say');
  } finally {
    await web.close();
  }
});
