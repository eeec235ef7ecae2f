// Runs single cases when asked. A thread of its own, so that one that hangs can be ended.
import { parentPort, workerData } from 'node:worker_threads';
import { difference } from './compare.mjs';
import { engines, readCases } from './node.mjs';

const groups = Object.fromEntries(Object.entries(workerData.files).map(([group, path]) => [group, readCases(path)]));
const engine = await engines[workerData.engine]();

/** Where a trap happened: the innermost functions of the wasm, while it has names. */
const frames = (stack = '') => [...stack.matchAll(/^\s+at (?!wasm)(\S+) \(wasm:/gm)].map(([, name]) => name).slice(0, 6).join(' < ');

/** A typed error is a refusal; all else that is thrown has broken the instance. onnxruntime-web's errors have no type. */
function thrown(error, stage) {
  const typed = workerData.engine === 'ort' ? !(error instanceof WebAssembly.RuntimeError || error instanceof RangeError) : error?.name === 'NearhandError' && typeof error.code === 'string';
  const message = String(error?.message ?? error);
  if (!typed) return { status: 'wrong', stage, reason: `${error?.name ?? 'thrown'}: ${message} ${frames(error?.stack)}`.trim(), broken: true };
  return { status: 'refused', stage, code: error.code ?? 'error', details: error.details ?? {}, reason: message };
}

async function answer({ model, sets, ...tolerances }) {
  let session;
  try {
    session = await engine.load(model);
  } catch (error) {
    return thrown(error, 'load');
  }
  // Each twice: the second is written where the first one lies.
  for (const [at, set] of [...sets.entries()].flatMap((one) => [one, one])) {
    let answers;
    try {
      answers = await session.run(set.in);
    } catch (error) {
      return thrown(error, 'run');
    }
    const said = difference(answers, set.out, tolerances);
    if (said) return { status: 'wrong', stage: 'run', reason: sets.length > 1 ? `inputs ${at}: ${said}` : said };
  }
  await session.free();
  return { status: 'pass' };
}

parentPort.on('message', async ({ group, at }) => parentPort.postMessage(await answer(groups[group][at])));
parentPort.postMessage('ready');
