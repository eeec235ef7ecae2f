// What people hand to nearhand/onnx by mistake, one test each: a stable code, words that lead out of it, details; and the session is
// as good as before.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { InferenceSession, NearhandError, Tensor } from 'nearhand/onnx';
import { fixture, models } from './onnx/models.mjs';

const bytes = models['mlp-small'];
const good = () => ({ x: new Tensor('float32', [1, 2, 3, 4, 5, 6], [1, 6]) });
let session;
before(async () => {
  session = await InferenceSession.create(bytes);
});

/** The error of what must fail; afterwards the session still answers. */
async function refused(act, code, words = /./, details = {}) {
  let error;
  try {
    await act();
  } catch (thrown) {
    error = thrown;
  }
  assert.ok(error instanceof NearhandError, `expected ${code}, got ${error}`);
  assert.equal(error.code, code, error.message);
  assert.match(error.message, /^nearhand: /);
  assert.match(error.message, words);
  for (const [key, value] of Object.entries(details)) assert.deepEqual(error.details[key], value, `details.${key} of ${JSON.stringify(error.details)}`);
  assert.equal((await session.run(good())).y.size, 1);
}
const cases = (group, all) => {
  for (const [name, act, ...wanted] of all) test(`onnx refused, ${group}: ${name}`, () => refused(act, ...wanted));
};
const run = (feeds, ...more) => () => session.run(feeds, ...more);
const create = (...args) => () => InferenceSession.create(...args);
const make = (...args) => () => new Tensor(...args);

cases('feeds', [
  ['an input is missing', run({}), 'input-missing', /"x" \(float32 \[.*6\]\) is not given/, { input: 'x', given: [] }],
  ['an input given as undefined', run({ x: undefined }), 'input-missing'],
  ['a misspelt name', run({ ...good(), y: good().x }), 'input-unknown', /there is no input "y".*Allowed: x/, { input: 'y', allowed: ['x'] }],
  ['a name of another case', () => InferenceSession.create(models['encoder-small']).then((s) => s.run({ Ids: good().x })), 'input-unknown', /did you mean "ids"/, { nearest: 'ids' }],
  ['no feeds', run(), 'invalid-option', /run\.feeds must be an object/],
  ['a tensor alone', run(good().x), 'invalid-option', /run\.feeds/],
  ['a list of tensors', run([good().x]), 'invalid-option', /run\.feeds/],
  ['an array where a tensor belongs', run({ x: [1, 2, 3] }), 'invalid-option', /run\.feeds\["x"\] must be a Tensor, as new Tensor\('float32'/],
  ['null where a tensor belongs', run({ x: null }), 'invalid-option'],
  ['another type', run({ x: new Tensor('float64', Array(6).fill(0), [1, 6]) }), 'model-mismatch', /float64 \[1, 6\], and the graph takes float32/, { input: 'x' }],
  ['int32 where int64 is taken', () => InferenceSession.create(models['caser']).then((s) => s.run({ ids: new Tensor('int32', Array(6).fill(0), [1, 6]) })), 'model-mismatch', /int32 \[1, 6\], and the graph takes int64/],
  ['another dimension', run({ x: new Tensor('float32', Array(5).fill(0), [1, 5]) }), 'model-mismatch', /\[1, 5\]/, { input: 'x' }],
  ['another rank', run({ x: new Tensor('float32', Array(6).fill(0), [6]) }), 'model-mismatch', /\[6\]/],
  ['another library’s tensor of a type that is not run', run({ x: { type: 'float16', data: new Uint16Array(6), dims: [1, 6] } }), 'tensor-type-unsupported', /input "x"/, { input: 'x' }],
  ['a tensor that is disposed of', run({ x: (() => { const { x } = good(); x.dispose(); return x; })() }), 'tensor-disposed'],
  ['a buffer that was transferred', () => { const data = new Float32Array(6); const x = new Tensor('float32', data, [1, 6]); structuredClone(data.buffer, { transfer: [data.buffer] }); return session.run({ x }); }, 'tensor-invalid', /transferred/],
  ['a getter that throws', run({ get x() { throw new Error('mine'); } }), 'invalid-option', /could not be read: mine/],
  ['strings that are none any more', () => { const data = ['a']; const city = new Tensor('string', data, [1, 1]); data[0] = 7; return InferenceSession.create(models['mixed-logistic']).then((s) => s.run({ city })); }, 'tensor-invalid', /input "city".*number 0 is number/],
]);

cases('fetches', [
  ['a misspelt output', run(good(), ['Y']), 'output-unknown', /did you mean "y"/, { nearest: 'y', allowed: ['y'] }],
  ['an output in an object', run(good(), { z: null }), 'output-unknown', /Allowed: y/],
  ['a number for a name', run(good(), [1]), 'invalid-option', /run\.fetches/],
  ['a tensor of another shape to write into', run(good(), { y: new Tensor('float32', [1, 2], [2, 1]) }), 'model-mismatch', /given for the output "y" is float32 \[2, 1\]/],
  ['a tensor of another type to write into', run(good(), { y: new Tensor('int32', [1], [1, 1]) }), 'model-mismatch'],
  ['no tensor to write into', run(good(), { y: 7, z: null }), 'invalid-option'],
  ['a misspelt option', run(good(), { sginal: undefined }), 'unknown-option', /did you mean "signal"/],
  ['a run that is aborted before', run(good(), { signal: AbortSignal.abort() }), 'aborted'],
  ['a run that is told to end', run(good(), { terminate: true }), 'aborted'],
]);

cases('tensors', [
  ['NaN dims', make('float32', [1], [NaN]), 'tensor-invalid', /dims\[0\] must be a whole number.*NaN/, { axis: 0 }],
  ['a negative dim', make('float32', [1], [-1]), 'tensor-invalid', /dims\[0\]/],
  ['a fraction', make('float32', [1, 2], [1, 1.5]), 'tensor-invalid', /dims\[1\]/, { axis: 1 }],
  ['a text for a dim', make('float32', [1], ['1']), 'tensor-invalid', /not string 1/],
  ['a dim beyond 32 bits', make('float32', [], [0, 2 ** 32]), 'tensor-invalid', /4294967295/],
  ['a number for dims', make('float32', [1], 1), 'tensor-invalid', /dims must be a list/],
  ['another number of elements', make('float32', new Float32Array(5), [2, 3]), 'tensor-invalid', /\[2, 3\] are 6 elements, and the data has 5/, { elements: 6, length: 5 }],
  ['a misspelt type', make('flaot32', [1]), 'tensor-invalid', /did you mean "float32"/, { nearest: 'float32' }],
  ['a half', make('float16', new Uint16Array(1)), 'tensor-type-unsupported', /float16 are not run; convert/, { type: 'float16' }],
  ['an unsigned 32', make('uint32', new Uint32Array(1)), 'tensor-type-unsupported'],
  ['an array of a type that is not run', make(new Uint16Array(1)), 'tensor-type-unsupported', /uint16/],
  ['an unsigned 64', make(new BigUint64Array(1)), 'tensor-type-unsupported', /uint64/],
  ['an Int32Array for int64', make('int64', new Int32Array(2)), 'tensor-invalid', /must be a BigInt64Array, not Int32Array: BigInt64Array\.from\(ids, BigInt\)/],
  ['a Float64Array for float32', make('float32', new Float64Array(2)), 'tensor-invalid', /Float32Array, not Float64Array/],
  ['bigints for int32', make('int32', [1n]), 'tensor-invalid', /element 0 is no int32: bigint 1/, { at: 0 }],
  ['a fraction for int64', make('int64', [1, 1.5]), 'tensor-invalid', /element 1 is no int64/, { at: 1 }],
  ['an integer that a double does not hold', make('int64', [2 ** 53]), 'tensor-invalid'],
  ['a bigint beyond 64 bits', make('int64', [1n << 63n]), 'tensor-invalid'],
  ['300 for a byte', make('uint8', [300]), 'tensor-invalid', /element 0 is no uint8: number 300/],
  ['undefined among floats', make('float32', [1, undefined]), 'tensor-invalid', /element 1/],
  ['a number among strings', make('string', ['a', 1]), 'tensor-invalid', /number 1 is number/, { at: 1 }],
  ['2 for a truth value', make('bool', [true, 2]), 'tensor-invalid'],
  ['an ArrayBuffer for elements', make('float32', new ArrayBuffer(8)), 'tensor-invalid', /Float32Array, not ArrayBuffer/],
  ['nothing for elements', make('float32'), 'tensor-invalid'],
  ['an array that only says to be one', make('float32', { [Symbol.toStringTag]: 'Float32Array', length: 1 }, [1]), 'tensor-invalid'],
  ['numbers without a type', make([1, 2]), 'tensor-invalid', /must be said/],
  ['a reshape of another size', () => good().x.reshape([4]), 'tensor-invalid'],
]);

cases('models', [
  ['nothing', create(), 'invalid-option', /create\.model must be a URL/],
  ['an empty name', create(''), 'invalid-option'],
  ['an object', create({}), 'invalid-option'],
  ['a number', create(7), 'invalid-option'],
  ['a file that is not there', create('/no/such/model.onnx'), 'fetch-failed', /no\/such\/model\.onnx/],
  ['a promise that fails', () => InferenceSession.create(Promise.reject(new Error('mine'))), 'fetch-failed', /mine/],
  ['no bytes', create(new Uint8Array()), 'model-malformed'],
  ['a page of HTML', create(new TextEncoder().encode('<!doctype html><title>404</title>')), 'model-malformed'],
  ['a model cut short', create(bytes.slice(0, 300)), 'model-malformed'],
  ['weights in other files', create(fixture('external_data')), 'model-external-data'],
  ['an operator that is not run', create(fixture('operator_unknown')), 'model-operator-unsupported', /./, { operator: 'Wonder' }],
  ['more bytes than the limit', create(bytes, { limits: { bytes: 100 } }), 'model-too-large', /more than limits\.bytes 100: raise it/, { bytes: bytes.length, limit: 100 }],
  ['a blob beyond the limit', create(new Blob([bytes]), { limits: { bytes: 100 } }), 'model-too-large'],
  ['a response beyond the limit', create(new Response(bytes), { limits: { bytes: 100 } }), 'model-too-large'],
  ['a constant of terabytes', create(fixture('huge_constant')), 'model-operator-unsupported', /./, { operator: 'ConstantOfShape' }],
  ['more elements than the limit', create(fixture('query_nan'), { limits: { tensorElements: 2 } }), 'model-too-large'],
  ['more products than the limit', create(fixture('query_nan'), { limits: { products: 1 } }), 'model-too-large'],
  ['a response that was read', async () => { const response = new Response(bytes); await response.text(); await InferenceSession.create(response); }, 'body-used'],
  ['an offset beyond the buffer', create(bytes.buffer.slice(0, 10), 11), 'invalid-option', /part of the buffer/],
  ['an offset into a path', create('model.onnx', 4), 'invalid-option', /ArrayBuffer/],
]);

cases('options', [
  ['a misspelt option', create(bytes, { sginal: 1 }), 'unknown-option', /did you mean "signal"/, { option: 'create.sginal', nearest: 'signal' }],
  ['a text for options', create(bytes, 'wasm'), 'invalid-option', /create must be an object/],
  ['a limit that is none', create(bytes, { limits: { bytes: '5' } }), 'invalid-option', /create\.limits\.bytes/],
  ['a misspelt limit', create(bytes, { limits: { byte: 5 } }), 'unknown-option', /did you mean "bytes"/],
  ['a limit beyond 2 GiB', create(bytes, { limits: { bytes: 2 ** 31 + 1 } }), 'invalid-option'],
  ['a signal that is none', create(bytes, { signal: true }), 'invalid-option', /create\.signal/],
  ['a GPU alone', create(bytes, { executionProviders: ['webgpu'] }), 'invalid-option', /"wasm" or "cpu"/],
  ['outputs on a GPU', create(bytes, { preferredOutputLocation: 'gpu-buffer' }), 'invalid-option', /cpu/],
  ['an output on a GPU', create(bytes, { preferredOutputLocation: { y: 'gpu-buffer' } }), 'invalid-option'],
  ['external data', create(bytes, { externalData: [{ path: 'a', data: 'b' }] }), 'model-external-data', /one file/],
  ['an option whose getter throws', create(bytes, { get limits() { throw new Error('mine'); } }), 'invalid-option', /mine/],
]);

test('onnx: providers, where wasm is among them, and options of onnxruntime are taken', async () => {
  const options = { executionProviders: ['webgpu', { name: 'wasm' }], graphOptimizationLevel: 'all', intraOpNumThreads: 4, extra: {}, preferredOutputLocation: 'cpu', externalData: [], freeDimensionOverrides: { B: 1 }, enableProfiling: false };
  const taken = await InferenceSession.create(bytes, options);
  assert.equal((await taken.run(good(), { logSeverityLevel: 4, tag: 'a' })).y.size, 1);
});

test('onnx: values that are NaN or infinite are answered, not refused', async () => {
  const { y } = await session.run({ x: new Tensor('float32', [NaN, Infinity, -Infinity, 0, -0, 1], [1, 6]) });
  assert.equal(y.data.length, 1);
});

test('onnx: a run within a run, out of a getter, is one of its own', async () => {
  let inner;
  const feeds = { get x() { inner ??= session.run(good()); return good().x; } };
  const outer = await session.run(feeds);
  assert.deepEqual((await inner).y.data, outer.y.data);
});

test('onnx: a release out of a getter ends the run with a code', async () => {
  const own = await InferenceSession.create(bytes);
  await refused(() => own.run({ get x() { void own.release(); return good().x; } }), 'closed', /released; create another/);
});

let server;
let url;
before(async () => {
  server = createServer((request, response) => {
    if (request.url === '/404') return response.writeHead(404).end();
    if (request.url === '/page') return response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>');
    response.writeHead(200, { 'content-type': 'application/octet-stream' });
    response.write(bytes.slice(0, 100));
    if (request.url === '/cut') setTimeout(() => response.destroy(), 20);
    if (request.url === '/model') response.end(bytes.slice(100));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${server.address().port}`;
});
after(() => (server.closeAllConnections(), server.close()));

test('onnx: a model from a server, one that is not there, a page in its place, a line that breaks', async () => {
  assert.equal((await (await InferenceSession.create(`${url}/model`)).run(good())).y.size, 1);
  await refused(() => InferenceSession.create(`${url}/404`), 'fetch-failed', /answered 404/, { status: 404 });
  await refused(() => InferenceSession.create(`${url}/page`), 'fetch-failed', /HTML page; is the path right/);
  await refused(() => InferenceSession.create(`${url}/cut`), 'fetch-failed');
  await refused(() => InferenceSession.create(`${url}/model`, { limits: { bytes: 150 } }), 'model-too-large');
  await refused(() => InferenceSession.create('http://127.0.0.1:1/nobody'), 'fetch-failed');
});

test('onnx: aborted before, and while it is downloaded', async () => {
  await refused(() => InferenceSession.create(`${url}/model`, { signal: AbortSignal.abort() }), 'aborted');
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error('enough')), 50);
  const from = performance.now();
  await refused(() => InferenceSession.create(`${url}/never`, { signal: stop.signal }), 'aborted');
  assert.ok(performance.now() - from < 2000);
  await refused(() => InferenceSession.create(`${url}/never`, { signal: AbortSignal.timeout(30) }), 'aborted');
});
