// Types, shapes and axes of inputs and outputs: what exporters write of one and the same model.

export const cases = [
  { name: 'script', what: 'PyTorch, the exporter that traces', onnx: 'gru-script', tops: 'gru' },
  { name: 'dynamo', what: 'PyTorch, the default exporter', onnx: 'gru-dynamo', tops: 'gru' },
  { name: 'int32', what: 'ids of 32 bits', onnx: 'gru-int32', tops: 'gru' },
  { name: 'float', what: 'ids as floats', onnx: 'gru-float', tops: 'gru' },
  { name: 'batch-1', what: 'exported with a batch of one and no open axis', onnx: 'gru-batch-1', tops: 'gru' },
  { name: 'batch-32', what: 'exported with a batch of 32 and no open axis', onnx: 'gru-batch-32', tops: 'gru' },
  { name: 'row-in-row', what: 'logits [batch, 1, vocabulary]', onnx: 'gru-row-in-row', tops: 'gru' },
  { name: 'flat-output', what: 'logits [vocabulary]', onnx: 'gru-flat-output', tops: 'gru' },
  { name: 'no-batch', what: 'no axis of batches at all', onnx: 'gru-no-batch', tops: 'gru' },
  { name: 'sequence-first', what: 'ids [length, batch], as recurrent layers of PyTorch take them', onnx: 'gru-sequence-first', tops: 'gru' },
  { name: 'all-rows', what: 'logits at every position, padding before', onnx: 'gru-all-rows', tops: 'gru' },
  { name: 'all-rows-fixed', what: 'logits at every position of a fixed window', onnx: 'sas-all-rows', tops: 'sas' },
  { name: 'all-rows-behind', what: 'logits at every position, padding behind: the newest row moves', onnx: 'sas-all-rows-padding-behind', tops: 'recbole' },
  { name: 'window-12', what: 'an open window, used at 12: cannot be known, so it is said', onnx: 'gru-window-12', tops: 'gru12', flags: ['--last', '12'] },
  { name: 'unnamed', what: 'names that nobody chose', onnx: 'gru-unnamed', tops: 'gru' },
  { name: 'lstm', what: 'an LSTM', onnx: 'lstm-script', tops: 'lstm' },
  { name: 'convolutions', what: 'dilated convolutions', onnx: 'conv-dynamo', tops: 'conv' },
  { name: 'opset-22', what: 'operator set 22', onnx: 'conv-opset-22', tops: 'conv' },
  { name: 'external', what: 'weights in a file beside', onnx: 'gru-external', tops: 'gru' },
];
