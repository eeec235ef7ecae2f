// Files as shops have them, and what is right for each.
// Usage: node tools/world/run.mjs logs|models|pages [--only PATTERN] [--keep] [--native] [--part]
// `models` runs each bundle in wasm too, by the built package, unless --native is given. `pages` runs the packed package in
// browsers, runtimes and builds (tools/world/pages/README.md); --part: what is done in three minutes, without tools from npm.
// The tool is target/release/nearhand, or what NEARHAND names.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { root } from '../face.mjs';
import { catalog } from './bundle.mjs';
import { run } from './child.mjs';
import { differences, noteDifferences } from './compare.mjs';

/** No input may take more. */
const SECONDS = 10;
const MIB = 500;
/** An error's text, even of a line of megabytes. */
const MESSAGE_BYTES = 4096;
const VALUE_BYTES = 200;

const [group, ...flags] = process.argv.slice(2);
if (!['logs', 'models', 'pages'].includes(group)) throw new Error('usage: node tools/world/run.mjs logs|models|pages [--only PATTERN] [--keep] [--native] [--part]');
const only = flags.includes('--only') ? new RegExp(flags[flags.indexOf('--only') + 1]) : /./;
const binary = resolve(process.env.NEARHAND ?? `${root}/target/release/nearhand`);
/** Groups but `logs` judge their cases themselves. */
const judge = group === 'logs' ? undefined : await import(`./${group}/judge.mjs`);
const here = judge ? `${root}/tools/world/${group}/cases` : `${root}/tools/world/${group}`;

const themes = readdirSync(here)
  .filter((name) => name.endsWith('.mjs'))
  .sort();
const all = [];
for (const theme of themes) {
  const { cases } = await import(`${here}/${theme}`);
  const spread = judge?.spread ? cases.flatMap(judge.spread) : cases;
  all.push(...spread.map((one) => ({ ...one, name: `${theme.replace('.mjs', '')}/${one.name}` })));
}
const twice = all.find((one, i) => all.findIndex((other) => other.name === one.name) !== i);
if (twice) throw new Error(`two cases are called ${twice.name}`);

/** Files are text, bytes, or a function that makes them at a path; `null` is a folder, { fifo: true } a pipe. */
function write(folder, files) {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(content === null ? path : dirname(path), { recursive: true });
    if (content === null) continue;
    if (content.fifo) execFileSync('mkfifo', [path]);
    else if (typeof content === 'function') content(path);
    else writeFileSync(path, content);
  }
}

/** The flags that both `check` and `train` take. */
function reading(one) {
  const events = one.events ?? Object.keys(one.files)[0];
  return ['--events', events, ...(one.list ? ['--items', one.list] : []), ...(one.flags ?? [])];
}

/** Control characters have no place in what a terminal shows, whatever the file holds. */
const raw = (text) => [...text].some((c) => (c < ' ' && c !== '\n' && c !== '\t') || (c >= '\x7f' && c <= '\x9f'));

/** The most that any run took. */
const most = { seconds: 0, mib: 0 };

function bounds({ rc, out, err, seconds, mib }) {
  most.seconds = Math.max(most.seconds, seconds);
  most.mib = Math.max(most.mib, mib);
  const faults = [];
  if (rc === null) faults.push(`ended by us after ${seconds.toFixed(1)} s, or by a signal`);
  if (mib > MIB) faults.push(`took ${Math.round(mib)} MiB, at most ${MIB}`);
  if (/panicked at|RUST_BACKTRACE/.test(err)) faults.push(`panicked: ${err.slice(0, 300)}`);
  if (raw(out) || raw(err)) faults.push('wrote control characters');
  return faults;
}

/** `says` fits message or details, wherever it is said. */
function refusal({ says = /./, ...want }, { rc, out, err }) {
  const faults = rc === 1 ? [] : [`wanted a refusal, rc 1, got rc ${rc}: ${(out + err).slice(0, 300)}`];
  let said;
  try {
    said = JSON.parse(out);
  } catch {
    return [...faults, `no JSON: ${(out + err).slice(0, 300)}`];
  }
  faults.push(...differences({ ok: false, error: { code: 'data-invalid', ...want } }, said));
  const { message = '', details = {} } = said.error ?? {};
  faults.push(...differences(says, [message, ...Object.values(details)].join('\n'), 'said'));
  if (Buffer.byteLength(message) > MESSAGE_BYTES) faults.push(`a message of ${Buffer.byteLength(message)} bytes`);
  if (Buffer.byteLength(out) > 4 * MESSAGE_BYTES) faults.push(`a refusal of ${Buffer.byteLength(out)} bytes`);
  // The mark of what was cut may be added.
  if (Buffer.byteLength(details.value ?? '') > VALUE_BYTES + 8) faults.push(`repeats ${Buffer.byteLength(details.value)} bytes of a value`);
  return faults;
}

function answer(one, { rc, out, err }) {
  if (rc !== 0) return [`wanted rc 0, got rc ${rc}: ${(out + err).slice(0, 500)}`];
  const said = JSON.parse(out);
  const notes = noteDifferences(one.notes ?? [], said.notes);
  return [...differences({ ok: true, ...one.want }, said), ...notes];
}

/** What one case is at fault with: nothing, when it is right. */
async function faults(one, folder) {
  const limits = { cwd: folder, seconds: SECONDS };
  if (one.args) {
    // In words, not as JSON.
    const got = await run(binary, one.args, { ...limits, stdin: one.stdin });
    const says = [one.says ?? []]
      .flat()
      .flatMap((pattern) => (pattern.test(got.out + got.err) ? [] : [`wanted ${pattern} got ${(got.out + got.err).slice(0, 400)}`]));
    return [...bounds(got), ...differences(one.rc ?? 0, got.rc, 'rc'), ...says, ...(one.after?.(folder, got) ?? [])];
  }
  const got = await run(binary, ['check', ...reading(one), '--json'], { ...limits, stdin: one.stdin });
  const found = [...bounds(got), ...(one.refuse ? refusal(one.refuse, got) : answer(one, got))];
  if (!one.made || found.length > 0) return found;
  // The same flags, trained: what the bundle says of its items.
  const train = ['train', ...reading(one), '--dim', '8', '--bits', '8', '--blocks', '0', '--half-life', '0', '--name', 't', '--created-at', '2026-11-23'];
  const trained = await run(binary, [...train, '--out', 't.safetensors'], { ...limits, stdin: one.stdin });
  if (trained.rc !== 0) return [...bounds(trained), `train: rc ${trained.rc}: ${trained.err.slice(-500)}`];
  return [...bounds(trained), ...differences(one.made, catalog(`${folder}/t.safetensors`), 'bundle')];
}

const base = mkdtempSync(join(tmpdir(), 'nearhand-world-'));
const asked = all.filter((one) => only.test(one.name) && (!flags.includes('--part') || (judge?.inPart?.(one) ?? true)));
const todo = asked.map((one, i) => ({ ...one, folder: `${base}/${i}` }));
await judge?.prepare(base, { wasm: !flags.includes('--native'), todo });
let passed = 0;
let failed = 0;
/** Engines in which a case runs now. */
const busy = new Set();
/** The next case whose engine, if it has one, is free. */
function next() {
  const at = todo.findIndex(({ engine }) => !engine || !busy.has(engine));
  const [one] = at < 0 ? [] : todo.splice(at, 1);
  if (one?.engine) busy.add(one.engine);
  return one;
}
/** What a case is at fault with, in a folder of its own. */
async function once(one) {
  try {
    mkdirSync(one.folder, { recursive: true });
    write(one.folder, one.files ?? {});
    const limits = { cwd: one.folder, seconds: SECONDS };
    return await (judge ? judge.faults(one, { binary, limits, bounds }) : faults(one, one.folder));
  } catch (error) {
    return [String(error.stack)];
  } finally {
    if (!flags.includes('--keep')) rmSync(one.folder, { recursive: true, force: true });
  }
}
async function work() {
  for (let one = next(); one; busy.delete(one.engine), one = next()) {
    const from = performance.now();
    let found = await once(one);
    // In a browser, what fails twice is a fault.
    if (found.length > 0 && judge?.again) {
      const before = found;
      found = await once(one);
      if (found.length === 0) console.log(`again ${group}/${one.name}: at first ${before[0].split('\n')[0].slice(0, 300)}`);
    }
    if (found.length === 0) {
      passed++;
      console.log(`ok   ${group}/${one.name}  ${one.what}${took(one, from)}`);
    } else {
      failed++;
      console.log(`FAIL ${group}/${one.name}  ${one.what}${took(one, from)}\n     ${found.slice(0, 6).join('\n     ')}`);
    }
  }
}
/** Where a case has an engine, how long it took there. */
const took = ({ engine }, from) => (engine ? ` (${((performance.now() - from) / 1000).toFixed(1)} s)` : '');
await Promise.all(Array.from({ length: judge?.workers ?? Math.max(2, availableParallelism()) }, work));
await judge?.finish?.();
if (flags.includes('--keep')) console.log(`files: ${base}`);
else rmSync(base, { recursive: true, force: true });
if (most.seconds > 0) console.log(`at most ${most.seconds.toFixed(1)} s and ${Math.round(most.mib)} MiB`);
console.log(`world ${group} passed=${passed} failed=${failed}`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
