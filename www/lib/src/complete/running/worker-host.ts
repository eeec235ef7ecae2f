/**
 * The page's side of a completer's worker. A worker that cannot be had is done without: the model runs in this thread, in turns. One that
 * dies takes what is on its way with it, and the next call begins another.
 */
import type { Making } from '../../failing/worker-maker.js';
import { aborted } from '../../files/fetch.js';
import { transferable } from '../../files/own.js';
import { fromWire, NearhandError, short, told as toldOf, toWire } from '../../words/errors.js';
import { deepFreeze } from '../../words/freeze.js';
import { version } from '../../words/version.js';
import { nothing } from './answer.js';
import { closed } from '../words/closed.js';
import type { Accepted, Completed, FinishReason, Likelihood } from '../words/completer-types.js';
import type { Files, Opening, OpenRunner, RunAdapting, Runner, RunnerInfo, RunOptions } from '../words/runner.js';
import { type Message, type Reply, type Request, sharedNow } from './worker-protocol.js';

export interface Parts extends Making {
  /** What runs a model in this thread. */
  readonly inThread: () => Promise<OpenRunner>;
  /** A worker that has not said a word for so long is none. Milliseconds. */
  readonly helloMs?: number;
}

const HELLO_MS = 20_000;
/** While it opens a model it hears nothing: one that was ended silently is given up after so long. */
const OPEN_MS = 120_000;
/** Workers begun in the place of others, and answers after which the dead are forgiven. */
const MAX_RESTARTS = 3;
const FORGIVEN_AFTER = 50;
/** It is asked whether it hears so often, and given up after so many times in a row without a word. Between, the page may have slept. */
const PING_MS = 5_000;
const MOST_SILENT = 6;
/** What is on its way may end with what it has for so long, once the completer is closed. */
const CLOSING_MS = 250;
/** A worker that cannot open what this thread can: there is none, it may not run wasm, or it is of another release. */
const ELSEWHERE = /^(worker-|wasm-|simd-|runtime-lacks$|internal$)/;

interface Pending {
  readonly op: Request['op'];
  readonly resolve: (value: never) => void;
  readonly reject: (error: NearhandError) => void;
  readonly told?: ((piece: string) => void) | undefined;
}

export const inWorker =
  (parts: Parts): OpenRunner =>
  async (opening, now, signal) => {
    let why: NearhandError | undefined;
    // Firefox tells late what others throw at once: that the script is of another origin. Then there is another way.
    for (let again = true; ; again = false) {
      const own = new WorkerRunner(parts, opening);
      try {
        await own.opened(signal);
        return own;
      } catch (error) {
        own.close();
        why = error as NearhandError;
        if (signal?.aborted || !ELSEWHERE.test(why.code)) throw error;
      }
      why = (await parts.explain?.(why).catch(() => why)) ?? why;
      if (why.details['reason'] !== 'origin' || !again) break;
    }
    const runner = await (await parts.inThread())(opening, now, signal);
    return { ...runner, info: async () => ({ ...(await runner.info()), worker: toldOf(why)!.error }) };
  };

class WorkerRunner implements Runner {
  readonly #parts: Parts;
  readonly #opening: Opening;
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #ready: Promise<void> | undefined;
  #adapting: RunAdapting | null = null;
  /** What ends each completion on its way. */
  readonly #ends = new Set<() => void>();
  #closed = false;
  #nextId = 1;
  #begun = 0;
  #strikes = 0;
  #since = 0;
  #watch: ReturnType<typeof setInterval> | undefined;
  #silent = 0;

  constructor(parts: Parts, opening: Opening) {
    this.#parts = parts;
    this.#opening = opening;
  }

  /** The first time, with the signal of the loading. */
  async opened(signal?: AbortSignal): Promise<void> {
    const end = (): void => this.#broken(aborted(signal!));
    signal?.addEventListener('abort', end);
    try {
      if (signal?.aborted) throw aborted(signal);
      await this.#open();
    } catch (error) {
      throw signal?.aborted ? aborted(signal) : error;
    } finally {
      signal?.removeEventListener('abort', end);
    }
  }

  /** A worker with the model open in it: the one there is, or another in its place. */
  #open(): Promise<void> {
    if (this.#closed) return Promise.reject(closed());
    if (this.#ready) return this.#ready;
    const ready = this.#begin().catch((error: unknown) => {
      const known = error instanceof NearhandError ? error : failed(error);
      // Another may have been begun meanwhile.
      if (this.#ready === ready) this.#broken(known, ELSEWHERE.test(known.code));
      throw known;
    });
    return (this.#ready = ready);
  }

  async #begin(): Promise<void> {
    if (this.#strikes > MAX_RESTARTS) throw new NearhandError('worker-failed', `the worker stopped ${MAX_RESTARTS} times, and for good: load the model anew`);
    this.#begun++;
    this.#since = this.#silent = 0;
    let worker: Worker | Promise<Worker> = this.#parts.make();
    if ('then' in worker) worker = await worker;
    if (this.#closed) {
      worker.terminate();
      throw closed();
    }
    this.#worker = worker;
    /** It may have died, or the completer been closed. */
    const late = (): void => {
      if (this.#worker !== worker) throw this.#closed ? closed() : new NearhandError('worker-failed', 'the worker stopped while its model was read');
    };
    const mine = (act: () => void) => (): void => {
      if (this.#worker === worker) act();
    };
    worker.onmessage = ({ data }: MessageEvent<Reply>) => mine(() => this.#heard(data))();
    worker.onmessageerror = mine(() => this.#broken(new NearhandError('worker-failed', 'a message of the worker could not be read')));
    worker.onerror = (event: ErrorEvent) => {
      event.preventDefault?.();
      const cause = event.message || 'its script could not be loaded';
      mine(() => this.#broken(new NearhandError('worker-failed', `the worker failed: ${short(cause)}`, { filename: event.filename })))();
    };
    const found = await this.#within(this.#parts.helloMs ?? HELLO_MS, this.#post<string>({ op: 'hello' }));
    if (found !== version) throw new NearhandError('worker-failed', `the worker is of nearhand ${short(found)}, not ${version}: copy both of one release`, { expected: version, found });
    // No earlier: a worker that never served has nothing to give back.
    const files = await this.#opening.files();
    late();
    const { module, settings, maxMemory } = this.#opening;
    const bytes = files.model.byteLength + files.tokenizer.byteLength;
    if (bytes > maxMemory) throw new NearhandError('out-of-memory', `the model's files alone have ${bytes} bytes, more than maxMemory ${maxMemory}: raise it`, { bytes, maxMemory });
    await this.#within(OPEN_MS, this.#post({ op: 'open', module, files, settings, maxMemory }, undefined, given(files)));
    if (this.#adapting) await this.#post({ op: 'adapt', adapting: this.#adapting });
  }

  async #within<T>(ms: number, work: Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setTimeout>;
    const late = new Promise<never>((_, fail) => {
      timer = setTimeout(() => fail(new NearhandError('worker-timeout', `the worker said nothing within ${ms} ms`, { ms })), ms);
    });
    return Promise.race([work, late]).finally(() => clearTimeout(timer));
  }

  #post<T>(request: Request, told?: (piece: string) => void, transfer: Transferable[] = [], id = this.#nextId++): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const worker = this.#worker;
      if (!worker) return reject(closed());
      this.#pending.set(id, { op: request.op, resolve, reject, told });
      try {
        worker.postMessage({ ...request, id } satisfies Message, transfer);
      } catch (error) {
        this.#pending.delete(id);
        reject(failed(error));
      }
      this.#watching();
    });
  }

  /** As long as somebody waits, the worker is asked whether it hears. */
  #watching(): void {
    const waits = this.#ready && [...this.#pending.values()].some(({ op }) => op !== 'open' && op !== 'ping');
    if (!waits) {
      clearInterval(this.#watch);
      this.#watch = undefined;
      return;
    }
    this.#watch ??= setInterval(() => {
      if (++this.#silent > MOST_SILENT) return this.#broken(new NearhandError('worker-timeout', `the worker has not been heard of for ${(PING_MS * MOST_SILENT) / 1000} s`, { ms: PING_MS * MOST_SILENT }));
      // One that waits is enough: it is read where it stands.
      this.#post({ op: 'ping' }).catch(() => {});
    }, PING_MS);
  }

  #heard(reply: Reply): void {
    this.#silent = 0;
    if ('wants' in reply) return this.#filesAgain();
    const asked = this.#pending.get(reply.id);
    if (!asked) return;
    if ('piece' in reply) return asked.told?.(reply.piece);
    this.#pending.delete(reply.id);
    if (++this.#since >= FORGIVEN_AFTER) this.#strikes = 0;
    this.#watching();
    if ('error' in reply) asked.reject(fromWire(reply.error));
    else asked.resolve(deepFreeze(reply.value) as never);
  }

  /** For an instance in the place of another. */
  #filesAgain(): void {
    const worker = this.#worker!;
    const say = (message: Message, transfer: Transferable[] = []): void => {
      if (this.#worker === worker) worker.postMessage(message, transfer);
    };
    this.#opening.files().then(
      (files) => say({ op: 'files', files }, given(files)),
      (error) => say({ op: 'files', files: toWire(error) }),
    );
  }

  /** Ends the worker, and what is on its way in it. `strike`: that is the worker's doing. */
  #broken(error: NearhandError, strike = true): void {
    if (this.#worker && strike) this.#strikes++;
    this.#worker?.terminate();
    this.#worker = this.#ready = undefined;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    this.#watching();
    for (const { reject } of pending) reject(error);
  }

  async #ask<T>(request: () => Request): Promise<T> {
    await this.#open();
    return this.#post<T>(request());
  }

  /** Completions end with what they have: by their signal, or as the completer is closed. `none`: of one that has not begun. */
  async #completions<T>(request: Request & { op: 'run' | 'best' }, none: (reason: FinishReason) => T, told?: (piece: string) => void, signal?: AbortSignal): Promise<T> {
    if (this.#closed) throw closed();
    if (signal?.aborted) return none('cancelled');
    const id = this.#nextId++;
    let [end, late, over] = [(): void => {}, (): void => {}, false];
    const stopped = new Promise<T>((resolve) => {
      const without = (reason: FinishReason): void => {
        over = true;
        resolve(none(reason));
      };
      end = () => {
        // What it has is told by the worker, soon.
        if (this.#pending.has(id)) this.#worker?.postMessage({ op: 'stop', of: id } satisfies Message);
        else without('cancelled');
      };
      // In the worker the clock is looked at; here, until it has the call.
      late = () => void (this.#pending.has(id) || without('deadline'));
    });
    signal?.addEventListener('abort', end);
    this.#ends.add(end);
    const { deadline = Infinity } = request.options;
    const timer = deadline < 2 ** 31 ? setTimeout(late, deadline) : undefined;
    const work = (async (): Promise<T> => {
      await this.#open();
      return over || signal?.aborted ? none('cancelled') : this.#post<T>(request, told, [], id);
    })();
    try {
      return await Promise.race([work, stopped]);
    } catch (error) {
      if (this.#closed || signal?.aborted) return none('cancelled');
      throw error;
    } finally {
      work.catch(() => {});
      clearTimeout(timer);
      this.#ends.delete(end);
      signal?.removeEventListener('abort', end);
    }
  }

  async run(prompt: string, options: RunOptions, told: (piece: string) => void, signal?: AbortSignal): Promise<Completed> {
    const [from, sent] = [performance.now(), sharedNow()];
    const took = (): number => performance.now() - from;
    let written = '';
    const heard = (piece: string): void => {
      written += piece;
      told(piece);
    };
    return this.#completions({ op: 'run', prompt, options, sent }, (reason) => nothing(prompt, written, reason, took()), heard, signal);
  }

  async best(prompt: string, n: number, options: RunOptions, signal?: AbortSignal): Promise<readonly Completed[]> {
    const [from, sent] = [performance.now(), sharedNow()];
    return this.#completions({ op: 'best', prompt, n, options, sent }, (reason) => Object.freeze([nothing(prompt, '', reason, performance.now() - from)]), undefined, signal);
  }

  count(text: string): Promise<number> {
    return this.#ask(() => ({ op: 'count', text }));
  }

  async adapt(adapting: RunAdapting | null): Promise<void> {
    // A worker in the place of this one begins with it, too, and what was taken back is so whatever becomes of the call. What was learnt
    // is lost with the one that dies.
    this.#adapting = adapting;
    try {
      await this.#ask(() => ({ op: 'adapt', adapting }));
    } catch (error) {
      if (this.#adapting === adapting) this.#adapting = null;
      throw error;
    }
  }

  likelihood(accepted: Accepted, learn: boolean): Promise<Likelihood> {
    return this.#ask(() => ({ op: 'likelihood', accepted, learn }));
  }

  forget(): Promise<void> {
    return this.#ask(() => ({ op: 'forget' }));
  }

  async info(): Promise<RunnerInfo> {
    const info = await this.#ask<RunnerInfo>(() => ({ op: 'info' }));
    return { ...info, restarts: info.restarts + this.#begun - 1, place: 'worker' };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const one of [...this.#ends]) one();
    const end = (): void => this.#broken(closed());
    if (this.#pending.size === 0) return end();
    this.#within(CLOSING_MS, this.#post({ op: 'close' })).then(end, end);
  }
}

const failed = (error: unknown): NearhandError => new NearhandError('worker-failed', `the worker could not be started: ${short((error as Error | null)?.message ?? error)}`, {}, error);

/** Bytes that were fetched for this go over to the worker; those that the host has handed over stay his, and are copied. */
const given = ({ model, tokenizer }: Files): Transferable[] => [model, tokenizer].filter(transferable).map(({ buffer }) => buffer);
