/** Visitors never meet: one shop for many of them, in Node and in workerd. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as esbuild from 'esbuild';
import { load } from 'nearhand';
import { interleave } from './visitors.mjs';
import { asked, serve } from './workerd.mjs';

const path = process.env.NEARHAND_BUNDLE;
const bytes = readFileSync(path);
const view = (item) => ({ kind: 'view', item });
const ids = (slate) => slate.items.map(({ item }) => item);

const enough = ({ slates, sessions }) => assert.ok(slates > 3000 && sessions > 500, `${slates} slates, ${sessions} sessions`);

test('node: 10,000 interleaved calls, each as of a shop of the visitor\'s own', async (t) => {
  t.mock.method(console, 'warn', () => {});
  enough(await interleave(load, bytes));
});

test('workerd: the same', async (t) => {
  const here = import.meta.dirname;
  const out = `${here}/dist-visitors`;
  mkdirSync(`${out}/bundle`, { recursive: true });
  await esbuild.build({
    entryPoints: [`${here}/edge/visitors.js`],
    outdir: out,
    bundle: true,
    format: 'esm',
    conditions: ['workerd', 'worker'],
    external: ['*.wasm'],
  });
  for (const name of ['nearhand.wasm', 'nearhand-lite.wasm']) copyFileSync(`${here}/node_modules/nearhand/dist/${name}`, `${out}/${name}`);
  copyFileSync(`${here}/edge/visitors.capnp`, `${out}/visitors.capnp`);
  copyFileSync(path, `${out}/bundle/shop.safetensors`);
  const workerd = await serve(out, { config: 'visitors.capnp' });
  t.after(workerd.stop);
  enough((await asked(workerd, '')).compared);
});

test('node: a slate is of the session at the call; a shop that is used for two visitors is told so once', async (t) => {
  const warned = t.mock.method(console, 'warn', () => {});
  const shop = await load(bytes, { tier: 'lite' });
  const [one, two] = ['85123A', '22423'].map((item) => {
    const page = shop.page();
    page.observe(view(item));
    return page;
  });
  const [wantOne, wantTwo] = [await one.recommend(), await two.recommend()];
  assert.notDeepEqual(ids(wantOne), ids(wantTwo));
  shop.restore(one.snapshot());
  const asked = shop.recommend();
  shop.restore(two.snapshot());
  const [first, second] = [await asked, await shop.recommend()];
  assert.deepEqual([ids(first), ids(second)], [ids(wantOne), ids(wantTwo)]);
  assert.deepEqual([first.notes, second.notes], [['session-shared'], []]);
  assert.equal(warned.mock.callCount(), 1);
  shop.restore(one.snapshot());
  shop.restore(two.snapshot());
  assert.deepEqual((await shop.recommend()).notes, []);
  assert.equal(warned.mock.callCount(), 1, 'once a shop');
  shop.close();
});

test('node: one visitor after another, turn by turn, is no fault', async (t) => {
  const warned = t.mock.method(console, 'warn', () => {});
  const shop = await load(bytes, { tier: 'lite' });
  const snapshots = ['85123A', '22423'].map((item) => {
    const page = shop.page();
    page.observe(view(item));
    return page.snapshot();
  });
  for (const snapshot of [...snapshots, ...snapshots]) {
    shop.restore(snapshot);
    assert.deepEqual((await shop.recommend()).notes, []);
    shop.forget();
    await new Promise((turn) => setTimeout(turn));
  }
  const all = snapshots.map((session) => shop.recommend({ session }));
  shop.forget();
  for (const slate of await Promise.all(all)) assert.deepEqual(slate.notes, []);
  assert.equal(warned.mock.callCount(), 0);
  shop.close();
});
