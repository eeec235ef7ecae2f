// Packs the package as npm would publish it, installs the tarball into a folder of its own, and runs the tests of
// tests/js/package there, so that they see what a user sees. Usage: node tools/package-test.mjs [NAME]
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { lib, packageJson, root } from './face.mjs';

const out = `${root}/target/js`;
const app = `${out}/package`;
const bundle = process.env.NEARHAND_BUNDLE ?? `${root}/models/online-retail/online-retail.safetensors`;
if (!existsSync(bundle)) throw new Error(`${bundle} is missing: the package is tested with the model it ships for`);

rmSync(app, { recursive: true, force: true });
mkdirSync(app, { recursive: true });
execFileSync('npm', ['pack', '--pack-destination', out, '--loglevel=error'], { cwd: lib, stdio: 'inherit' });
renameSync(`${out}/nearhand-${packageJson.version}.tgz`, `${out}/nearhand.tgz`);
writeFileSync(`${app}/package.json`, JSON.stringify({ name: 'app', private: true, type: 'module' }));
execFileSync('npm', ['install', '--offline', '--no-package-lock', '--ignore-scripts', '--loglevel=error', '../nearhand.tgz'], { cwd: app, stdio: 'inherit' });
cpSync(`${root}/tests/js/package`, app, { recursive: true });

const files = readdirSync(app).filter((name) => name.endsWith('.test.mjs') && name.includes(process.argv[2] ?? '')).map((name) => `${app}/${name}`);
if (files.length === 0) throw new Error(`no test of the package is named ${process.argv[2]}`);
const env = { ...process.env, NEARHAND_BUNDLE: bundle, NEARHAND_ROOT: root };
const run = spawnSync(process.execPath, ['--test', '--test-concurrency=1', ...files], { stdio: 'inherit', cwd: app, env });
process.exit(run.status ?? 1);
