// What watching costs: a slate of a shop alone; handed to a monitor; with a challenger beside it. In Node, in turns, so that what else the machine does falls on
// all of them alike. Usage: node tools/bench/shadow.mjs   ROUNDS=n turns (40), SLATES=n a turn (500)
import { readFileSync } from 'node:fs';
import { lib, root } from '../face.mjs';
import { median, quantile, significant } from './stats.mjs';

const ROUNDS = Number(process.env.ROUNDS ?? 40);
const SLATES = Number(process.env.SLATES ?? 500);
const bundle = readFileSync(process.env.NEARHAND_BUNDLE ?? `${root}/models/online-retail/online-retail.safetensors`);
const { load } = await import(`${lib}/dist/node.js`);
const { createMonitor, shadow } = await import(`${lib}/dist/monitor-node.js`);

const shop = await load(bundle, { tier: 'lite' });
const other = await load(bundle, { tier: 'lite' });
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

/** The default share of requests, and every one, with idle time between slates as a page has. */
const arms = {
  alone: { recommend: (options) => shop.recommend(options) },
  tenth: await shadow(shop, other, { share: 0.1, budgetMs: 60_000, spare: () => false }),
  all: await shadow(shop, other, { share: 1, budgetMs: 60_000, spare: () => false }),
};
const times = Object.fromEntries(Object.keys(arms).map((name) => [name, []]));
for (let round = -2; round < ROUNDS; round++) {
  const names = Object.keys(arms);
  // Nobody is always the one behind another.
  for (const name of [...names.slice(round % 3), ...names.slice(0, round % 3)]) {
    for (let i = 0; i < SLATES; i++) {
      if (i % 5 === 0) page();
      const from = performance.now();
      await arms[name].recommend({ k: 8 });
      const took = performance.now() - from;
      if (round >= 0) times[name].push(took * 1000);
      await new Promise((done) => setImmediate(done));
    }
    await arms[name].settled?.();
  }
}
console.log(`shadow monitor_us=${significant(median(adds))} worst_round=${significant(Math.max(...adds.slice(5)))} streams=${monitor.info().streams.length} rates=${monitor.info().rates.length}`);
const base = quantile(times.alone, 0.99);
for (const [name, all] of Object.entries(times)) {
  const p99 = quantile(all, 0.99);
  console.log(`shadow champion=${name} p50_us=${significant(median(all))} p99_us=${significant(p99)} p99_change=${((p99 / base - 1) * 100).toFixed(1)}% slates=${all.length} compared=${arms[name].report?.().slates.pairs ?? 0}`);
}
shop.close();
other.close();
