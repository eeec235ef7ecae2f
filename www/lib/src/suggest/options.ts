/** What the box may be told. A key that is unknown is refused: a typo must not mean "default". */
import { between, type Check, is, keyed, method, reading, signal, text, trust } from '../failing/options.js';
import { invalid, isObject, tag } from '../words/plain.js';
import type { LoadOptions, SourceOptions, SuggestEvent, SuggestOptions } from './public.js';

/** The engine reads 256 bytes of a text, which are in the first 256 units. */
const UNITS = 256;
/** Events that rank. */
const MOST_SIGNALS = 64;
const MOST_EVENTS = 10_000;
/** Items that an index may have. */
const MOST_ITEMS = 2 ** 22;

const LOAD: Readonly<Record<string, Check>> = {
  signal,
  wasm: (value) => value,
  maxBytes: between(1, 2 ** 31),
  digest: is('64 hex digits', (v) => typeof v === 'string' && /^[\da-f]{64}$/i.test(v)),
  now: method,
  trust,
};
const SUGGEST: Readonly<Record<string, Check>> = { k: between(1, 20), category: text };
const SOURCE: Readonly<Record<string, Check>> = {
  ...SUGGEST,
  sourceId: text,
  shop: is('a shop', (v) => typeof (v as { session?: unknown } | null)?.session === 'function'),
  onSelect: method,
};

export const checkLoad = (given: unknown): LoadOptions => keyed(given, 'load', LOAD);
export const checkSuggest = (given: unknown): SuggestOptions => keyed(given, 'suggest', SUGGEST);
export const checkSource = (given: unknown): SourceOptions => keyed(given, 'source', SOURCE);
/** As much of what is typed as is read. */
export const checkTyped = (given: unknown): string => (text(given, 'suggest.typed') as string).slice(0, UNITS);

/** No index has longer ones. */
const known = (id: string): boolean => id.length < UNITS;

/** The ids as a list of our own; undefined for all. */
export const checkAllowed = (given: unknown): string[] | undefined =>
  reading('setAllowed', () => {
    if (given === undefined || given === null) return undefined;
    const several = Array.isArray(given) ? given.length : tag(given) === 'Set' ? (given as Set<unknown>).size : -1;
    if (several < 0) invalid('setAllowed', 'a list or a set of ids, or null', given);
    if (several > MOST_ITEMS) invalid('setAllowed', `at most ${MOST_ITEMS} ids`, several);
    // Not Array.from: old frameworks of the page's put another in its place.
    return [...(given as Iterable<unknown>)].map((id, at) => text(id, `setAllowed[${at}]`) as string).filter(known);
  });

/** What a visitor did, as the engine counts it: 0 viewed, 1 searched, 2 bought. */
export interface Signals {
  readonly did: readonly number[];
  readonly at: readonly number[];
  readonly texts: readonly string[];
  readonly items: readonly string[];
}

/** Kinds that count, then those that do not. */
const DID: Readonly<Record<string, number>> = { view: 0, 'search-click': 0, 'cart-add': 0, search: 1, purchase: 2 };
const KINDS = [...Object.keys(DID), 'cart-remove', 'impression', 'dismiss', 'slate-click'];
const kind = is(`one of ${KINDS.join(', ')}`, (v) => KINDS.includes(v as string));
const time = is('milliseconds since the Unix epoch', Number.isFinite);

/** The newest events that count, newest first; `now`: of those without a time. */
export const checkSession = (given: unknown, now: number): Signals =>
  reading('setSession', () => {
    const all = given ?? [];
    if (!Array.isArray(all)) invalid('setSession', 'a list of events', all);
    const { length } = all as unknown[];
    if (length > MOST_EVENTS) invalid('setSession', `a list of at most ${MOST_EVENTS}`, length);
    const told = [...(all as unknown[])].map((event, at) => reading(`setSession[${at}]`, () => checkEvent(event, `setSession[${at}]`, now)));
    const newest = told.filter((one) => one !== undefined).sort((a, b) => b.at - a.at).slice(0, MOST_SIGNALS);
    return { did: newest.map(({ did }) => did), at: newest.map(({ at }) => at), texts: newest.map(({ words }) => words), items: newest.map(({ id }) => id) };
  });

/** One event, where it counts. */
function checkEvent(event: unknown, path: string, now: number): { did: number; at: number; words: string; id: string } | undefined {
  if (!isObject(event)) invalid(path, 'an event', event);
  const { kind: happened, item, text: said, at = now, counts } = event as SuggestEvent;
  const did = DID[kind(happened, `${path}.kind`) as string];
  if (item === undefined && said === undefined) invalid(path, 'an event with an item or a text', event);
  const words = (text(said ?? '', `${path}.text`) as string).slice(0, UNITS);
  const id = text(item ?? '', `${path}.item`) as string;
  const told = { did: did ?? 0, at: time(at, `${path}.at`) as number, words, id: known(id) ? id : '' };
  // Of an earlier visit, shown or dismissed; or of an item that the shop does not have any more.
  const idle = did === undefined || !/^(undefined|interest|cart)$/.test(String(counts)) || !(words || told.id);
  return idle ? undefined : told;
}
