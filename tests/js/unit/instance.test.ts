import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calls } from '../../../www/lib/src/files/instance.js';
import { NearhandError } from '../../../www/lib/src/words/errors.js';
import { code } from './thrown.js';

const LOST = 'It is gone: make another';

test('calls into an instance: what is refused leaves it as it is, and after a trap nothing reaches it', () => {
  const thing = { asked: 0 };
  const call = calls(thing, LOST);
  assert.equal(call((of) => (of.asked += 1)), 1);
  assert.equal(code(() => call(() => { throw new NearhandError('invalid-option', 'no'); })), 'invalid-option');
  assert.equal(code(() => call(() => { throw new TypeError('not ours'); })), 'internal');
  assert.equal(call((of) => (of.asked += 1)), 2);
  const thrown: unknown[] = [];
  for (const act of [() => { throw new WebAssembly.RuntimeError('unreachable'); }, () => (thing.asked += 1)]) {
    try {
      call(act);
    } catch (error) {
      thrown.push(error);
    }
  }
  assert.deepEqual([(thrown[0] as NearhandError).code, thrown[1] === thrown[0], thing.asked], ['engine-trapped', true, 2]);
  assert.match((thrown[0] as Error).message, /unreachable\. It is gone: make another$/);
});

test('calls into an instance: one that has not come to its end ends it, so within another as where even the error was cut off', () => {
  const within = calls({}, LOST);
  assert.equal(code(() => within(() => within(() => 1))), 'engine-trapped');
  assert.equal(code(() => within(() => 1)), 'engine-trapped');
  // An error that cannot be read, as where the stack is full.
  const cut = calls({}, LOST);
  const unreadable = new Proxy(new Error('x'), { get: () => { throw new RangeError('full'); }, getPrototypeOf: () => { throw new RangeError('full'); } });
  assert.throws(() => cut(() => { throw unreadable; }));
  assert.equal(code(() => cut(() => 1)), 'engine-trapped');
});
