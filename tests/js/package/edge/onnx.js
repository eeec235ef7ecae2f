// An edge worker with a graph and no shop: the binary comes as a compiled module, by itself.
import * as ort from 'nearhand/onnx';
import bytes from './part.cases';
import { all } from '#app';
import { difference } from '#conformance/compare.mjs';
import { parseCases } from '#conformance/store.mjs';
import { conform } from '../onnx/cases.mjs';

const cases = parseCases(bytes);
const models = Object.fromEntries(cases.map(({ name, model }) => [name, model]));
/** Opened by the first request that asks. */
let kept;

const answers = {
  '/cases': () => conform(ort, cases, difference),
  '/app': () => all(models),
  async '/kept'() {
    kept ??= ort.InferenceSession.create(new Response(models['mlp-small']));
    const session = await kept;
    const { y } = await session.run({ x: new ort.Tensor('float32', [1, 2, 3, 4, 5, 6], [1, 6]) });
    return { y: [...y.data] };
  },
  '/wasm': () => ort.InferenceSession.create(models['mlp-small'], { wasm: new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]) }).then(() => ({}), ({ code }) => ({ code })),
};

export default {
  async fetch(request) {
    try {
      return Response.json(await answers[new URL(request.url).pathname]());
    } catch (error) {
      return Response.json({ error: `${error.name} ${error.code}: ${error.message}\n${error.stack}` }, { status: 500 });
    }
  },
};
