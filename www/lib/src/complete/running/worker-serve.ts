/** The worker's side of the protocol: one model, in turns, between which it hears what comes. */
import { fromWire, NearhandError, toWire } from '../../words/errors.js';
import { version } from '../../words/version.js';
import type { Files, OpenRunner, RunOptions, Runner } from '../words/runner.js';
import { type Message, type Reply, sharedNow } from './worker-protocol.js';

/** Anything that can be spoken to like a worker's global scope. */
export interface Port {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
}

export function serve(port: Port, open: OpenRunner): void {
  const say = (reply: Reply): void => port.postMessage(reply);
  let runner: Promise<Runner> | undefined;
  /** Who waits for the files. */
  let wants: ((files: Promise<Files>) => void) | undefined;
  const stops = new Map<number, AbortController>();

  async function stoppable<T>(id: number, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const stop = new AbortController();
    stops.set(id, stop);
    try {
      return await act(stop.signal);
    } finally {
      stops.delete(id);
    }
  }
  /** What is left of a deadline that began to count where the call was made. */
  const left = (options: RunOptions, sent: number): RunOptions =>
    options.deadline === undefined ? options : { ...options, deadline: Math.max(0.001, options.deadline - Math.max(0, sharedNow() - sent)) };

  function opened({ module, files, settings, maxMemory }: Extract<Message, { op: 'open' }>): Promise<Runner> {
    let first: Files | undefined = files;
    const again = (): Promise<Files> =>
      new Promise((resolve) => {
        wants = resolve;
        say({ wants: 'files' });
      });
    const given = async (): Promise<Files> => {
      const now = first ?? (await again());
      first = undefined;
      return now;
    };
    return open({ module, files: given, settings, maxMemory }, () => performance.now());
  }

  async function answer(message: Exclude<Message, { op: 'stop' | 'files' }>): Promise<unknown> {
    if (message.op === 'hello') return version;
    if (message.op === 'ping') return undefined;
    if (message.op === 'open') return void (await (runner = opened(message)));
    if (!runner) throw new NearhandError('worker-failed', 'this worker has no model to ask');
    const { id } = message;
    // Also while it still opens: in the order in which it came.
    const own = await runner;
    switch (message.op) {
      case 'run':
        return stoppable(id, (signal) => own.run(message.prompt, left(message.options, message.sent), (piece) => say({ id, piece }), signal));
      case 'best':
        return stoppable(id, (signal) => own.best(message.prompt, message.n, left(message.options, message.sent), signal));
      case 'count':
        return own.count(message.text);
      case 'adapt':
        return own.adapt(message.adapting);
      case 'likelihood':
        return own.likelihood(message.accepted, message.learn);
      case 'forget':
        return own.forget();
      case 'info':
        return own.info();
      case 'close':
        own.close();
        // What ends with it is told first.
        while (stops.size) await new Promise((done) => setTimeout(done, 1));
        return undefined;
    }
  }

  port.addEventListener('message', ({ data }: MessageEvent<Message>) => {
    if (data.op === 'stop') return stops.get(data.of)?.abort();
    if (data.op === 'files') {
      const { files } = data;
      return wants?.('model' in files ? Promise.resolve(files) : Promise.reject(fromWire(files)));
    }
    const { id } = data;
    answer(data).then(
      (value) => say({ id, value }),
      (error: unknown) => say({ id, error: toWire(error) }),
    );
  });
}
