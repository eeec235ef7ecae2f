/**
 * The queue between the signals and the sink: kept while the visitor is busy, delivered when the page is idle. At once
 * when the page is hidden, because a hidden page may never run again, and at once for what the visitor did by hand: a slate
 * asked for right after "add to basket" knows it.
 */

import type { Signal } from '../src/words/types.js';
import { hidden, listen } from './dom.js';

export type { Signal };

/** A signal before it is numbered. */
export type Draft = Omit<Signal, 'id'> & { readonly id?: string };
export type Emit = (signal: Draft) => void;
/** A promise that it gives is not waited for; should it be rejected, `onError` is told. */
export type Sink = (signal: Signal) => unknown;
export type OnError = (error: unknown, signal?: Signal) => void;

export interface Queue {
  readonly emit: Emit;
  /** Delivers all that waits, oldest first. */
  flush(): void;
  /** Drops all that waits. */
  clear(): void;
  /** Delivers the rest and takes nothing more. */
  stop(): void;
}

/** Longest wait for an idle moment, milliseconds: a busy page still reports. */
const IDLE_TIMEOUT_MS = 1000;
/** The longest id of an item that the engine takes, and the longest text of a page that is passed on. */
const MAX_ID = 256;
const MAX_TEXT = 128;

const AT_ONCE: readonly Signal['kind'][] = ['cart-add', 'cart-remove', 'purchase', 'dismiss', 'slate-click'];

const page = `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`;
let count = 0;
/** The id of a happening: that of the page, and a number that goes up. */
export const newId = (): string => `${page}.${(count++).toString(36)}`;

/** An item's id as the page has it, or undefined when it can be none. */
export function itemOf(value: unknown): string | undefined {
  const id = typeof value === 'number' ? String(value) : value;
  return typeof id === 'string' && id && id.length <= MAX_ID ? id : undefined;
}
export const cut = (text: string): string => text.slice(0, MAX_TEXT);

/** A queue in front of `sink`. What the sink throws goes to `onError`; what that throws goes nowhere. */
export function queue(sink: Sink, onError: OnError = () => {}): Queue {
  let waiting: Signal[] = [];
  let cancel: (() => void) | undefined;
  let stopped = false;
  let leaving = false;
  let delivering = false;

  const failed = (error: unknown, signal: Signal): void => {
    try {
      onError(error, signal);
    } catch {
      // The host's own handler failed; a signal never breaks the page.
    }
  };
  const deliver = (signal: Signal): void => {
    try {
      const done = sink(signal) as Promise<unknown> | undefined;
      if (typeof done?.then === 'function') done.then(undefined, (error: unknown) => failed(error, signal));
    } catch (error) {
      failed(error, signal);
    }
  };
  const flush = (): void => {
    // Told from within the sink: later than what is being delivered.
    if (delivering) return;
    cancel?.();
    cancel = undefined;
    delivering = true;
    const batch = waiting;
    waiting = [];
    for (const signal of batch) deliver(signal);
    delivering = false;
    if (waiting.length) cancel ??= whenIdle(flush);
  };

  // The page is still visible in pagehide, yet no idle moment may come: from here on nothing waits.
  const ends = [
    listen(globalThis, 'visibilitychange', () => hidden() && flush()),
    listen(globalThis, 'pagehide', () => {
      leaving = true;
      flush();
    }),
    listen(globalThis, 'pageshow', () => {
      leaving = false;
    }),
  ];

  return {
    emit(draft) {
      if (stopped) return;
      waiting.push(Object.freeze({ ...draft, id: draft.id ?? newId() }));
      if (leaving || hidden() || AT_ONCE.includes(draft.kind)) flush();
      else cancel ??= whenIdle(flush);
    },
    flush,
    clear() {
      waiting = [];
    },
    stop() {
      flush();
      stopped = true;
      for (const end of ends) end();
    },
  };
}

function whenIdle(work: () => void): () => void {
  // Safari has no requestIdleCallback.
  if (typeof requestIdleCallback === 'function') {
    const id = requestIdleCallback(work, { timeout: IDLE_TIMEOUT_MS });
    return () => cancelIdleCallback(id);
  }
  const id = setTimeout(work, 1);
  return () => clearTimeout(id);
}
