/** What `nearhand/suggest` exports, as types, on every runtime. Every answer is a plain frozen object. */
import type { Trusting, Visit, WasmSource } from '../words/types.js';

export { NearhandError } from '../words/errors.js';
export type { ErrorDetails } from '../words/errors.js';
export type { Trusted, Trusting, WasmSource } from '../words/types.js';
export { version } from '../words/version.js';

type Given = string | URL | ArrayBufferLike | ArrayBufferView | Response;
/** A URL (in Node also a path), the bytes or a response of an index that `nearhand suggest-index` made; a promise of any of them is as good. */
export type IndexSource = Given | Promise<Given>;

export interface LoadOptions {
  /** Ends the download; once `load` has resolved it does nothing any more. */
  readonly signal?: AbortSignal;
  /** An own copy of `nearhand-suggest.wasm`: its URL, its bytes or the compiled module. */
  readonly wasm?: WasmSource;
  /** Largest index accepted, bytes. Default 64 MiB, at most 2 GiB. */
  readonly maxBytes?: number;
  /** Expected SHA-256 of the file, hex. Refused with `suggest-digest-mismatch` when it differs. */
  readonly digest?: string;
  /** The clock, by which events age. Default `Date.now`. */
  readonly now?: () => number;
  /**
   * Whose signature the file must have: `trusted({ keys, name })` of `nearhand/trust`. The source is the signed statement then, unless `statement` is given there;
   * without a signature nothing is opened. See docs/signing.md.
   */
  readonly trust?: Trusting;
}

export interface SuggestOptions {
  /** Suggestions wanted, 1 to 20. Default 10. */
  readonly k?: number;
  /** Only texts of this category. One that no text has is refused with `name-unknown`. */
  readonly category?: string;
}

/**
 * How a text matches; an answer has them in this order. `start`: it begins with what is typed. `words`: it has the words, in any order,
 * the last one perhaps unfinished. `joined`: with words together that were typed apart, or the other way round. `synonym`: by another
 * word for it. `initials`: by the first letters of its words. `inside`: within a word. `typo`: with one or two mistakes taken back.
 */
export type SuggestionKind = 'start' | 'words' | 'joined' | 'synonym' | 'initials' | 'inside' | 'typo';

export interface Suggestion {
  /** As it was written. */
  readonly text: string;
  readonly kind: SuggestionKind;
  /** Mistakes that were taken back, 0 to 2. */
  readonly typos: number;
  /** Orders suggestions of one kind, and means nothing by itself: higher comes first. A whole number from 0. */
  readonly score: number;
  readonly category?: string;
  /** The id of the item that it leads to, where it leads to one. */
  readonly item?: string;
  /** The parts of `text` that match, first UTF-16 unit and the one after the last, for `text.slice(start, end)`; in order, apart from each other. */
  readonly highlights: readonly (readonly [start: number, end: number])[];
}

export interface Suggestions {
  /** Best first. Empty for a text without a letter or digit. */
  readonly items: readonly Suggestion[];
  /** Milliseconds within the call. */
  readonly tookMs: number;
}

/** What a visitor did: an event of `shop.session()`, a signal, or a search in the page's own words. */
export interface SuggestEvent {
  /**
   * `view`, `search-click` and `cart-add` raise what is like it, `search` twice as much; so does `purchase`, but not the thing that was
   * bought. All else that a shop tells (`impression`, `dismiss`, `cart-remove`, `slate-click`) does not count.
   */
  readonly kind: 'view' | 'search' | 'search-click' | 'cart-add' | 'cart-remove' | 'purchase' | 'impression' | 'dismiss' | 'slate-click';
  /** The item's id: its text comes from the index. One that the index does not have does not count. */
  readonly item?: string;
  /** What was searched, or the item's title; what is beyond 256 characters is not read. */
  readonly text?: string;
  /** Milliseconds since the Unix epoch; counts half after 30 minutes, a quarter after an hour. Default: now. */
  readonly at?: number;
  /** Of a shop's session: what does not count as interest or cart there (`recent`, `shown`, `dismissed`) does not count here. */
  readonly counts?: 'interest' | 'shown' | 'cart' | 'recent' | 'dismissed';
}

export interface SourceOptions<P extends { readonly item: Suggestion } = { readonly item: Suggestion }> extends SuggestOptions {
  /** The source's name among others of the box. Default `nearhand`. */
  readonly sourceId?: string;
  /** A shop: its session ranks, as it is at each key, and a chosen item is told to it as a `search-click`. */
  readonly shop?: Pick<Visit, 'session' | 'observe'>;
  /** Called with what the library calls with when a suggestion is chosen. */
  readonly onSelect?: (chosen: P) => void;
}

/** A source as @algolia/autocomplete-core takes them: `getSources: () => [box.source()]`. */
export interface SuggestSource<P extends { readonly item: Suggestion } = { readonly item: Suggestion }> {
  readonly sourceId: string;
  /** The suggestions; none where the engine has stopped, which `info` counts. */
  getItems(typed: { readonly query: string }): Suggestion[];
  getItemInputValue(chosen: { readonly item: Suggestion }): string;
  onSelect(chosen: P): void;
}

export interface BoxInfo {
  /** Of the package. */
  readonly version: string;
  /** Of the index. */
  readonly bytes: number;
  /** Texts of the index, and items that they lead to. */
  readonly texts: number;
  readonly items: number;
  /** Items that may be suggested: all, or as many of `setAllowed` as the index has. */
  readonly allowed: number;
  /** Events that rank, at most 64. */
  readonly session: number;
  /** Bytes of wasm memory. */
  readonly memoryBytes: number;
  /** How often a new instance took the place of one that trapped. */
  readonly restarts: number;
}

/** A search box over one index, in a wasm instance of its own. All calls are synchronous and throw `closed` after `close`. */
export interface SuggestBox {
  /** What is suggested for the text so far, of which 256 bytes are read. Throws `invalid-option`, `unknown-option`, `name-unknown`, `engine-trapped`. */
  suggest(typed: string, options?: SuggestOptions): Suggestions;
  /**
   * Ranks by what a visitor did from now on: the newest 64 events that count, of at most 10 000. `[]` or nothing, as `shop.session()` is
   * without consent: ranks for anybody. Looks at every text: for when something was done, not for each key.
   */
  setSession(events?: readonly SuggestEvent[] | null): void;
  /**
   * Suggests no other items than these from now on (those in stock, say), by id; texts that lead to no item stay. Null or nothing: all.
   * Returns how many of them the index has. Set once, it costs a key nothing.
   */
  setAllowed(ids?: readonly string[] | ReadonlySet<string> | null): number;
  /** The box as a source of a search box library. */
  source<P extends { readonly item: Suggestion } = { readonly item: Suggestion }>(options?: SourceOptions<P>): SuggestSource<P>;
  info(): BoxInfo;
  /** Lets go of index and memory. A second call does nothing. */
  close(): void;
}

/**
 * Fetches and checks an index. Rejects with `fetch-failed`, `aborted`, `body-used`, `suggest-foreign`, `suggest-unsupported-version`,
 * `suggest-digest-mismatch`, `suggest-malformed`, `suggest-too-large`, `out-of-memory`, with what the wasm itself fails for
 * (`wasm-unsupported`, `wasm-missing`, `wasm-mismatch`), `invalid-option` and `unknown-option`.
 */
export type Load = (index: IndexSource, options?: LoadOptions) => Promise<SuggestBox>;
export declare const load: Load;
