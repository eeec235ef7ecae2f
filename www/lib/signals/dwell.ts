/**
 * How long an item was looked at: visible time only, the clock stands still while the page is hidden.
 * Reported as the view it belongs to (same item, same `at`) with `dwellMs`, when the visitor leaves or hides the page.
 */

import type { Emit } from './report.js';

export interface DwellOptions {
  /** A clock that never goes back, milliseconds. Default `performance.now`. */
  readonly monotonic?: () => number;
  /** Shorter looks are not reported, milliseconds. Default 1000. 0 reports every look. */
  readonly minMs?: number;
}

export interface Dwell {
  /** Begins the look at `item`, viewed at `at`. Ends the one before. */
  start(item: string, at: number): void;
  /** Ends the look and reports it. */
  end(): void;
  stop(): void;
}

/** The engine takes at most one day. */
const MAX_MS = 86_400_000;

export function dwell(emit: Emit, { monotonic = () => performance.now(), minMs = 1000 }: DwellOptions = {}): Dwell {
  let look: { item: string; at: number; ms: number; since: number | undefined; reported: number } | undefined;

  const visible = (): boolean => globalThis.document?.visibilityState !== 'hidden';
  const pause = (): void => {
    if (look?.since === undefined) return;
    look.ms += Math.max(0, monotonic() - look.since);
    look.since = undefined;
  };
  const report = (): void => {
    pause();
    if (!look) return;
    const dwellMs = Math.min(MAX_MS, Math.round(look.ms));
    // The newest report of a view replaces the ones before, so nothing is sent twice for a look that did not grow.
    if (dwellMs < minMs || dwellMs <= look.reported) return;
    look.reported = dwellMs;
    emit({ kind: 'view', item: look.item, at: look.at, dwellMs });
  };
  const onVisibility = (): void => {
    if (!visible()) report();
    else if (look) look.since ??= monotonic();
  };
  globalThis.addEventListener?.('visibilitychange', onVisibility, { capture: true });
  globalThis.addEventListener?.('pagehide', report, { capture: true });

  const end = (): void => {
    report();
    look = undefined;
  };
  return {
    start(item, at) {
      end();
      look = { item, at, ms: 0, since: visible() ? monotonic() : undefined, reported: 0 };
    },
    end,
    stop() {
      end();
      globalThis.removeEventListener?.('visibilitychange', onVisibility, { capture: true });
      globalThis.removeEventListener?.('pagehide', report, { capture: true });
    },
  };
}
