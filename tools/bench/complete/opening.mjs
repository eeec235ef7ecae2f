// What it takes to open a completer, in a process of its own, as its processor time counts all of its threads: the first time, and again once the code is
// compiled. Usage: node opening.mjs MODEL yes|no   MODEL as JSON of models.mjs; with its goldens or without. Prints { cold, warm }, milliseconds.
import { median } from '../stats.mjs';
import { read } from './models.mjs';
import { place } from './node.mjs';
import { speaker } from './nearhand.mjs';

const AGAIN = 7;
const [, , model, goldens] = process.argv;
const { goldens: all, ...files } = read(JSON.parse(model));
const near = await place.near();

async function opened() {
  const { user, system } = process.cpuUsage();
  const one = await speaker(near, { ...files, ...(goldens === 'yes' && { goldens: all }) });
  const took = process.cpuUsage({ user, system });
  one.close();
  return (took.user + took.system) / 1000;
}

const [cold, ...warm] = [await opened()];
for (let at = 0; at < AGAIN; at++) warm.push(await opened());
console.log(JSON.stringify({ cold, warm: median(warm) }));
