// What cannot be known, or is of another shop: refused, with both sides named.

export const cases = [
  { name: 'user', what: 'a graph that asks who the visitor is', onnx: 'gru-user', refuse: { code: 'invalid-option', says: /user_id/ } },
  { name: 'state', what: 'a state that the caller carries along', onnx: 'gru-state-input', refuse: { says: /h0/ } },
  { name: 'text-ids', what: 'ids as texts', onnx: 'gru-text-ids', refuse: { says: /item_ids|LabelEncoder|text|string/ } },
  { name: 'top-k', what: 'the numbers of the best instead of scores', onnx: 'gru-top-k', refuse: { says: /item_indices|TopK|whole numbers|i64/ } },
  { name: 'raw-ids', what: 'a row of every number up to the largest id', onnx: 'gru-raw-ids', items: 'raw-ids.items.tsv', sessions: 'raw-ids.sessions.txt', refuse: { says: /401/ } },
  { name: 'fewer-items', what: 'an item list of another day', onnx: 'gru-script', items: 'fewer.items.tsv', amiss: { says: /16[01][^]*150|150[^]*16[01]/ } },
  { name: 'gaps-unsaid', what: 'gaps of an unknown unit', onnx: 'gaps-seconds', refuse: { code: 'invalid-option', says: /time_gaps/ } },
  { name: 'no-vectors', what: 'a query and no vectors', onnx: 'sas-query', refuse: { says: /vectors/ } },
  { name: 'other-vectors', what: 'vectors of another count', onnx: 'sas-query', vectors: 'sas-query.f32', items: 'fewer.items.tsv', refuse: { says: /150/ } },
  { name: 'expect-of-another', what: 'lists of another model', onnx: 'gru-script', blind: false, expect: 'lstm', refuse: { says: /wanted|expected|agree/ } },
  { name: 'recurrence-of-all-rows', what: 'padding before or none: sessions cannot tell, so it is asked', onnx: 'gru-all-rows', refuse: { code: 'invalid-option', says: /--align/ } },
  { name: 'unpadded', what: 'lists of a model that was given no padding', onnx: 'gru-unpadded', blind: false, expect: 'gru-unpadded', amiss: { says: /agree|wanted|expected|pad/ } },
];
