// A real workerd: one with a configuration, and one worker made of the installed package. Neither waits longer than workerd lives.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import * as esbuild from 'esbuild';

/** What kind of module a file is, by its ending; all others are bytes. */
const KINDS = { wasm: 'wasm', json: 'json' };

/** workerd with a configuration of the folder `out`, once it listens at `sockets` places: their ports by name, the first one's address. `quiet`: what it says on standard error is kept in `said` alone. */
export async function serve(out, { config = 'config.capnp', sockets = 1, quiet = false } = {}) {
  const workerd = spawn(`${process.env.NEARHAND_ROOT}/node_modules/.bin/workerd`, ['serve', config, '--control-fd=3'], { cwd: out, stdio: ['ignore', 'inherit', quiet ? 'pipe' : 'inherit', 'pipe'] });
  const said = [];
  workerd.stderr?.setEncoding('utf8').on('data', (text) => said.push(text));
  const ports = {};
  for await (const line of createInterface({ input: workerd.stdio[3] })) {
    const { event, socket, port } = JSON.parse(line);
    if (event === 'listen') ports[socket] = port;
    if (Object.keys(ports).length === sockets) break;
  }
  assert.equal(Object.keys(ports).length, sockets, `workerd listens: ${said.join('')}`);
  return { url: `http://127.0.0.1:${Object.values(ports)[0]}/`, ports, pid: workerd.pid, said, stop: () => workerd.kill() };
}

/** Ends what `serve` began, and waits until it is gone as a process, so that its files are nobody's. */
export async function ended({ pid }, signal) {
  try {
    for (process.kill(pid, signal); ; process.kill(pid, 0)) await new Promise((done) => setTimeout(done, 10));
  } catch {
    // There is no such process any more.
  }
}

/** A worker in workerd: `entry` as one script in the folder `out`, with what it imports beside code as modules, as edge bundlers upload them: name → file. */
export async function serveOne(out, entry, files = {}, alias = {}) {
  mkdirSync(out, { recursive: true });
  const names = Object.keys(files);
  for (const name of names) copyFileSync(files[name], `${out}/${basename(name)}`);
  await esbuild.build({
    entryPoints: [entry],
    outfile: `${out}/worker.js`,
    bundle: true,
    format: 'esm',
    conditions: ['workerd', 'worker'],
    alias,
    external: names.map((name) => (name.endsWith('.json') ? `./${name}` : `*.${name.split('.').at(-1)}`)),
  });
  const modules = names.map((name) => `( name = "${name}", ${KINDS[name.split('.').at(-1)] ?? 'data'} = embed "${basename(name)}" )`);
  writeFileSync(
    `${out}/config.capnp`,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [ ( name = "main", worker = ( compatibilityDate = "2025-11-01", modules = [ ${['( name = "worker.js", esModule = embed "worker.js" )', ...modules].join(', ')} ] ) ) ],
  sockets = [ ( name = "http", address = "127.0.0.1:0", http = (), service = "main" ) ],
);
`,
  );
  return serve(out);
}

/** Asks a worker for what stands behind its address: JSON without an error. */
export async function asked({ url }, what) {
  const answer = await (await fetch(`${url}${what}`)).json();
  assert.equal(answer.error, undefined, answer.error);
  return answer;
}
