/** The page is about an item: `view`, so that the next slate already knows it. */

import type { Draft, Emit } from './report.js';
import { itemOf, newId } from './report.js';

export interface ViewOptions {
  /** The clock. Default `Date.now`. */
  readonly now?: () => number;
}

export interface Views {
  /** The page now shows `item`. Returns the signal, or undefined when the item was already shown. */
  view(item: string): Draft | undefined;
  /** The page shows no item any more: the same item may be viewed anew. */
  leave(): void;
}

/** Reports each item once for as long as it stays on the page: a framework that renders twice is no second view. */
export function views(emit: Emit, { now = () => Date.now() }: ViewOptions = {}): Views {
  let current: string | undefined;
  return {
    view(given) {
      const item = itemOf(given);
      if (!item || item === current) return undefined;
      current = item;
      const signal: Draft = { kind: 'view', id: newId(), item, at: now() };
      emit(signal);
      return signal;
    },
    leave() {
      current = undefined;
    },
  };
}
