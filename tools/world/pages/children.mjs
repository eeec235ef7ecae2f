// Processes that cases start: each a group of its own, so that all of it ends, whatever way this process ends.
import { spawn } from 'node:child_process';

const running = new Set();

/**
 * `said()` is the end of what it wrote; `json()` its last line when it has ended well; `kill()` ends it and all that it
 * started.
 */
export function child(command, args, options = {}) {
  const made = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options, detached: true });
  let text = '';
  for (const stream of [made.stdout, made.stderr]) stream?.setEncoding('utf8').on('data', (more) => (text = (text + more).slice(-20_000)));
  const ended = new Promise((done) => {
    made.once('error', (error) => done({ code: null, error: error.message }));
    made.once('close', (code) => done({ code }));
  });
  const kill = (signal = 'SIGTERM') => {
    running.delete(kill);
    try {
      process.kill(-made.pid, signal);
    } catch {
      // It has ended.
    }
  };
  running.add(kill);
  ended.then(() => running.delete(kill));
  const json = async () => {
    const { code, error } = await ended;
    if (code !== 0) throw new Error(`${command} ended with ${code ?? error}: ${text.slice(-900)}`);
    return JSON.parse(text.trim().split('\n').at(-1));
  };
  return { said: () => text, json, kill, ended, process: made };
}

/** A process that a driver has started: ended with us as well, should the driver not come to it. */
export function adopted(pid) {
  const kill = () => {
    for (const id of [-pid, pid]) {
      try {
        process.kill(id, 'SIGKILL');
      } catch {
        // It has ended.
      }
    }
  };
  running.add(kill);
  return () => running.delete(kill);
}

const end = () => [...running].forEach((kill) => kill('SIGKILL'));
process.on('exit', end);
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]]) process.on(signal, () => process.exit(code));
