// Operator sets, and axes that are open but have no name that says what they are.
const sas = (onnx) => ({ onnx, tops: 'sas' });

export const cases = [
  ...[11, 13, 15, 20].map((n) => ({ name: `script-${n}`, what: `traced, operator set ${n}`, ...sas(`sas-script-${n}`) })),
  ...[18, 21, 23].map((n) => ({ name: `dynamo-${n}`, what: `the default exporter, operator set ${n}`, ...sas(`sas-dynamo-${n}`) })),
  { name: 'fused-script', what: 'scaled_dot_product_attention, traced', ...sas('sas-fused-script') },
  { name: 'fused-dynamo-18', what: 'the same by the default exporter', ...sas('sas-fused-dynamo-18') },
  { name: 'fused-dynamo-23', what: 'the same as the operator Attention', ...sas('sas-fused-dynamo-23') },
  { name: 'as-is', what: 'the default exporter with nothing said: a batch of one', ...sas('sas-dynamo-as-is') },
  { name: 'dynamic', what: 'axes called s0 and s1', onnx: 'gru-dynamo-dynamic', tops: 'gru' },
];
