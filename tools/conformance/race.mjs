// Two engines over one model, in turns: how long a run takes, and how long from the model's bytes to its first answer.
// For Node and browsers alike; an engine is what adapters.mjs makes.
import { difference } from './compare.mjs';

const time = async (act) => {
  const from = performance.now();
  await act();
  return performance.now() - from;
};

/** Loads, answers once, and says how long both took together. */
async function first(engine, model, tensors) {
  let session;
  const ms = await time(async () => {
    session = await engine.load(model);
    await session.run(tensors);
  });
  await session.free();
  return ms;
}

/** Runs until warm; answers milliseconds a run. */
async function warm(run, ms) {
  let [runs, spent] = [0, 0];
  while (spent < ms || runs < 3) {
    spent += await time(run);
    runs++;
  }
  return spent / runs;
}

async function block(run, runs) {
  const ms = await time(async () => {
    for (let i = 0; i < runs; i++) await run();
  });
  return ms / runs;
}

/**
 * `engines`: by name; `blocks` of about `blockMs` for each engine, the order changing from pair to pair.
 * Answers { run: { name: [ms a run] }, load: { name: [ms] } }, or { wrong } when an engine does not answer as wanted.
 */
export async function race(engines, { model, sets: [set], ...tolerances }, { blocks = 61, blockMs = 8, warmMs = 300, loads = 7 } = {}) {
  const names = Object.keys(engines);
  const sessions = {};
  for (const name of names) {
    try {
      sessions[name] = await engines[name].load(model);
      const said = difference(await sessions[name].run(set.in), set.out, tolerances);
      if (said) return { wrong: `${name}: ${said}` };
    } catch (error) {
      return { wrong: `${name}: ${error.code ?? error.name} ${error.message}` };
    }
  }
  const empty = () => Object.fromEntries(names.map((name) => [name, []]));
  const result = { run: empty(), load: empty() };
  const turns = (i) => (i % 2 ? names.toReversed() : names);

  for (let i = 0; i < loads; i++) for (const name of turns(i)) result.load[name].push(await first(engines[name], model, set.in));

  const runs = {};
  const counts = {};
  for (const name of names) {
    const fed = sessions[name].feeds(set.in);
    runs[name] = () => sessions[name].runFeeds(fed);
    counts[name] = Math.max(1, Math.round(blockMs / (await warm(runs[name], warmMs))));
  }
  for (let i = 0; i < blocks; i++) for (const name of turns(i)) result.run[name].push(await block(runs[name], counts[name]));
  for (const name of names) await sessions[name].free();
  return result;
}
