/** The two clocks of the face: the host's for events, a monotonic one for durations. */
import { invalid, unread } from './plain.js';

export type Clock = () => number;

/** A host's clock that goes astray is its bug, and is told so where it happens, by the name of the option, `path`. */
export function hostClock(now: Clock = Date.now, path: string): Clock {
  return () => {
    let t: number;
    try {
      t = now();
    } catch (error) {
      throw unread(error, path);
    }
    return Number.isFinite(t) ? t : invalid(path, 'milliseconds since the Unix epoch', t);
  };
}

/** Milliseconds since `from`, to the microsecond. */
export const since = (from: number): number => Math.round((performance.now() - from) * 1000) / 1000;
