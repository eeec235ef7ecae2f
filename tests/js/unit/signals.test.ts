// The signals, with a fake page: what is told, when, and that nothing ever reaches the page as an exception.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { cart, dwell, eventOf, impressions, queue, signals, views, type Draft, type Signal } from '../../../www/lib/signals/index.js';
import type { ShopEvent } from '../../../www/lib/src/words/types.js';
import { world } from './harness.js';

const AT = 1_700_000_000_000;
/** Ids are numbers that go up; which ones is nobody's business here. */
const plain = ({ id, ...rest }: Draft): object => rest;
let page: ReturnType<typeof fakePage>;

type Entry = Pick<IntersectionObserverEntry, 'target' | 'isIntersecting' | 'intersectionRatio' | 'boundingClientRect' | 'rootBounds'>;
type Callback = (entries: Entry[]) => void;
const rect = (width: number, height: number) => ({ width, height }) as DOMRectReadOnly;
const entry = (target: Element, ratio: number): Entry => ({
  target,
  isIntersecting: ratio > 0,
  intersectionRatio: ratio,
  boundingClientRect: rect(100, 100),
  rootBounds: rect(1000, 1000),
});

class FakeObserver {
  readonly watched = new Set<Element>();
  constructor(readonly callback: Callback) {}
  observe(element: Element): void {
    this.watched.add(element);
  }
  unobserve(element: Element): void {
    this.watched.delete(element);
  }
  disconnect(): void {
    this.watched.clear();
  }
}

const NAMES = ['document', 'addEventListener', 'removeEventListener', 'IntersectionObserver'] as const;
function noPage(): void {
  for (const name of NAMES) Reflect.deleteProperty(globalThis, name);
}

/** What the signals touch of a browser, and no more. */
function fakePage() {
  const document = Object.assign(new EventTarget(), {
    visibilityState: 'visible',
    querySelectorAll: (): Element[] => [],
  });
  const listeners = new EventTarget();
  const observers: FakeObserver[] = [];
  Object.assign(globalThis, {
    document,
    addEventListener: listeners.addEventListener.bind(listeners),
    removeEventListener: listeners.removeEventListener.bind(listeners),
    IntersectionObserver: class extends FakeObserver {
      constructor(callback: Callback) {
        super(callback);
        observers.push(this);
      }
    },
  });
  return {
    document,
    observers,
    fire: (type: string) => listeners.dispatchEvent(new Event(type)),
    show(state: string) {
      document.visibilityState = state;
      this.fire('visibilitychange');
    },
  };
}

function element(attributes: Record<string, string>): Element {
  const node = {
    nodeType: 1,
    isConnected: true,
    getAttribute: (name: string) => attributes[name] ?? null,
    matches: () => false,
    querySelectorAll: () => [],
  };
  return node as unknown as Element;
}

beforeEach(() => {
  page = fakePage();
  mock.timers.enable({ apis: ['setTimeout'] });
});
afterEach(() => {
  mock.timers.reset();
  noPage();
});

test('import and call without a document do nothing and throw nothing', () => {
  noPage();
  const told: Signal[] = [];
  const stop = signals((signal) => told.push(signal), { impressions: true, monotonic: () => 0 });
  stop.view('a');
  stop();
  assert.deepEqual(told.map((s) => s.item), ['a']);
});

test('queue waits for an idle moment and keeps the order', () => {
  const told: string[] = [];
  const q = queue((signal) => told.push(signal.item));
  q.emit({ kind: 'view', item: 'a', at: AT });
  q.emit({ kind: 'view', item: 'b', at: AT });
  assert.deepEqual(told, []);
  mock.timers.tick(1);
  assert.deepEqual(told, ['a', 'b']);
});

test('queue delivers at once when the page is hidden or left', () => {
  const told: string[] = [];
  const q = queue((signal) => told.push(signal.item));
  q.emit({ kind: 'view', item: 'a', at: AT });
  page.show('hidden');
  assert.deepEqual(told, ['a']);
  q.emit({ kind: 'view', item: 'b', at: AT });
  assert.deepEqual(told, ['a', 'b']);
  page.show('visible');
  q.emit({ kind: 'view', item: 'c', at: AT });
  assert.deepEqual(told, ['a', 'b']);
  page.fire('pagehide');
  q.emit({ kind: 'view', item: 'd', at: AT });
  assert.deepEqual(told, ['a', 'b', 'c', 'd']);
  page.fire('pageshow');
  q.stop();
  q.emit({ kind: 'view', item: 'e', at: AT });
  mock.timers.tick(10);
  assert.deepEqual(told, ['a', 'b', 'c', 'd']);
});

test('a sink that throws reaches onError, and an onError that throws reaches nobody', () => {
  const errors: unknown[] = [];
  const told: string[] = [];
  const sink = (signal: Signal): void => {
    if (signal.item === 'bad') throw new Error('no');
    told.push(signal.item);
  };
  const q = queue(sink, (error, signal) => {
    errors.push([(error as Error).message, signal?.item]);
    throw new Error('worse');
  });
  for (const item of ['a', 'bad', 'b']) q.emit({ kind: 'view', item, at: AT });
  q.flush();
  assert.deepEqual(told, ['a', 'b']);
  assert.deepEqual(errors, [['no', 'bad']]);
});

test('view tells an item once for as long as it stays', () => {
  const told: Draft[] = [];
  const v = views((signal) => told.push(signal), { now: () => AT });
  assert.equal(v.view('a')?.at, AT);
  assert.equal(v.view('a'), undefined);
  assert.equal(v.view(''), undefined);
  v.view('b');
  v.leave();
  v.view('b');
  assert.deepEqual(told.map(plain), ['a', 'b', 'b'].map((item) => ({ kind: 'view', item, at: AT })));
  assert.equal(new Set(told.map(({ id }) => id)).size, 3);
});

const look = (item: string, at: number): Draft => ({ kind: 'view', id: `id of ${item}`, item, at });

test('dwell counts visible time only', () => {
  let clock = 0;
  const told: Draft[] = [];
  const d = dwell((signal) => told.push(signal), { monotonic: () => clock });
  d.start(look('a', AT));
  clock = 3000;
  page.show('hidden');
  assert.deepEqual(told, [{ ...look('a', AT), dwellMs: 3000 }]);
  clock = 60_000;
  page.show('visible');
  clock = 62_500;
  d.start(look('b', AT + 1));
  assert.deepEqual(told[1], { ...look('a', AT), dwellMs: 5500 });
  clock = 63_000;
  d.stop();
  assert.equal(told.length, 2, 'half a second is below the least look');
  page.show('hidden');
  assert.equal(told.length, 2);
});

test('dwell begun on a hidden page starts when it is shown', () => {
  let clock = 0;
  const told: Draft[] = [];
  page.show('hidden');
  const d = dwell((signal) => told.push(signal), { monotonic: () => clock, minMs: 0 });
  d.start(look('a', AT));
  clock = 9000;
  page.show('visible');
  clock = 9400.6;
  d.end();
  assert.equal(told[0]?.dwellMs, 401);
});

test('dwell never goes beyond a day and never below zero', () => {
  let clock = 100;
  const told: Draft[] = [];
  const d = dwell((signal) => told.push(signal), { monotonic: () => clock });
  d.start(look('a', AT));
  clock = 0;
  d.start(look('b', AT));
  clock = 1e12;
  d.end();
  assert.deepEqual(told.map((s) => [s.item, s.dwellMs]), [['b', 86_400_000]]);
});

test('impression: half visible for one second, once', () => {
  const told: Draft[] = [];
  const one = element({ 'data-nearhand-impression': 'a' });
  const root = Object.assign(element({}), { querySelectorAll: () => [one] }) as unknown as Element;
  const seen = impressions((signal) => told.push(signal), { root, now: () => AT });
  const observer = page.observers[0];
  assert.ok(observer);
  const report = (intersectionRatio: number): void => observer.callback([entry(one, intersectionRatio)]);
  report(0.4);
  mock.timers.tick(2000);
  report(0.5);
  mock.timers.tick(999);
  report(0.2);
  mock.timers.tick(2000);
  assert.deepEqual(told, []);
  report(0.9);
  mock.timers.tick(1000);
  assert.deepEqual(told, [{ kind: 'impression', item: 'a', at: AT }]);
  assert.equal(observer.watched.size, 0, 'nothing more to learn of it');
  seen.stop();
});

test('impression: a page hidden within the second was not seen', () => {
  const told: Draft[] = [];
  const one = element({ 'data-nearhand-impression': 'a' });
  const root = Object.assign(element({}), { querySelectorAll: () => [one] }) as unknown as Element;
  const seen = impressions((signal) => told.push(signal), { root });
  page.observers[0]?.callback([entry(one, 1)]);
  mock.timers.tick(900);
  page.show('hidden');
  mock.timers.tick(900);
  assert.deepEqual(told, []);
  assert.equal(page.observers[0]?.watched.size, 1, 'watched anew for when the page is back');
  seen.stop();
});

test('cart: declarative clicks and functions', () => {
  const told: Draft[] = [];
  const root = new EventTarget();
  const c = cart((signal) => told.push(signal), { root, now: () => AT });
  const click = (attributes: Record<string, string>): void => {
    const event = new Event('click');
    Object.defineProperty(event, 'target', { value: element(attributes) });
    root.dispatchEvent(event);
  };
  click({ 'data-nearhand-cart-add': 'a' });
  click({ 'data-nearhand-cart-add': 'a', 'data-nearhand-quantity': '3' });
  click({ 'data-nearhand-cart-remove': 'a', 'data-nearhand-quantity': 'many' });
  click({ 'data-nearhand-cart-add': '' });
  click({});
  c.add('b', 1e9);
  c.remove('b', -4);
  c.stop();
  click({ 'data-nearhand-cart-add': 'late' });
  assert.deepEqual(
    told.map((s) => [s.kind, s.item, s.quantity]),
    [['cart-add', 'a', 1], ['cart-add', 'a', 3], ['cart-remove', 'a', 1], ['cart-add', 'b', 65_535], ['cart-remove', 'b', 1]],
  );
});

test('signals wires all and stop lets go of all', () => {
  let clock = 0;
  const told: Draft[] = [];
  page.document.querySelectorAll = () => [element({ 'data-nearhand-view': 'a' })];
  const stop = signals((signal) => told.push(signal), { now: () => AT, monotonic: () => clock });
  stop.flush();
  assert.deepEqual(told.map(plain), [{ kind: 'view', item: 'a', at: AT }]);
  clock = 4000;
  stop.view('b');
  stop.cartAdd('b', 2);
  stop.view();
  stop();
  assert.deepEqual(
    told.slice(1).map(({ kind, item, dwellMs, quantity }) => ({ kind, item, dwellMs, quantity })),
    [
      { kind: 'view', item: 'a', dwellMs: 4000, quantity: undefined },
      { kind: 'view', item: 'b', dwellMs: undefined, quantity: undefined },
      { kind: 'cart-add', item: 'b', dwellMs: undefined, quantity: 2 },
    ],
  );
  stop.view('c');
  page.show('hidden');
  assert.equal(told.length, 4);
  assert.ok(told.every(Object.isFrozen));
});

const CLICK: Signal = { kind: 'slate-click', id: 'p.1', item: 'A', at: AT, slate: 's', rank: 1, placement: 'home', propensity: 0.5 };

test('a shop and a page take signals as they are, and keep of them what is an event', async () => {
  noPage();
  mock.timers.reset();
  const shop = await world().load();
  const visitor = shop.page();
  for (const to of [shop, visitor]) {
    to.observe(CLICK);
    to.observe({ ...CLICK, kind: 'cart-add', quantity: 2 });
    assert.deepEqual(to.session().map(({ kind, item, quantity }) => [kind, item, quantity]), [['cart-add', 'A', 2]]);
  }
  shop.close();
});

test('the event of a signal', () => {
  assert.equal(eventOf(CLICK), undefined);
  assert.deepEqual(eventOf({ ...CLICK, kind: 'dismiss' }), { kind: 'dismiss', item: 'A', at: AT });
  const event: ShopEvent = { kind: 'view', item: 'A' };
  assert.deepEqual(eventOf(event), event);
});
