// The edge worker that sums reports, in workerd: reports a second and time a report with 1 and 20 clients, all into one object, as those on one reference are.
// `state=disk`: a commit waits for the disk. `state=memory`: on a file system in memory, where there is one: what the worker itself takes.
// Usage: node tools/bench/collector.mjs   SECONDS=n a turn, ROUNDS=n turns
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { Agent, request as ask } from 'node:http';
import { lib, root } from '../face.mjs';
import { median, quantile, significant } from './stats.mjs';

process.env.NEARHAND_ROOT ??= root;
process.env.NEARHAND_DIST ??= `${lib}/dist`;
const { laid, settings, started } = await import('../../tests/js/package/collector/house.mjs');
const { createMonitor, learnReference } = await import(`${lib}/dist/monitor-node.js`);
const SECONDS = Number(process.env.SECONDS ?? 2);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const out = `${root}/target/bench/collector`;

/** As a shop's: some streams, some rates, a visit's slates. */
const names = ['dwell_ms', 'slate.events', 'slate.items', 'slate.score', 'slate.spread'];
const values = (at) => Array.from({ length: 900 }, (_, i) => ((i * 37 + at) % 100) / (at + 1));
const reference = await learnReference({ streams: Object.fromEntries(names.map((name, at) => [name, values(at)])), rates: { fallback: { events: 9, of: 900 }, short: { events: 3, of: 900 } } });
const made = [];
let source;
/** The next report, which nobody has sent. */
async function report() {
  if (made.length % 50 === 0) source = await createMonitor({ reference, consent: 'session', visitors: 'one', sink: (bytes) => void made.push(bytes) });
  for (let at = 0; at < 5; at++) {
    names.forEach((name, place) => source.observe(name, ((made.length * 13 + at) % 100) / (place + 1)));
    source.happened('fallback', false);
    source.happened('short', at === 3);
    source.took(1 + at);
  }
  source.flush();
}

const post = (agent, port, body) =>
  new Promise((done, fail) => {
    const request = ask({ agent, port, host: '127.0.0.1', path: '/report', method: 'POST', headers: { origin: 'https://shop.example', 'content-length': body.length } }, (response) => {
      response.resume().on('end', () => done(response.statusCode === 202));
    });
    request.on('error', fail);
    request.end(body);
  });

async function turn({ ports }, clients) {
  const [port] = Object.values(ports);
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const times = [];
  let missed = 0;
  const from = performance.now();
  const until = from + SECONDS * 1000;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      for (let body = made.pop(); body && performance.now() < until; body = made.pop()) {
        const began = performance.now();
        if (!(await post(agent, port, body))) missed += 1;
        times.push(performance.now() - began);
      }
    }),
  );
  const seconds = (performance.now() - from) / 1000;
  agent.destroy();
  return { rate: times.length / seconds, p50: quantile(times, 0.5), p99: quantile(times, 0.99), missed };
}

let missed = 0;
for (const state of ['memory', 'disk']) {
  if (state === 'memory' && !existsSync('/dev/shm')) continue;
  await laid(out, { unbounded: true });
  if (state === 'disk') {
    rmSync(`${out}/state`, { recursive: true });
    mkdirSync(`${out}/state`);
  }
  const house = await started(out, settings(reference, { PERIOD_MS: '3600000' }));
  try {
    for (const clients of [1, 20]) {
      const turns = [];
      for (let round = 0; round < ROUNDS; round++) {
        while (made.length < 5000) await report();
        turns.push(await turn(house, clients));
      }
      missed += turns.reduce((sum, one) => sum + one.missed, 0);
      const of = (what) => significant(median(turns.map((one) => one[what])));
      console.log(`bench collector state=${state} clients=${clients} reports/s=${of('rate')} p50=${of('p50')}ms p99=${of('p99')}ms n=${ROUNDS}`);
    }
  } finally {
    await house.stop();
  }
}
if (missed) {
  console.error(`${missed} reports were not taken`);
  process.exitCode = 1;
}
