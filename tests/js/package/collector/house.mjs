// The edge worker of www/worker/collector in a real workerd, with its Durable Object on disk: started, killed and started again on what is there.
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import * as esbuild from 'esbuild';
import { ended, serve } from '../workerd.mjs';

const root = process.env.NEARHAND_ROOT;
const dist = process.env.NEARHAND_DIST ?? `${import.meta.dirname}/../node_modules/nearhand/dist`;

export const TOKENS = { reader: 'a-token-that-may-read-and-no-more-than-that', server: 'a-token-of-a-server-that-reports-for-others' };
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/** Settings that a test changes parts of. */
export const settings = (reference, more = {}) => ({
  REFERENCE: Buffer.from(reference).toString('base64'),
  TOKENS: JSON.stringify([{ sha256: sha256(TOKENS.reader), scopes: ['read'] }, { sha256: sha256(TOKENS.server), scopes: ['report'] }]),
  ORIGINS: 'https://shop.example',
  RATE: '100000',
  BURST: '100000',
  PERIOD_MS: '1000',
  ...more,
});

/** `faulty`: with faults that a test switches on. `unbounded`: an isolate takes as many reports as come, as a benchmark wants to know. */
export async function laid(out, { faulty = false, unbounded = false } = {}) {
  rmSync(`${out}/state`, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  if (existsSync('/dev/shm')) {
    const memory = mkdtempSync('/dev/shm/nearhand-collector-');
    process.on('exit', () => rmSync(memory, { recursive: true, force: true }));
    symlinkSync(memory, `${out}/state`);
  } else mkdirSync(`${out}/state`);
  await esbuild.build({
    entryPoints: [faulty ? `${import.meta.dirname}/faulty.js` : `${root}/www/worker/collector/index.ts`],
    outfile: `${out}/collector.js`,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    external: ['cloudflare:workers', '*.wasm'],
    alias: { 'nearhand/monitor': `${dist}/monitor-workerd.js`, '#collector': `${root}/www/worker/collector/index.ts` },
    plugins: unbounded ? [{ name: 'unbounded', setup: ({ onLoad }) => onLoad({ filter: /collector\/words\/limits\.ts$/ }, ({ path }) => ({ loader: 'ts', contents: readFileSync(path, 'utf8').replace(/(ALL_(?:RATE|BURST)) = \d+/g, '$1 = 1e9') })) }] : [],
  });
  copyFileSync(`${dist}/nearhand-monitor.wasm`, `${out}/nearhand-monitor.wasm`);
}

/** workerd on what `laid` has laid, and on the state that is there. */
export async function started(out, env) {
  const bindings = [...Object.entries(env).map(([name, value]) => `( name = "${name}", text = ${JSON.stringify(value)} )`), '( name = "SUMS", durableObjectNamespace = "Sum" )'];
  writeFileSync(
    `${out}/config.capnp`,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ( name = "state", disk = ( path = "${out}/state", writable = true, allowDotfiles = false ) ),
    ( name = "collector", worker = ( compatibilityDate = "2025-11-01",
      modules = [ ( name = "collector.js", esModule = embed "collector.js" ), ( name = "nearhand-monitor.wasm", wasm = embed "nearhand-monitor.wasm" ) ],
      bindings = [ ${bindings.join(', ')} ],
      durableObjectNamespaces = [ ( className = "Sum", uniqueKey = "collector-Sum", enableSql = true ) ],
      durableObjectStorage = ( localDisk = "state" ) ) ),
  ],
  sockets = [ ( name = "http", address = "127.0.0.1:0", http = (), service = "collector" ) ],
);
`,
  );
  const running = await serve(out, { quiet: true });
  const post = async (body, { origin = 'https://shop.example', headers = {}, method = 'POST' } = {}) => {
    const response = await fetch(`${running.url}report`, { method, headers: { ...(origin && { origin }), ...headers }, ...(body && { body, duplex: 'half' }) });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text && JSON.parse(text), code: text && JSON.parse(text).error?.code };
  };
  const get = async (path, token = TOKENS.reader) => {
    const response = await fetch(`${running.url}${path}`, { headers: token ? { authorization: `Bearer ${token}` } : {} });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const json = response.headers.get('content-type')?.startsWith('application/json');
    return { status: response.status, headers: response.headers, bytes, body: json ? JSON.parse(Buffer.from(bytes)) : Buffer.from(bytes).toString() };
  };
  return { ...running, post, get, stop: () => ended(running, 'SIGTERM'), kill: () => ended(running, 'SIGKILL') };
}
