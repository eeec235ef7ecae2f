// docs/nightly.md as files: its blocks, a small shop's log, and a static host with the cache headers that the page asks for.
import { spawn } from 'node:child_process';
import { createReadStream, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join } from 'node:path';

const root = process.env.NEARHAND_ROOT;

/** Every block that begins with its name, laid into `dir` as it stands. */
export function lay(dir) {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(join(dir, 'site'), { recursive: true });
  const blocks = [...readFileSync(`${root}/docs/nightly.md`, 'utf8').matchAll(/^```(?:sh|js)\n(?:#|\/\/) ([a-z]+\.(?:sh|m?js))[\s\S]*?^```$/gm)];
  for (const [block, name] of blocks) writeFileSync(join(dir, name), block.split('\n').slice(1, -1).join('\n'));
  return blocks.map(([, name]) => name);
}

export const DAYS = ['2026-11-27', '2026-11-28'];

/** Visits of nine days to eight groups of seven items; on the last three days an eighth item of the first group is new. */
export function log(dir) {
  let state = 7;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const rows = ['session,time,item,title,price'];
  for (let day = 1; day <= 9; day++) {
    for (let visit = 0; visit < 30; visit++) {
      let at = Date.UTC(2026, 10, 20 + day, 8) / 1000 + visit * 1200;
      const group = Math.floor(random() * 8);
      for (let n = 2 + Math.floor(random() * 4); n > 0; n--, at += 40) {
        const item = group * 8 + Math.floor(random() * (day >= 7 && group === 0 ? 8 : 7));
        rows.push(`${day}-${visit},${at},sku${item},"Item ${item} of group ${group}",${item + 1}.50`);
      }
    }
  }
  writeFileSync(join(dir, 'log.csv'), `${rows.join('\n')}\n`);
}

/** A command as a user types it, with `nearhand` on the path. */
export async function run(dir, command, ...args) {
  const env = { ...process.env, PATH: `${process.env.NEARHAND ? dirname(process.env.NEARHAND) : `${root}/target/release`}:${process.env.PATH}` };
  const child = spawn(command, args, { cwd: dir, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (out += text));
  const status = await new Promise((done) => child.on('close', done));
  return { status, out };
}

const TYPES = { '.js': 'text/javascript', '.json': 'application/json', '.html': 'text/html', '.wasm': 'application/wasm' };

/** `site` at the root, other folders by their prefix. `answer(path, response)` may answer in its place. */
export async function host(site, { folders = {}, answer = () => false } = {}) {
  const asked = [];
  const self = { asked, answer };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    asked.push(pathname);
    if (self.answer(pathname, response)) return;
    const prefix = Object.keys(folders).find((p) => pathname.startsWith(p));
    const file = prefix ? join(folders[prefix], pathname.slice(prefix.length)) : join(site, pathname);
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return void response.writeHead(404).end();
    const forever = /\/shop\.[0-9a-f]{12}\.(model\.)?safetensors$/.test(pathname);
    response.writeHead(200, {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      'cache-control': forever ? 'public, max-age=31536000, immutable' : 'no-cache',
    });
    createReadStream(file).pipe(response);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  self.url = `http://localhost:${server.address().port}`;
  self.pointer = `${self.url}/shop.json`;
  self.close = () => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  };
  return self;
}
