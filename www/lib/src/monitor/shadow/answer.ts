/** What a challenger has answered, as what can be compared; whatever it is, nothing of it goes on. */

/** As many as a slate may have. */
const MOST = 100;

export interface Answer {
  readonly items: readonly string[];
  readonly scores: readonly number[];
}

/** Throws why it is no slate. */
export function answerOf(given: unknown): Answer {
  const list = (given as { items?: unknown } | null | undefined)?.items;
  if (!Array.isArray(list)) throw new TypeError('no slate');
  if (list.length > MOST) throw new TypeError(`${list.length} items`);
  const items: string[] = [];
  const scores: number[] = [];
  for (const each of list as unknown[]) {
    const { item, score } = (each ?? {}) as { item?: unknown; score?: unknown };
    if (typeof item !== 'string' || typeof score !== 'number' || !Number.isFinite(score)) throw new TypeError('an item without an id or a score');
    items.push(item);
    scores.push(score);
  }
  if (new Set(items).size !== items.length) throw new TypeError('an item twice');
  return { items, scores };
}

/** Items of both as numbers that both share. */
export function numbered(one: readonly string[], two: readonly string[]): readonly [Uint32Array, Uint32Array] {
  const numbers = new Map<string, number>();
  const of = (item: string): number => {
    let number = numbers.get(item);
    if (number === undefined) numbers.set(item, (number = numbers.size));
    return number;
  };
  return [Uint32Array.from(one, of), Uint32Array.from(two, of)];
}
