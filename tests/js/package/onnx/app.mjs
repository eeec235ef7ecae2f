// A program as people write them for onnxruntime-web: onnx.test.mjs runs it as it stands and with its one import changed.
import * as ort from 'onnxruntime-web';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';
const options = { executionProviders: ['wasm'], graphOptimizationLevel: 'all', enableCpuMemArena: true };

/** RGBA of a canvas → one batch of planes, as image models take them. */
export async function image(model, { data, width, height }) {
  const session = await ort.InferenceSession.create(model, options);
  const planes = new Float32Array(3 * width * height);
  for (let i = 0; i < width * height; i++) for (let c = 0; c < 3; c++) planes[c * width * height + i] = (data[4 * i + c] / 255 - 0.45) / 0.22;
  const feeds = { [session.inputNames[0]]: new ort.Tensor('float32', planes, [1, 3, height, width]) };
  const results = await session.run(feeds);
  const output = results[session.outputNames[0]];
  const scores = Array.from(output.data);
  await session.release();
  return { dims: output.dims, size: output.size, type: output.type, best: scores.indexOf(Math.max(...scores)), scores };
}

/** Ids of a tokenizer, the next one by the largest logit. */
export async function next(model, ids) {
  const session = await ort.InferenceSession.create(model.buffer, model.byteOffset, model.byteLength, options);
  const input = new ort.Tensor('int64', BigInt64Array.from(ids.map(BigInt)), [1, ids.length]);
  const { logits } = await session.run({ ids: input }, ['logits']);
  const data = await logits.getData();
  logits.dispose();
  return { next: data.reduce((best, x, i) => (x > data[best] ? i : best), 0), location: logits.location };
}

/** A table's row through a scikit-learn pipeline. */
export async function row(model, { numbers, city, count }) {
  const session = await ort.InferenceSession.create(model);
  const feeds = Object.fromEntries(numbers.map((x, i) => [`x${i}`, new ort.Tensor('float32', [x], [1, 1])]));
  feeds.city = new ort.Tensor('string', [city], [1, 1]);
  feeds.count = new ort.Tensor('int64', [count], [1, 1]);
  const { label, probabilities } = await session.run(feeds);
  return { label: Number(label.data[0]), probabilities: [...probabilities.data].map((p) => p.toFixed(5)), rows: probabilities.dims[0] };
}

/** Labels that are words. */
export async function word(model, values) {
  const session = await ort.InferenceSession.create(model, options);
  const results = await session.run({ x: new ort.Tensor(Float32Array.from(values), [1, values.length]) });
  return results.label.data[0];
}

/** Token by token, the caches handed on by name. */
export async function generate(model, prompt, steps) {
  const session = await ort.InferenceSession.create(model, options);
  const said = [];
  let cache = Object.fromEntries(session.inputNames.filter((name) => name.startsWith('past')).map((name) => [name, new ort.Tensor('float32', [], [1, 2, 0, 4])]));
  let ids = prompt;
  for (let at = 0; said.length < steps; at += ids.length, ids = [said.at(-1)]) {
    const input_ids = new ort.Tensor('int64', ids, [1, ids.length]);
    const position_ids = new ort.Tensor('int64', ids.map((_, i) => said.length ? prompt.length + said.length - 1 : i), [1, ids.length]);
    const { logits, ...present } = await session.run({ input_ids, position_ids, ...cache });
    const last = logits.data.slice(-logits.dims[2]);
    said.push(last.indexOf(Math.max(...last)));
    cache = Object.fromEntries(Object.entries(present).map(([name, tensor]) => [name.replace('present', 'past'), tensor]));
  }
  return said;
}

/** Several at once. */
export async function together(model, rows) {
  const session = await ort.InferenceSession.create(model, options);
  const answers = await Promise.all(rows.map((row) => session.run({ x: new ort.Tensor('float32', Float32Array.from(row), [1, row.length]) })));
  return answers.map(({ y }) => y.data[0].toFixed(4));
}

/** All of it, on the models of the cases by their names. */
export async function all(models) {
  const data = Uint8ClampedArray.from({ length: 4 * 32 * 32 }, (_, i) => (i * 37) % 256);
  return {
    image: await image(models['test_erf'], { data, width: 32, height: 32 }),
    next: await next(models['core-small'], [3, 1, 4, 1, 5]),
    row: await row(models['mixed-logistic'], { numbers: [0.5, -1, 2, 0], city: 'b', count: 3 }),
    word: await word(models['forest-words'], Array.from({ length: 15 }, (_, i) => i / 7 - 1)),
    said: await generate(models['decoder-tiny-open'], [1, 2, 3], 4),
    together: await together(models['mlp-small'], [[1, 2, 3, 4, 5, 6], [0, 0, 0, 0, 0, 0], [6, 5, 4, 3, 2, 1]]),
  };
}
