// Card payments and who judges them. Bundle, windows and engine are those that ship; transactions are made up by `nearhand simulate-transactions`, in a world
// with another seed than the model's, as dense as that one and smaller. Attacks and rushes are left out: in so small a world one of them is a tenth of
// the day's payments, and told as what it is.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { lib, root } from '../../face.mjs';

const DAY = 86_400_000;
/** Labels come so long after what they label, as the windows declare. */
export const DELAY = 7 * DAY;
/** Days that are counted before anybody looks: the longest windows reach back 56. */
const WARM = 57;
const A_DAY = 1200;
const WORLD = '--customers 600 --terminals 1200 --radius 14 --strangers 60 --compromised-terminals 1 --compromised-customers 1 --rushes 0'.split(' ');

export const file = () => readFileSync(`${root}/models/card-fraud/card-fraud.safetensors`);

/** The command line, as it is built here. */
export function nearhand() {
  const found = [process.env.NEARHAND, `${root}/target/release/nearhand`, `${root}/target/ci/nearhand`, `${root}/target/debug/nearhand`].find((path) => path && existsSync(path));
  if (!found) throw new Error('faults: the command line is not built: cargo build --locked --release -p nearhand-cli');
  return found;
}

export const out = `${root}/target/faults`;

/** Transactions of a seed in the order of their times. With attacks all others are the same, but for their ids. */
export function transactions(seed, days, { attacks = 0 } = {}) {
  mkdirSync(out, { recursive: true });
  const path = `${out}/transactions-${seed}-${attacks}.csv`;
  const asked = Object.entries({ attacks, days, seed, out: path }).flatMap(([name, value]) => [`--${name}`, String(value)]);
  execFileSync(nearhand(), ['simulate-transactions', ...WORLD, ...asked], { stdio: 'ignore' });
  const rows = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [id, time, card, terminal, amount, declined, fraud] = line.split(',');
      return { id, time: Number(time), card, terminal, amount, declined: declined === '1', fraud: fraud === '1' };
    });
  return { path, rows };
}

export async function open(bytes, options = {}) {
  const { createAssessor } = await import(`${lib}/dist/assess-node.js`);
  return createAssessor({ bundle: bytes, now: null, ...options });
}

/** What is sent to be judged: the outcome at the issuer is not known yet. */
export const asked = ({ id, time, card, terminal, amount }) => ({ id, time, card, terminal, amount, currency: 'EUR' });

/**
 * One transaction judged, and what happens behind it: the issuer's answer, and the labels that are due by then. `judge` puts another call, `label` another
 * feed in the place of the usual ones.
 */
export function serving(assessor, waiting, { change = (row) => row, judge = (row) => assessor.assess(row), label: own } = {}) {
  const label = own ?? (({ id, fraud, time }) => assessor.label(id, fraud, time + DELAY));
  return (row, n) => {
    while (waiting.length && waiting[0].time + DELAY <= row.time) label(waiting.shift());
    const answer = judge(change(asked(row), n), row);
    if (row.declined) assessor.amend(row.id, { declined: true });
    waiting.push(row);
    return answer;
  };
}

/** What is kept of an answer: enough to tell it again. */
const answered = ({ decision, by, risk, features }, counts) => ({ decision, by, risk, features: { ...features }, counts });
/** Inputs that follow the hour of the day are left out, as docs/monitor.md asks: the time since the card's last payment is long in the morning. */
const CLOCKS = ['card_since'];
/** As it was counted then; what was counted before the first is told by nobody. */
const kept = ({ counts, ...answer }) => (monitor) => {
  monitor.decided(answer);
  if (!counts) return;
  for (const [name, happened, of] of counts) for (let at = 0; at < of; at++) monitor.happened(name, at < happened);
};

/** How often a host asks what has been counted, in predictions. */
export const ASKED = 10;
const since = (now, before) => {
  const more = (name) => now[name] - before[name];
  const [observed, late, repeated] = [more('observed'), more('late') + more('ahead'), more('duplicates')];
  return [
    ['late', late, observed + late],
    ['repeated', repeated, observed + repeated],
    ['unlabelled', more('labels') === 0 ? 1 : 0, 1],
  ];
};

/** Mean and deviation of each feature. */
function spread(answers) {
  const of = (name) => {
    const values = answers.map(({ features }) => features[name]);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return { mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) || 1 };
  };
  return Object.fromEntries(Object.keys(answers[0].features).map((name) => [name, of(name)]));
}

export async function world({ learn, quiet, seed = 7 }) {
  const { createMonitor } = await import(`${lib}/dist/monitor-node.js`);
  const bytes = file();
  const assessor = await open(bytes);
  const days = WARM + Math.ceil((learn + quiet + 3000) / A_DAY);
  const { path, rows } = transactions(seed, days);
  const first = rows.findIndex(({ time }) => time >= rows[0].time + WARM * DAY);
  const waiting = [];
  const serve = serving(assessor, waiting);
  const count = serving(assessor, waiting, { judge: (row) => assessor.observe(row) });
  for (const row of rows.slice(0, first)) count(row);
  let { counts } = assessor.info();
  const answers = rows.slice(first, first + learn + quiet).map((row, at) => {
    const answer = serve(row);
    if (at % ASKED !== ASKED - 1) return answered(answer);
    const [before, now] = [counts, assessor.info().counts];
    counts = now;
    return answered(answer, since(now, before));
  });
  const all = answers.map(kept);
  const learnt = async (some) => {
    const learner = await createMonitor({ learn: some.length, visitors: 'many' });
    for (const answer of some) {
      const features = { ...answer.features };
      for (const name of CLOCKS) delete features[name];
      kept({ ...answer, features })(learner);
    }
    const reference = learner.reference();
    learner.close();
    return reference;
  };
  const reference = await learnt(answers.slice(0, learn));
  // Two halves of the same days: those before and those behind differ a little, as frauds come and go.
  const half = (_, at) => at % (2 * ASKED) < ASKED;
  const apart = { reference: await learnt(answers.filter(half)), quiet: all.filter((one, at) => !half(one, at)) };
  const left = rows.slice(first + learn + quiet);
  const made = Date.parse(assessor.info().bundle.createdAt);
  return {
    ...{ task: 'assess', createMonitor, bytes, apart, reference, quiet: all.slice(learn), made, now: made + DAY / 2, warnAfterMs: 2 * DAY },
    // What the quiet ones have left behind, and what comes next.
    ...{ state: assessor.snapshot(), waiting, left, rows, path, seed, days, samples: spread(answers.slice(0, learn)) },
  };
}
