// Flags that are wrong: refused, or warned of. Twice: with sessions alone, and with onnxruntime's lists.
const gru = { onnx: 'gru-script', tops: 'gru' };
const sas = { onnx: 'sas-mask-bool', tops: 'sas' };
const query = { onnx: 'sas-query', tops: 'sas', vectors: 'sas-query.f32' };

const wrong = [
  { name: 'align', what: 'events at the wrong end', ...gru, flags: ['--align', 'left'] },
  { name: 'align-lengths', what: 'events at the wrong end, with lengths', onnx: 'recbole-gru4rec', tops: 'lengths', flags: ['--align', 'right'] },
  { name: 'align-attention', what: 'events at the wrong end of attention', ...sas, flags: ['--align', 'left'] },
  { name: 'logits-offset-0', what: 'the logit of padding taken for an item', ...gru, flags: ['--offset', '0'] },
  { name: 'logits-offset-2', what: 'more logits left out than there are', ...gru, flags: ['--offset', '2'] },
  { name: 'ids-offset-0', what: 'items numbered from 0', ...gru, flags: ['--input', 'item_ids=item-index:0:160'] },
  { name: 'ids-offset-2', what: 'items numbered from 2', ...gru, flags: ['--input', 'item_ids=item-index:2:0'] },
  { name: 'padding-is-an-item', what: 'padding that is an item', ...gru, flags: ['--input', 'item_ids=item-index:1:5'] },
  { name: 'padding-0-is-an-item', what: 'items from 0, padding 0', ...gru, flags: ['--input', 'item_ids=item-index:0:0'] },
  { name: 'ids-as-length', what: 'ids filled with a length', ...gru, flags: ['--input', 'item_ids=length'] },
  { name: 'ids-as-mask', what: 'ids filled with a mask', ...gru, flags: ['--input', 'item_ids=mask'] },
  { name: 'mask-inverted', what: 'a mask of the other sense', ...sas, flags: ['--input', 'attention_mask=mask:padding'] },
  { name: 'mask-as-length', what: 'a mask filled with a length', ...sas, flags: ['--input', 'attention_mask=length'] },
  { name: 'positions', what: 'positions the other way round', onnx: 'sas-positions-reversed', tops: 'sas', flags: ['--input', 'reversed_positions=position:0'] },
  { name: 'output-hidden', what: 'another output', onnx: 'gru-several-outputs', tops: 'gru', flags: ['--output', 'hidden'] },
  { name: 'output-states', what: 'another output, of attention', onnx: 'sas-several-outputs', tops: 'sas', flags: ['--output', 'last_hidden_state'] },
  { name: 'window', what: 'a window of one event', ...gru, flags: ['--last', '1'] },
  { name: 'window-not-the-graph', what: 'another window than the graph has', ...sas, flags: ['--last', '20'] },
  { name: 'token', what: 'a token that the model does not know', ...gru, flags: ['--input', 'item_ids=item-index:1:0:161'] },
  { name: 'no-token', what: 'no token behind the newest where there is one', onnx: 'bert-mask-last', tops: 'bert', flags: ['--input', 'input_ids=item-index:1:0'] },
];

// Sessions cannot tell these: both ways are good.
const told = [
  { name: 'cosine', what: 'cosine for a model of dot products', onnx: 'tower-dot', tops: 'tower-dot', vectors: 'tower-dot.npy', flags: ['--score', 'cosine'] },
  { name: 'dot', what: 'dot product for a model of cosines', onnx: 'tower-cosine', tops: 'tower-cosine', vectors: 'tower-cosine.npy', flags: ['--score', 'dot'] },
];

const unknown = [
  { name: 'no-such-input', what: 'an input that the graph lacks', ...gru, flags: ['--input', 'ids=item-index'], refuse: { says: /item_ids/ } },
  { name: 'no-such-feature', what: 'a feature that there is not', ...gru, flags: ['--input', 'item_ids=wonder'], refuse: { code: 'invalid-option', says: /item-index/ } },
  { name: 'no-such-output', what: 'an output that the graph lacks', ...gru, flags: ['--output', 'scores'], refuse: { says: /logits/ } },
  { name: 'window-0', what: 'a window of nothing', ...query, flags: ['--last', '0'], refuse: { code: 'invalid-option', says: /--last/ } },
];

export const cases = [
  ...wrong.map((one) => ({ ...one, amiss: {} })),
  ...[...wrong, ...told].map((one) => ({ ...one, name: `${one.name}-expected`, blind: false, refuse: {} })),
  ...unknown,
];
