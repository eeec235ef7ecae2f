/** The two clocks of the face: the host's for events, a monotonic one for durations. */
import { invalid, unread } from './plain.js';

export type Clock = () => number;

/** A host's clock that goes astray is its bug, and is told so where it happens. */
export function hostClock(now: Clock = Date.now): Clock {
  return () => {
    let t: number;
    try {
      t = now();
    } catch (error) {
      throw unread(error, 'load.now');
    }
    return Number.isFinite(t) ? t : invalid('load.now', 'milliseconds since the Unix epoch', t);
  };
}

/** Milliseconds since `from`, to the microsecond. */
export const since = (from: number): number => Math.round((performance.now() - from) * 1000) / 1000;
