// Other inputs, other precisions, and models that have learned nothing.

export const cases = [
  { name: 'token-types', what: 'an input that nothing in a session tells of', onnx: 'sas-token-types', refuse: { code: 'invalid-option', says: /token_type_ids/ } },
  { name: 'token-types-said', what: 'the same, with a value that is said', onnx: 'sas-token-types', tops: 'sas', flags: ['--input', 'token_type_ids=const:0'] },
  { name: 'categories', what: "the items' categories as an input", onnx: 'gru-categories', refuse: { says: /category_ids/ } },
  { name: 'one-hot', what: 'items as rows of zeros and a one', onnx: 'gru-one-hot', refuse: { says: /one_hot/ } },
  { name: 'double', what: 'floats of 64 bits', onnx: 'tower-double', tops: 'tower-dot' },
  { name: 'newest-alone', what: 'the newest event alone', onnx: 'gru-newest-alone', tops: 'gru-newest' },
  { name: 'optimized', what: "a file that onnxruntime has optimized: operators of its own", onnx: 'sas-optimized', tops: 'sas' },
  { name: 'untrained', what: 'weights as they are drawn', onnx: 'gru-untrained', amiss: {} },
  { name: 'constant', what: 'the same answer to every session', onnx: 'gru-constant', amiss: {} },
  { name: 'nan', what: 'a weight that is not a number', onnx: 'gru-nan', refuse: { says: /NaN|finite|not a number/ } },
  { name: 'sessions-of-another-shop', what: 'sessions without a known item', onnx: 'gru-script', sessions: 'raw-ids.sessions.txt', refuse: { says: /item/ } },
  { name: 'expect-without-lists', what: 'sessions in the place of lists', onnx: 'gru-script', flags: ['--expect', '@sessions.txt'], refuse: { says: /tab|line|list/ } },
  { name: 'expect-and-lists', what: 'the lists of the model itself', onnx: 'gru-script', tops: 'gru', blind: false },
  { name: 'expect-8-bits', what: 'the same of a quantised model', onnx: 'gru-int8', tops: 'gru-int8', blind: false },
  { name: 'expect-tells-of-padding', what: 'lists settle what sessions cannot', onnx: 'gru-all-rows', tops: 'gru', blind: false },
  { name: 'gpt2', what: "GPT-2 of transformers, traced: all positions, padding behind", onnx: 'gpt2-script', tops: 'gpt2' },
  { name: 'gpt2-dynamo', what: 'the same by the default exporter', onnx: 'gpt2-dynamo', tops: 'gpt2' },
  { name: 'bert', what: 'BERT of transformers, traced: a token behind the newest', onnx: 'bert-hf-script', tops: 'bert-hf' },
  { name: 'bert-dynamo', what: 'the same by the default exporter', onnx: 'bert-hf-dynamo', tops: 'bert-hf' },
  { name: 'names-swapped', what: 'the same, exported with one tensor as the example of both inputs, which swaps their names', onnx: 'bert-hf-names-swapped', tops: 'bert-hf' },
];
