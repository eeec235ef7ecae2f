/** Large feeds in slices that fit between two frames. Part of feeds.js. */
import { tidy } from './compact.js';
import type { NearhandError } from '../words/errors.js';
import type { CatalogDelta, Updated } from '../words/types.js';

export type Take = (slice: CatalogDelta) => Updated;

/** In the order in which they are applied. */
const LISTS: readonly string[] = ['remove', 'update', 'upsert', 'add'];
/** A task takes slices in until so long has passed, and a slice is made to take as long. Milliseconds. */
const TASK_MS = 5;
/**
 * Rows of the first slice, whose code is cold and in which new items have all titles read; of the smallest of the others, as in a
 * large catalog every slice with new items has them read; and of the largest.
 */
const [FIRST, LEAST, MOST] = [8, 32, 512];
const EXAMPLES = 16;

/** Takes a delta in, slice by slice: rows are read, and copied, when their turn comes. Calls in between see what is in so far. */
export async function feed(delta: CatalogDelta, take: Take): Promise<Updated> {
  const sum = { added: 0, updated: 0, removed: 0, unknown: 0, refused: 0, examples: [] as Updated['examples'][number][] };
  // What is no list, the engine refuses.
  for (const list of Object.keys(delta)) if (!LISTS.includes(list)) take({ [list]: [] });
  let size = FIRST;
  let task = -Infinity;
  for (const list of LISTS) {
    const rows = (delta[list as keyof CatalogDelta] ?? []) as readonly unknown[];
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
      size = Math.ceil(Math.min(Math.max(size * Math.min(pace, 2), LEAST), MOST));
    }
  }
  return Object.freeze({ ...sum, examples: Object.freeze(sum.examples) });
}

/** What is kept of the slices that an engine had taken in when it stopped, from one try to begin another to the next. */
const KEPT = [7 / 8, 1 / 2, 0];

/**
 * A large feed, after those `before`: then what is kept for engines to come is made short, when there is time. An engine that stopped
 * for want of memory was full to the brim: another is begun at once, without the last slices, so that it has room to answer in.
 */
export async function large(delta: CatalogDelta, take: Take, before: Promise<void> | undefined, kept: () => CatalogDelta[][]): Promise<Updated> {
  await before;
  let slices = 0;
  let served: CatalogDelta[] | undefined;
  const result = await feed(delta, (slice) => {
    // After a swap the lists are others: what stands in them already is not this feed's to take away.
    const now = kept()[1];
    if (served !== now) slices = 0;
    served = now;
    try {
      const taken = take(slice);
      slices++;
      return taken;
    } catch (error) {
      for (const share of (error as NearhandError).code === 'engine-trapped' ? KEPT : []) {
        const wanted = Math.floor(slices * share);
        for (const list of kept()) list.length -= Math.min(slices - wanted, list.length);
        slices = wanted;
        try {
          take({});
          break;
        } catch {
          // Not enough: with less of them.
        }
      }
      throw error;
    }
  });
  for (const list of kept()) void tidy(list);
  return result;
}
