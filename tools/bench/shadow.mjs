// What watching costs: a slate of a shop alone; handed to a monitor; with a challenger beside it. In Node, in turns, so that what else the machine does falls on
// all of them alike. Usage: node tools/bench/shadow.mjs   ROUNDS=n turns (60), SLATES=n a turn (200)   TIER=lite|full (full)
import { readFileSync } from 'node:fs';
import { lib, root } from '../face.mjs';
import { median, quantile, significant } from './stats.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 60);
const SLATES = Number(process.env.SLATES ?? 200);
/** Of both: a challenger is a model, mostly. In `lite` a slate takes less time, and what is beside it shows more. */
const TIER = process.env.TIER ?? 'full';
/** Milliseconds between two slates. */
const GAP = 1;
const bundle = readFileSync(process.env.NEARHAND_BUNDLE ?? `${root}/models/online-retail/online-retail.safetensors`);
const { load } = await import(`${lib}/dist/node.js`);
const { createMonitor, shadow } = await import(`${lib}/dist/monitor-node.js`);

const shop = await load(bundle, { tier: TIER });
const other = await load(bundle, { tier: TIER });
const items = shop.items({ limit: 500 }).items.map(({ item }) => item);
let at = 0;
const page = () => shop.observe({ kind: 'view', item: items[(at += 7) % items.length] });

const monitor = await createMonitor({ learn: 2000, consent: 'session', visitors: 'many', sink: () => true, made: Date.now() });
for (let i = 0; i < 2500; i++) {
  if (i % 5 === 0) page();
  monitor.saw(await shop.recommend({ k: 8 }));
}
if (monitor.info().state !== 'watching') throw new Error('the monitor has not learnt');

/** Microseconds that a monitor takes for a slate, its looks included. */
const kept = [];
for (let i = 0; i < 500; i++) {
  page();
  kept.push(await shop.recommend({ k: 8 }));
}
const adds = [];
for (let round = 0; round < 60; round++) {
  const from = performance.now();
  for (const slate of kept) monitor.saw(slate);
  adds.push(((performance.now() - from) * 1000) / kept.length);
}

/** `again` is `alone` once more: how far two of the same lie apart. The default share of requests, and every one. */
const alone = { recommend: (options) => shop.recommend(options) };
const beside = (share) => shadow(shop, other, { share, budgetMs: 60_000, spare: () => false });
const arms = { alone, again: alone, tenth: await beside(0.1), all: await beside(1) };
const names = Object.keys(arms);
const times = Object.fromEntries(names.map((name) => [name, []]));
for (let round = -1; round < ROUNDS; round++) {
  // Nobody is always the one behind another.
  const first = Math.max(round, 0) % names.length;
  for (const name of [...names.slice(first), ...names.slice(0, first)]) {
    const all = [];
    for (let i = 0; i < SLATES; i++) {
      if (i % 5 === 0) page();
      const from = performance.now();
      await arms[name].recommend({ k: 8 });
      all.push((performance.now() - from) * 1000);
      // As a page has between two slates: the challenger runs in it.
      await new Promise((done) => setTimeout(done, GAP));
    }
    await arms[name].settled?.();
    if (round >= 0) times[name].push(all);
  }
}
console.log(`shadow monitor_us=${significant(median(adds))} worst_round=${significant(Math.max(...adds.slice(5)))} streams=${monitor.info().streams.length} rates=${monitor.info().rates.length}`);
const whole = Object.fromEntries(names.map((name) => [name, times[name].flat()]));
for (const name of names) {
  const [p99, base] = [whole[name], whole.alone].map((all) => quantile(all, 0.99));
  console.log(`shadow tier=${TIER} champion=${name} p50_us=${significant(median(whole[name]))} p99_us=${significant(p99)} p99_change=${((p99 / base) * 100 - 100).toFixed(1)}% slates=${whole[name].length} compared=${arms[name].report?.().slates.pairs ?? 0}`);
}
shop.close();
other.close();
