/**
 * Times of calls as a histogram that is small enough for a proof: of a report's buckets, sixteen to a power of two (crates/monitor/src/latency.rs), eight are
 * one span from 0.256 ms to 16.8 s, and what is shorter or longer is one as well.
 */

/** Of a report. */
export const BUCKETS = 384;
/** The buckets of the first span, and of each that follows. */
const SHORTEST = 80;
const WIDE = 8;
const ENDS = 33;
/** How many there are. */
export const SPANS = ENDS + 1;

export const spanOf = (bucket: number): number => (bucket < SHORTEST ? 0 : Math.min(ENDS, 1 + Math.floor((bucket - SHORTEST) / WIDE)));

/** The bucket in the middle of a span. */
export const bucketOf = (span: number): number => SHORTEST + WIDE * (span - 1) + WIDE / 2;

/** Where a span ends and the next begins, milliseconds. */
export const ends = (): Float64Array => Float64Array.from({ length: ENDS }, (_, at) => ((at % 2 ? 384 : 256) * 2 ** Math.floor(at / 2)) / 1000);
