/**
 * The queue between the signals and the sink: kept while the visitor is busy, delivered when the page is idle,
 * and at once when it is hidden, because a hidden page may never run again.
 */

/** What a signal tells. Has the shape of the engine's event, so `(s) => shop.observe(s)` is a sink. */
export interface Signal {
  readonly kind: 'view' | 'impression' | 'cart-add' | 'cart-remove' | 'purchase' | 'search-click' | 'dismiss';
  readonly item: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** Visible time, milliseconds. Only with `view`. */
  readonly dwellMs?: number;
  /** Pieces. Only with cart and purchase signals. */
  readonly quantity?: number;
}

export type Emit = (signal: Signal) => void;
export type Sink = (signal: Signal) => void;
export type OnError = (error: unknown, signal?: Signal) => void;

export interface Queue {
  readonly emit: Emit;
  /** Delivers all that waits, oldest first. */
  flush(): void;
  /** Delivers the rest and takes nothing more. */
  stop(): void;
}

/** Longest wait for an idle moment, milliseconds: a busy page still reports. */
const IDLE_TIMEOUT_MS = 1000;

/** A queue in front of `sink`. What the sink throws goes to `onError`; what that throws goes nowhere. */
export function queue(sink: Sink, onError: OnError = () => {}): Queue {
  let waiting: Signal[] = [];
  let cancel: (() => void) | undefined;
  let stopped = false;
  let leaving = false;

  const flush = (): void => {
    cancel?.();
    cancel = undefined;
    const batch = waiting;
    waiting = [];
    for (const signal of batch) {
      try {
        sink(signal);
      } catch (error) {
        try {
          onError(error, signal);
        } catch {
          // The host's own handler failed; a signal never breaks the page.
        }
      }
    }
  };

  const hidden = (): boolean => leaving || globalThis.document?.visibilityState === 'hidden';
  const onHidden = (): void => {
    if (hidden()) flush();
  };
  // The page is still visible in pagehide, yet no idle moment may come: from here on nothing waits.
  const onPageHide = (): void => {
    leaving = true;
    flush();
  };
  const onPageShow = (): void => {
    leaving = false;
  };
  // Capture: the page's own handlers may stop the event.
  globalThis.addEventListener?.('visibilitychange', onHidden, { capture: true });
  globalThis.addEventListener?.('pagehide', onPageHide, { capture: true });
  globalThis.addEventListener?.('pageshow', onPageShow, { capture: true });

  return {
    emit(signal) {
      if (stopped) return;
      waiting.push(Object.freeze(signal));
      if (hidden()) flush();
      else cancel ??= whenIdle(flush);
    },
    flush,
    stop() {
      flush();
      stopped = true;
      globalThis.removeEventListener?.('visibilitychange', onHidden, { capture: true });
      globalThis.removeEventListener?.('pagehide', onPageHide, { capture: true });
      globalThis.removeEventListener?.('pageshow', onPageShow, { capture: true });
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
