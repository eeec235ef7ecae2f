// Runs every tests/js/e2e/*.test.mjs under Node's test runner. Usage: node tools/e2e.mjs [NAME]
// A test that fails is run once more, by itself: what fails twice is a fault. What passes then is told on a line that begins with "again".
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { root } from './face.mjs';

const dir = `${root}/tests/js/e2e`;
const files = readdirSync(dir).filter((name) => name.endsWith('.test.mjs') && name.includes(process.argv[2] ?? ''));
if (files.length === 0) throw new Error(`no e2e test in ${dir}`);

/** Runs files, one after the other, and prints what they print, but for the sums. */
async function run(paths, ...flags) {
  const child = spawn(process.execPath, ['--test', '--test-reporter=tap', '--test-concurrency=1', ...flags, ...paths], { stdio: ['ignore', 'pipe', 'inherit'], cwd: root });
  const ended = new Promise((done) => child.on('close', done));
  const result = { pass: 0, fail: 0, failed: [] };
  let name;
  for await (const line of createInterface(child.stdout)) {
    const sum = /^# (pass|fail) (\d+)$/.exec(line);
    if (sum) {
      result[sum[1]] = Number(sum[2]);
      continue;
    }
    console.log(line);
    name = /^(?:not )?ok \d+ - /.test(line) ? /^not ok \d+ - (.*)$/.exec(line)?.[1] : name;
    const at = /^ {2}location: '(.*):\d+:\d+'$/.exec(line)?.[1];
    if (name !== undefined && at) result.failed.push({ name: name.replace(/\\(.)/g, '$1'), at });
  }
  return { ...result, status: await ended };
}

const first = await run(files.map((file) => `${dir}/${file}`));
let { pass, fail } = first;
for (const { name, at } of first.failed) {
  const second = await run([at], `--test-name-pattern=^${name.replace(/[^\w ]/g, '\\$&')}$`);
  if (second.status !== 0 || second.pass === 0) continue;
  console.log(`again ${at.slice(dir.length + 1)}: ${name}`);
  pass++;
  fail--;
}
console.log(`# pass ${pass}\n# fail ${fail}`);
process.exit(fail > 0 || (first.status !== 0 && first.failed.length === 0) ? 1 : 0);
