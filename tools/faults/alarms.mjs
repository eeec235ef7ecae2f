// False alarms: real answers in which nothing is wrong, drawn anew again and again, and looked at after every window. The reference was made of other answers.
import { below, draws } from './chance.mjs';

/** Predictions of a day, and those between two looks, in a simulated year. */
const A_DAY = 100;
const YEAR = 365 * A_DAY;
const LOOKED = 50;
const LEAST = 100;

async function fresh({ createMonitor, reference, made, now }, least) {
  return createMonitor({ reference, visitors: 'many', made, now: () => now, least, every: 1_000_000 });
}

/** `windows` windows of `n` predictions, each by a monitor of its own that gives its verdict by the end: how many told anything at all. */
export async function windows(world, n, windows, seed) {
  const random = draws(seed);
  const { quiet } = world;
  let alarmed = 0;
  for (let window = 0; window < windows; window++) {
    const monitor = await fresh(world, Math.min(n, LEAST));
    for (let at = 0; at < n; at++) quiet[below(random, quiet.length)](monitor);
    alarmed += monitor.look().length > 0 ? 1 : 0;
    monitor.close();
  }
  return alarmed;
}

/** Years of predictions looked at after every 50: in how many of them anything was told. */
export async function years(world, years, seed) {
  const random = draws(seed);
  const { quiet } = world;
  let alarmed = 0;
  for (let year = 0; year < years; year++) {
    const monitor = await fresh(world, LEAST);
    let told = 0;
    for (let at = 1; at <= YEAR && !told; at++) {
      quiet[below(random, quiet.length)](monitor);
      if (at % LOOKED === 0) told = monitor.look().length;
    }
    alarmed += told > 0 ? 1 : 0;
    monitor.close();
  }
  return alarmed;
}

/** All of them once, in the order in which they came, each looked at after 50: notices and what is above. */
export async function inOrder(world) {
  const monitor = await fresh(world, LEAST);
  const levels = [];
  world.quiet.forEach((tell, at) => {
    tell(monitor);
    if ((at + 1) % LOOKED === 0) levels.push(...monitor.look().map(({ level }) => level));
  });
  monitor.close();
  const notices = levels.filter((level) => level === 'notice').length;
  return { notices, above: levels.length - notices };
}

export const yearly = A_DAY;
