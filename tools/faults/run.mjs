// The fault catalogue: every fault put into the real engines, who sees it and after how many predictions; and how often something is told while nothing is
// wrong. See docs/faults.md. Usage: node tools/faults/run.mjs [--part] [TASK]   --part: all faults, few windows, no years
// FAULTS_DEBUG=1 tells every alert on standard error.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { lib } from '../face.mjs';
import { inOrder, windows, yearly, years } from './alarms.mjs';
import { draws } from './chance.mjs';
import { watched } from './watch.mjs';

const args = process.argv.slice(2);
const part = args.includes('--part');
const TASKS = ['recommend', 'complete', 'assess'];
const tasks = args.filter((arg) => arg !== '--part');
if (tasks.length > 1 || !tasks.every((task) => TASKS.includes(task))) throw new Error(`faults: one of ${TASKS.join(', ')}, or none for all, not ${tasks.join(' ')}`);
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
const ended = ({ harmful, caught, harmless_alarmed, false_alarm_rate }) => {
  say('faults', { harmful, caught, harmless_alarmed, false_alarm_rate });
  return caught === harmful && !harmless_alarmed && false_alarm_rate <= WINDOWS_ALLOWED;
};

/** One task's rows. Whether all is well. */
async function catalogue(task) {
  const totals = { harmful: 0, caught: 0, harmless_alarmed: 0, false_alarm_rate: 0 };
  const { world: open } = await import(`./${task}/world.mjs`);
  const { faults } = await import(`./${task}/faults.mjs`);
  const [learn, quiet] = SIZES[task];
  const world = await open({ random: draws(1), learn, quiet });
  for (const fault of faults.filter(({ whole }) => !(part && whole))) {
    const most = fault.harmful ? MOST : SIZES.harmless;
    let seen = fault.load ? await fault.load(world) : await watched(fault.world ? await fault.world() : world, fault, most);
    if (fault.check && (seen.action === 'none' || seen.action === 'notice')) seen = await fault.check(world, fault, most);
    const told = seen.by !== null && seen.action !== 'notice';
    if (fault.harmful) [totals.harmful, totals.caught] = [totals.harmful + 1, totals.caught + (told ? 1 : 0)];
    else totals.harmless_alarmed += told ? 1 : 0;
    say('fault', { task, name: fault.name, harmful: fault.harmful ? 'yes' : 'no', detected_by: seen.by ?? 'nothing', after: seen.after, action: seen.action });
  }
  say('alarms', { task, as_they_came: world.quiet.length, ...(await inOrder(world)) });
  for (const [n, many] of SIZES.windows) {
    const alarmed = await windows({ ...world, ...world.apart }, n, many, n);
    totals.false_alarm_rate = Math.max(totals.false_alarm_rate, alarmed / many);
    say('alarms', { task, window: n, windows: many, alarmed, rate: alarmed / many });
  }
  const alarmed = SIZES.years ? await years({ ...world, ...world.apart }, SIZES.years, 7) : 0;
  if (SIZES.years) say('alarms', { task, years: SIZES.years, predictions_a_day: yearly, alarmed, rate: alarmed / SIZES.years });
  return ended(totals) && alarmed <= YEARS_ALLOWED * SIZES.years;
}

/** Each task in a process of its own, as they have nothing in common but the machine; their rows one task behind the other. */
async function all() {
  const totals = { harmful: 0, caught: 0, harmless_alarmed: 0, false_alarm_rate: 0 };
  const runs = TASKS.map((task) => {
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url), task, ...(part ? ['--part'] : [])], { stdio: ['ignore', 'pipe', 'inherit'] });
    return new Promise((done) => {
      let text = '';
      child.stdout.setEncoding('utf8').on('data', (more) => (text += more));
      child.on('close', (status) => done({ status, rows: text.trim().split('\n') }));
    });
  });
  let well = true;
  for (const run of runs) {
    const { status, rows } = await run;
    const figures = Object.fromEntries(Array.from(rows.at(-1).matchAll(/(\w+)=([\d.e-]+)/g), ([, name, value]) => [name, Number(value)]));
    rows.slice(0, -1).forEach((row) => console.log(row));
    well &&= status === 0;
    for (const name of ['harmful', 'caught', 'harmless_alarmed']) totals[name] += figures[name];
    totals.false_alarm_rate = Math.max(totals.false_alarm_rate, figures.false_alarm_rate);
  }
  return ended(totals) && well;
}

const well = tasks.length === 1 ? await catalogue(tasks[0]) : await all();
process.exit(well ? 0 : 1);
