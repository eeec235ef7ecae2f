/** The two clocks of the face: the host's for events, a monotonic one for durations. */
import { NearhandError, short } from './errors.js';

export type Clock = () => number;

/** A host's clock that goes astray is its bug, and is told so where it happens. */
export function hostClock(now: Clock = Date.now): Clock {
  return () => {
    const t = now();
    if (Number.isFinite(t)) return t;
    throw new NearhandError('invalid-option', `load.now must return milliseconds since the Unix epoch, not ${short(t)}`, {
      option: 'load.now',
      value: t,
    });
  };
}

/** Milliseconds since `from`, to the microsecond. */
export const since = (from: number): number => Math.round((performance.now() - from) * 1000) / 1000;
