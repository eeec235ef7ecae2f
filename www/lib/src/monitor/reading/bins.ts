/** What falls into a stream's bins, in words. */
import type { ToldStream } from '../running/glue.js';

/** What of a stream says that. */
export type Bins = Pick<ToldStream, 'kind' | 'bins'>;

const shown = (edge: number): string => String(Number(edge.toPrecision(6)));

export function binOf({ kind, bins }: Bins, bin: number): string {
  if (kind === 'numbers') {
    const edges = bins as Float64Array;
    if (bin > edges.length) return 'missing';
    if (!edges.length) return 'any';
    if (bin === 0) return `to ${shown(edges[0]!)}`;
    return bin === edges.length ? `above ${shown(edges[bin - 1]!)}` : `${shown(edges[bin - 1]!)} to ${shown(edges[bin]!)}`;
  }
  const count = kind === 'names' ? (bins as readonly string[]).length : (bins as number);
  if (bin === count) return 'others';
  if (bin > count) return 'missing';
  return kind === 'names' ? (bins as readonly string[])[bin]! : String(bin);
}

/** Those for others and for what is missing included. */
export const binsOf = ({ kind, bins }: Bins): number => (kind === 'indexes' ? (bins as number) : (bins as ArrayLike<unknown>).length) + 2;
