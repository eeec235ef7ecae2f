/** The sum of many clients' reports. */
import { NearhandError } from '../../words/errors.js';
import { deepFreeze } from '../../words/freeze.js';
import { binOf } from '../reading/bins.js';
import type { Counter, Told } from '../running/glue.js';
import type { Instance } from '../running/instance.js';
import { checkBytes, checkSource } from '../words/options.js';
import type { Collector, CollectorOptions, Share } from '../words/public.js';
import { undone } from './noise.js';

/** Of the normal distribution, for 0.95. */
const Z = 1.959963984540054;

/** Wilson's interval of a share (1927). */
function interval(events: number, of: number): readonly [low: number, high: number] {
  const share = events / of;
  const middle = (share + (Z * Z) / (2 * of)) / (1 + (Z * Z) / of);
  const half = (Z / (1 + (Z * Z) / of)) * Math.sqrt((share * (1 - share)) / of + (Z * Z) / (4 * of * of));
  return [middle - half, middle + half];
}

/** A share of what was counted, put right for how it was told. */
export function shareOf(name: string, events: number, of: number, epsilon: number | undefined): Share {
  if (!of) return { name, of, share: null, low: null, high: null };
  const right = (share: number): number => Math.min(1, Math.max(0, epsilon === undefined ? share : undone(share, epsilon)));
  const [low, high] = interval(events, of);
  return { name, of, share: right(events / of), low: right(low), high: right(high) };
}

export interface Summing {
  /** Knows which reports have come, and holds none. */
  readonly ledger: Counter;
  sum: Counter;
  readonly told: Told;
  /** Another counter, of nothing. */
  readonly alone: () => Counter;
}

/** Throws where a report by itself has counted more than `most` of anything. */
function plausible({ told, alone }: Summing, bytes: Uint8Array, most: number): void {
  const counter = alone();
  try {
    counter.absorb(bytes);
    const counts = [...told.streams.flatMap((_, at) => [...counter.counts(at)]), ...told.rates.map((_, at) => counter.happened(at)[1]!), counter.times().count];
    const largest = Math.max(...counts);
    if (largest > most) throw new NearhandError('monitor-report-implausible', `a report has counted ${largest} of something, and ${most} is the most that is believed`, { count: largest, most });
  } finally {
    counter.free();
  }
}

export const collector = (instance: Instance<Summing>, { epsilon, most }: Pick<CollectorOptions, 'epsilon' | 'most'>): Collector =>
  Object.freeze<Collector>({
    add: (report) => {
      const bytes = checkBytes(report, 'add.report');
      return instance.call((all) => {
        if (most !== undefined) plausible(all, bytes, most);
        const { ledger, sum } = all;
        if (!ledger.absorb(bytes)) return false;
        ledger.forget();
        sum.absorb(bytes);
        return true;
      });
    },
    report: (source) => {
      const from = checkSource(source);
      return instance.call((all) => {
        // What is told leaves the sum: so the next one begins with it.
        const bytes = all.sum.report(from);
        if (!bytes) return null;
        const next = all.alone();
        next.absorb(bytes);
        all.sum.free();
        all.sum = next;
        return bytes;
      });
    },
    rates: () =>
      instance.call(({ sum, told }) =>
        deepFreeze(
          told.rates.map(({ name }, at) => {
            const [events, of] = sum.happened(at);
            return shareOf(name, events!, of!, epsilon);
          }),
        ),
      ),
    streams: () => instance.call(({ sum, told }) => deepFreeze(told.streams.map((stream, at) => ({ name: stream.name, bins: Array.from(sum.counts(at), (count, bin) => ({ values: binOf(stream, bin), count })) })))),
    times: () => {
      const { count, p50, p95, p99 } = instance.call(({ sum }) => sum.times());
      const ms = (micros: number | null): number | null => micros && micros / 1000;
      return Object.freeze({ count, p50: ms(p50), p95: ms(p95), p99: ms(p99) });
    },
  });
