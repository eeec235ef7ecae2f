// A completer's goldens and the instance that answers them, over an engine that does what it is told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inThread } from '../../../www/lib/src/complete/running/in-thread.js';
import type { Box, Glue, Run } from '../../../www/lib/src/complete/running/instance.js';
import type { Runner } from '../../../www/lib/src/complete/words/runner.js';
import { NearhandError } from '../../../www/lib/src/words/errors.js';
import { EMPTY } from './harness.js';

const GOLDEN = { prompt: 'golden', tokens: 2, completion: 'right', logprobs: [-0.5] };
/** Steps that a golden takes. */
const STEPS = 6;

/** What the engine does, and what it was asked, over all instances. */
class World {
  /** Milliseconds. */
  now = 0;
  bytes = 1;
  /** What goldens are answered with, or fail with. */
  golden: string | Error = 'right';
  opened = 0;
  /** Prompts that were begun. */
  readonly begun: string[] = [];
  /** What lies in an instance, and has neither ended nor been freed. */
  held = 0;

  readonly glue = (): Glue => {
    const world = this;
    world.opened++;
    let texts = '';
    const begin = (prompt: string): Run & { prompt: string; left: number } => {
      world.begun.push(prompt);
      world.held++;
      return { prompt, left: prompt === 'golden' ? STEPS : 1, ended: () => false, tokens: () => 0, free: () => void world.held-- };
    };
    class Completer {
      vocabulary = (): number => 3;
      kept = (): number => 0;
      read_by = (): void => {};
      forget = (): void => {};
      adapt = (): void => {};
      start(prompt: string): Run {
        const run = begin(prompt);
        return { ...run, ended: () => run.left <= 0, step: () => run.left-- } as Run;
      }
      step(run: Run & { prompt: string; step(): void }): string {
        if (run.prompt === 'trap') throw new WebAssembly.RuntimeError('unreachable');
        if (run.prompt === 'golden' && world.golden instanceof Error) throw world.golden;
        run.step();
        return '';
      }
      finish(run: Run & { prompt: string }): Float64Array {
        run.free();
        texts = run.prompt === 'golden' ? (world.golden as string) : 'x';
        // Length; two tokens, none reused, one written, none dropped; no score; the text; one token and its chance.
        return Float64Array.of(1, 2, 0, 1, 0, NaN, 0, texts.length, 1, 7, -0.5, 0, 0);
      }
      texts = (): string => texts;
    }
    class Asked {
      free(): void {}
    }
    const memory = { buffer: { get byteLength() { return world.bytes; } } };
    const glue = { version: () => __NEARHAND_VERSION__, initSync: () => ({ memory }), default: async () => ({ memory }), Asked, Completer: Completer as unknown as new () => Box };
    return glue as unknown as Glue;
  };

  open(maxMemory = 10): Promise<Runner> {
    const files = async (): Promise<{ model: Uint8Array<ArrayBuffer>; tokenizer: Uint8Array<ArrayBuffer> }> => ({ model: new Uint8Array(1), tokenizer: new Uint8Array(1) });
    return inThread(this.glue)({ module: EMPTY, files, settings: { context: 8, ends: [], padded: false, goldens: [GOLDEN] }, maxMemory }, () => this.now);
  }
}
const ask = (runner: Runner, prompt = 'a'): Promise<string> => runner.run(prompt, { maxTokens: 1 }, () => {}).then(({ completion }) => completion, ({ code }: NearhandError) => code);
const turns = async (many: number): Promise<void> => {
  for (let at = 0; at < many; at++) await new Promise((done) => setImmediate(done));
};
const goldens = ({ begun }: World): number => begun.filter((prompt) => prompt === 'golden').length;
/** A golden is on its way once more. */
async function proving(world: World): Promise<Runner> {
  const runner = await world.open();
  assert.equal(await ask(runner), 'x');
  world.now += 600_000;
  assert.equal(await ask(runner), 'x');
  while (goldens(world) === 1) await turns(1);
  assert.equal(world.held, 1);
  return runner;
}

test('a golden that was on its way in an instance that has trapped is lost with it: the one that took its place stays', async () => {
  const world = new World();
  const runner = await proving(world);
  assert.deepEqual(await Promise.all([ask(runner, 'trap'), ask(runner)]), ['engine-trapped', 'x']);
  await turns(4 * STEPS);
  assert.equal(await ask(runner), 'x');
  await turns(4 * STEPS);
  assert.deepEqual([(await runner.info()).restarts, world.opened], [1, 2]);
  assert.equal((await runner.info()).failed, undefined);
  // It has answered all of them: none is due.
  assert.equal(goldens(world), 3);
  runner.close();
});

test('a golden that was on its way when something begins to adapt is given back, and none is asked', async () => {
  const world = new World();
  const runner = await proving(world);
  await runner.adapt({ ngram: false, bias: true, prime: '' });
  assert.equal(world.held, 0);
  world.now += 600_000;
  assert.equal(await ask(runner), 'x');
  await turns(4 * STEPS);
  assert.deepEqual([(await runner.info()).restarts, goldens(world)], [0, 2]);
  runner.close();
});

test('a golden that fails gives up the instance; where none answers rightly, whatever with, it is tried four times', async () => {
  for (const golden of ['wrong', new NearhandError('logits-not-finite', 'NaN'), new WebAssembly.RuntimeError('unreachable')]) {
    const world = new World();
    const runner = await proving(world);
    world.golden = golden;
    await turns(2 * STEPS);
    const expected = golden === 'wrong' ? 'golden-mismatch' : golden instanceof NearhandError ? golden.code : 'engine-trapped';
    for (let calls = 0; calls < 8; calls++) assert.equal(await ask(runner), expected);
    assert.equal(world.opened, 1 + 4 - Number(expected === 'engine-trapped'), expected);
    runner.close();
  }
});

test('goldens that failed once are not the reason why an engine that stops again and again is given up', async () => {
  const world = new World();
  const runner = await proving(world);
  world.golden = 'wrong';
  await turns(2 * STEPS);
  assert.equal(await ask(runner), 'golden-mismatch');
  world.golden = 'right';
  // What it said before is not to be trusted, whoever answers now.
  const told = async (): Promise<unknown> => (await runner.info()).failed;
  assert.equal(await told(), 'golden-mismatch');
  for (let traps = 0; traps < 3; traps++) assert.equal(await ask(runner, 'trap'), 'engine-trapped');
  assert.equal(await ask(runner), 'engine-trapped');
  runner.close();
});

test('a model that takes more than it may is asked no golden', async () => {
  const world = new World();
  world.bytes = 11;
  await assert.rejects(world.open(), ({ code }: NearhandError) => code === 'out-of-memory');
  assert.deepEqual(world.begun, []);
});
