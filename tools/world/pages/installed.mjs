// The package as npm would publish it, laid out as npm would install it; and the tools that cases need beside the checkout's own.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { lib, packageJson, root } from '../../face.mjs';

/** Git-ignored. Apps of the cases lie in it, so that the tools are found from there. */
export const ROOM = `${root}/target/world/pages`;
const HERE = `${root}/tools/world/pages`;

/** Packs and unpacks into `folder`/node_modules/nearhand; gives that path. NEARHAND_LIB: another checkout's www/lib. */
export function packed(folder) {
  const cwd = process.env.NEARHAND_LIB ?? lib;
  mkdirSync(`${folder}/node_modules`, { recursive: true });
  if (!existsSync(`${cwd}/dist/browser.js`)) throw new Error('the package is missing: ./build.sh package first');
  execFileSync('npm', ['pack', '--pack-destination', folder, '--loglevel=error'], { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  const tarball = `${folder}/nearhand.tgz`;
  renameSync(`${folder}/nearhand-${packageJson.version}.tgz`, tarball);
  execFileSync('tar', ['-xzf', tarball, '-C', `${folder}/node_modules`]);
  renameSync(`${folder}/node_modules/package`, `${folder}/node_modules/nearhand`);
  return `${folder}/node_modules/nearhand`;
}

/** Installs the tools of package.json beside this file, once for each change of its lockfile. */
export function tools() {
  const lock = `${HERE}/package-lock.json`;
  const done = `${ROOM}/node_modules/.package-lock.json`;
  if (existsSync(done) && statSync(done).mtimeMs > statSync(lock).mtimeMs && readFileSync(`${ROOM}/package-lock.json`, 'utf8') === readFileSync(lock, 'utf8')) return;
  console.log(`tools: npm ci into ${ROOM.slice(root.length + 1)} (once, some 840 MB: Next, Parcel, webpack, Rollup, older Vite, Jest, Bun, Deno; about a minute)`);
  mkdirSync(ROOM, { recursive: true });
  rmSync(`${ROOM}/node_modules`, { recursive: true, force: true });
  for (const name of ['package.json', 'package-lock.json']) copyFileSync(`${HERE}/${name}`, `${ROOM}/${name}`);
  const ci = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: ROOM, encoding: 'utf8' });
  if (ci.status !== 0) throw new Error(`npm ci: ${ci.stderr.slice(-2000)}`);
  // Bun's own script only puts its binary, which another package of the list holds, into place.
  const bun = spawnSync(process.execPath, ['install.js'], { cwd: `${ROOM}/node_modules/bun`, encoding: 'utf8' });
  if (bun.status !== 0) console.log(`tools: bun is not usable here: ${bun.stderr.slice(-300)}`);
  writeFileSync(`${ROOM}/.done`, new Date().toISOString());
}
