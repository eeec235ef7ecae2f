/**
 * Another bundle in the place of the one that serves: whether it is of the same shop, the host's deltas as they fit it, and the
 * session. Part of feeds.js.
 */
import type { ErrorDetails, short } from '../words/errors.js';
import type { Served } from '../engine/served.js';
import type { Memory, SessionKeeper } from '../session/session.js';
import { feed, type Take } from './slices.js';
import type { CatalogChange, CatalogDelta, ItemsPage, ItemsQuery, Swapped, SwapNote } from '../words/types.js';

type Row = { readonly item: string; readonly like?: string };

/** What the shop hands over. */
interface Change {
  readonly next: Served;
  /** Those of `swap`, in place of what was told so far. */
  readonly deltas: readonly CatalogDelta[] | undefined;
  /** What is told while the swap is under way. */
  readonly late: CatalogDelta[];
  readonly memory: Memory;
  readonly session: SessionKeeper;
  readonly items: (query: ItemsQuery) => ItemsPage;
  /** Tells the new engines. */
  readonly take: Take;
  /** Throws when the swap is ended. */
  readonly going: () => void;
  /** From here on the new bundle serves. */
  readonly done: () => void;
  readonly foreign: (why: string, details: ErrorDetails) => Error;
  readonly short: typeof short;
}

/** Of so many popular items one must be in both catalogs: a bundle of another shop would answer, too. */
const COMMON = 100;

export async function swap({ next, deltas, late, memory, session, items, take, going, done, foreign, short }: Change): Promise<Swapped> {
  going();
  const { bundle } = next.host.call((e) => e.info());
  const has = (item: string): boolean => next.host.call((e) => e.item(item)) !== undefined;
  if (!items({ limit: COMMON }).items.some(({ item }) => has(item))) {
    const { name } = session.served.host.call((e) => e.info()).bundle;
    const why = `"${short(bundle.name)}" has none of the ${COMMON} most popular items of "${short(name)}": load it as a shop of its own`;
    throw foreign(why, { expected: name, found: bundle.name });
  }
  const notes: SwapNote[] = [];
  // As told so far; what is told meanwhile comes after.
  const said = deltas ?? [...memory.deltas];
  if (!deltas) late.length = 0;
  const tell: Take = (slice) => {
    const result = take(slice);
    notes.push(...result.examples.map(({ item }) => ({ note: 'refused', item }) as const));
    return result;
  };
  for (const delta of said) {
    await feed(fitted(delta, has, !!deltas, notes), tell);
    going();
  }
  // From here on nothing waits: what was called until now the new engines are told, what is called later they answer.
  for (const delta of late) tell(fitted(delta, has, false, notes));
  next.beside?.setConsent(memory.consent);
  session.handOver(next);
  memory.deltas = [...said, ...late];
  done();
  return { bundle, notes };
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
