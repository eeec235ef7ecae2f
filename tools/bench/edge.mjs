// The edge worker of www/worker in workerd under load: pages a second and time a page with 1, 2, 20 and 100 clients, as ratios
// to one client, beside the same worker passing a page through that asks for no slate. Every client is a visitor who goes on
// with the cookie he was given. Usage: node tools/bench/edge.mjs [CLIENTS…]   SECONDS=n a turn, ROUNDS=n turns
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { createInterface } from 'node:readline';
import * as esbuild from 'esbuild';
import { lib, root } from '../face.mjs';
import { median, quantile, significant } from './stats.mjs';

const bundle = process.env.NEARHAND_BUNDLE ?? `${root}/models/online-retail/online-retail.safetensors`;
if (!existsSync(bundle)) throw new Error(`${bundle} is missing: ./build.sh train makes it`);
const CLIENTS = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1, 2, 20, 100];
const SECONDS = Number(process.env.SECONDS ?? 2);
const ROUNDS = Number(process.env.ROUNDS ?? 5);
const ITEMS = ['22423', '22697', '85123A', '22727', '20725', '84879', '22386', '21931'];
const out = `${root}/target/bench/edge`;

/** A product page of some 20 KB, which names its item or none. */
const ORIGIN = `
const filler = '<p>A page has a header, a menu, a description and a footer.</p>'.repeat(300);
export default { fetch(request) {
  const item = new URL(request.url).searchParams.get('item');
  const slate = item ? '<div data-nearhand-slate="' + item + '" data-nearhand-href="/p/{item}" data-nearhand-currency="GBP"></div>' : '';
  return new Response('<!doctype html><html><head><meta charset=utf-8><title>t</title></head><body>' + filler + slate + '</body></html>', { headers: { 'content-type': 'text/html; charset=utf-8' } });
} };`;

async function serve() {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  await esbuild.build({
    entryPoints: [`${root}/www/worker/index.ts`],
    outfile: `${out}/edge.js`,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    alias: { nearhand: `${lib}/dist/workerd.js`, 'nearhand/server': `${lib}/dist/server.js` },
    plugins: [{
      name: 'modules',
      setup: ({ onResolve }) => onResolve({ filter: /\.(wasm|safetensors)$/ }, ({ path }) => ({ path: `./${path.split('/').at(-1)}`, external: true })),
    }],
  });
  for (const name of ['nearhand.wasm', 'nearhand-lite.wasm']) copyFileSync(`${lib}/dist/${name}`, `${out}/${name}`);
  copyFileSync(bundle, `${out}/online-retail.safetensors`);
  writeFileSync(`${out}/origin.js`, ORIGIN);
  writeFileSync(
    `${out}/config.capnp`,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ( name = "origin", worker = ( compatibilityDate = "2025-11-01", modules = [ ( name = "origin.js", esModule = embed "origin.js" ) ] ) ),
    ( name = "edge", worker = ( compatibilityDate = "2025-11-01",
      modules = [
        ( name = "edge.js", esModule = embed "edge.js" ),
        ( name = "nearhand.wasm", wasm = embed "nearhand.wasm" ),
        ( name = "nearhand-lite.wasm", wasm = embed "nearhand-lite.wasm" ),
        ( name = "online-retail.safetensors", data = embed "online-retail.safetensors" ),
      ],
      bindings = [ ( name = "ORIGIN", service = "origin" ), ( name = "SESSION_KEY", text = "a key of this benchmark, of thirty-two bytes" ), ( name = "CONSENT", text = "session" ) ] ) )
  ],
  sockets = [ ( name = "edge", address = "127.0.0.1:0", http = (), service = "edge" ) ],
);
`,
  );
  const workerd = spawn(`${root}/node_modules/.bin/workerd`, ['serve', 'config.capnp', '--control-fd=3'], { cwd: out, stdio: ['ignore', 'inherit', 'inherit', 'pipe'] });
  for await (const line of createInterface({ input: workerd.stdio[3] })) {
    const { event, port } = JSON.parse(line);
    if (event === 'listen') return { port, pid: workerd.pid, stop: () => workerd.kill() };
  }
  throw new Error('workerd does not listen');
}

/** One page, read to its end; its cookie and whether it has a slate. */
const page = (agent, port, path, cookie) =>
  new Promise((done, fail) => {
    const request = get({ agent, port, host: '127.0.0.1', path, headers: { host: 'shop.example', ...(cookie && { cookie }) } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => (text += part));
      response.on('end', () => done({ filled: text.includes('nearhand-slate"'), cookie: response.headers['set-cookie']?.[0].split(';')[0] }));
    });
    request.on('error', fail);
  });

/** Seconds of processor time that workerd has used: what a page costs, whatever else the machine does. */
function used(pid) {
  const stat = `/proc/${pid}/stat`;
  if (!existsSync(stat)) return NaN;
  const fields = readFileSync(stat, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Pages a second and milliseconds a page, with so many clients at once. */
async function turn({ port, pid }, clients, plain) {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const times = [];
  let missed = 0;
  const cpu = used(pid);
  const from = performance.now();
  const until = from + SECONDS * 1000;
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      let cookie;
      for (let i = client; performance.now() < until; i++) {
        const began = performance.now();
        const seen = await page(agent, port, plain ? '/' : `/?item=${ITEMS[i % ITEMS.length]}`, cookie);
        times.push(performance.now() - began);
        if (!plain && !seen.filled) missed++;
        cookie = seen.cookie ?? cookie;
      }
    }),
  );
  const seconds = (performance.now() - from) / 1000;
  agent.destroy();
  return { rate: times.length / seconds, cpu: (1000 * (used(pid) - cpu)) / times.length, p50: quantile(times, 0.5), p99: quantile(times, 0.99), missed };
}

const edge = await serve();
const { port, stop } = edge;
let missed = 0;
try {
  // A cold isolate, met by everybody at once.
  const agent = new Agent({ keepAlive: true });
  const began = performance.now();
  const first = await Promise.all(Array.from({ length: 20 }, () => page(agent, port, '/?item=22423')));
  agent.destroy();
  console.log(`bench edge cold clients=20 filled=${first.filter(({ filled }) => filled).length} took=${significant(performance.now() - began)}ms`);
  await turn(edge, 2, false);
  const turns = CLIENTS.map(() => ({ filled: [], plain: [] }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, clients] of CLIENTS.entries()) {
      turns[i].filled.push(await turn(edge, clients, false));
      turns[i].plain.push(await turn(edge, clients, true));
    }
  }
  const of = (all, what) => median(all.map((one) => one[what]));
  const one = of(turns[0].filled, 'rate');
  for (const [i, clients] of CLIENTS.entries()) {
    const { filled, plain } = turns[i];
    missed += filled.reduce((sum, one) => sum + one.missed, 0);
    console.log(
      `bench edge clients=${clients} pages/s=${significant(of(filled, 'rate'))} p50=${significant(of(filled, 'p50'))}ms p99=${significant(of(filled, 'p99'))}ms cpu=${significant(of(filled, 'cpu'))}ms ` +
        `to-${CLIENTS[0]}-client=${significant(of(filled, 'rate') / one)} passed-through=${significant(of(plain, 'rate'))}/s cpu=${significant(of(plain, 'cpu'))}ms ratio=${significant(of(filled, 'rate') / of(plain, 'rate'))} n=${ROUNDS}`,
    );
  }
} finally {
  stop();
}
if (missed) {
  console.error(`${missed} pages came without a slate`);
  process.exitCode = 1;
}
