// Times each key of some lists of what is typed, key after key, all of them three times. The least of the three counts: what else the
// machine does is not the search box's.
const ROUNDS = 3;

export async function keys(load, index, lists) {
  const begun = performance.now();
  const box = await load(index);
  const open = performance.now() - begun;
  // What is compiled when it is first used is compiled before it counts.
  for (const list of Object.values(lists)) for (const typed of list.slice(0, 1000)) box.suggest(typed);
  const time = (typed) => {
    const from = performance.now();
    box.suggest(typed).items.length;
    return performance.now() - from;
  };
  const times = {};
  for (const [name, list] of Object.entries(lists)) {
    times[name] = list.map(() => Infinity);
    for (let round = 0; round < ROUNDS; round++) list.forEach((typed, at) => (times[name][at] = Math.min(times[name][at], time(typed))));
  }
  return { open, times };
}
