// nearhand/onnx as it is installed, in Node: the conformance cases, a program written for onnxruntime-web, and what a session keeps.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';
import * as ort from 'nearhand/onnx';
import { leastPages, limited, trapping } from './broken-wasm.mjs';
import { conform, feedsOf } from './onnx/cases.mjs';
import { cases, fixture, mixed, models, one } from './onnx/models.mjs';

const here = import.meta.dirname;
const { InferenceSession, Tensor, NearhandError } = ort;
const { difference } = await import(`${process.env.NEARHAND_ROOT}/tools/conformance/compare.mjs`);
const wasm = readFileSync(new URL(import.meta.resolve('nearhand/nearhand-onnx.wasm')));
const float = (data, dims) => new Tensor('float32', Float32Array.from(data), dims);
const six = () => ({ x: float([1, 2, 3, 4, 5, 6], [1, 6]) });

test('onnx: every case of the part is answered right or refused by a code', async () => {
  const { passed, refused, wrong } = await conform(ort, cases, difference);
  assert.deepEqual(wrong, []);
  assert.ok(passed >= 207, `${passed} passed`);
  assert.equal(passed + refused.length, cases.length);
});

// Natively they run in crates/onnx/tests/suite; here numbers are of 32 bits.
test('onnx: every graph of trees beside arithmetic, and every loop, is answered right', async () => {
  const { passed, refused, wrong } = await conform(ort, mixed, difference);
  assert.deepEqual({ refused, wrong }, { refused: [], wrong: [] });
  assert.equal(passed, mixed.length);
});

// y = x + w with w 10 unless given; v may be given, too.
const OPTIONAL = 'CAg6kwEKDgoBeAoBdxIBeSIDQWRkCg0KAXYSAXEiBVNoYXBlWhAKAXgSCwoJCAESBQoDEgFOWhAKAXcSCwoJCAESBQoDEgFNWgkKAXYSBAoCCAFiEAoBeRILCgkIARIFCgMSAUtiEAoBcRILCgkIBxIFCgMSAVIqDQgBEAFCAXdKBAAAIEEqDQgBEAFCAXZKBAAAAAASAWdCAhAR';

test('onnx: what was given beside an input that is refused is not part of the next run', async () => {
  const session = await InferenceSession.create(Buffer.from(OPTIONAL, 'base64'));
  const run = async (feeds) => (await session.run(feeds)).y.data[0];
  const x = float([1], [1]);
  assert.equal(await run({ x }), 11);
  // No elements, and yet beyond the address space until the nought comes.
  const v = new Tensor('float32', new Float32Array(0), [4294967295, 4294967295, 0]);
  await assert.rejects(run({ x, w: float([1000], [1]), v }), { code: 'model-mismatch' });
  for (let i = 0; i < 2; i++) assert.equal(await run({ x }), 11);
  await session.release();
});

test('onnx: a program written for onnxruntime-web answers the same with its one import changed', async () => {
  const source = readFileSync(`${here}/onnx/app.mjs`, 'utf8');
  const ours = source.replace("from 'onnxruntime-web'", "from 'nearhand/onnx'");
  assert.notEqual(ours, source);
  mkdirSync(`${here}/dist-onnx`, { recursive: true });
  writeFileSync(`${here}/dist-onnx/app.mjs`, ours);
  const changed = await (await import(`${here}/dist-onnx/app.mjs`)).all(models);
  const theirs = await (await import('./onnx/app.mjs')).all(models);
  const rounded = (all) => JSON.parse(JSON.stringify({ ...all, image: { ...all.image, scores: all.image.scores.map((s) => s.toFixed(4)) } }));
  assert.deepEqual(rounded(changed), rounded(theirs));
  assert.equal(changed.said.length, 4);
  assert.equal(changed.next.location, 'none');
});

test('onnx: require, the default export, and names', async () => {
  const common = createRequire(import.meta.url)('nearhand/onnx');
  assert.deepEqual(Object.keys(common).filter((name) => name !== '__esModule').sort(), Object.keys(ort).sort());
  const { default: all } = ort;
  assert.deepEqual([all.InferenceSession, all.Tensor, all.env], [InferenceSession, Tensor, ort.env]);
  const session = await common.InferenceSession.create(models['mlp-small']);
  assert.equal((await session.run({ x: new common.Tensor('float32', [1, 2, 3, 4, 5, 6], [1, 6]) })).y.dims.join(), '1,1');
  assert.equal(ort.env.versions.nearhand, ort.version);
});

for (const format of ['esm', 'cjs']) {
  test(`onnx: bundled for a server as ${format}, without the file, it answers`, async () => {
    const file = `${here}/dist-onnx/server-${format}/server.${format === 'esm' ? 'mjs' : 'cjs'}`;
    const contents = `import { InferenceSession, Tensor } from 'nearhand/onnx';
      InferenceSession.create(process.argv[2]).then((s) => s.run({ x: new Tensor('float32', [1, 2, 3, 4, 5, 6], [1, 6]) })).then(({ y }) => console.log(y.dims.join()));`;
    await esbuild.build({ stdin: { contents, resolveDir: here }, outfile: file, bundle: true, platform: 'node', format, logLevel: 'error' });
    const path = `${here}/dist-onnx/small.onnx`;
    writeFileSync(path, models['mlp-small']);
    assert.equal(execFileSync(process.execPath, [file, path], { encoding: 'utf8' }).trim(), '1,1');
  });
}

test('onnx: names, types and shapes of inputs and outputs, open dimensions by their names', async () => {
  const session = await InferenceSession.create(models['encoder-small']);
  assert.deepEqual(session.inputNames, ['ids', 'mask']);
  assert.deepEqual(session.outputNames, ['query']);
  const { name, isTensor, type, shape, optional } = session.inputMetadata[0];
  assert.deepEqual({ name, isTensor, type, optional, rank: shape.length }, { name: 'ids', isTensor: true, type: 'int64', optional: false, rank: 2 });
  const multihead = await InferenceSession.create(models['multihead']);
  assert.deepEqual(multihead.inputMetadata.map(({ shape }) => shape), [['B', 'S', 64], ['B', 'L', 64], ['B', 'L', 64]]);
  assert.deepEqual(multihead.outputMetadata[0].shape, ['', '', '']);
  for (const list of [session.inputNames, session.inputMetadata, session.inputMetadata[0], shape]) assert.ok(Object.isFrozen(list));
});

test('onnx: a model from a path, a file: URL, bytes, a part of a buffer, a Blob, a Response, promises of them', async () => {
  const path = `${here}/onnx-model.onnx`;
  const bytes = models['mlp-small'];
  writeFileSync(path, bytes);
  const whole = new Uint8Array(100 + bytes.length);
  whole.set(bytes, 100);
  const data = `data:application/octet-stream;base64,${Buffer.from(bytes).toString('base64')}`;
  const sources = [path, pathToFileURL(path), pathToFileURL(path).href, data, new URL(data), bytes, Uint8Array.from(bytes).buffer, new DataView(Uint8Array.from(bytes).buffer), Buffer.from(bytes), new Blob([bytes]), new Response(bytes), Promise.resolve(bytes), Promise.resolve(new Response(bytes))];
  const answers = new Set();
  for (const source of sources) answers.add((await (await InferenceSession.create(source)).run(six())).y.data[0]);
  answers.add((await (await InferenceSession.create(whole.buffer, 100)).run(six())).y.data[0]);
  answers.add((await (await InferenceSession.create(whole.buffer, 100, bytes.length, { logSeverityLevel: 3 })).run(six())).y.data[0]);
  assert.equal(answers.size, 1);
  rmSync(path);
});

test('onnx: fetches by name, as a list or as an object; a tensor given is written into', async () => {
  const session = await InferenceSession.create(models['lstm']);
  const feeds = feedsOf(ort, one('lstm').sets[0].in);
  const all = await session.run(feeds);
  assert.deepEqual(Object.keys(all), ['y', 'y_h', 'y_c']);
  assert.deepEqual(Object.keys(await session.run(feeds, ['y_c'])), ['y_c']);
  assert.deepEqual(Object.keys(await session.run(feeds, { y_h: null })), ['y_h']);
  const own = new Tensor('float32', new Float32Array(8), [1, 1, 8]);
  const { y_h } = await session.run(feeds, { y_h: own }, { tag: 'one' });
  assert.equal(y_h, own);
  assert.deepEqual(own.data, all.y_h.data);
  assert.deepEqual(Object.keys(await session.run(feeds, { tag: 'two' })), ['y', 'y_h', 'y_c'], 'options alone');
  const words = await InferenceSession.create(models['forest-words']);
  const label = new Tensor('string', ['?'], [1]);
  await words.run({ x: float(Array(15).fill(0), [1, 15]) }, { label });
  assert.notEqual(label.data[0], '?');
});

test('onnx: what is fed is read within the call, what is answered is the caller’s own', async () => {
  const session = await InferenceSession.create(models['mlp-small']);
  const data = Float32Array.from([1, 2, 3, 4, 5, 6]);
  const first = session.run({ x: new Tensor('float32', data, [1, 6]) });
  data.fill(0);
  const second = session.run({ x: new Tensor('float32', data, [1, 6]) });
  const [a, b] = [(await first).y.data, (await second).y.data];
  assert.notEqual(a[0], b[0]);
  assert.equal((await session.run(six())).y.data[0], a[0]);
  a[0] = b[0] = 9;
  assert.notEqual((await session.run(six())).y.data[0], 9);
});

test('onnx: a tensor of another library’s class is taken by its type, data and dims', async () => {
  const { Tensor: Theirs } = await import(`${process.env.NEARHAND_ROOT}/node_modules/onnxruntime-common/dist/esm/index.js`);
  const session = await InferenceSession.create(models['mlp-small']);
  assert.equal((await session.run({ x: new Theirs('float32', [1, 2, 3, 4, 5, 6], [1, 6]) })).y.data[0], (await session.run(six())).y.data[0]);
});

test('onnx: whatever ran before, a run of the same shapes is answered as the first one', async () => {
  for (const name of ['encoder-small', 'encoder-small-where', 'multihead', 'mixed-logistic', 'forest-words']) {
    const { sets } = one(name);
    const values = async (session, set) => Object.values(await session.run(feedsOf(ort, set.in))).map(({ type, dims, data }) => [type, dims, [...data]]);
    const firsts = await Promise.all(sets.map(async (set) => values(await InferenceSession.create(models[name]), set)));
    const session = await InferenceSession.create(models[name]);
    const [input] = session.inputNames;
    for (const [turn, at] of [0, 0, 0, 1, 0, 1, 1, 0, 0].map((at) => at % sets.length).entries()) {
      // Refused before it is written, and while it is read.
      if (turn % 3 === 2) await assert.rejects(session.run({ ...feedsOf(ort, sets[at].in), [input]: new Tensor('float32', [1], [1, 1, 1, 1, 1]) }), { code: 'model-mismatch' });
      if (turn % 4 === 3) await assert.rejects(session.run({ ...feedsOf(ort, sets[at].in), more: float([1], [1]) }), { code: 'input-unknown' });
      assert.deepEqual(await values(session, sets[at]), firsts[at], `${name} ${turn}`);
    }
  }
});

test('onnx: what a host does to tensors and buffers that it has fed, or takes, is its own affair', async () => {
  const session = await InferenceSession.create(models['mlp-small']);
  const [want] = (await session.run(six())).y.data;
  const { x } = six();
  // Fields are read-only by their types alone; an array may say another length than it has.
  Object.assign(x, { dims: [1], type: 'int64', size: 1 });
  Object.defineProperty(x.data, 'length', { value: 1 });
  assert.equal((await session.run({ x })).y.data[0], want);
  structuredClone(x.data, { transfer: [x.data.buffer] });
  await assert.rejects(session.run({ x }), { code: 'tensor-invalid' });
  const own = float([0], [1, 1]);
  for (let at = 0; at < 3; at++) assert.equal((await session.run(six(), { y: own })).y.data[0], want);
  // Truth values are any bytes, the first time and every other.
  const masked = await InferenceSession.create(models['encoder-small-where']);
  const feeds = feedsOf(ort, one('encoder-small-where').sets[0].in);
  const [first] = Object.values(await masked.run(feeds));
  for (const truth of [1, 7, 255]) {
    const mask = new Tensor('bool', feeds.mask.data.map((one) => one && truth), feeds.mask.dims);
    assert.deepEqual(Object.values(await masked.run({ ...feeds, mask }))[0].data, first.data, `${truth}`);
  }
});

test('onnx: a thousand runs, of shapes that change, take no more memory than the first ones', async () => {
  for (const [name, kinds] of [['encoder-small', 1], ['multihead', 3], ['mixed-logistic', 1]]) {
    const session = await InferenceSession.create(models[name]);
    const { sets } = one(name);
    const round = async (at) => void (await session.run(feedsOf(ort, sets[at % kinds].in)));
    for (let at = 0; at < 30; at++) await round(at);
    const before = session.memoryBytes;
    for (let at = 0; at < 1000; at++) await round(at);
    assert.equal(session.memoryBytes, before, name);
    assert.ok(before < 4 << 20, `${before} bytes`);
  }
});

test('onnx: sessions that are let go of leave nothing: hundreds, one after the other', async () => {
  for (let at = 0; at < 400; at++) {
    const session = await InferenceSession.create(models['mlp-small']);
    if (at % 2) await session.release();
  }
  const [session, other] = [await InferenceSession.create(models['mlp-small']), await InferenceSession.create(models['mlp-small'])];
  const held = session.memoryBytes;
  assert.ok(held > 0);
  await session.release();
  await session.release();
  assert.equal(session.memoryBytes, 0);
  await assert.rejects(session.run(six()), { code: 'closed' });
  assert.equal((await other.run(six())).y.size, 1);
});

test('onnx: a run that traps ends its session with a code, and no other', async () => {
  const broken = trapping(wasm, 'session_run');
  const session = await InferenceSession.create(models['mlp-small'], { wasm: broken });
  const sound = await InferenceSession.create(models['mlp-small']);
  const [first, second] = [await session.run(six()).catch((e) => e), await session.run(six()).catch((e) => e)];
  assert.deepEqual([first.code, second.code], ['engine-trapped', 'engine-trapped']);
  assert.match(second.message, /create another/);
  assert.ok(first instanceof NearhandError);
  await session.release();
  assert.equal((await sound.run(six())).y.size, 1);
  await assert.rejects(InferenceSession.create(models['mlp-small'], { wasm: trapping(wasm, 'session_open') }), { code: 'engine-trapped', details: { bytes: models['mlp-small'].length } });
});

test('onnx: memory that runs out, while a graph is opened and while it runs', async () => {
  const few = limited(wasm, leastPages(wasm) + 2);
  const big = new Uint8Array(20 << 20);
  big.set(models['mlp-small']);
  await assert.rejects(InferenceSession.create(big, { wasm: few }), (error) => error.code === 'engine-trapped' && /want of memory/.test(error.message));
  const session = await InferenceSession.create(models['multihead'], { wasm: few });
  const wide = () => float(new Float32Array(64 * 20_000), [1, 20_000, 64]);
  await assert.rejects(session.run({ q: wide(), k: wide(), v: wide() }), (error) => /^(engine-trapped|model-too-large)$/.test(error.code));
});

test('onnx: a binary of another release, or none', async () => {
  await assert.rejects(InferenceSession.create(models['mlp-small'], { wasm: new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]) }), (error) => error instanceof NearhandError);
  await assert.rejects(InferenceSession.create(models['mlp-small'], { wasm: new Uint8Array(8) }), { code: 'wasm-unsupported' });
  const nearhand = readFileSync(new URL(import.meta.resolve('nearhand/nearhand.wasm')));
  await assert.rejects(InferenceSession.create(models['mlp-small'], { wasm: nearhand }), { code: 'wasm-mismatch' });
  const other = Buffer.from(wasm);
  assert.ok(other.includes(`${ort.version}`));
  const module = new WebAssembly.Module(wasm);
  assert.equal((await (await InferenceSession.create(models['mlp-small'], { wasm: module })).run(six())).y.size, 1);
});

test('onnx: states go from run to run, are cut back, copied and released', async () => {
  const session = await InferenceSession.create(models['decoder-tiny-open']);
  assert.deepEqual(session.stateNames, ['past_key.0', 'past_value.0']);
  const ids = (values, from) => ({
    input_ids: new Tensor('int64', values, [1, values.length]),
    position_ids: new Tensor('int64', values.map((_, i) => from + i), [1, values.length]),
  });
  const cache = () => float([], [1, 2, 0, 4]);
  const whole = async (values) => (await session.run({ ...ids(values, 0), 'past_key.0': cache(), 'past_value.0': cache() })).logits.data.slice(-12);
  const near = (a, b) => assert.ok(a.every((x, i) => Math.abs(x - b[i]) < 1e-4), `${a} for ${b}`);
  const state = session.state();
  assert.equal(state.length, 0);
  await session.run(ids([1, 2, 3], 0), { state });
  assert.equal(state.length, 3);
  const copy = state.clone();
  const answer = await session.run(ids([4], 3), { state });
  assert.deepEqual(Object.keys(answer), ['logits']);
  near(answer.logits.data, await whole([1, 2, 3, 4]));
  assert.deepEqual([state.length, copy.length], [4, 3]);
  near((await session.run(ids([7], 3), ['logits'], { state: copy })).logits.data, await whole([1, 2, 3, 7]));
  state.truncate(2);
  near((await session.run(ids([5], 2), { state })).logits.data, await whole([1, 2, 5]));
  assert.ok(state.bytes > 0);
  for (const wrong of [-1, 1.5, 9, NaN, '1']) assert.throws(() => state.truncate(wrong), { code: 'invalid-option' });
  await assert.rejects(session.run({ ...ids([1], 3), 'past_key.0': cache() }, { state }), { code: 'input-unknown' });
  await assert.rejects(session.run(ids([1], 3), ['present_key.0'], { state }), { code: 'output-unknown' });
  await assert.rejects(session.run(ids([1], 3), { state: {} }), { code: 'invalid-option' });
  const other = await InferenceSession.create(models['decoder-tiny-open']);
  await assert.rejects(other.run(ids([1], 3), { state }), { code: 'model-mismatch' });
  // A run that is refused leaves it as it was.
  await assert.rejects(session.run({ ...ids([1], 3), position_ids: new Tensor('int64', [], [0, 0]) }, { state }));
  assert.equal(state.length, 3);
  copy.release();
  copy.release();
  for (const act of [() => copy.length, () => copy.clone(), () => copy.truncate(0)]) assert.throws(act, { code: 'closed' });
  await assert.rejects(session.run(ids([1], 3), { state: copy }), { code: 'closed' });
  await session.release();
  assert.throws(() => state.length, { code: 'closed' });
  state.release();
  assert.throws(() => session.state(), { code: 'closed' });
});

test('onnx: states that are made and released by the hundred take no more memory', async () => {
  const session = await InferenceSession.create(models['decoder-tiny-open']);
  const feeds = { input_ids: new Tensor('int64', [1, 2, 3], [1, 3]), position_ids: new Tensor('int64', [0, 1, 2], [1, 3]) };
  const round = async () => {
    const state = session.state();
    await session.run(feeds, { state });
    const copy = state.clone();
    state.release();
    copy.release();
  };
  for (let at = 0; at < 20; at++) await round();
  const before = session.memoryBytes;
  for (let at = 0; at < 500; at++) await round();
  assert.equal(session.memoryBytes, before);
});

test('onnx: states that are declared', async () => {
  const session = await InferenceSession.create(models['lstm-start'], { states: { h: 'y_h' } });
  assert.deepEqual(session.stateNames, ['h']);
  await assert.rejects(InferenceSession.create(models['lstm-start'], { states: { h: 'nothing' } }), { code: 'model-mismatch' });
  await assert.rejects(InferenceSession.create(models['lstm-start'], { states: { h: 1 } }), { code: 'invalid-option' });
  assert.deepEqual((await InferenceSession.create(fixture('query_mean'))).stateNames, []);
});
