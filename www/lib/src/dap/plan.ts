/** What a reference asks of its tasks. */
import { binOf } from '../monitor/reading/bins.js';
import type { TaskPlan } from './public.js';
import type { Reference } from './reference.js';
import { ends, SPANS } from './times.js';

/**
 * The chunk length with which the proof of a histogram is shortest, the longer proof's parts first where two are alike: as the crate `prio` chooses it
 * (`optimal_chunk_length`), and with it the aggregators where a task's creator says nothing.
 */
export function chunkOf(length: number): number {
  if (length <= 1) return 1;
  let best = { chunk: length, proof: Infinity };
  for (let log = Math.floor(Math.log2(length + 1)); log >= 1; log--) {
    const calls = 2 ** log - 1;
    const chunk = Math.ceil(length / calls);
    const proof = chunk * 2 + 2 * (2 ** log - 1);
    if (proof < best.proof) best = { chunk, proof };
  }
  return best.chunk;
}

/** Of each stream, of each rate, and of times, in the order of the counts. */
export function planOf({ digest, streams, rates }: Reference): readonly TaskPlan[] {
  const plan = (name: string, kind: TaskPlan['kind'], buckets: readonly string[]): TaskPlan =>
    Object.freeze({ name, kind, reference: digest.toString(16).padStart(16, '0'), vdaf: Object.freeze({ type: 'Prio3Histogram', length: buckets.length, chunkLength: chunkOf(buckets.length) }), buckets: Object.freeze([...buckets]) });
  const spans = { kind: 'numbers', bins: ends() } as const;
  return Object.freeze([
    ...streams.map(({ name, bins }) => plan(name, 'stream', bins)),
    ...rates.map((name) => plan(name, 'rate', ['no', 'yes'])),
    plan('times', 'times', Array.from({ length: SPANS }, (_, at) => binOf(spans, at))),
  ]);
}

/** One of what was counted, each with the same chance; none where nothing was. `random`: from 0 to below 1. */
export function pick(counts: readonly number[], random: () => number): number | undefined {
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (all === 0) return undefined;
  let left = random() * all;
  let picked: number | undefined;
  for (let at = 0; at < counts.length && left >= 0; at++) {
    // Rounding may leave a rest behind the last one: that is the last one's.
    if (counts[at]) picked = at;
    left -= counts[at]!;
  }
  return picked;
}
