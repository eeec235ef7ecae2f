import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { plain } from '../../../www/lib/src/words/plain.js';
import { code } from './harness.js';

const copy = (value: unknown): unknown => plain(value, 'it');

test('own data of any realm and behind any proxy is copied, without undefined', () => {
  const reactive = (value: object): object => new Proxy(value, { get: (t, key) => Reflect.get(t, key) as unknown });
  const foreign = runInNewContext('({ list: [1, , "two"], deep: { yes: true }, none: undefined })') as unknown;
  assert.deepEqual(copy(foreign), { list: [1, null, 'two'], deep: { yes: true } });
  assert.deepEqual(copy(reactive({ rules: reactive([{ pin: 1 }]) })), { rules: [{ pin: 1 }] });
  assert.deepEqual(copy(Object.create(null, { a: { value: 1, enumerable: true }, b: { value: 2 } })), { a: 1 });
  assert.deepEqual(copy({ vector: new Float32Array([0.5, 1]), none: null }), { vector: [0.5, 1], none: null });
  assert.deepEqual(copy(class { static k = 1; }.prototype), {});
  const snapshot = new Uint8Array(3);
  const crossed = (copy({ session: snapshot }) as { session: unknown }).session;
  assert.ok(crossed instanceof Uint8Array && crossed !== snapshot && crossed.length === 3);
  assert.equal(copy('cup \ud83d'), 'cup \ufffd');
  assert.equal(copy('cup 😀'), 'cup 😀');
});

test('a getter is read once; what it throws is told', () => {
  let read = 0;
  assert.deepEqual(copy({ get k() { return ++read; } }), { k: 1 });
  const thrown = (error: unknown): boolean => code('invalid-option')(error) && /could not be read: boom/.test((error as Error).message);
  assert.throws(() => copy({ get k() { throw new TypeError('boom'); } }), thrown);
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  assert.throws(() => copy({ rules: proxy }), code('invalid-option'));
});

test('"__proto__" and "constructor" are keys like others', () => {
  const clean = copy(JSON.parse('{"__proto__":{"k":1},"constructor":2}')) as object;
  assert.deepEqual(Object.keys(clean), ['__proto__', 'constructor']);
  assert.equal((clean as { k?: number }).k, undefined);
  assert.equal(Object.getPrototypeOf(clean), Object.prototype);
});

test('what is no plain data is refused with its path', () => {
  const refused = (value: unknown, option: string): void =>
    assert.throws(() => copy(value), (error: unknown) => code('invalid-option')(error) && (error as { details: { option: string } }).details.option === option);
  for (const value of [new Map(), new Set(), new Date(), /x/, Promise.resolve(), () => 1, Symbol('s'), 7n, NaN, -Infinity]) {
    refused({ a: [{ b: value }] }, 'it.a[0].b');
  }
  const circle: { self?: object } = {};
  circle.self = circle;
  refused(circle, `it${'.self'.repeat(9)}`);
});

test('long keys, long lists and many values are refused at once', () => {
  assert.throws(() => copy({ ['x'.repeat(65)]: 1 }), code('unknown-option'));
  assert.throws(() => copy({ ['x'.repeat(2 ** 24)]: 1 }), (error: unknown) => (error as Error).message.length < 300);
  let read = 0;
  const list = (length: number): unknown[] => new Proxy([], { get: (_, key) => (key === 'length' ? length : typeof key === 'symbol' ? undefined : read++) });
  for (const [name, most] of [['rules', 64], ['curated', 1000], ['excludeItems', 10_000]] as const) {
    assert.throws(() => copy({ [name]: list(most + 1) }), code('invalid-option'));
    assert.equal(read, 0, name);
    assert.equal((copy({ [name]: list(most) }) as Record<string, unknown[]>)[name]?.length, most);
    read = 0;
  }
  assert.throws(() => copy(Array.from({ length: 20 }, () => Array<number>(9_000).fill(1))), code('invalid-option'));
});
