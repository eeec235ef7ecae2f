// What goes wrong around a judge of payments, each put where it would happen: in the bundle's bytes, in the rows, in the state, in the features that are given.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { lib, root } from '../../face.mjs';
import { flipped, opened } from '../bundle.mjs';
import { below, draws } from '../chance.mjs';
import { changed, lists } from '../onnx.mjs';
import { damage, watch } from '../memory.mjs';
import { refused } from '../watch.mjs';
import { ASKED, nearhand, open, out, serving, transactions } from './world.mjs';

/** Judges the next transactions with the fault, from the state in which the quiet ones ended. */
const judging =
  ({ rows = (world) => world.left, judged, assessor = (world) => open(world.bytes, { state: world.state }), ...how } = {}) =>
  async (world) => {
    const judge = await assessor(world);
    const next = rows(world);
    const made = { ...how, ...(await how.with?.(judge, world)) };
    const waiting = [...world.waiting];
    const serve = serving(judge, waiting, made);
    const count = serving(judge, waiting, { judge: (row) => judge.observe(row) });
    let at = 0;
    return (monitor, n) => {
      // What somebody else judges is counted here all the same.
      for (; judged && !judged(next[at]); at++) count(next[at]);
      monitor.decided(serve(next[at++], n));
      if (n === 1 || n % ASKED === 0) monitor.counted(judge.info());
    };
  };

const cents = (amount) => String(Math.round(Number(amount) * 100));
const scaledBy = (factor) => (row) => ({ ...row, amount: (Number(row.amount) * factor).toFixed(2) });
const thresholds = ({ part }) => {
  const onnx = part('model.onnx');
  for (const list of lists(onnx)) if (list.operator === 'TreeEnsembleClassifier' && list.name === 'nodes_values') changed(onnx, list, (value) => value / 100);
};
/** Every double of a place, wherever it begins, becomes what `change` makes of it. */
const doubled = (bytes, change) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let at = 0; at < bytes.length; at += 8) view.setFloat64(at, change(view.getFloat64(at, true)), true);
};
const doubles = (bytes) => new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
const broken = (world, edit) => {
  const bundle = opened(world.bytes);
  edit(bundle);
  return bundle.bytes();
};

/** Predictions as the request log writes them, and the transactions, through `nearhand parity`. */
async function parity(world, fault, most) {
  const step = await fault.begin(world);
  const { createRequestLog } = await import(`${lib}/dist/request-log.js`);
  const info = (await open(world.bytes)).info();
  const served = [];
  const log = createRequestLog({ consent: 'session', share: 1, sink: (rows) => void served.push(rows) });
  let at = 0;
  // As a host has its assessor asked by the log: this answer is there already.
  const monitor = { decided: (answer) => log.assess({ info: () => info, assess: () => answer }, world.left[at++]), counted() {} };
  for (let n = 1; n <= most; n++) step(monitor, n);
  log.close();
  if (log.info().rows !== most) throw new Error(`faults: ${log.info().rows} of ${most} rows were logged: ${log.info().failure}`);
  writeFileSync(`${out}/served.jsonl`, served.join(''));
  const spec = `${root}/models/card-fraud/windows.json`;
  try {
    execFileSync(nearhand(), ['parity', '--served', `${out}/served.jsonl`, '--spec', spec, '--log', world.path], { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const [, mismatches] = /\nparity rows=.* mismatches=(\d+)/.exec(error.stdout ?? '') ?? [];
    if (!Number(mismatches)) throw error;
    return { by: 'parity', after: most, action: 'told' };
  }
  return { by: null, after: most, action: 'none' };
}

/** Written over in the memory of an engine that serves, which no digest sees: predictions until rules and fallback decide, and the monitor tells it. */
const overwritten = (name, what, edit) => ({
  name,
  harmful: true,
  what: `${what}, in the memory of an engine that serves`,
  load: async (world) => {
    watch();
    const judge = await open(world.bytes, { state: world.state });
    const monitor = await world.createMonitor({ reference: world.reference, visitors: 'many', now: () => world.now });
    const serve = serving(judge, [...world.waiting]);
    const rows = world.left.values();
    serve(rows.next().value);
    if (!edit(opened(world.bytes).part)) throw new Error(`${name}: nothing of it stands in the memory`);
    for (let after = 1; after <= 1000; after++) {
      const { failure } = serve(rows.next().value);
      monitor.counted(judge.info());
      if (failure === 'golden-mismatch' && monitor.look().some(({ code }) => code === 'golden')) return { by: 'golden', after, action: 'fall-back' };
    }
    return { by: null, after: 1000, action: 'none' };
  },
});

/** One service counts features and hands them to a model that counts none. `edit` makes, for a world, what becomes of them on their way. */
const handed = (edit) =>
  judging({
    with: async (judge, world) => {
      const nobody = await open(world.bytes, { keys: [] });
      const change = edit(world);
      return { judge: (row) => nobody.assess(row, { features: change(judge.observe(row).features, row) }) };
    },
  });
const each = (features, of) => Object.fromEntries(Object.entries(features).map(([name, value]) => [name, of(value, name)]));

export const faults = [
  { name: 'units-changed', harmful: true, what: 'amounts in cents where euros are meant', begin: judging({ change: (row) => ({ ...row, amount: cents(row.amount) }) }) },
  {
    name: 'cents',
    harmful: true,
    what: 'the service that gives a card\'s means gives them in cents',
    begin: handed(() => (features) => each(features, (value, name) => (/^card_mean_\d+d$/.test(name) ? 100 * value : value))),
  },
  { name: 'windows-empty', harmful: true, what: 'a restart without the snapshot: all windows are empty', begin: judging({ assessor: (world) => open(world.bytes) }) },
  { name: 'columns-swapped', harmful: true, what: 'card and terminal are in each other\'s columns', begin: judging({ change: (row) => ({ ...row, card: row.terminal, terminal: row.card }) }) },
  {
    name: 'stale-join',
    harmful: true,
    what: 'a terminal\'s features come from a cache that has those of its payment before',
    begin: handed(() => {
      const cache = new Map();
      return (features, { terminal }) => {
        const stale = { ...features, ...cache.get(terminal) };
        cache.set(terminal, Object.fromEntries(Object.entries(features).filter(([name]) => name.startsWith('terminal_'))));
        return stale;
      };
    }),
    check: parity,
  },
  {
    name: 'window-length',
    harmful: true,
    what: 'the service that gives a card\'s 30-day features was deployed with a window of 14 days',
    begin: handed(() => (features) => ({ ...features, card_to_mean_30d: features.card_to_mean_14d })),
    check: parity,
  },
  {
    name: 'field-defaulted',
    harmful: true,
    what: 'a third of the amounts is lost on the way and filled with 0.01',
    begin: (world) => {
      const random = draws(23);
      return judging({ change: (row) => (random() < 1 / 3 ? { ...row, amount: '0.01' } : row) })(world);
    },
  },
  { name: 'label-feed-stopped', harmful: true, what: 'labels do not come any more', begin: judging({ label: () => {} }) },
  {
    name: 'scaler-forgotten',
    harmful: true,
    what: 'features come scaled to mean 0 and deviation 1, and nobody takes it back for a model that wants them as they are',
    begin: handed(({ samples }) => (features) => each(features, (value, name) => (value - samples[name].mean) / samples[name].deviation)),
  },
  {
    name: 'calibration-lost',
    harmful: true,
    what: 'the calibration says the same risk for every score, after packing',
    load: (world) => refused(() => open(broken(world, ({ part }) => doubles(part('calibration.y')).fill(0.001)))),
  },
  { name: 'quantisation-scale-lost', harmful: true, what: 'the thresholds of the trees are a hundredth of themselves, after packing', load: (world) => refused(() => open(broken(world, thresholds))) },
  overwritten('calibration-overwritten', 'the calibration says half the risk', (part) => damage(part('calibration.y'), (bytes) => doubled(bytes, (value) => value / 2))),
  overwritten('trees-overwritten', 'thresholds of the trees are a hundredth of themselves', (part) => {
    const onnx = part('model.onnx');
    const values = lists(onnx).filter(({ operator, name }) => operator === 'TreeEnsembleClassifier' && name === 'nodes_values');
    const each = values.flatMap(({ start, end }) => Array.from({ length: (end - start) / 4 }, (_, at) => onnx.slice(start + 4 * at, start + 4 * at + 4)));
    const told = new Set(each.filter((bytes) => bytes.every((byte) => byte)).map(String));
    return [...told].slice(0, 100).reduce((places, bytes) => places + damage(Uint8Array.from(bytes.split(','), Number), (there) => changed(there, { start: 0, end: 4 }, (value) => value / 100)), 0);
  }),
  {
    name: 'bit-flip',
    harmful: true,
    what: 'one bit of the file, on its way',
    load: ({ bytes }) => refused(() => open(flipped(bytes))),
  },
  {
    name: 'stale-bundle',
    harmful: true,
    what: 'nobody has published for a week',
    begin: async (world) => {
      const step = await judging()(world);
      return (monitor, n, clock) => {
        clock.now = world.made + 7 * 86_400_000;
        step(monitor, n);
      };
    },
  },
  {
    name: 'ids-shifted',
    harmful: true,
    what: 'cards are joined one row off: each payment has the card of the next',
    begin: (world) => judging({ change: (row, n) => ({ ...row, card: world.left[n].card }) })(world),
  },
  {
    name: 'clock-off',
    harmful: true,
    what: 'the clock of whoever sends is a day behind',
    begin: judging({ change: (row) => ({ ...row, time: row.time - 86_400_000 }) }),
  },
  {
    name: 'bot-traffic',
    harmful: true,
    what: 'card testing: scripts try stolen numbers by small amounts, 60 attacks a day',
    begin: (world) => {
      const from = world.left[0].time;
      const rows = transactions(world.seed, world.days, { attacks: 60 }).rows.filter(({ time }) => time >= from);
      return judging({ rows: () => rows.map((row) => ({ ...row, id: `attacked ${row.id}` })) })(world);
    },
  },
  {
    name: 'feedback-loop',
    harmful: true,
    what: 'who was declined is blocked, and so is who paid where he was declined: decisions are made of decisions',
    begin: judging({
      with: (judge, { rows, left }) => {
        const guests = new Map();
        const come = ({ terminal, card }) => (guests.get(terminal) ?? guests.set(terminal, new Set()).get(terminal)).add(card);
        for (const row of rows.slice(rows.indexOf(left[0]) - 3000, rows.indexOf(left[0]))) come(row);
        const blocked = new Set();
        return {
          judge: (row) => {
            come(row);
            const answer = judge.assess(row);
            if (answer.decision !== 'decline') return answer;
            for (const card of guests.get(row.terminal)) blocked.add(card);
            judge.setList('blocked_cards', blocked);
            return answer;
          },
        };
      },
    }),
  },
  {
    name: 'slow-decay',
    harmful: true,
    what: 'amounts grow from payment to payment, by half a per cent of what they were at first',
    begin: judging({ change: (row, n) => scaledBy(1 + n / 200)(row) }),
  },
  {
    name: 'night',
    harmful: false,
    what: 'what is paid by night, between 20 and 8 o\'clock, alone',
    begin: judging({
      judged: ({ time }) => {
        const hour = new Date(time).getUTCHours();
        return hour >= 20 || hour < 8;
      },
    }),
  },
  {
    name: 'sale',
    harmful: false,
    what: 'a sale: a fifth of the payments is a tenth lower',
    begin: (world) => {
      const random = draws(21);
      return judging({ change: (row) => (random() < 0.2 ? scaledBy(0.9)(row) : row) })(world);
    },
  },
  {
    name: 'popularity-wanders',
    harmful: false,
    what: 'half of the terminals have a fifth fewer payments to be judged here',
    begin: (world) => {
      const random = draws(22);
      return judging({ judged: ({ terminal }) => Number(terminal) % 2 === 0 || below(random, 5) > 0 })(world);
    },
  },
  { name: 'nothing', harmful: false, what: 'nothing: the next payments', begin: judging() },
  { name: 'resealed', harmful: false, what: 'nothing: the file is taken apart and put together again, as for a fault after packing', load: (world) => refused(() => open(broken(world, () => {}))) },
  {
    name: 'features-given',
    harmful: false,
    what: 'nothing: features are counted elsewhere and given as they are',
    begin: handed(() => (features) => features),
    check: parity,
  },
];
