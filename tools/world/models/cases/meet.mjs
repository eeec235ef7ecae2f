// Reports of people whose exports answered wrongly, rebuilt small: `what` says where they stand.

export const cases = [
  { name: 'padding-behind-a-gru', what: 'pytorch 48460: the packing of a padded sequence is dropped, so the state runs on over padding', onnx: 'gru-script', tops: 'gru', flags: ['--align', 'left'], amiss: {} },
  { name: 'int32-fixed-window', what: 'onnxruntime 4787, transformer-deploy 110: int32 where int64 is fed, a fixed window', onnx: 'sas-mask-int32', tops: 'sas' },
  { name: 'rows-of-padding-are-nan', what: 'pytorch 24816, onnxscript 2479: rows that see nothing are not numbers; the newest row is', onnx: 'sas-minus-infinity', tops: 'sas' },
  { name: 'rows-of-padding-are-nan-all', what: 'the same with rows of all positions', onnx: 'sas-minus-infinity-all-rows', tops: 'sas' },
  { name: 'mask-the-other-way', what: 'pytorch 27968: key_padding_mask is true at padding', onnx: 'encoder-script', tops: 'encoder' },
  { name: 'mask-the-other-way-said', what: 'the same, and the wrong sense said', onnx: 'encoder-script', tops: 'encoder', flags: ['--input', 'src_key_padding_mask=mask'], amiss: {} },
  { name: 'half-minus-1e9', what: 'fairseq 3575, transformers 17306: −1e9 is −∞ in 16 bits', onnx: 'sas-half-minus-1e9', tops: 'sas-half', near: 2 ** -8 },
  { name: 'least-float', what: 'coremltools 2669: a mask of the least float', onnx: 'sas-least-float', tops: 'sas' },
  { name: 'state-of-one', what: 'onnxruntime 19270: the first state is an input of a batch of one', onnx: 'gru-state-input', refuse: { says: /h0/ } },
  { name: 'batch-baked-in', what: 'pytorch 122321: batch and length cannot be varied', onnx: 'gru-batch-32', tops: 'gru' },
  { name: 'weights-beside', what: 'onnxruntime 19739, pytorch 126479: even small models have their weights beside', onnx: 'gru-external', tops: 'gru' },
  { name: 'weights-beside-missing', what: 'the same, and the file beside is missing', onnx: 'gru-external-alone', refuse: { says: /gone\.onnx\.data/ } },
  { name: 'positions-and-padding-before', what: 'nnsight 673, transformers 22828: positions counted over padding', onnx: 'sas-positions-session', tops: 'session', flags: ['--input', 'position_ids=position:oldest'] },
  { name: 'padding-and-8-bits', what: 'onnxruntime 8625: what a quantised model says depends on how far it is padded', onnx: 'sas-int8', tops: 'sas-int8' },
  { name: 'padding-before-or-behind', what: 'RecBole 1094: padding stands behind, not before', onnx: 'recbole-sasrec', tops: 'recbole' },
  { name: 'input-that-is-missing', what: 'transformers 15883: the graph has no attention_mask any more', onnx: 'gru-script', flags: ['--input', 'attention_mask=mask'], refuse: { says: /attention_mask[^]*item_ids|item_ids[^]*attention_mask/ } },
  { name: 'masked-recurrence', what: 'tensorflow-onnx 1871: masking makes a loop of a recurrent layer', onnx: 'keras-masked-gru', tops: 'lengths' },
  { name: 'padding-is-an-item', what: 'BERT4Rec-VAE-Pytorch 17: 0 is padding and the first item', onnx: 'gru-padding-last', tops: 'gru', flags: ['--input', 'item_ids=item-index:0:0'], refuse: { says: /padding/ } },
  { name: 'the-place-before-the-mask', what: 'RecBole 1113: BERT4Rec answered from the place before the token', onnx: 'bert-mask-last', tops: 'bert', flags: ['--input', 'input_ids=item-index:1:0'], amiss: {} },
  { name: 'state-over-padding', what: 'keras-onnx 386, tensorflow-onnx 2030: a bias moves the state over padding; sequence_lens stop it', onnx: 'keras-gru', tops: 'lengths' },
];
