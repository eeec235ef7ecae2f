// Suggestions while somebody types: races between keys and answers, with a clock and a model that do what they are told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CompleteOptions, Completed, CompletionStream, FinishReason } from '../../../www/lib/src/complete/words/completer-types.js';
import { firstWord, typingOf, type Timers } from '../../../www/lib/src/complete/writing/typing.js';
import type { Ghost, TypingOptions } from '../../../www/lib/src/complete/words/typing-types.js';
import { NearhandError } from '../../../www/lib/src/words/errors.js';
import { code } from './harness.js';

const settled = (): Promise<void> => new Promise((done) => setImmediate(done));

/** One run, told what to say piece by piece. */
class Run {
  readonly #queue: (string | undefined)[] = [];
  #wake = (): void => {};
  #end!: (completed: Completed) => void;
  #fail!: (error: unknown) => void;
  failure: unknown;
  /** Whether it heeds its signal; one in the middle of a step does not yet. */
  deaf = false;
  readonly done = new Promise<Completed>((end, fail) => ([this.#end, this.#fail] = [end, fail]));
  over = false;
  constructor(
    readonly prompt: string,
    readonly options: CompleteOptions,
  ) {
    options.signal?.addEventListener('abort', () => !this.deaf && this.end('cancelled'));
    this.done.catch(() => {});
  }
  get cancelled(): boolean {
    return this.options.signal?.aborted === true;
  }
  async say(...pieces: string[]): Promise<void> {
    this.#queue.push(...pieces);
    this.#wake();
    await settled();
  }
  async end(finishReason: FinishReason): Promise<void> {
    if (this.over) return;
    this.over = true;
    this.#queue.push(undefined);
    this.#wake();
    this.#end({ text: '', completion: '', finishReason, usage: { prompt: 0, reused: 0, completion: 0, dropped: 0 }, tookMs: 0 });
    await settled();
  }
  async fail(error: unknown): Promise<void> {
    this.over = true;
    this.failure = error;
    this.#queue.push(undefined);
    this.#fail(error);
    this.#wake();
    await settled();
  }
  async *pieces(): AsyncGenerator<string> {
    for (;;) {
      while (this.#queue.length === 0) await new Promise<void>((wake) => (this.#wake = wake));
      const piece = this.#queue.shift();
      if (piece === undefined) break;
      yield piece;
    }
    if (this.failure) throw this.failure;
  }
}

function field(options: Partial<TypingOptions> = {}) {
  const runs: Run[] = [];
  const shown: Ghost[] = [];
  const errors: NearhandError[] = [];
  let at = 0;
  let pending: { act: () => void; due: number } | undefined;
  const timers: Timers = {
    now: () => at,
    set: (act, ms) => (pending = { act, due: at + ms }),
    clear: (timer) => timer === pending && (pending = undefined),
  };
  const stream = (prompt: string, given: CompleteOptions): CompletionStream => {
    assert.ok(runs.every((run) => run.over), 'one run at a time');
    const run = new Run(prompt, given);
    runs.push(run);
    return { done: run.done, readable: assert.fail, [Symbol.asyncIterator]: () => run.pieces() };
  };
  const typing = typingOf({ stream: stream as never }, { onSuggestion: (ghost) => shown.push(ghost), onError: (error) => errors.push(error), ...options }, timers);
  return {
    runs,
    shown,
    errors,
    typing,
    /** A key, so many milliseconds after the one before. */
    async key(text: string, after = 200, caret?: number): Promise<void> {
      await this.pass(after);
      typing.type(text, caret);
      await settled();
    },
    async pass(ms: number): Promise<void> {
      at += ms;
      const due = pending;
      if (due && due.due <= at) {
        pending = undefined;
        due.act();
      }
      await settled();
    },
    get last(): Run {
      return runs.at(-1)!;
    },
    get ghost(): string {
      return typing.suggestion;
    },
  };
}

test('a key after a pause begins at once; keys in quick succession wait until none has come for the debounce', async () => {
  const f = field();
  await f.key('I');
  assert.deepEqual(f.runs.map(({ prompt }) => prompt), ['I']);
  await f.key('I w', 30);
  await f.key('I wo', 30);
  assert.deepEqual([f.runs.length, f.runs[0]!.cancelled], [1, true], 'overtaken, and nothing begun');
  await f.pass(59);
  assert.equal(f.runs.length, 1);
  await f.pass(1);
  assert.deepEqual(f.runs.map(({ prompt }) => prompt), ['I', 'I wo']);
  const { maxTokens, heal, stop } = f.last.options;
  assert.deepEqual({ maxTokens, heal, stop }, { maxTokens: 12, heal: true, stop: ['\n'] });
});

test('what comes is shown as it comes; what is typed along it shortens it and starts nothing', async () => {
  const f = field();
  await f.key('I would');
  await f.last.say(' like', ' a room');
  assert.equal(f.ghost, ' like a room');
  await f.key('I would ');
  await f.key('I would l', 10);
  assert.deepEqual([f.ghost, f.runs.length, f.last.cancelled], ['ike a room', 1, false]);
  await f.last.say(' for two people');
  await f.last.end('stop');
  await f.key('I would like a room for two peopl', 10);
  assert.deepEqual([f.ghost, f.runs.length], ['e', 1], 'the model has ended it: there is no more to ask for');
  await f.key('I would like a room for two people', 10);
  await f.pass(1000);
  assert.deepEqual([f.ghost, f.runs.length], ['', 1]);
  assert.deepEqual(f.shown.map(({ suggestion }) => suggestion), [' like', ' like a room', 'like a room', 'ike a room', 'ike a room for two people', 'e', '']);
});

test('the suggestion was cut by its length: a run for more begins when little is left, behind all of it', async () => {
  const f = field();
  await f.key('I');
  await f.last.say(' would like to');
  await f.last.end('length');
  assert.equal(f.runs.length, 1);
  await f.key('I would ');
  assert.deepEqual(f.runs.map(({ prompt }) => prompt), ['I', 'I would like to'], 'seven characters');
  await f.key('I would l');
  assert.deepEqual([f.last.cancelled, f.ghost], [false, 'ike to']);
  await f.last.say(' book');
  await f.last.end('length');
  assert.equal(f.ghost, 'ike to book');
  await f.key('I would like to b');
  await f.last.end('length');
  assert.equal(f.runs.length, 3);
  await f.pass(5000);
  assert.equal(f.runs.length, 3, 'a run that brings nothing is not repeated');
});

test('answers out of order never show: a run that hears late says what nobody sees, and the next one waits for its end', async () => {
  const f = field();
  await f.key('I w');
  f.last.deaf = true;
  await f.key('I h');
  assert.equal(f.runs.length, 1, 'one at a time');
  await f.runs[0]!.say('ould');
  assert.equal(f.ghost, '');
  await f.runs[0]!.end('length');
  assert.deepEqual(f.runs.map(({ prompt }) => prompt), ['I w', 'I h']);
  await f.last.say('ave');
  assert.deepEqual(f.shown, [{ text: 'I h', suggestion: 'ave' }]);
});

test('of many keys while a step runs, the last alone is asked for', async () => {
  const f = field({ debounceMs: 0 });
  await f.key('a');
  f.last.deaf = true;
  for (const text of ['ab', 'abc', 'abcd']) await f.key(text, 1);
  await f.runs[0]!.end('cancelled');
  assert.deepEqual(f.runs.map(({ prompt }) => prompt), ['a', 'abcd']);
});

test('who deletes gets the earlier suggestion back, without a run; 32 are remembered', async () => {
  const f = field();
  await f.key('ho');
  await f.last.say('tel in town');
  await f.last.end('stop');
  await f.key('how');
  await f.last.say(' are you');
  await f.last.end('stop');
  await f.key('ho');
  assert.deepEqual([f.ghost, f.runs.length], ['tel in town', 2]);
  await f.key('hot');
  assert.deepEqual([f.ghost, f.runs.length], ['el in town', 2]);
  // Of a text that it leads through, too.
  await f.key('how a');
  assert.deepEqual([f.ghost, f.runs.length], ['re you', 2]);
  for (let i = 0; i < 32; i++) {
    await f.key(`${i} x`);
    await f.last.end('stop');
  }
  const before = f.runs.length;
  await f.key('ho');
  assert.equal(f.runs.length, before + 1);
});

test('the model reads what is put in front, and the suggestion goes on from what was typed', async () => {
  const f = field({ before: '---\nU: ' });
  await f.key('ho');
  assert.equal(f.last.prompt, '---\nU: ho');
  await f.last.say('tel');
  assert.deepEqual([f.ghost, f.shown.at(-1)], ['tel', { text: 'ho', suggestion: 'tel' }]);
  assert.throws(() => field({ before: 7 as never }), { code: 'invalid-option' });
});

test('a run that was cut off is not remembered', async () => {
  const f = field();
  await f.key('ho');
  await f.last.say('tel');
  await f.key('hu');
  await f.key('ho');
  assert.deepEqual([f.ghost, f.runs.length], ['', 3]);
});

test('accept takes all of it; the field’s own event for that changes nothing; more is asked for where there may be', async () => {
  const f = field();
  assert.equal(f.typing.accept(), '');
  await f.key('I');
  await f.last.say(' would', ' like');
  await f.last.end('length');
  assert.equal(f.typing.accept(), ' would like');
  await settled();
  assert.deepEqual([f.ghost, f.runs.map(({ prompt }) => prompt)], ['', ['I', 'I would like']]);
  await f.key('I would like', 0);
  assert.deepEqual([f.runs.length, f.last.cancelled], [2, false]);
  await f.last.say(' to go');
  assert.deepEqual(f.shown.at(-1), { text: 'I would like', suggestion: ' to go' });
});

test('acceptWord takes a word with its blanks and marks; the rest stays', async () => {
  const f = field();
  await f.key('Yes');
  await f.last.say(', please; it’s  fine');
  await f.last.end('stop');
  const taken: string[] = [];
  for (let word = f.typing.acceptWord(); word; word = f.typing.acceptWord()) taken.push(word);
  assert.deepEqual(taken, [',', ' please;', ' it’s', '  fine']);
  assert.equal(f.runs.length, 1);
  for (const [text, word] of [['北京大学在哪里', '北京'], ['สวัสดีครับ', 'สวัสดี'], [' and/or not', ' and/or'], ['  ', '  '], ['', ''], ['👩‍👩‍👧 here', '👩‍👩‍👧'], ['。', '。']]) {
    const got = firstWord(text!);
    assert.ok(got === word || (text!.startsWith('北京') && got === '北京大学'), `${text}: ${got}`);
  }
});

test('dismiss: nothing until the text changes, not even what still comes', async () => {
  const f = field();
  await f.key('I');
  await f.last.say(' would');
  f.typing.dismiss();
  await f.runs[0]!.say(' like');
  assert.deepEqual([f.ghost, f.runs[0]!.cancelled], ['', true]);
  await f.key('I');
  await f.pass(1000);
  assert.deepEqual([f.runs.length, f.typing.accept()], [1, '']);
  await f.key('I ');
  assert.equal(f.runs.length, 2);
});

test('none while an input method composes, with the caret elsewhere, and for blanks alone', async () => {
  const f = field();
  await f.key('I');
  await f.last.say(' would like');
  await f.last.end('stop');
  f.typing.compose(true);
  assert.equal(f.ghost, '');
  await f.key('Iか');
  await f.pass(1000);
  assert.equal(f.runs.length, 1);
  f.typing.compose(false);
  await settled();
  assert.deepEqual(f.runs.map(({ prompt }) => prompt), ['I', 'Iか']);
  await f.key('I');
  assert.equal(f.ghost, ' would like');
  await f.key('I', 200, 0);
  assert.equal(f.ghost, '');
  await f.key('I', 200, 1);
  assert.deepEqual([f.ghost, f.runs.length], [' would like', 2]);
  for (const text of ['', '   ', '\n']) await f.key(text);
  await f.pass(1000);
  assert.deepEqual([f.ghost, f.runs.length], ['', 2]);
});

test('after an error the typing goes on', async () => {
  const f = field();
  await f.key('I');
  await f.last.say(' wo');
  await f.last.fail(new NearhandError('engine-trapped', 'gone'));
  assert.deepEqual(f.errors.map(({ code }) => code), ['engine-trapped']);
  await f.key('I a');
  await f.last.fail(new TypeError('odd'));
  assert.deepEqual(f.errors.map(({ code }) => code), ['engine-trapped', 'internal']);
  await f.key('I am');
  await f.last.say(' here');
  assert.deepEqual([f.runs.length, f.ghost], [3, ' here']);
});

test('a sentence ends the suggestion, with its mark; a number’s point does not; the next sentence follows once it is typed', async () => {
  const f = field({ until: 'sentence', stop: 'User:' });
  assert.deepEqual(f.runs.length, 0);
  await f.key('It costs');
  assert.deepEqual(f.last.options.stop, ['User:', '\n']);
  await f.last.say(' 3.', '5', ' euros', '.', ' Do you');
  assert.deepEqual([f.ghost, f.last.cancelled], [' 3.5 euros.', true]);
  await f.key('It costs 3.5 eur');
  assert.equal(f.runs.length, 1);
  f.typing.accept();
  await settled();
  assert.deepEqual(f.runs.map(({ prompt }) => prompt), ['It costs', 'It costs 3.5 euros.']);
});

test('close ends what runs, and later calls do nothing; a callback that throws stops nothing', async () => {
  const reported: unknown[] = [];
  Object.assign(globalThis, { reportError: (error: unknown) => reported.push(error) });
  const f = field({
    onSuggestion: () => {
      throw new Error('of the host');
    },
  });
  await f.key('I');
  await f.last.say(' would');
  assert.equal(f.ghost, ' would');
  f.typing.close();
  f.typing.close();
  assert.deepEqual([f.last.cancelled, f.ghost], [true, '']);
  await f.key('I am');
  f.typing.compose(true);
  f.typing.dismiss();
  await f.pass(1000);
  assert.deepEqual([f.runs.length, f.typing.accept(), f.typing.acceptWord()], [1, '', '']);
  assert.equal(reported.length, 2);
  Reflect.deleteProperty(globalThis, 'reportError');
});

test('the host may type within its own callback', async () => {
  const f = field({ onSuggestion: ({ suggestion }) => suggestion === ' would' && f.typing.type('I have') });
  await f.key('I');
  await f.last.say(' would', ' like');
  await f.pass(100);
  assert.deepEqual([f.runs.map(({ prompt }) => prompt), f.ghost], [['I', 'I have'], '']);
});

test('options are checked', () => {
  const make = (options: object): unknown => typingOf({ stream: assert.fail as never }, options as TypingOptions);
  const ok = { onSuggestion() {} };
  for (const options of [{}, { onSuggestion: 1 }, { ...ok, debounceMs: -1 }, { ...ok, debounceMs: NaN }, { ...ok, until: 'word' }, { ...ok, onError: 1 }]) assert.throws(() => make(options), code('invalid-option'));
  assert.throws(() => (make(ok) as { type(text: unknown): void }).type(1), code('invalid-option'));
});
