// Cloudflare's bounds for a worker: one second of CPU at global scope, 128 MB. Measured on the workerd process from its start
// to its first answer, less what an empty worker takes: compiling the binaries counts, which a deployment does at upload.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { before, test } from 'node:test';
import { createInterface } from 'node:readline';
import * as esbuild from 'esbuild';

const here = import.meta.dirname;
const CPU_MS = 1000;
const MEMORY_MB = 128;
/** Linux counts CPU in ticks of 1/100 s. */
const TICK_MS = 10;

const EMPTY = `    modules = [ ( name = "empty.js", esModule = embed "empty.js" ) ],`;
const SHOP = (tier) => `    modules = [
      ( name = "worker.js", esModule = embed "worker.js" ),
      ( name = "nearhand.wasm", wasm = embed "nearhand.wasm" ),
      ( name = "nearhand-lite.wasm", wasm = embed "nearhand-lite.wasm" ),
      ( name = "shop.safetensors", data = embed "shop.safetensors" ),
      ( name = "tier.txt", text = "${tier}" ),
    ],`;
const config = (modules) => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [ ( name = "main", worker = (
    compatibilityDate = "2025-11-01",
${modules}
  ) ) ],
  sockets = [ ( name = "http", address = "127.0.0.1:0", http = (), service = "main" ) ],
);
`;

const out = `${here}/dist-startup`;
before(async () => {
  mkdirSync(out, { recursive: true });
  await esbuild.build({
    entryPoints: [`${here}/startup/worker.js`, `${here}/startup/empty.js`],
    outdir: out,
    bundle: true,
    format: 'esm',
    conditions: ['workerd', 'worker'],
    external: ['*.wasm', '*.safetensors', '*.txt'],
  });
  for (const name of ['nearhand.wasm', 'nearhand-lite.wasm']) copyFileSync(`${here}/node_modules/nearhand/dist/${name}`, `${out}/${name}`);
  copyFileSync(process.env.NEARHAND_BUNDLE, `${out}/shop.safetensors`);
});

/** The first answer of a fresh workerd, the CPU it has spent and the most memory it has held. */
async function start(tier) {
  writeFileSync(`${out}/${tier}.capnp`, config(tier === 'empty' ? EMPTY : SHOP(tier)));
  const workerd = spawn(`${process.env.NEARHAND_ROOT}/node_modules/.bin/workerd`, ['serve', `${tier}.capnp`, '--control-fd=3'], {
    cwd: out,
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  try {
    const [line] = await once(createInterface({ input: workerd.stdio[3] }), 'line');
    const answer = await (await fetch(`http://127.0.0.1:${JSON.parse(line).port}/`)).json();
    const stat = readFileSync(`/proc/${workerd.pid}/stat`, 'utf8');
    // After the name in brackets the fields begin with the third; user and system time are the 14th and 15th.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const cpuMs = (Number(fields[11]) + Number(fields[12])) * TICK_MS;
    const peakKb = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${workerd.pid}/status`, 'utf8'))[1]);
    return { answer, cpuMs, memoryMb: peakKb / 1000 };
  } finally {
    workerd.kill();
  }
}

test('workerd: lite and full load at global scope within its bounds', { skip: process.platform !== 'linux' && 'reads /proc' }, async (t) => {
  const empty = await start('empty');
  for (const tier of ['lite', 'full']) {
    const { answer, cpuMs, memoryMb } = await start(tier);
    const used = { cpuMs: cpuMs - empty.cpuMs, memoryMb: Math.round(memoryMb - empty.memoryMb) };
    t.diagnostic(`${tier}: ${used.cpuMs} ms CPU and ${used.memoryMb} MB beside workerd's own ${empty.cpuMs} ms and ${Math.round(empty.memoryMb)} MB`);
    assert.deepEqual([answer.tier, answer.items, answer.error], [tier, 5, undefined]);
    assert.ok(used.cpuMs < CPU_MS, `${tier} takes ${used.cpuMs} ms of CPU`);
    assert.ok(used.memoryMb < MEMORY_MB, `${tier} takes ${used.memoryMb} MB`);
  }
});
