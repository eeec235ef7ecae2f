// What it takes to open a completer, in a process of its own, as its processor time counts all of its threads: the first time, with a first completion as well,
// and again once the code is compiled. Usage: node opening.mjs MODEL yes|no   MODEL as JSON of models.mjs; with its goldens or without. Prints
// { cold, first, warm }, milliseconds.
import { median } from '../stats.mjs';
import { read } from './models.mjs';
import { place } from './node.mjs';
import { speaker } from './nearhand.mjs';

const AGAIN = 7;
/** Of the first completion. */
const TOKENS = 16;
const [, , model, goldens] = process.argv;
const { goldens: all, ...files } = read(JSON.parse(model));
const near = await place.near();

/** Until it is open, and until it has written something. */
async function opened() {
  const from = process.cpuUsage();
  const ms = () => {
    const { user, system } = process.cpuUsage(from);
    return (user + system) / 1000;
  };
  const one = await speaker(near, { ...files, ...(goldens === 'yes' && { goldens: all }) });
  const open = ms();
  await one.ask('Hello', TOKENS);
  const first = ms();
  one.close();
  return { open, first };
}

const { open: cold, first } = await opened();
const warm = [];
for (let at = 0; at < AGAIN; at++) warm.push((await opened()).open);
console.log(JSON.stringify({ cold, first, warm: median(warm) }));
