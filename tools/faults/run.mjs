// The fault catalogue: every fault put into the real engines, who sees it and after how many predictions; and how often something is told while nothing is
// wrong. See docs/faults.md. Usage: node tools/faults/run.mjs [--part] [TASK…]   --part: all faults, few windows, no years
// FAULTS_DEBUG=1 tells every alert on standard error.
import { existsSync } from 'node:fs';
import { lib } from '../face.mjs';
import { windows, yearly, years } from './alarms.mjs';
import { draws } from './chance.mjs';
import { watched } from './watch.mjs';

const args = process.argv.slice(2);
const part = args.includes('--part');
const TASKS = ['recommend', 'complete', 'assess'];
const tasks = args.filter((arg) => arg !== '--part');
const foreign = tasks.find((task) => !TASKS.includes(task));
if (foreign) throw new Error(`${foreign} is no task: ${TASKS.join(', ')}`);
if (!existsSync(`${lib}/dist/node.js`)) throw new Error('faults: the package is not built: ./build.sh package');

/** Within so many predictions a harmful fault must be seen, and so many a harmless one is watched for. */
const MOST = 1000;
/** Answers that the reference is made of, those that are told before a fault and drawn from without one; windows and years without a fault. */
const SIZES = part
  ? { recommend: [1200, 300], complete: [600, 200], assess: [4000, 500], harmless: 300, windows: [[50, 100]], years: 0 }
  : { recommend: [5000, 5000], complete: [3000, 3000], assess: [20_000, 20_000], harmless: MOST, windows: [[50, 10_000], [100, 10_000], [1000, 10_000]], years: 100 };
const WINDOWS_ALLOWED = 1 / 1000;
const YEARS_ALLOWED = 0.05;

const say = (word, fields) => console.log([word, ...Object.entries(fields).map(([name, value]) => `${name}=${value}`)].join(' '));
const totals = { harmful: 0, caught: 0, harmless_alarmed: 0 };
let worst = 0;
let worstYear = 0;

for (const task of tasks.length ? tasks : TASKS) {
  const { world: open } = await import(`./${task}/world.mjs`);
  const { faults } = await import(`./${task}/faults.mjs`);
  const [learn, quiet] = SIZES[task];
  const world = await open({ random: draws(1), learn, quiet });
  for (const fault of faults.filter(({ whole }) => !(part && whole))) {
    const most = fault.harmful ? MOST : SIZES.harmless;
    let seen = fault.load ? await fault.load(world) : await watched(world, fault, most);
    if (fault.check && seen.action === 'none') seen = await fault.check(world, fault, most);
    const caught = seen.by !== null && seen.action !== 'notice';
    if (fault.harmful) [totals.harmful, totals.caught] = [totals.harmful + 1, totals.caught + (caught ? 1 : 0)];
    else totals.harmless_alarmed += caught ? 1 : 0;
    say('fault', { task, name: fault.name, harmful: fault.harmful ? 'yes' : 'no', detected_by: seen.by ?? 'nothing', after: seen.after, action: seen.action });
  }
  for (const [n, many] of SIZES.windows) {
    const alarmed = await windows(world, n, many, n);
    worst = Math.max(worst, alarmed / many);
    say('alarms', { task, window: n, windows: many, alarmed, rate: alarmed / many });
  }
  if (SIZES.years) {
    const alarmed = await years(world, SIZES.years, 7);
    worstYear = Math.max(worstYear, alarmed / SIZES.years);
    say('alarms', { task, years: SIZES.years, predictions_a_day: yearly, alarmed, rate: alarmed / SIZES.years });
  }
}
say('faults', { ...totals, false_alarm_rate: worst });
process.exit(totals.caught === totals.harmful && !totals.harmless_alarmed && worst <= WINDOWS_ALLOWED && worstYear <= YEARS_ALLOWED ? 0 : 1);
