/** A report's counts (crates/monitor/src/tally/report.rs). */
import { NearhandError } from '../words/errors.js';
import { type Format, Reader } from './bytes.js';
import { MOST_COUNT, type Reference } from './reference.js';
import { BUCKETS, SPANS, spanOf } from './times.js';

export const FORMAT: Format = { letters: 'NHMT', malformed: 'monitor-report-malformed', most: 64 * 1024 };

/** Counts by bins, of streams, then of rates: `no`, `yes`; last of times, by their spans. */
export type Counts = readonly (readonly number[])[];

/** Throws `monitor-report-malformed`, `monitor-version-unsupported`, `monitor-reference-other`. */
export function countsOf(report: Uint8Array, { digest, streams, rates }: Reference): Counts {
  const from = new Reader(report, FORMAT);
  if (from.eight() !== digest) throw new NearhandError('monitor-reference-other', "this was counted on the bins of another reference: read it with that bundle's");
  from.pass(8); // The source,
  from.count(); // its sequence number,
  from.count(1); // and whether a count was too large.
  const all = from.sparse(streams.reduce((sum, { bins }) => sum + bins.length, 0), MOST_COUNT);
  let at = 0;
  const counts: (readonly number[])[] = streams.map(({ bins }) => all.slice(at, (at += bins.length)));
  for (const _ of rates) {
    const [events, of] = [from.count(MOST_COUNT), from.count(MOST_COUNT)];
    if (events > of) throw from.broken('a rate happened more often than there were occasions');
    counts.push([of - events, events]);
  }
  const times = new Array<number>(SPANS).fill(0);
  from.sparse(BUCKETS, MOST_COUNT).forEach((count, bucket) => (times[spanOf(bucket)]! += count));
  from.end();
  return [...counts, times];
}
