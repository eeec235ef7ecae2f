// A completer's worker: the real protocol on both sides, over a runner that does what it is told.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Completed } from '../../../www/lib/src/complete/words/completer-types.js';
import type { Files, Opening, OpenRunner, RunAdapting, Runner, RunOptions } from '../../../www/lib/src/complete/words/runner.js';
import { inWorker, type Parts } from '../../../www/lib/src/complete/running/worker-host.js';
import { serve } from '../../../www/lib/src/complete/running/worker-serve.js';
import { download } from '../../../www/lib/src/files/download.js';
import { NearhandError } from '../../../www/lib/src/words/errors.js';
import { code, EMPTY } from './harness.js';

const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
const fresh = (n: number): Uint8Array<ArrayBuffer> => new Uint8Array(n).fill(7);

/** What a model in a worker was asked and told, over all workers. */
interface World {
  readonly workers: FakeWorker[];
  readonly opened: { readonly model: number; readonly adapting: (RunAdapting | null)[]; trap(): Promise<Files> }[];
  readonly asked: RunOptions[];
  readonly pieces: string[];
  /** What becomes of the next worker. */
  mode: 'well' | 'missing' | 'mute' | 'old';
  fails: NearhandError | undefined;
}

/** Runs the real worker's side in a loop of its own: messages are copied, and come later. */
class FakeWorker {
  onmessage: ((event: MessageEvent) => void) | null = null;
  onerror: ((event: ErrorEvent) => void) | null = null;
  onmessageerror: (() => void) | null = null;
  terminated = false;
  deaf = false;
  readonly sent: string[] = [];
  readonly #listeners: ((event: MessageEvent) => void)[] = [];
  constructor(readonly mode: World['mode'], open: OpenRunner) {
    if (mode === 'missing') queueMicrotask(() => this.die(''));
    const reply = (data: unknown): void => {
      const copy = structuredClone(mode === 'old' && typeof (data as { value?: unknown }).value === 'string' ? { ...(data as object), value: '0.0.1' } : data);
      setTimeout(() => this.terminated || this.onmessage?.({ data: copy } as MessageEvent));
    };
    serve({ postMessage: reply, addEventListener: (_, listener) => void this.#listeners.push(listener) }, open);
  }
  postMessage(message: { op: string }, transfer: Transferable[] = []): void {
    this.sent.push(message.op);
    const data = structuredClone(message, { transfer: transfer as ArrayBuffer[] });
    if (this.deaf || this.mode === 'mute' || this.mode === 'missing') return;
    setTimeout(() => this.terminated || this.deaf || this.#listeners.forEach((listener) => listener({ data } as MessageEvent)));
  }
  terminate(): void {
    this.terminated = true;
  }
  die(message: string): void {
    this.onerror?.({ message, filename: 'complete-worker.js' } as ErrorEvent);
  }
}

/** A runner that says the world's pieces, a turn a piece, and heeds its signal between them. */
const runnerOf =
  (world: World): OpenRunner =>
  async (opening, now) => {
    if (world.fails) throw world.fails;
    const files = await opening.files();
    const adapting: (RunAdapting | null)[] = [];
    world.opened.push({ model: files.model.byteLength, adapting, trap: () => opening.files() });
    const ends = new Set<() => void>();
    let running = 0;
    const answer = (prompt: string, completion: string, finishReason: Completed['finishReason']): Completed => ({ text: prompt + completion, completion, finishReason, usage: { prompt: 3, reused: 0, completion: 1, dropped: 0 }, tookMs: 1 });
    const runner: Runner = {
      async run(prompt, options, told, signal) {
        world.asked.push(options);
        running++;
        let [written, stopped] = ['', false];
        const end = (): void => void (stopped = true);
        ends.add(end);
        const from = now();
        for (const piece of world.pieces) {
          await wait(5);
          if (signal?.aborted || stopped) break;
          if (now() - from > (options.deadline ?? Infinity)) return answer(prompt, written, 'deadline');
          written += piece;
          told(piece);
        }
        ends.delete(end);
        running--;
        return answer(prompt, written, signal?.aborted || stopped ? 'cancelled' : 'stop');
      },
      best: async (prompt, n, options, signal) => Promise.all(Array.from({ length: n }, () => runner.run(prompt, options, () => {}, signal))),
      count: async (text) => text.length,
      adapt: async (given) => void adapting.push(given),
      async likelihood({ text }) {
        if (text === 'trap') throw new NearhandError('engine-trapped', 'it stopped', { at: 1 });
        return { logprob: -1, tokens: 1, bytes: 1, first: 0 };
      },
      forget: async () => {},
      info: async () => ({ vocabulary: 10, running, memoryBytes: 1, keptBytes: 0, restarts: 2, place: 'thread' }),
      close: () => ends.forEach((end) => end()),
    };
    return runner;
  };

function world(t: TestContext, more: Partial<Parts> = {}) {
  const self: World = { workers: [], opened: [], asked: [], pieces: [' a', ' b', ' c'], mode: 'well', fails: undefined };
  const inner = runnerOf(self);
  let read = 0;
  const make = (): Worker => {
    const worker = new FakeWorker(self.mode, inner);
    self.workers.push(worker);
    return worker as unknown as Worker;
  };
  const open = inWorker({ make, inThread: async () => inner, helloMs: 300, ...more });
  const runners: Runner[] = [];
  t.after(() => runners.forEach((runner) => runner.close()));
  return Object.assign(self, {
    reads: () => read,
    make,
    async open(given: Partial<Opening> = {}, signal?: AbortSignal): Promise<Runner> {
      const files = async (): Promise<Files> => (read++, { model: fresh(100), tokenizer: fresh(10) });
      const runner = await open({ module: EMPTY, files, settings: { context: 9, ends: [], padded: false }, maxMemory: 1 << 20, ...given }, () => performance.now(), signal);
      runners.push(runner);
      return runner;
    },
  });
}
const none = (): void => {};

test('pieces and answers cross, frozen; info tells where it runs', async (t) => {
  const w = world(t);
  const runner = await w.open();
  const told: string[] = [];
  const done = await runner.run('I', { maxTokens: 3 }, (piece) => told.push(piece));
  assert.deepEqual([told, done.text, done.finishReason], [[' a', ' b', ' c'], 'I a b c', 'stop']);
  assert.ok(Object.isFrozen(done) && Object.isFrozen(done.usage));
  assert.equal((await runner.best('I', 2, {})).length, 2);
  assert.equal(await runner.count('four'), 4);
  assert.equal((await runner.likelihood({ text: 'I', completion: 'I' }, true)).tokens, 1);
  await runner.forget();
  const { place, restarts, worker } = await runner.info();
  assert.deepEqual([place, restarts, worker], ['worker', 2, undefined]);
  await assert.rejects(runner.likelihood({ text: 'trap', completion: '' }, false), code('engine-trapped'));
  assert.equal(w.workers.length, 1, 'an engine that stopped is the worker’s own affair');
});

test('bytes that were fetched go over; those of the host are copied, and stay his', async (t) => {
  const w = world(t);
  const own = fresh(10);
  t.mock.method(globalThis, 'fetch', async () => new Response(fresh(5000)));
  const { bytes } = await download('https://shop.example/model.onnx', { maxBytes: 1 << 20 });
  await w.open({ files: async () => ({ model: bytes as Uint8Array<ArrayBuffer>, tokenizer: own }) });
  assert.equal(w.opened[0]!.model, 5000);
  assert.deepEqual([bytes.byteLength, own.byteLength], [0, 10]);
});

test('an abort reaches a running completion: it ends with what it has', async (t) => {
  const w = world(t);
  w.pieces.push(...Array(200).fill(' x'));
  const runner = await w.open();
  const stop = new AbortController();
  const told: string[] = [];
  const done = await runner.run('I', {}, (piece) => (told.push(piece), told.length === 2 && stop.abort()), stop.signal);
  assert.deepEqual([done.finishReason, done.completion], ['cancelled', told.join('')]);
  assert.ok(told.length >= 2 && told.length < 10, `${told.length} pieces`);
  assert.equal(done.usage.prompt, 3, 'as the worker tells it');
  const before = w.workers[0]!.sent.length;
  const never = await runner.run('I', {}, assert.fail, AbortSignal.abort());
  assert.deepEqual([never.finishReason, never.text, w.workers[0]!.sent.length], ['cancelled', 'I', before]);
  assert.deepEqual((await runner.best('I', 3, {}, AbortSignal.abort())).map(({ finishReason }) => finishReason), ['cancelled']);
});

test('a deadline counts from the call on, also while the message waits', async (t) => {
  const w = world(t);
  w.pieces.push(...Array(200).fill(' x'));
  const runner = await w.open();
  const done = runner.run('I', { deadline: 60 }, none);
  const until = performance.now() + 30;
  while (performance.now() < until);
  assert.equal((await done).finishReason, 'deadline');
  const { deadline } = w.asked.at(-1)!;
  assert.ok(deadline! > 0 && deadline! <= 31, `${deadline}`);
});

test('a worker that dies: what runs rejects, the next call begins another, with what it adapted to; three times', async (t) => {
  const w = world(t);
  w.pieces.push(...Array(200).fill(' x'));
  const runner = await w.open();
  const adapting = { ngram: true, ngramBits: 15, bias: true, prime: 'text' };
  await runner.adapt(adapting);
  for (let i = 0; i < 4; i++) {
    const run = runner.run('I', {}, none);
    const count = runner.count('one');
    await wait(30);
    w.workers.at(-1)!.die('out of memory');
    await assert.rejects(run, code('worker-failed'));
    assert.equal(await count, 3);
    if (i === 3) break;
    assert.equal(await runner.count('two'), 3);
    assert.deepEqual(w.opened.at(-1)!.adapting, [adapting]);
    assert.equal((await runner.info()).restarts, 2 + i + 1);
  }
  assert.ok(w.workers.slice(0, 4).every(({ terminated }) => terminated));
  await assert.rejects(runner.count('no'), (error: Error) => code('worker-failed')(error) && /for good/.test(error.message));
  assert.equal(w.workers.length, 4);
});

test('a signal that comes as the worker dies: no error, what it has', async (t) => {
  const w = world(t);
  w.pieces.push(...Array(200).fill(' x'));
  const runner = await w.open();
  const stop = new AbortController();
  const told: string[] = [];
  const run = runner.run('I', {}, (piece) => told.push(piece), stop.signal);
  while (told.length < 2) await wait(5);
  stop.abort();
  w.workers[0]!.die('');
  assert.match((await run).completion, /^ a b/);
});

test('a worker that cannot be had: this thread, and info says why', async (t) => {
  for (const [mode, expected, more] of [
    ['missing', 'worker-failed', {}],
    ['mute', 'worker-timeout', { helloMs: 30 }],
    ['old', 'worker-failed', {}],
    ['well', 'worker-failed', { make: () => { throw new DOMException('no', 'SecurityError'); } }],
    ['well', 'worker-failed', { make: async () => { throw new TypeError('Worker is not a constructor'); } }],
    ['missing', 'worker-blocked', { explain: async () => new NearhandError('worker-blocked', 'of the policy', { reason: 'csp' }) }],
  ] as const) {
    const w = world(t, more as Partial<Parts>);
    w.mode = mode;
    const runner = await w.open();
    assert.equal((await runner.run('I', {}, none)).text, 'I a b c', mode);
    const { place, worker } = await runner.info();
    assert.deepEqual([place, worker?.code], ['thread', expected], mode);
    assert.equal(w.reads(), 1, 'no file was given to a worker that is none');
    assert.ok(w.workers.every(({ terminated }) => terminated), mode);
  }
});

test('a script of another origin that is told late is made another way', async (t) => {
  let tries = 0;
  const w = world(t, { explain: async () => new NearhandError('worker-blocked', 'elsewhere', { reason: 'origin' }), make: () => ((w.mode = tries++ ? 'well' : 'missing'), w.make()) });
  const runner = await w.open();
  assert.deepEqual([tries, (await runner.info()).place], [2, 'worker']);
  const never = world(t, { explain: async () => new NearhandError('worker-blocked', 'elsewhere', { reason: 'origin' }), make: () => ((never.mode = 'missing'), never.make()) });
  assert.deepEqual([(await (await never.open()).info()).place, never.workers.length], ['thread', 2]);
});

test('a worker that may not run wasm: this thread; a model that is broken is broken anywhere', async (t) => {
  const w = world(t, { inThread: async () => ((w.fails = undefined), runnerOf(w)) });
  w.fails = new NearhandError('wasm-unsupported', 'of its policy');
  const { place, worker } = await (await w.open()).info();
  assert.deepEqual([place, worker?.code, w.reads()], ['thread', 'wasm-unsupported', 2]);
  const bad = world(t);
  bad.fails = new NearhandError('model-malformed', 'no model');
  await assert.rejects(bad.open(), code('model-malformed'));
  assert.ok(bad.workers[0]!.terminated);
  await assert.rejects(world(t).open({ files: async () => { throw new NearhandError('fetch-failed', 'gone'); } }), code('fetch-failed'));
});

test('maxMemory: files that are larger are not even sent', async (t) => {
  const w = world(t);
  await assert.rejects(w.open({ maxMemory: 105 }), code('out-of-memory'));
  assert.ok(!w.workers[0]!.sent.includes('open'));
});

test('close: what runs ends with what it has; later calls reject; the worker ends', async (t) => {
  const w = world(t);
  w.pieces.push(...Array(200).fill(' x'));
  const runner = await w.open();
  const told: string[] = [];
  const run = runner.run('I', {}, (piece) => told.push(piece));
  while (told.length < 2) await wait(5);
  runner.close();
  runner.close();
  const done = await run;
  assert.deepEqual([done.finishReason, done.completion, done.usage.prompt], ['cancelled', told.join(''), 3]);
  await assert.rejects(runner.count('a'), code('closed'));
  await assert.rejects(runner.run('a', {}, none), code('closed'));
  await wait(300);
  assert.ok(w.workers[0]!.terminated);
  // One that does not hear any more has a quarter of a second.
  const deaf = await w.open();
  const last = deaf.run('I', {}, none);
  await wait(20);
  w.workers[1]!.deaf = true;
  w.workers[1]!.onmessage = null;
  deaf.close();
  assert.deepEqual([(await last).finishReason, w.workers[1]!.terminated], ['cancelled', true]);
});

test('the signal of the loading ends it, and the worker', async (t) => {
  const w = world(t);
  await assert.rejects(w.open({}, AbortSignal.abort()), code('aborted'));
  const stop = new AbortController();
  const opening = w.open({ files: () => new Promise((done) => setTimeout(() => done({ model: fresh(1), tokenizer: fresh(1) }), 50)) }, stop.signal);
  await wait(20);
  stop.abort();
  await assert.rejects(opening, code('aborted'));
  await wait(60);
  assert.ok(w.workers.every(({ terminated }) => terminated));
  assert.equal(w.opened.length, 0);
});

test('an instance in the place of another gets the files anew, or hears why not', async (t) => {
  const w = world(t);
  let fail = false;
  const files = async (): Promise<Files> => {
    if (fail) throw new NearhandError('fetch-failed', 'offline');
    return { model: fresh(77), tokenizer: fresh(1) };
  };
  await w.open({ files });
  assert.equal((await w.opened[0]!.trap()).model.byteLength, 77);
  fail = true;
  await assert.rejects(w.opened[0]!.trap(), code('fetch-failed'));
});

test('a worker that dies while the files are read again is not taken for the one after it; being offline is no fault of workers', async (t) => {
  const w = world(t);
  let files = async (): Promise<Files> => ({ model: fresh(1), tokenizer: fresh(1) });
  const runner = await w.open({ files: () => files() });
  w.workers[0]!.die('gone');
  let come = (): void => {};
  files = () => new Promise((done) => (come = () => done({ model: fresh(5), tokenizer: fresh(1) })));
  const first = runner.count('a');
  await wait(20);
  const late = come;
  w.workers[1]!.die('gone, too');
  files = async () => ({ model: fresh(9), tokenizer: fresh(1) });
  const second = runner.count('ab');
  late();
  await assert.rejects(first, code('worker-failed'));
  assert.equal(await second, 2);
  assert.deepEqual(w.opened.map(({ model }) => model), [1, 9]);
  assert.equal(await runner.count('abc'), 3, 'the second one stands');
  w.workers[2]!.die('');
  files = async () => { throw new NearhandError('fetch-failed', 'offline'); };
  for (let i = 0; i < 5; i++) await assert.rejects(runner.count('a'), code('fetch-failed'));
  files = async () => ({ model: fresh(9), tokenizer: fresh(1) });
  assert.equal(await runner.count('abcd'), 4);
});

test('a worker that is not heard of for half a minute of waiting is given up', async (t) => {
  const w = world(t);
  const runner = await w.open();
  w.workers[0]!.deaf = true;
  t.mock.timers.enable({ apis: ['setInterval'] });
  const lost = runner.count('a');
  lost.catch(none);
  await wait(5);
  for (let i = 0; i < 6; i++) t.mock.timers.tick(5_000);
  assert.equal(w.workers[0]!.terminated, false);
  t.mock.timers.tick(5_000);
  await assert.rejects(lost, code('worker-timeout'));
  t.mock.timers.reset();
  assert.equal(await runner.count('four'), 4);
});
