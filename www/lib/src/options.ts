/**
 * Options are refused when a key is unknown: a typo must not mean "default". Types are checked here;
 * ranges are the engine's, which knows them anyway, except for `load`, whose options it never sees.
 */
import { NearhandError, short } from './errors.js';
import type { CartLine, CatalogDelta, Consent, ItemsQuery, LoadOptions, RecommendOptions, ShopEvent, SwapOptions, Widget } from './types.js';

/** Returns the value, objects as plain copies without undefined, or throws. */
type Check = (value: unknown, path: string) => unknown;
type Fields = Readonly<Record<string, Check>>;

const CONSENTS: readonly Consent[] = ['none', 'memory', 'session', 'persistent'];
const KINDS = ['view', 'cart-add', 'cart-remove', 'purchase', 'search-click', 'impression', 'dismiss'];

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);

function invalid(path: string, expected: string, value: unknown): never {
  const plain = typeof value === 'string' ? short(value) : value;
  const got = value === null ? 'null' : Array.isArray(value) ? 'an array' : isObject(value) ? 'an object' : `${typeof value} ${short(value)}`;
  throw new NearhandError('invalid-option', `${path} must be ${expected}, not ${got}`, { option: path, expected, value: plain });
}

const is =
  (expected: string, test: (value: unknown) => boolean): Check =>
  (value, path) =>
    test(value) ? value : invalid(path, expected, value);

const text = is('a string', (v) => typeof v === 'string');
const flag = is('true or false', (v) => typeof v === 'boolean');
const number = is('a finite number', Number.isFinite);
const integer = is('an integer', Number.isSafeInteger);
const between = (low: number, high: number): Check =>
  is(`an integer from ${low} to ${high}`, (v) => Number.isSafeInteger(v) && (v as number) >= low && (v as number) <= high);
const oneOf = (words: readonly string[]): Check => is(`one of ${words.join(', ')}`, (v) => words.includes(v as string));
const method = is('a function', (v) => typeof v === 'function');
const anything: Check = (value) => value;
const list =
  (each: Check): Check =>
  (value, path) =>
    Array.isArray(value) ? value.map((v, i) => each(v, `${path}[${i}]`)) : invalid(path, 'an array', value);
const oneOrMore =
  (each: Check): Check =>
  (value, path) =>
    (Array.isArray(value) ? list(each) : each)(value, path);

const object =
  (fields: Fields, required: readonly string[] = []): Check =>
  (value, path) => {
    if (!isObject(value)) invalid(path, 'an object', value);
    const clean: Record<string, unknown> = {};
    for (const [key, v] of Object.entries(value)) {
      const check = Object.hasOwn(fields, key) ? fields[key] : undefined;
      if (!check) unknown(path, key, Object.keys(fields));
      // An absent option and one set to undefined are the same thing.
      if (v !== undefined) clean[key] = check(v, `${path}.${key}`);
    }
    for (const key of required) if (!(key in clean)) invalid(`${path}.${key}`, 'given', undefined);
    return clean;
  };

function unknown(path: string, given: string, allowed: readonly string[]): never {
  const near = nearest(given, allowed);
  const key = short(given);
  throw new NearhandError(
    'unknown-option',
    `${path} has no "${key}"${near ? `; did you mean "${near}"?` : '.'} Allowed: ${allowed.join(', ')}`,
    { option: `${path}.${key}`, allowed, nearest: near },
  );
}

/** The allowed name within a third of its length in edits, if any. */
export function nearest(name: string, allowed: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Infinity;
  for (const candidate of allowed) {
    const most = Math.ceil(candidate.length / 3);
    // So many edits are needed at least: a key of a megabyte is compared with none.
    if (name.length > candidate.length + most) continue;
    const d = edits(name.toLowerCase(), candidate.toLowerCase());
    if (d < least && d <= most) [best, least] = [candidate, d];
  }
  return best;
}

/** Levenshtein distance. */
function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}

const range = object({ lt: number, lte: number, gt: number, gte: number });
const names = list(text);
const namesTest = object({ in: names, not: names });
const facet: Check = (value, path) => (isObject(value) ? namesTest : oneOrMore(text))(value, path);
const where = object({ inStock: flag, price: range, stock: range, category: facet, brand: facet });
const catalogItem: Fields = {
  item: text,
  title: text,
  price: number,
  category: text,
  brand: text,
  image: text,
  url: text,
  stock: integer,
  group: text,
};

const event = object({ kind: oneOf(KINDS), item: text, at: number, dwellMs: number, quantity: integer }, ['kind', 'item']);
const placement = oneOf(['product', 'cart', 'home', 'category', 'search-empty', 'post-purchase', 'recently-viewed', 'trending']);
const relate = oneOf(['same', 'different']);
/** Which of the actions a rule has, and what goes with it, the engine knows. */
const rule = object({
  boost: number,
  bury: number,
  pin: integer,
  hide: flag,
  name: text,
  items: names,
  where,
  from: integer,
  until: integer,
  on: list(placement),
  source: where,
  test: object({ name: text, buckets: integer, bucket: integer }, ['name', 'buckets', 'bucket']),
});
const snapshot: Check = (value, path) =>
  // A copy: what is asked now must not change under way.
  value instanceof Uint8Array ? new Uint8Array(value) : invalid(path, 'a Uint8Array', value);
const widget: Fields = {
  k: integer,
  offset: integer,
  placement,
  relation: oneOf(['similar', 'complementary']),
  source: text,
  category: text,
  exclude: list(oneOf(['seen', 'cart', 'purchased', 'dismissed', 'variants'])),
  excludeItems: names,
  where,
  relate: object({ category: relate, brand: relate }),
  rules: list(rule),
  caps: object({ category: integer, brand: integer, group: integer }),
  diversity: number,
  minRelevance: number,
  rotate: number,
  explore: object({ place: integer, rate: number, among: integer, seed: integer }, ['place']),
  visitor: text,
  curated: names,
  explain: flag,
};
const recommend = object({ ...widget, session: snapshot });
const cart = list(object({ item: text, quantity: integer }, ['item']));
const items = object({ where, search: text, offset: integer, limit: integer });
const delta = object({
  add: list(object({ ...catalogItem, like: text, vector: list(number) }, ['item', 'title'])),
  update: list(object(catalogItem, ['item'])),
  remove: list(text),
});
const bundle: Fields = {
  digest: is('64 hex digits', (v) => typeof v === 'string' && /^[0-9a-f]{64}$/i.test(v)),
  signal: is('an AbortSignal', (v) => v instanceof AbortSignal),
  maxBytes: between(1, 2 ** 31),
  model: anything,
};
const swap = object({ ...bundle, deltas: list(delta) });
const lifetime = between(60_000, 31_536_000_000);
const load = object({
  ...bundle,
  tier: oneOf(['lite', 'full', 'progressive']),
  consent: oneOf(CONSENTS),
  session: snapshot,
  idleTimeoutMs: between(60_000, 86_400_000),
  lifetimes: object({ dismissedMs: lifetime, viewedMs: lifetime, cartMs: lifetime }),
  storageKey: is('a string that is not empty', (v) => typeof v === 'string' && v !== ''),
  now: method,
  wasm: object({ lite: anything, full: anything }),
  worker: is('a URL or a function', (v) => typeof v === 'string' || typeof v === 'function' || v instanceof URL),
});

export const checkEvent = (v: unknown): ShopEvent => event(v, 'event') as ShopEvent;
/** What the engine's core may not have of its own, chance, is given to it here. */
const withSeed = <T extends Widget>({ explore, ...rest }: T) =>
  explore ? { ...rest, explore: { seed: Math.floor(Math.random() * 2 ** 53), ...explore } } : rest;
export const checkRecommend = (v: unknown): RecommendOptions => withSeed(recommend(v, 'recommend') as RecommendOptions);
export const checkPage = (v: unknown): readonly Widget[] => (list(object(widget))(v, 'recommendPage') as Widget[]).map(withSeed);
/** A line is a `cart-add`, for which the engine has checks. */
export const checkCart = (v: unknown): readonly ShopEvent[] => (cart(v, 'cart') as CartLine[]).map((line) => ({ kind: 'cart-add', ...line }));
export const checkItems = (v: unknown): ItemsQuery => items(v, 'items') as ItemsQuery;
export const checkDelta = (v: unknown): CatalogDelta => delta(v, 'delta') as CatalogDelta;
export const checkLoad = (v: unknown): LoadOptions => load(v, 'load') as LoadOptions;
export const checkSwap = (v: unknown): SwapOptions => swap(v, 'swap') as SwapOptions;
export const checkConsent = (v: unknown): Consent => oneOf(CONSENTS)(v, 'consent') as Consent;
export const checkId = (v: unknown): string => text(v, 'item') as string;
export const checkSnapshot = (v: unknown): Uint8Array => snapshot(v, 'snapshot') as Uint8Array;
export const checkBucket = (test: unknown, visitor: unknown, buckets: unknown): [string, string, number] => [
  text(test, 'test') as string,
  text(visitor, 'visitor') as string,
  between(2, 1000)(buckets, 'buckets') as number,
];
