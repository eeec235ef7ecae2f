/** Deltas that were told to one bundle, as they fit the catalog of another. */
import type { CatalogDelta, SwapNote } from './types.js';

/**
 * What the host said stays said, where it can: an item that was added and that the new catalog has is updated; of an item
 * that it lacks nothing is updated or removed. A vector means something in its own bundle's space alone: without `vectors`
 * it is left out.
 */
export function fitted(
  { add = [], update = [], remove = [] }: CatalogDelta,
  has: (item: string) => boolean,
  vectors: boolean | undefined,
  notes: SwapNote[],
): CatalogDelta {
  const note = (what: SwapNote['note'], item: string): void => void notes.push({ note: what, item });
  const gone = new Set(remove.filter(has));
  const known = (item: string): boolean => has(item) && !gone.has(item);
  const updated = update.filter(({ item }) => has(item) || note('unknown', item));
  const added = add.flatMap(({ like, vector, ...row }) => {
    const { item } = row;
    if (known(item)) {
      updated.push(row);
      note('known', item);
      return [];
    }
    const beside = like !== undefined && known(like);
    const own = vectors && vector;
    if ((like ?? vector) && !beside && !own) note('placed', item);
    return [{ ...row, ...(beside && { like }), ...(own && { vector }) }];
  });
  return { add: added, update: updated, remove: [...gone] };
}
