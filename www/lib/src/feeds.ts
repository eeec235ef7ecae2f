/**
 * Large feeds, fetched when one comes: slices that fit between two frames, deltas of a thousand updates made one, and deltas of
 * one bundle told to another. Imports nothing, so that no class is there twice.
 */
import type { CatalogChange, CatalogDelta, SwapNote, Updated } from './types.js';

type List = keyof CatalogDelta;
type Row = { readonly item: string; readonly like?: string };
export type Take = (slice: CatalogDelta) => Updated;

/** In the order in which they are applied. */
const LISTS: readonly List[] = ['remove', 'update', 'upsert', 'add'];
/** A task takes slices in until so long has passed, and a slice is made to take as long. Milliseconds. */
const TASK_MS = 5;
/** Rows of the first slice, which is the smallest, as new items cost a pass over all titles a slice; and of the largest. */
const [FIRST, MOST] = [64, 1024];
const EXAMPLES = 16;

/** Takes a delta in, slice by slice: rows are read, and copied, when their turn comes. Calls in between see what is in so far. */
export async function feed(delta: CatalogDelta, take: Take): Promise<Updated> {
  const sum = { added: 0, updated: 0, removed: 0, unknown: 0, refused: 0, examples: [] as Updated['examples'][number][] };
  let size = FIRST;
  let task = -Infinity;
  for (const list of LISTS) {
    const rows = (delta[list] ?? []) as readonly unknown[];
    for (let from = 0; from < rows.length; ) {
      if (performance.now() - task > TASK_MS) {
        await new Promise((turn) => setTimeout(turn));
        task = performance.now();
      }
      const started = performance.now();
      const slice = rows.slice(from, from + size);
      const { examples, ...counts } = take({ [list]: slice });
      for (const key of Object.keys(counts) as (keyof typeof counts)[]) sum[key] += counts[key];
      for (const one of examples.slice(0, EXAMPLES - sum.examples.length)) {
        const at = one.at + from;
        sum.examples.push(Object.freeze({ ...one, at, message: one.message.replace(`delta.${list}[${one.at}]`, `delta.${list}[${at}]`) }));
      }
      from += slice.length;
      const pace = TASK_MS / Math.max(performance.now() - started, 0.1);
      size = Math.ceil(Math.min(Math.max(size * Math.min(pace, 2), FIRST), MOST));
    }
  }
  return Object.freeze({ ...sum, examples: Object.freeze(sum.examples) });
}

/** Deltas as one, or few, that say the same: the last word on each item. In place, so that whoever holds the list has it. */
export function compact(deltas: CatalogDelta[]): void {
  const words = new Map<string, { removed?: boolean; list?: 'update' | 'upsert' | 'add'; row?: Row }>();
  for (const delta of deltas) {
    for (const item of delta.remove ?? []) words.set(item, { removed: true });
    for (const list of ['update', 'upsert', 'add'] as const) {
      for (const row of delta[list] ?? []) {
        const word = words.get(row.item) ?? {};
        // What was new stays new; what was an update so far may be what adds it.
        const now = !word.list || word.list === 'update' ? list : word.list;
        words.set(row.item, { ...word, list: now, row: { ...word.row, ...row } });
      }
    }
  }
  const all = [...words];
  const rowsOf = (wanted: string): Row[] => all.flatMap(([, { list, row }]) => (list === wanted ? [row!] : []));
  const made: object[] = [{ remove: all.flatMap(([item, { removed }]) => (removed ? [item] : [])), update: rowsOf('update') }];
  // An item may be like one that was new itself: that one comes first.
  for (let left = [...rowsOf('upsert'), ...rowsOf('add')]; left.length; ) {
    const ids = new Set(left.map(({ item }) => item));
    const waits = ({ like }: Row): boolean => ids.has(like!);
    const next = left.every(waits) ? [] : left.filter(waits);
    const now = next.length ? left.filter((row) => !waits(row)) : left;
    const of = (list: string): Row[] => now.filter(({ item }) => words.get(item)!.list === list);
    made.push({ upsert: of('upsert'), add: of('add') });
    left = next;
  }
  deltas.splice(0, deltas.length, ...(made as CatalogDelta[]));
}

/**
 * What the host said stays said, where it can: an item that was added and that the new catalog has is updated; of an item
 * that it lacks nothing is updated or removed. A vector means something in its own bundle's space alone: without `vectors`
 * it is left out.
 */
export function fitted(
  { add = [], update = [], upsert = [], remove = [] }: CatalogDelta,
  has: (item: string) => boolean,
  vectors: boolean | undefined,
  notes: SwapNote[],
): CatalogDelta {
  const note = (what: SwapNote['note'], item: string): void => void notes.push({ note: what, item });
  const rows = <R extends Row>(list: readonly R[]): R[] => list.filter((row) => typeof row?.item === 'string' || note('refused', ''));
  const gone = new Set(remove.filter(has));
  const known = (item: string): boolean => has(item) && !gone.has(item);
  const updated = rows<CatalogChange>(update).filter(({ item }) => has(item) || note('unknown', item));
  const placed = <R extends Row & { readonly vector?: readonly number[] }>({ like, vector, ...row }: R): Omit<R, 'like' | 'vector'> => {
    const beside = like !== undefined && known(like);
    const own = vectors && vector;
    if ((like ?? vector) && !beside && !own) note('placed', row.item);
    return { ...row, ...(beside && { like }), ...(own && { vector }) };
  };
  const added = rows(add).flatMap((row) => {
    if (!known(row.item)) return [placed(row)];
    const { like: _, vector: __, ...rest } = row;
    updated.push(rest);
    note('known', row.item);
    return [];
  });
  const either = rows(upsert).flatMap((row) => (known(row.item) ? [row] : row.title === undefined ? (note('unknown', row.item), []) : [placed(row)]));
  return { add: added, update: updated, ...(either.length && { upsert: either }), remove: [...gone] } as CatalogDelta;
}
