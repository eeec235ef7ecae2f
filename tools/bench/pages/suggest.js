// Times each key of some lists of what is typed. The least of three: what else the machine does is not the search box's.
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
  const least = (typed) => Math.min(...Array.from({ length: ROUNDS }, () => time(typed)));
  const times = Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, list.map(least)]));
  return { open, times };
}
