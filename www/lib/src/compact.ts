/** Deltas of a thousand updates made one, or few. Part of feeds.js. */
import type { CatalogDelta } from './types.js';

type Row = { readonly item: string; readonly like?: string };

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
