/** The sum of many clients' reports. */
import { binOf } from '../reading/bins.js';
import type { Counter, Told } from '../running/glue.js';
import type { Instance } from '../running/instance.js';
import { checkBytes } from '../words/options.js';
import type { Collector, Share } from '../words/public.js';
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
  if (!of) return Object.freeze({ name, of, share: null, low: null, high: null });
  const right = (share: number): number => Math.min(1, Math.max(0, epsilon === undefined ? share : undone(share, epsilon)));
  const [low, high] = interval(events, of);
  return Object.freeze({ name, of, share: right(events / of), low: right(low), high: right(high) });
}

export const collector = (instance: Instance<{ readonly counter: Counter; readonly told: Told }>, epsilon: number | undefined): Collector =>
  Object.freeze<Collector>({
    add: (report) => {
      const bytes = checkBytes(report, 'add.report');
      return instance.call(({ counter }) => counter.absorb(bytes));
    },
    rates: () =>
      instance.call(({ counter, told }) =>
        Object.freeze(
          told.rates.map(({ name }, at) => {
            const [events, of] = counter.happened(at);
            return shareOf(name, events!, of!, epsilon);
          }),
        ),
      ),
    streams: () =>
      instance.call(({ counter, told }) =>
        Object.freeze(
          told.streams.map((stream, at) => {
            const bins = Array.from(counter.counts(at), (count, bin) => Object.freeze({ values: binOf(stream, bin), count }));
            return Object.freeze({ name: stream.name, bins: Object.freeze(bins) });
          }),
        ),
      ),
    times: () => {
      const { count, p50, p95, p99 } = instance.call(({ counter }) => counter.times());
      const ms = (micros: number | null): number | null => micros && micros / 1000;
      return Object.freeze({ count, p50: ms(p50), p95: ms(p95), p99: ms(p99) });
    },
  });
