/** The box as a source of a search box library: the shape that @algolia/autocomplete-core has for them. */
import { NearhandError } from '../words/errors.js';
import { checkSource } from './options.js';
import type { Suggestion, SuggestBox, SuggestEvent, SuggestSource } from './public.js';

/** After so long a session is read again though nothing was done in it: it has aged. */
const AGED_MS = 300_000;

export function sourceOf({ suggest, setSession }: Pick<SuggestBox, 'suggest' | 'setSession'>, now: () => number, given: unknown): SuggestSource {
  const { shop, onSelect, sourceId = 'nearhand', ...options } = checkSource(given);
  /** Of the session that ranks. */
  let mark: string | undefined;
  const follow = (): void => {
    if (!shop) return;
    let events: readonly SuggestEvent[] = [];
    try {
      events = shop.session();
    } catch {
      // Closed: ranks for anybody.
    }
    const known = JSON.stringify([events.length, events.at(-1), Math.floor(now() / AGED_MS)]);
    if (mark !== known) setSession(events);
    mark = known;
  };
  return Object.freeze({
    sourceId,
    getItems({ query }: { readonly query: string }): Suggestion[] {
      try {
        follow();
        return [...suggest(query, options).items];
      } catch (error) {
        // A box without suggestions is better than a page with an error; what the host has written wrong is his to hear.
        if ((error as NearhandError).code === 'engine-trapped') return [];
        throw error;
      }
    },
    getItemInputValue: ({ item }: { readonly item: Suggestion }): string => item.text,
    onSelect(chosen: { readonly item: Suggestion }): void {
      const { item } = chosen.item;
      try {
        if (item !== undefined) shop?.observe({ kind: 'search-click', item });
      } catch {
        // What the host does with a choice does not hang on the shop.
      }
      onSelect?.(chosen);
    },
  });
}
