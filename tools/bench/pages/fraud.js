// Transactions judged one by one, and the model alone in onnxruntime-web, in turns in one place: a page or Node.

/** The rows of a log of `nearhand simulate-transactions`. */
export const rowsOf = (csv) =>
  csv
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [id, time, card, terminal, amount, declined, fraud] = line.split(',');
      return { transaction: { id, time: Number(time), card, terminal, amount, declined: declined === '1' }, fraud: fraud === '1' };
    });

/** A part of a bundle, a safetensors file. */
export function partOf(bundle, name) {
  const view = new DataView(bundle.buffer, bundle.byteOffset, bundle.byteLength);
  const length = Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bundle.subarray(8, 8 + length)));
  const [from, to] = header[name].data_offsets;
  return bundle.slice(8 + length + from, 8 + length + to);
}

const WEEK = 7 * 86_400_000;
/** Calls that are timed together for a ratio, in turns. */
const BLOCK = 50;

/** What a host looks at. The features of an answer are made when they are asked for, so whoever leaves them out measures less. */
const looksAt = ({ decision, reasons, features }) => Boolean(decision && reasons && features);

/**
 * Microseconds a call, with its answer looked at: decision, reasons and features. `calls`: of each way to ask, in rounds that take turns, one
 * by one, where the clock is fine enough; `blocks`: means of so many calls, ours and the model alone in the peer, in turns.
 */
export async function measure(createAssessor, ort, bundle, rows, { warm, timed, rounds }) {
  const ways = ['never', 'severe', 'always'];
  const calls = Object.fromEntries(ways.map((explain) => [explain, []]));
  let last;
  let [asked, seen] = [0, 0];
  for (const explain of Array.from({ length: rounds }, () => ways).flat()) {
    const assessor = await createAssessor({ bundle, now: null });
    const times = [];
    for (const [at, { transaction, fraud }] of rows.slice(0, warm + timed).entries()) {
      const from = performance.now();
      const answer = assessor.assess(transaction, { explain });
      seen += looksAt(answer);
      const took = (performance.now() - from) * 1000;
      last = answer;
      asked++;
      if (at >= warm) times.push(took);
      assessor.label(transaction.id, fraud, transaction.time + WEEK);
    }
    calls[explain].push(times);
    assessor.close();
  }
  // The peer gets the features, ready; ours computes them.
  const assessor = await createAssessor({ bundle, now: null });
  const session = await ort.InferenceSession.create(partOf(bundle, 'model.onnx'), { executionProviders: ['wasm'] });
  const [input] = session.inputNames;
  const output = session.outputNames.find((name) => /prob/.test(name)) ?? session.outputNames.at(-1);
  const blocks = { ours: [], theirs: [] };
  let features = Float32Array.from(Object.values(last.features));
  for (let at = 0; at + BLOCK <= Math.min(rows.length, warm + timed); at += BLOCK) {
    let from = performance.now();
    for (const { transaction } of rows.slice(at, at + BLOCK)) seen += looksAt((last = assessor.assess(transaction)));
    const ours = ((performance.now() - from) * 1000) / BLOCK;
    asked += BLOCK;
    features = Float32Array.from(Object.values(last.features));
    from = performance.now();
    let answered;
    for (let n = 0; n < BLOCK; n++) answered = await session.run({ [input]: new ort.Tensor('float32', features, [1, features.length]) }, [output]);
    const theirs = ((performance.now() - from) * 1000) / BLOCK;
    const score = answered[output].data[1];
    if (Math.abs(score - last.score) > 1e-5) throw new Error(`the peer's model answers ${score}, ours ${last.score}`);
    if (at < warm) continue;
    blocks.ours.push(ours);
    blocks.theirs.push(theirs);
  }
  await session.release();
  if (seen !== asked) throw new Error(`${asked - seen} of ${asked} answers have no features`);
  return { calls, blocks };
}
