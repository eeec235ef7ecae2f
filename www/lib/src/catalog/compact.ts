/** Deltas of a thousand updates made one, or few. Part of feeds.js. */
import type { CatalogDelta } from '../words/types.js';

type Row = { readonly item: string; readonly like?: string; readonly vector?: unknown };
type List = 'update' | 'upsert' | 'add';

/** One thing said of one item: a row, or that it is gone. */
interface Word {
  readonly item: string;
  readonly list: List | 'remove';
  row?: Row;
  /** The word that makes the item which this one is like. */
  on?: Word | undefined;
  /** How many are like what this one makes. It stays as long, even when the item itself is gone. */
  refs: number;
  dead?: boolean;
}

/** Rows between two looks at the clock. */
const STEP = 256;
/** Deltas that are left as they are, and how long a task may take, milliseconds. */
const [FEW, TASK_MS] = [64, 5];

export const rowsIn = (delta: CatalogDelta): number => Object.values(delta).reduce((sum, rows: readonly unknown[]) => sum + rows.length, 0);

/**
 * Deltas as one, or few, that say the same: the last word on each item, in the order in which they can be said. An item stands
 * before those that are like it, and goes after them.
 */
export function* steps(deltas: readonly CatalogDelta[]): Generator<void, CatalogDelta[]> {
  const words: Word[] = [];
  /** Whether an item was removed, and what was said of it since. */
  const items = new Map<string, { gone?: boolean; word?: Word | undefined }>();
  const say = (word: Word): Word => {
    words.push(word);
    return word;
  };
  const kill = (word: Word): void => {
    word.dead = true;
    if (word.on) word.on.refs--;
  };
  const of = (item: string): { gone?: boolean; word?: Word | undefined } => {
    const known = items.get(item) ?? {};
    items.set(item, known);
    return known;
  };
  let count = 0;
  for (const delta of deltas) {
    for (const item of delta.remove ?? []) {
      const known = of(item);
      const { word, gone } = known;
      const needed = word && word.refs > 0;
      if (word && !needed) kill(word);
      if (needed || !gone) say({ item, list: 'remove', refs: 0 });
      known.gone = true;
      known.word = undefined;
      if (++count % STEP === 0) yield;
    }
    for (const list of ['update', 'upsert', 'add'] as const) {
      for (const row of (delta[list] ?? []) as readonly Row[]) {
        if (++count % STEP === 0) yield;
        const { item } = row;
        const known = of(item);
        const { word } = known;
        if (word && (word.list !== 'update' || list === 'update')) {
          // What is there already keeps its place.
          const { like: _, vector: __, ...columns } = row;
          word.row = { ...word.row!, ...columns };
          continue;
        }
        // What was an update so far may be what adds it.
        if (word) kill(word);
        const target = list === 'update' || row.like === undefined ? undefined : items.get(row.like)?.word;
        const on = target && target.list !== 'update' && target !== word ? target : undefined;
        if (on) on.refs++;
        known.word = say({ item, list, row: { ...word?.row, ...row }, on, refs: 0 });
      }
    }
  }
  const made: CatalogDelta[] = [];
  type Made = { remove: string[]; update: Row[]; upsert: Row[]; add: Row[] };
  let now: Made | undefined;
  let fresh = new Set<string>();
  let liked = new Set<string>();
  for (const { item, list, row, dead } of words) {
    if (++count % STEP === 0) yield;
    if (dead) continue;
    const like = list === 'update' ? undefined : row?.like;
    // Within a delta removals come first, and no row sees another.
    const after = list === 'remove' ? fresh.has(item) || liked.has(item) : like !== undefined && fresh.has(like);
    if (!now || after) {
      made.push((now = { remove: [], update: [], upsert: [], add: [] }) as unknown as CatalogDelta);
      fresh = new Set();
      liked = new Set();
    }
    if (list === 'remove') now.remove.push(item);
    else now[list].push(row!);
    if (list !== 'remove' && list !== 'update') fresh.add(item);
    if (like !== undefined) liked.add(like);
  }
  return made;
}

function replace(deltas: CatalogDelta[], from: number, made: readonly CatalogDelta[]): void {
  const rest = deltas.slice(from);
  deltas.length = 0;
  for (const delta of [...made, ...rest]) deltas.push(delta);
}

/** What is known of a list: deltas and rows when it was last made short; deltas counted since, and their rows. */
interface Kept {
  deltas: number;
  rows: number;
  seen: number;
  fresh: number;
  busy?: boolean;
}

const lists = new WeakMap<CatalogDelta[], Kept>();

/** Makes a list short once it has doubled, beside what else is to do: what is said meanwhile stays behind it. */
export async function tidy(list: CatalogDelta[]): Promise<void> {
  const kept: Kept = lists.get(list) ?? { deltas: 0, rows: 0, seen: 0, fresh: 0 };
  lists.set(list, kept);
  if (kept.busy) return;
  for (; kept.seen < list.length; kept.seen++) kept.fresh += rowsIn(list[kept.seen]!);
  if (list.length - kept.deltas <= FEW || kept.fresh < kept.rows) return;
  kept.busy = true;
  const said = list.length;
  const all = steps(list.slice());
  for (let task = -Infinity; ; ) {
    if (performance.now() - task > TASK_MS) {
      await new Promise((turn) => setTimeout(turn));
      task = performance.now();
    }
    const { done, value } = all.next();
    if (!done) continue;
    replace(list, said, value);
    const rows = value.reduce((sum, delta) => sum + rowsIn(delta), 0);
    lists.set(list, { deltas: value.length, rows, seen: value.length, fresh: 0 });
    return;
  }
}
