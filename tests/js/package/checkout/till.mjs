// The edge worker of www/worker/checkout in a real workerd, with Durable Objects on disk: started, killed and started again on what is there.
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import * as esbuild from 'esbuild';
import { ended, serve } from '../workerd.mjs';

const root = process.env.NEARHAND_ROOT;
const dist = process.env.NEARHAND_DIST ?? `${import.meta.dirname}/../node_modules/nearhand/dist`;

const engine = process.env.NEARHAND_FAKE ?? `${dist}/assess-workerd.js`;

export const TOKENS = { shop: 'the token of the shop, of forty letters!'.replaceAll(' ', '-'), other: 'the-token-of-another-shop-which-is-long-too', reader: 'a-token-that-may-review-and-no-more-than-that' };
export const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const ALL = ['assess', 'label', 'review', 'admin'];

/** Settings that a test changes parts of. */
export const settings = (more = {}, shop = {}) => ({
  NAMES_KEY: 'a secret of these tests, of thirty-two bytes',
  TENANTS: JSON.stringify({
    shop: { tokens: [{ sha256: sha256(TOKENS.shop), scopes: ALL }, { sha256: sha256(TOKENS.reader), scopes: ['review'] }], rate: 100_000, ...shop },
    other: { tokens: [{ sha256: sha256(TOKENS.other), scopes: ALL }], rate: 100_000 },
  }),
  ...more,
});

/** Lays the worker and its files into `out`, from `entry`. */
export async function laid(out, entry = `${root}/www/worker/checkout/index.ts`, alias = {}) {
  rmSync(`${out}/state`, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  // Kills are of the process and not of the machine: what a file system in memory has is there afterwards, and no commit waits for a disk.
  if (existsSync('/dev/shm')) {
    const memory = mkdtempSync('/dev/shm/nearhand-checkout-');
    process.on('exit', () => rmSync(memory, { recursive: true, force: true }));
    symlinkSync(memory, `${out}/state`);
  } else mkdirSync(`${out}/state`);
  await esbuild.build({
    entryPoints: [entry],
    outfile: `${out}/checkout.js`,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    external: ['cloudflare:workers'],
    loader: { '.html': 'text' },
    alias: { 'nearhand/assess': alias.assess ?? engine, 'nearhand-assess': engine, 'nearhand/trust': `${dist}/trust.js`, '#checkout': `${root}/www/worker/checkout/index.ts` },
    // Edge bundlers upload these as modules: a compiled one, and bytes.
    plugins: [{
      name: 'modules',
      setup: ({ onResolve }) => onResolve({ filter: /\.(wasm|safetensors)$/ }, ({ path }) => ({ path: `./${path.split('/').at(-1)}`, external: true })),
    }],
  });
  if (existsSync(`${dist}/nearhand-assess.wasm`)) copyFileSync(`${dist}/nearhand-assess.wasm`, `${out}/nearhand-assess.wasm`);
  copyFileSync(`${root}/models/card-fraud/card-fraud.safetensors`, `${out}/card-fraud.safetensors`);
}

/** The shipped bundle with another manifest, whole and with a digest of its own. */
export function changed(path, change) {
  const bytes = readFileSync(`${root}/models/card-fraud/card-fraud.safetensors`);
  const size = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + size));
  const manifest = JSON.parse(header.__metadata__.nearhand);
  change(manifest);
  const file = (digest) => {
    const text = Buffer.from(JSON.stringify({ ...header, __metadata__: { ...header.__metadata__, nearhand: JSON.stringify({ ...manifest, sha256: digest }) } }));
    const padded = Buffer.concat([text, Buffer.alloc((8 - (text.length % 8)) % 8, ' ')]);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(padded.length));
    return Buffer.concat([length, padded, bytes.subarray(8 + size)]);
  };
  writeFileSync(path, file(createHash('sha256').update(file('0'.repeat(64))).digest('hex')));
}

const CLASSES = { CARDS: 'Card', TERMINALS: 'Terminal', REGISTERS: 'Register', QUEUES: 'Queue' };

/** workerd on what `laid` has laid, and on the state that is there. `data`: bindings that are files of `out`; `services`: scripts of `out` that it can fetch from; `local`: this machine as well. */
export async function started(out, env = settings(), data = {}, services = {}, local = false) {
  const modules = ['( name = "checkout.js", esModule = embed "checkout.js" )', '( name = "card-fraud.safetensors", data = embed "card-fraud.safetensors" )'];
  if (existsSync(`${out}/nearhand-assess.wasm`)) modules.push('( name = "nearhand-assess.wasm", wasm = embed "nearhand-assess.wasm" )');
  const bindings = [
    ...Object.entries(env).map(([name, value]) => `( name = "${name}", text = ${JSON.stringify(value)} )`),
    ...Object.entries(data).map(([name, file]) => `( name = "${name}", data = embed "${file}" )`),
    ...Object.keys(services).map((name) => `( name = "${name}", service = "${name}" )`),
    ...Object.entries(CLASSES).map(([name, one]) => `( name = "${name}", durableObjectNamespace = "${one}" )`),
  ];
  writeFileSync(
    `${out}/config.capnp`,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ( name = "state", disk = ( path = "${out}/state", writable = true, allowDotfiles = false ) ),
    ${Object.entries(services).map(([name, { script, files }]) => `( name = "${name}", worker = ( compatibilityDate = "2025-11-01", modules = [ ( name = "${script}", esModule = embed "${script}" ), ${files.map((file) => `( name = "${file}", data = embed "${file}" )`).join(', ')} ] ) ),`).join('\n    ')}
    ( name = "checkout", worker = ( compatibilityDate = "2025-11-01", modules = [ ${modules.join(', ')} ], bindings = [ ${bindings.join(', ')} ],
      durableObjectNamespaces = [ ${Object.values(CLASSES).map((one) => `( className = "${one}", uniqueKey = "checkout-${one}", enableSql = true )`).join(', ')} ],
      durableObjectStorage = ( localDisk = "state" )${local ? ', globalOutbound = "local"' : ''} ) ),${local ? '\n    ( name = "local", network = ( allow = ["private"] ) ),' : ''}
  ],
  sockets = [ ( name = "http", address = "127.0.0.1:0", http = (), service = "checkout" ) ],
);
`,
  );
  const running = await serve(out, { quiet: true });
  return { ...running, ...caller(running.url), stop: () => ended(running, 'SIGTERM'), kill: () => ended(running, 'SIGKILL') };
}

/** How many objects of a class have tables, in the files of `laid`: those that were asked and hold nothing have none. */
export function objects(out, kind) {
  const folder = `${out}/state/checkout-${kind}`;
  const held = (existsSync(folder) ? readdirSync(folder) : []).filter((name) => /\.sqlite(-wal)?$/.test(name) && readFileSync(`${folder}/${name}`).includes('CREATE TABLE meta'));
  return new Set(held.map((name) => name.replace(/-wal$/, ''))).size;
}

/** Calls of one worker. */
export function caller(url) {
  const call = async (method, path, body, { token = TOKENS.shop, headers = {}, raw } = {}) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...(token && { authorization: `Bearer ${token}` }), ...(method === 'POST' && { 'content-type': 'application/json' }), ...headers },
      ...(method === 'POST' && { body: raw ?? JSON.stringify(body), duplex: 'half' }),
    });
    const text = await response.text();
    let value;
    try {
      value = JSON.parse(text);
    } catch {
      value = text;
    }
    return { status: response.status, headers: response.headers, body: value, code: value?.error?.code };
  };
  /** What is kept of `card=…` or `terminal=…`. */
  const audit = (what, more) => call('POST', 'audit', Object.fromEntries(new URLSearchParams(what)), more);
  return { audit, get: (path, more) => call('GET', path, undefined, more), post: (path, body, more) => call('POST', path, body, more), assess: (body, more) => call('POST', 'assess', body, more) };
}

/** A transaction of now. */
let made = 0;
export const transaction = (more = {}) => ({ id: `t${(made += 1)}-${process.pid}`, time: Date.now(), card: 'card-1', terminal: 'terminal-1', amount: 24.9, currency: 'EUR', ...more });

/** A payment that is to be looked at: the first of larger and larger ones. */
export async function doubtful(till, more) {
  for (let amount = 40; amount < 1000; amount += 20) {
    const payment = transaction({ ...more, amount });
    const { body } = await till.assess(payment);
    if (body.decision === 'review') return { payment, body };
  }
  throw new Error('nothing is doubtful');
}

/** Until something holds: what comes after an answer comes soon. */
export async function until(what, holds, ms = 8000) {
  const end = Date.now() + ms;
  for (;;) {
    const value = await what();
    if (holds(value)) return value;
    if (Date.now() > end) throw new Error(`did not come: ${JSON.stringify(value).slice(0, 500)}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}
