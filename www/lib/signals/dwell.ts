/**
 * How long an item was looked at: visible time only, the clock stands still while nobody looks at the page.
 * Reported as the view it belongs to (same id, same `at`) with `dwellMs`, when the visitor leaves or hides the page.
 */

import { type Life, pageLife } from './life.js';
import type { Draft, Emit } from './report.js';

export interface DwellOptions {
  /** A clock that never goes back, milliseconds. Default `performance.now`. */
  readonly monotonic?: () => number;
  /** Shorter looks are not reported, milliseconds. Default 1000. 0 reports every look. */
  readonly minMs?: number;
}

export interface Dwell {
  /** Begins the look of this view. Ends the one before. */
  start(view: Draft): void;
  /** Ends the look and reports it. */
  end(): void;
  /** Ends the look without a word. */
  drop(): void;
  stop(): void;
}

/** The engine takes at most one day. */
const MAX_MS = 86_400_000;

export function dwell(emit: Emit, { monotonic = () => performance.now(), minMs = 1000 }: DwellOptions = {}, life: Life = pageLife()): Dwell {
  let look: { view: Draft; ms: number; since: number | undefined; reported: number } | undefined;

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
    if (!(dwellMs >= minMs) || dwellMs <= look.reported) return;
    look.reported = dwellMs;
    emit({ ...look.view, dwellMs });
  };
  life.onChange((change) => {
    if (change === 'off') report();
    else if (change === 'on' && look) look.since ??= monotonic();
  });

  const end = (): void => {
    report();
    look = undefined;
  };
  return {
    start(view) {
      end();
      look = { view, ms: 0, since: life.active() ? monotonic() : undefined, reported: 0 };
    },
    end,
    drop() {
      look = undefined;
    },
    stop() {
      end();
      life.stop();
    },
  };
}
