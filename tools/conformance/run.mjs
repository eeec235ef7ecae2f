// Every case through the engine in wasm, in Node: pass, refused or wrong. docs/conformance.md says how each is counted.
// Usage: node tools/conformance/run.mjs [--peer] [--only PATTERN] [GROUP…]
//   --peer    onnxruntime-web instead of nearhand     --only    cases whose name matches
//   GROUP     a file of target/conformance, by its name without .cases (default: all), or a path
// The report: target/conformance/report.json and .md (--peer: peer.json and .md)
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Worker } from 'node:worker_threads';
import { root } from '../face.mjs';
import { readCases } from './node.mjs';
import { markdown, summary } from './report.mjs';

const folder = `${root}/target/conformance`;
const LIMIT_MS = 5000;
/** Codes that refuse a sound model. `model-malformed` is not among them: every case is a sound model. */
const REFUSALS = new Set([
  'model-operator-unsupported',
  'model-type-unsupported',
  'model-unsupported',
  'model-too-large',
  'model-mismatch',
  'model-failed',
  // Types of tensors that the face does not take.
  'tensor-invalid',
  'tensor-type-unsupported',
]);

const args = process.argv.slice(2);
const take = (flag, values) => {
  const at = args.indexOf(flag);
  return at < 0 ? undefined : args.splice(at, 1 + values).at(-1);
};
const peer = take('--peer', 0) !== undefined;
const only = new RegExp(take('--only', 1) ?? '');
const asked = args.length ? args : readdirSync(folder).filter((name) => name.endsWith('.cases'));
const files = Object.fromEntries(
  asked.map((name) => {
    const path = existsSync(name) ? name : `${folder}/${basename(name, '.cases')}.cases`;
    if (!existsSync(path)) throw new Error(`${path} is missing: ./build.sh conformance makes it`);
    return [basename(path, '.cases'), path];
  }),
);

class Runner {
  /** A worker that is ready for its first case. */
  async open() {
    if (this.worker) return;
    const worker = new Worker(new URL('./worker.mjs', import.meta.url), { workerData: { files, engine: peer ? 'ort' : 'nearhand' }, stdout: true, stderr: true });
    await new Promise((done, failed) => worker.once('message', done).once('error', failed));
    this.worker = worker;
  }

  async close() {
    const { worker } = this;
    this.worker = undefined;
    await worker?.terminate();
  }

  async run(group, at) {
    await this.open();
    const { worker } = this;
    const result = await new Promise((done) => {
      const broken = (reason) => settle({ status: 'wrong', stage: 'run', reason, broken: true });
      const failed = (error) => broken(`${error.name}: ${error.message}`);
      const ended = (code) => broken(`the thread ended with ${code}`);
      const timer = setTimeout(() => broken(`no answer within ${LIMIT_MS / 1000} s`), LIMIT_MS);
      const settle = (value) => {
        clearTimeout(timer);
        worker.off('message', settle).off('error', failed).off('exit', ended);
        done(value);
      };
      worker.on('message', settle).on('error', failed).on('exit', ended);
      worker.postMessage({ group, at });
    });
    if (result.broken) await this.close();
    return result;
  }
}

const runner = new Runner();
const results = [];
for (const [group, path] of Object.entries(files)) {
  for (const [at, { name, ops }] of readCases(path).entries()) {
    if (!only.test(name)) continue;
    const { broken, ...result } = await runner.run(group, at);
    if (!peer && result.status === 'refused' && !REFUSALS.has(result.code)) Object.assign(result, { status: 'wrong', reason: `refused as ${result.code}: ${result.reason}` });
    results.push({ name, group, ops, ...result });
  }
}
await runner.close();

const report = summary(results);
mkdirSync(folder, { recursive: true });
const stem = `${folder}/${peer ? 'peer' : 'report'}`;
writeFileSync(`${stem}.json`, `${JSON.stringify({ ...report, cases: results }, null, 1)}\n`);
writeFileSync(`${stem}.md`, markdown(report, results, peer ? 'onnxruntime-web' : 'nearhand'));
console.log(markdown(report, results, peer ? 'onnxruntime-web' : 'nearhand'));
const { pass, refused, wrong } = report.total;
console.log(`conformance pass=${pass} refused=${refused} wrong=${wrong}`);
process.exit(wrong > 0 || results.length === 0 ? 1 : 0);
