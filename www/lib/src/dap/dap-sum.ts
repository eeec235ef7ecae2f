/** Sums of a collector as a report that monitors read: a file of its own, as no page needs it. */
import { Writer } from './bytes.js';
import { checkSum, inOrder } from './options.js';
import { planOf } from './plan.js';
import type { SumOptions } from './public.js';
import type { Reference } from './reference.js';
import { type Counts, FORMAT } from './report.js';
import { BUCKETS, bucketOf } from './times.js';

/** Counts as a report. A time stands in the middle of its span. */
export function reportOf(counts: Counts, { digest, streams, rates }: Reference, source: number, sequence: number): Uint8Array<ArrayBuffer> {
  const to = new Writer(FORMAT);
  to.eight(digest);
  to.eight(BigInt(source));
  to.count(sequence);
  to.count(0);
  to.sparse(counts.slice(0, streams.length).flat());
  for (const [no, yes] of counts.slice(streams.length, streams.length + rates.length)) {
    to.count(yes!);
    to.count(no! + yes!);
  }
  const times = new Array<number>(BUCKETS).fill(0);
  counts[streams.length + rates.length]?.forEach((count, span) => (times[bucketOf(span)] = count));
  to.sparse(times);
  return to.end();
}

export async function dapSum(given: unknown, read: (options: SumOptions, path: string) => Promise<Reference>): Promise<Uint8Array<ArrayBuffer>> {
  const { sums, ...options } = checkSum(given);
  const reference = await read(options as SumOptions, 'dapSum');
  const { source = Math.floor(Math.random() * 2 ** 53), sequence = 0 } = options;
  return reportOf(inOrder(sums, planOf(reference)), reference, source, sequence);
}
