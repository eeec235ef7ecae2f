// Runs every tests/js/e2e/*.test.mjs under Node's test runner. Usage: node tools/e2e.mjs [NAME]
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { root } from './face.mjs';

const dir = `${root}/tests/js/e2e`;
const files = readdirSync(dir).filter((name) => name.endsWith('.test.mjs') && name.includes(process.argv[2] ?? ''));
if (files.length === 0) throw new Error(`no e2e test in ${dir}`);
const run = spawnSync(process.execPath, ['--test', '--test-concurrency=1', ...files.map((name) => `${dir}/${name}`)], { stdio: 'inherit', cwd: root });
process.exit(run.status ?? 1);
