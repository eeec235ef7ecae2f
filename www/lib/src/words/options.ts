/**
 * What the host hands over, as plain copies. What a request, an event or a query may hold the engine checks, which reads it
 * anyway; here stand the options of `load` and `swap`, which it never sees. A key that is unknown is refused: a typo must
 * not mean "default".
 */
import { invalid, isObject, KEY, plain, tag, unknown, unread } from './plain.js';
import type { CartLine, CatalogDelta, Consent, ItemsQuery, LoadOptions, RecommendOptions, ShopEvent, SwapOptions, Widget } from './types.js';

/** Returns the value, objects as copies without undefined, or throws. */
type Check = (value: unknown, path: string) => unknown;
type Fields = Readonly<Record<string, Check>>;

const CONSENTS: readonly Consent[] = ['none', 'memory', 'session', 'persistent'];

const is =
  (expected: string, test: (value: unknown) => boolean): Check =>
  (value, path) =>
    test(value) ? value : invalid(path, expected, value);

const one = (type: string): ((v: unknown) => boolean) => (v) => typeof v === type;
const text = is('a string', one('string'));
const between = (low: number, high: number): Check =>
  is(`an integer from ${low} to ${high}`, (v) => Number.isSafeInteger(v) && (v as number) >= low && (v as number) <= high);
const oneOf = (words: readonly string[]): Check => is(`one of ${words.join(', ')}`, (v) => words.includes(v as string));
const method = is('a function', one('function'));
const anything: Check = (value) => value;

/** `others`: what a key must be that is not among the fields. */
const object =
  (fields: Fields, others?: Check): Check =>
  (value, path) => {
    if (!isObject(value)) invalid(path, 'an object', value);
    const clean: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      const check = Object.hasOwn(fields, key) ? fields[key] : key.length > KEY ? undefined : others;
      if (!check) unknown(path, key, Object.keys(fields));
      // Read once. An absent option and one set to undefined are the same thing.
      const v = (value as Record<string, unknown>)[key];
      if (v !== undefined) clean[key] = check(v, `${path}.${key}`);
    }
    return clean;
  };

/** A copy: what is asked now must not change under way. */
const bytes = is('a Uint8Array', (v) => tag(v) === 'Uint8Array');
const snapshot: Check = (value, path) => bytes(plain(value, path), path);
const bundle: Fields = {
  digest: is('64 hex digits', (v) => typeof v === 'string' && /^[\da-f]{64}$/i.test(v)),
  signal: is('an AbortSignal', (v) => typeof (v as AbortSignal)?.aborted === 'boolean'),
  maxBytes: between(1, 2 ** 31),
  model: anything,
};
const items: Check = (v, path) =>
  Array.isArray(v) && v.every((w) => typeof (w?.item ?? w) === 'string') ? v : invalid(path, 'true, false, or a list of ids or items', v);
const millis = between(1, 2 ** 31 - 1);
const lifetime = between(60_000, 31_536_000_000);
const rows: Check = (value, path) => (Array.isArray(value) ? value : invalid(path, 'an array', value));
/** The rows are copied when their turn comes, and checked one by one. */
const delta = object({ add: rows, update: rows, upsert: rows, remove: rows });
const swap = object({ ...bundle, deltas: (value, path) => (rows(value, path) as unknown[]).map((v, i) => delta(v, `${path}[${i}]`)) });
const load = object({
  ...bundle,
  trust: anything,
  tier: oneOf(['lite', 'full', 'progressive']),
  thread: oneOf(['auto', 'page', 'worker']),
  consent: oneOf(CONSENTS),
  session: snapshot,
  idleTimeoutMs: between(60_000, 86_400_000),
  lifetimes: object({ dismissedMs: lifetime, viewedMs: lifetime, cartMs: lifetime }),
  storageKey: is('a string that is not empty', (v) => typeof v === 'string' && v !== ''),
  now: method,
  catalog: delta,
  wasm: object({ lite: anything, full: anything, tract: anything }),
  worker: is('a URL or a function', (v) => /^[sf]/.test(typeof v) || typeof (v as URL)?.toJSON === 'function'),
  fallback: (v, path) => (typeof v === 'boolean' ? v : items(plain(v, path), path)),
  timeouts: object({ loadMs: millis, slateMs: millis, fullMs: millis }),
});

/** What the engine's core may not have of its own, chance, is given to it here. */
function withSeed<T extends Widget>(request: T): T {
  const { explore } = request ?? {};
  return isObject(explore) ? { ...request, explore: { seed: Math.floor(Math.random() * 2 ** 53), ...explore } } : request;
}

/** A revoked proxy throws wherever it is touched. */
const told =
  <T>(check: Check, name: string) =>
  (value: unknown): T => {
    try {
      return check(value, name) as T;
    } catch (error) {
      throw unread(error, name);
    }
  };
const list = (value: unknown, path: string): unknown => rows(plain(value, path), path);

export const checkEvent = (v: unknown): ShopEvent => plain(v, 'event') as ShopEvent;
export const checkSnapshot = told<Uint8Array>(snapshot, 'snapshot');
/** The options, and the session, which the engine's request does not have. */
export const checkRecommend = (v: unknown): RecommendOptions => {
  const copy = plain(v, 'recommend');
  if (!isObject(copy)) invalid('recommend', 'an object', copy);
  const { session, ...request } = copy as RecommendOptions;
  return { ...withSeed(request), ...(session !== undefined && { session: bytes(session, 'recommend.session') as Uint8Array }) };
};
export const checkPage = (v: unknown): readonly Widget[] => (list(v, 'recommendPage') as Widget[]).map(withSeed);
/** A line is a `cart-add`, for which the engine has checks. */
export const checkCart = (v: unknown): readonly ShopEvent[] => (list(v, 'cart') as CartLine[]).map((line) => ({ ...line, kind: 'cart-add' }));
export const checkItems = (v: unknown): ItemsQuery => plain(v, 'items') as ItemsQuery;
/** Which lists there are, the engine knows. */
export const checkDelta = told<CatalogDelta>(object({}, rows), 'delta');
export const checkLoad = told<LoadOptions>(load, 'load');
export const checkSwap = told<SwapOptions>(swap, 'swap');
export const checkConsent = told<Consent>(oneOf(CONSENTS), 'consent');
export const checkId = told<string>(text, 'item');
export const checkBucket = (test: unknown, visitor: unknown, buckets: unknown): [string, string, number] => [
  text(test, 'test') as string,
  text(visitor, 'visitor') as string,
  between(2, 1000)(buckets, 'buckets') as number,
];
