// Runs the tool within bounds, and says what it took.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const TIME = '/usr/bin/time';
/** What is kept of each stream. */
const KEEP = 1 << 22;

/** The most memory a running process has held, KiB; 0 where the system does not say. */
function peak(pid) {
  try {
    return Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/^VmHWM:\s+(\d+)/m)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** { rc, out, err, seconds, mib }; rc is null when it had to be stopped. */
export function run(binary, args, { cwd, stdin, seconds }) {
  return new Promise((done) => {
    const note = `${cwd}.peak`;
    const measured = existsSync(TIME);
    const [command, ...rest] = measured ? [TIME, '-f', '%M', '-o', note, binary, ...args] : [binary, ...args];
    const from = performance.now();
    const child = spawn(command, rest, { cwd, detached: true, stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] });
    let kib = 0;
    const watch = measured ? undefined : setInterval(() => (kib = Math.max(kib, peak(child.pid))), 5);
    const stop = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), seconds * 1000);
    const kept = { out: [], err: [] };
    const keep = (to) => {
      let size = 0;
      return (bytes) => {
        if (size < KEEP) to.push(bytes);
        size += bytes.length;
      };
    };
    child.stdout.on('data', keep(kept.out));
    child.stderr.on('data', keep(kept.err));
    if (stdin !== undefined) {
      // A tool that refuses early closes its end.
      child.stdin.on('error', () => {});
      child.stdin.end(stdin);
    }
    child.on('close', (rc, signal) => {
      clearTimeout(stop);
      clearInterval(watch);
      if (measured && existsSync(note)) kib = Number(readFileSync(note, 'utf8').trim().split('\n').at(-1)) || 0;
      const text = (parts) => Buffer.concat(parts).toString('utf8');
      done({ rc: signal ? null : rc, out: text(kept.out), err: text(kept.err), seconds: (performance.now() - from) / 1000, mib: kib / 1024 });
    });
  });
}
