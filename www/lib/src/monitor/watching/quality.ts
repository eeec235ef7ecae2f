/** What came of what was foretold, as an object. */
import { LEVELS } from '../words/options.js';
import type { Quality } from '../words/public.js';

/** Numbers in their order, so many at a time. */
const parted = (all: readonly number[], size: number): number[][] => Array.from({ length: all.length / size }, (_, at) => all.slice(at * size, (at + 1) * size));

/** Of the figures of crates/monitor-wasm, in the order that it states; NaN is none. */
export function qualityOf(figures: Float64Array): Quality {
  const [state, labelled, ...rest] = figures;
  const [foretold, rate, calibrationError, brier, mean, low, high, trust] = rest.map((figure) => (Number.isNaN(figure) ? null : figure)) as number[];
  const points = 9 + 4 * rest[8]!;
  return {
    state: ['waiting', 'quiet', ...LEVELS][state!]!,
    labelled: labelled!,
    foretold,
    rate,
    calibrationError,
    brier,
    reliability: parted(rest.slice(points), 3).map(([foretold, rate, count]) => ({ foretold, rate, count })),
    estimate: mean === null ? null : { rate: mean, low, high, trust },
    changes: parted(rest.slice(9, points), 4).map(([at, hinkley, before, since]) => ({ at, by: hinkley ? 'page-hinkley' : 'adwin', before, since })),
  } as Quality;
}
