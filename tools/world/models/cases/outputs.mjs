// What stands at the end: other scales, probabilities, several outputs, queries, fewer bits.

// 16 bits tell two scores apart by some thousandth; onnxruntime rounds between its steps, the engine does not.
const HALF = 2 ** -8;

export const cases = [
  { name: 'softmax', what: 'probabilities', onnx: 'gru-softmax', tops: 'gru' },
  { name: 'log-softmax', what: 'their logarithms', onnx: 'gru-log-softmax', tops: 'gru' },
  { name: 'sigmoid', what: 'each item by itself', onnx: 'gru-sigmoid', tops: 'gru-sigmoid' },
  { name: 'times-100', what: 'logits of hundreds', onnx: 'gru-times-100', tops: 'gru' },
  { name: 'times-0.001', what: 'logits of thousandths', onnx: 'gru-times-0.001', tops: 'gru' },
  { name: 'all-negative', what: 'logits all below 0', onnx: 'gru-all-negative', tops: 'gru-negative' },
  { name: 'several', what: 'hidden state, logits and states', onnx: 'gru-several-outputs', tops: 'gru' },
  { name: 'several-attention', what: 'logits, hidden states and weights of attention', onnx: 'sas-several-outputs', tops: 'sas' },
  { name: 'query', what: 'a query, and vectors beside', onnx: 'sas-query', vectors: 'sas-query.f32', tops: 'sas', flags: ['--bits', '32'] },
  { name: 'query-all-rows', what: 'a query at every position', onnx: 'sas-query-all-rows', vectors: 'sas-query.f32', tops: 'sas', flags: ['--bits', '32'] },
  { name: 'tower-dot', what: 'two towers by the dot product, vectors of numpy', onnx: 'tower-dot', vectors: 'tower-dot.npy', tops: 'tower-dot' },
  { name: 'tower-cosine', what: 'two towers by the cosine, vectors of any length', onnx: 'tower-cosine', vectors: 'tower-cosine.npy', tops: 'tower-cosine' },
  { name: 'half', what: 'a model in 16 bits', onnx: 'gru-half', tops: 'gru-half', near: HALF },
  { name: 'half-inside', what: '16 bits inside, 32 at the edges', onnx: 'gru-half-inside', tops: 'gru-half-inside', near: HALF },
  { name: 'bfloat-weights', what: 'weights of the other 16 bits, widened where they are read', onnx: 'gru-bfloat-weights', tops: 'gru-bfloat' },
  { name: 'int8', what: 'quantize_dynamic, signed', onnx: 'gru-int8', tops: 'gru-int8' },
  { name: 'uint8', what: 'quantize_dynamic, unsigned', onnx: 'gru-uint8', tops: 'gru-uint8' },
  { name: 'attention-int8', what: 'quantize_dynamic of attention', onnx: 'sas-int8', tops: 'sas-int8' },
];
