// Is an answer the one wanted? Types and shapes exactly, whole numbers, truth values and strings exactly, floats as
// numpy's assert_allclose: |answer − wanted| ≤ atol + rtol·|wanted|, NaN equal to NaN, infinities equal by sign.

const show = (x) => (typeof x === 'number' ? x.toPrecision(7) : String(x));

/** undefined when equal, else a sentence. */
export function difference(answers, wanted, { rtol, atol, chance = false }) {
  if (answers.length !== wanted.length) return `${answers.length} outputs for ${wanted.length}`;
  for (const [i, want] of wanted.entries()) {
    const said = tensorDifference(answers[i], want, rtol, atol, chance);
    if (said) return `output ${want.name}: ${said}`;
  }
  return undefined;
}

function tensorDifference(have, want, rtol, atol, chance) {
  if (have.dtype !== want.dtype) return `type ${have.dtype} for ${want.dtype}`;
  if (have.shape.length !== want.shape.length || have.shape.some((n, axis) => n !== want.shape[axis])) return `shape [${have.shape}] for [${want.shape}]`;
  if (have.data.length !== want.data.length) return `${have.data.length} values for ${want.data.length}`;
  if (chance) return undefined;
  const float = want.dtype === 'f32' || want.dtype === 'f64';
  let [off, first, worst] = [0, -1, 0];
  for (let i = 0; i < want.data.length; i++) {
    const [a, b] = [have.data[i], want.data[i]];
    if (a === b || (float && close(a, b, rtol, atol))) continue;
    off++;
    const by = float ? Math.abs(a - b) : 1;
    if (first < 0 || by > worst) [first, worst] = [i, by];
  }
  return off ? `${off} of ${want.data.length} values differ, at ${first} ${show(have.data[first])} for ${show(want.data[first])}` : undefined;
}

function close(a, b, rtol, atol) {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b);
  if (!Number.isFinite(a) || !Number.isFinite(b)) return a === b;
  return Math.abs(a - b) <= atol + rtol * Math.abs(b);
}
