// The cases of tests/conformance/part.cases through a session, on any runtime that has their bytes.

const TYPES = { f32: 'float32', f64: 'float64', i64: 'int64', i32: 'int32', i8: 'int8', u8: 'uint8', bool: 'bool', str: 'string' };
const OURS = Object.fromEntries(Object.entries(TYPES).map(([ours, theirs]) => [theirs, ours]));

export const feedsOf = ({ Tensor }, tensors) =>
  Object.fromEntries(tensors.filter(({ dtype }) => dtype !== 'none').map(({ name, dtype, shape, data }) => [name, new Tensor(TYPES[dtype] ?? dtype, data, shape)]));

/** { passed, refused: [[name, code]], wrong: [[name, why]] }: a case that had passed when it was packed must pass. */
export async function conform(ort, cases, difference) {
  const told = { passed: 0, refused: [], wrong: [] };
  for (const { name, model, sets, expect, ...tolerances } of cases) {
    try {
      const session = await ort.InferenceSession.create(model);
      // Each twice: the second is written where the first one lies.
      for (const set of sets.flatMap((set) => [set, set])) {
        const answer = await session.run(feedsOf(ort, set.in));
        const answers = session.outputNames.map((output) => ({ dtype: OURS[answer[output].type], shape: answer[output].dims, data: answer[output].data }));
        const why = difference(answers, set.out, tolerances);
        if (why) throw new Error(why);
      }
      await session.release();
      told.passed += 1;
    } catch (error) {
      const refusal = error.name === 'NearhandError' && /^model-(operator-unsupported|too-large|mismatch|failed)$|^tensor-(invalid|type-unsupported)$/.test(error.code);
      if (refusal && expect !== 'pass') told.refused.push([name, error.code]);
      else told.wrong.push([name, `${error.code ?? error.name}: ${error.message}`]);
    }
  }
  return told;
}
