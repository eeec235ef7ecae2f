// An engine in one shape, for Node and browsers alike: { load(model) → session, bytes() → wasm memory }. nearhand/onnx and
// onnxruntime-web have one face, so one adapter serves both.
// A session has run(tensors in the graph's order) → tensors in the graph's order, and free(). `feeds` and `runFeeds` are
// the parts of run that a host repeats.

const TO_ORT = { f32: 'float32', f64: 'float64', i64: 'int64', i32: 'int32', i8: 'int8', u8: 'uint8', bool: 'bool', str: 'string' };
const FROM_ORT = Object.fromEntries(Object.entries(TO_ORT).map(([ours, theirs]) => [theirs, ours]));

/** `options`: of its sessions, beside those that both engines know. */
export function adapt(ort, bytes = () => 0, options = {}) {
  return {
    async load(model) {
      const session = await ort.InferenceSession.create(model, { executionProviders: ['wasm'], logSeverityLevel: 4, ...options });
      const feeds = (tensors) => Object.fromEntries(tensors.map(({ name, dtype, shape, data }) => [name, new ort.Tensor(TO_ORT[dtype] ?? dtype, data, shape)]));
      const runFeeds = (fed) => session.run(fed);
      return {
        feeds,
        runFeeds,
        async run(tensors) {
          const answer = await runFeeds(feeds(tensors.filter(({ dtype }) => dtype !== 'none')));
          return session.outputNames.map((name) => {
            const { type, dims, data } = answer[name];
            return { dtype: FROM_ORT[type] ?? type, shape: [...dims], data };
          });
        },
        free: () => session.release(),
      };
    },
    bytes,
  };
}
