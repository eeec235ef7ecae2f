/** What a reference's streams and rates are called, and their bins: all that is needed to read reports on them (crates/monitor/src/reference/format.rs). */
import { binOf, type Bins, binsOf } from '../monitor/reading/bins.js';
import { digest, type Format, Reader } from './bytes.js';

const FORMAT: Format = { letters: 'NHMR', malformed: 'monitor-reference-malformed', most: 128 * 1024 };
const LONGEST_NAME = 64;
const MOST_STREAMS = 128;
const MOST_RATES = 32;
/** Beside those for others and for what is missing. */
const MOST_BINS = 62;
/** Of whatever is counted. */
export const MOST_COUNT = 2 ** 48;

export interface Reference {
  readonly digest: bigint;
  /** In their order, each with what falls into its bins. */
  readonly streams: readonly { readonly name: string; readonly bins: readonly string[] }[];
  readonly rates: readonly string[];
}

function readBins(from: Reader): Bins {
  const kind = from.count(2);
  const many = from.count(MOST_BINS);
  if (kind === 2) return { kind: 'indexes', bins: many };
  if (kind === 1) return { kind: 'names', bins: Array.from({ length: many }, () => from.text(LONGEST_NAME)) };
  return { kind: 'numbers', bins: Float64Array.from({ length: many }, () => from.float()) };
}

/** Throws `monitor-reference-malformed`, `monitor-version-unsupported`. */
export function referenceOf(bytes: Uint8Array): Reference {
  const from = new Reader(bytes, FORMAT);
  const names = new Set<string>();
  const name = (kind: string): string => {
    const name = from.text(LONGEST_NAME);
    if (name === '' || names.has(kind + name)) throw from.broken('a name is missing, or there twice');
    names.add(kind + name);
    return name;
  };
  const streams = Array.from({ length: from.count(MOST_STREAMS) }, () => {
    const called = name('stream ');
    from.count(2); // Its role,
    from.pass(4); // and how much the model cares for it.
    const bins = readBins(from);
    const count = binsOf(bins);
    from.sparse(count, MOST_COUNT);
    return { name: called, bins: Array.from({ length: count }, (_, bin) => binOf(bins, bin)) };
  });
  const rates = Array.from({ length: from.count(MOST_RATES) }, () => {
    const called = name('rate ');
    if (from.count(MOST_COUNT) > from.count(MOST_COUNT)) throw from.broken('a rate happened more often than there were occasions');
    return called;
  });
  from.end();
  return { digest: digest(bytes), streams, rates };
}
