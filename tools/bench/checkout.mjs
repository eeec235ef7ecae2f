// The edge worker that judges, in workerd: requests a second and time a request with 1 and 20 clients, each a payment of its own: of cards and
// terminals that have paid before; of cards that were never seen, whose objects are made; all at one terminal, in one object and in four; all of
// one card, which take turns. `state=disk`: commits wait for the disk, three in a row a payment. `state=memory`: on a file system in memory,
// where there is one: what the worker itself takes.
// Usage: node tools/bench/checkout.mjs   SECONDS=n a turn, ROUNDS=n turns
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request as ask } from 'node:http';
import { lib, root } from '../face.mjs';
import { median, quantile, significant } from './stats.mjs';

process.env.NEARHAND_ROOT ??= root;
process.env.NEARHAND_DIST ??= `${lib}/dist`;
const { laid, settings, started, TOKENS } = await import('../../tests/js/package/checkout/till.mjs');
const SECONDS = Number(process.env.SECONDS ?? 2);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const out = `${root}/target/bench/checkout`;

const CARDS = 100;
const TERMINALS = 40;

let made = 0;
const KINDS = {
  'known cards': () => ({ card: `card-${made % CARDS}`, terminal: `terminal-${(made * 7) % TERMINALS}` }),
  'new cards': () => ({ card: `new-${made}`, terminal: `terminal-${made % TERMINALS}` }),
  'one terminal': () => ({ card: `card-${made % CARDS}`, terminal: 'busy' }),
  'one terminal in four objects': () => ({ card: `card-${made % CARDS}`, terminal: 'hot' }),
  'one card': () => ({ card: 'the-card', terminal: `terminal-${made % TERMINALS}` }),
};

/** One payment, and whether it was judged by the model. */
const pay = (agent, port, more) =>
  new Promise((done, fail) => {
    made += 1;
    const body = JSON.stringify({ id: `p${made}`, time: Date.now(), amount: (5 + (made % 90)).toFixed(2), currency: 'EUR', ...more });
    const headers = { 'authorization': `Bearer ${TOKENS.shop}`, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const request = ask({ agent, port, host: '127.0.0.1', path: '/assess', method: 'POST', headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => (text += part));
      response.on('end', () => done(response.statusCode === 200 && JSON.parse(text).failure === null));
    });
    request.on('error', fail);
    request.end(body);
  });

/** Seconds of processor time that workerd has used. */
function used(pid) {
  const stat = `/proc/${pid}/stat`;
  if (!existsSync(stat)) return Number.NaN;
  const fields = readFileSync(stat, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function turn({ ports, pid }, clients, kind) {
  const [port] = Object.values(ports);
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const times = [];
  let missed = 0;
  const cpu = used(pid);
  const from = performance.now();
  const until = from + SECONDS * 1000;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (performance.now() < until) {
        const began = performance.now();
        if (!(await pay(agent, port, KINDS[kind]()))) missed += 1;
        times.push(performance.now() - began);
      }
    }),
  );
  const seconds = (performance.now() - from) / 1000;
  agent.destroy();
  return { rate: times.length / seconds, cpu: (1000 * (used(pid) - cpu)) / times.length, p50: quantile(times, 0.5), p99: quantile(times, 0.99), missed };
}

let missed = 0;
for (const state of ['memory', 'disk']) {
  if (state === 'memory' && !existsSync('/dev/shm')) continue;
  await laid(out);
  if (state === 'disk') {
    rmSync(`${out}/state`, { recursive: true });
    mkdirSync(`${out}/state`);
  }
  const till = await started(out, settings({ PATIENCE_MS: '5000' }, { hot: { hot: 4 }, rate: 1e6 }));
  try {
    // Objects that are there, as they are in the middle of a day.
    const agent = new Agent({ keepAlive: true, maxSockets: 20 });
    const [port] = Object.values(till.ports);
    for (const kind of Object.keys(KINDS)) {
      if (kind === 'new cards') continue;
      for (let i = 0; i < 2 * CARDS; i += 20) await Promise.all(Array.from({ length: 20 }, () => pay(agent, port, KINDS[kind]())));
    }
    agent.destroy();
    for (const kind of Object.keys(KINDS)) {
      for (const clients of [1, 20]) {
        const turns = [];
        for (let round = 0; round < ROUNDS; round++) turns.push(await turn(till, clients, kind));
        missed += turns.reduce((sum, one) => sum + one.missed, 0);
        const of = (what) => significant(median(turns.map((one) => one[what])));
        console.log(`bench checkout ${kind.replaceAll(' ', '-')} state=${state} clients=${clients} requests/s=${of('rate')} p50=${of('p50')}ms p99=${of('p99')}ms cpu=${of('cpu')}ms n=${ROUNDS}`);
      }
    }
  } finally {
    await till.stop();
  }
}
if (missed) {
  console.error(`${missed} payments were not judged by the model`);
  process.exitCode = 1;
}
