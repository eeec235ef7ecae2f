/**
 * The shop where no engine can be had: the popular items of the bundle's catalog, or the host's own list. Nobody's session is
 * kept or read; filters, exclusions and paging hold. It asks as little of the browser as it can, and refuses
 * what it cannot read.
 */
import { bucketOf } from '../words/bucket-of.js';
import type { NearhandError } from '../words/errors.js';
import { deepFreeze } from '../words/freeze.js';
import { read, type Rows } from '../files/rows.js';
import type * as T from '../words/types.js';
import { type Reader, readerOf } from './reading.js';
import { version } from '../words/version.js';

export interface FallbackParts extends T.LoadOptions {
  readonly bundle: Promise<Uint8Array>;
  readonly digestOf: (bundle: Uint8Array) => Promise<string | undefined>;
  readonly store: (name: string) => { use(consent: T.Consent): void; clear(): void };
  /** Why there is no engine. */
  readonly error: NearhandError;
  readonly consent?: T.Consent;
}

/** The snapshot of a session in which nothing has happened (src/session/snapshot.rs, version 1). */
const NOTHING = [78, 72, 83, 1, 0, 0, 0, 0, 0, 0, 0, 0];
const MOST = 1000;
const COLUMNS = ['item', 'title', 'price', 'category', 'brand', 'image', 'url', 'stock', 'group'];
const PAGE = ['observe', 'setCart', 'undismiss', 'session', 'snapshot', 'forget', 'recommend', 'recommendPage'];

/** Rejects with the reason why there is no engine when there is no list to show either. */
export async function open(parts: FallbackParts): Promise<T.Shop> {
  const { fallback, error } = parts;
  const rows = await readable(parts);
  const list = Array.isArray(fallback) ? (fallback as readonly (string | T.CatalogItem)[]) : [];
  if (!rows && !list.length) throw error;
  const shop = new ListShop(parts, rows, list);
  const names = Object.getOwnPropertyNames(ListShop.prototype).filter((name) => name !== 'constructor');
  return { ready: shop.ready, ...face(shop, names, error) } as unknown as T.Shop;
}

/** As functions that need no `this`, like those of a shop with an engine. */
function face(shop: ListShop, names: readonly string[], error: NearhandError): object {
  const acts = shop as unknown as Record<string, (...given: never[]) => unknown>;
  return Object.fromEntries(names.map((name) => [name, (...given: never[]) => typed(error, () => acts[name]!(...given))]));
}

/** The bundle, if it is at hand, whole, and the one that the host wants. */
async function readable({ bundle, digestOf, digest, error }: FallbackParts): Promise<Rows | undefined> {
  try {
    // What is refused for itself is not read; what is still on its way is not waited for.
    if (/^(bundle|manifest|catalog)-/.test(error.code)) return undefined;
    const wait = error.code === 'load-timeout' ? new Promise<never>((_, reject) => setTimeout(reject)) : bundle;
    const bytes = await Promise.race([bundle, wait]);
    const rows = read(bytes);
    const computed = await digestOf(bytes);
    const stated = rows.bundle.digest;
    return (computed && computed !== stated) || (digest && digest.toLowerCase() !== stated) ? undefined : rows;
  } catch {
    return undefined;
  }
}

/** What `act` gives; what the host has written wrong is refused by then, so that anything else it throws is a fault of ours. */
function typed<R>(like: NearhandError, act: () => R): R {
  const wrong = (error: Error): never => {
    if (error.name === like.name) throw error;
    throw new (like.constructor as typeof NearhandError)('internal', `unexpected ${error.name}: ${error.message}`, {}, error);
  };
  try {
    const result = act();
    return result instanceof Promise ? (result.catch(wrong) as R) : result;
  } catch (error) {
    return wrong(error as Error);
  }
}

const bad = (why: string): never => {
  throw new TypeError(why);
};

/** A row with what the engine knows of it (src/catalog/item.rs), and with an address only where that is a page's. */
function checked(given: T.CatalogItem): T.CatalogItem {
  const row: Record<string, unknown> = {};
  for (const name of COLUMNS) {
    const value = (given as unknown as Record<string, unknown>)[name];
    if (value == null) continue;
    const fits = /^(pr|st)/.test(name) ? Number.isFinite(value) && (value as number) >= 0 : typeof value === 'string';
    if (!fits) bad(name);
    // As browsers read it: they skip blanks before a scheme, and tabs and line ends in it.
    const scheme = name === 'url' && /^[a-z\d+.-]*:/i.exec((value as string).replace(/^[\0- ]+|[\t\n\r]/g, ''));
    if (!scheme || /^https?:$/i.test(scheme[0])) row[name] = value;
  }
  if (!row['item'] || row['title'] === undefined) bad('title');
  return row as unknown as T.CatalogItem;
}

class ListShop {
  readonly ready = Promise.resolve<T.Tier>('none');
  readonly #parts: FallbackParts;
  readonly #rows: Rows | undefined;
  /** In the order of their claim. */
  readonly #items = new Map<string, T.CatalogItem>();
  readonly #curated = new Set<string>();
  readonly #reader: Reader;
  #store: ReturnType<FallbackParts['store']> | undefined;
  #consent: T.Consent;
  #snapshot: Uint8Array | undefined;
  #slates = 0;

  constructor(parts: FallbackParts, rows: Rows | undefined, list: readonly (string | T.CatalogItem)[]) {
    this.#parts = parts;
    this.#reader = readerOf(parts.error);
    this.#rows = rows;
    this.#consent = parts.consent ?? 'memory';
    // Without the bundle its name is unknown, and with it where an earlier visit's session lies.
    if (rows || parts.storageKey) this.#store = parts.store(rows?.bundle.name ?? '');
    const known = new Map(rows?.items.map((row) => [row.item, checked(row)]));
    for (const given of list) {
      // A row that is no good is none.
      this.#quietly(() => {
        const said = typeof given === 'string' ? { item: given } : given;
        const row = checked({ title: said.item, ...known.get(said.item), ...said });
        this.#items.set(row.item, row);
        this.#curated.add(row.item);
      });
    }
    for (const [item, row] of known) if (!this.#items.has(item)) this.#items.set(item, row);
    const { catalog, session } = parts as { catalog?: T.CatalogDelta; session?: Uint8Array };
    if (catalog) this.#update(catalog);
    this.#snapshot = session;
  }

  observe(event: T.ShopEvent): void {
    this.#reader.read(event, 'event', 'event');
  }
  setCart(lines: readonly T.CartLine[]): void {
    this.#reader.list(lines, 'cart', 'line', MOST);
  }
  undismiss(item: string): void {
    this.#id(item);
  }
  session(): readonly T.SessionEvent[] {
    return [];
  }
  /** What was handed over goes on unread, to where there is an engine. */
  snapshot(): Uint8Array {
    return this.#snapshot ?? Uint8Array.from([...NOTHING, ...check(NOTHING)]);
  }
  restore(snapshot: Uint8Array): void {
    this.#snapshot = this.#bytes(snapshot);
  }
  setConsent(consent: T.Consent): void {
    const all = ['none', 'memory', 'session', 'persistent'];
    this.#reader.is(consent, 'consent', `one of ${all.join(', ')}`, all.includes(consent));
    this.#consent = consent;
    this.#quietly(() => this.#store?.use(consent));
  }
  /** Also of what an earlier visit with an engine has kept. */
  forget(): void {
    this.#snapshot = undefined;
    this.#quietly(() => this.#store?.use('none'));
    this.#quietly(() => this.#store?.clear());
  }
  close(): void {}

  async recommend(options: T.RecommendOptions = {}): Promise<T.Slate> {
    return this.#slate(this.#reader.read(options, 'recommend', 'recommend'), new Set());
  }

  async recommendPage(widgets: readonly T.RecommendOptions[]): Promise<readonly T.Slate[]> {
    const taken = new Set<string>();
    return this.#reader.list<T.RecommendOptions>(widgets, 'recommendPage', 'recommend', 16).map((options) => this.#slate(options, taken));
  }

  page(snapshot?: Uint8Array): object {
    const own = new ListShop({ ...this.#parts, fallback: false }, this.#rows, []);
    own.#items.clear();
    for (const [item, row] of this.#items) own.#items.set(item, row);
    for (const item of this.#curated) own.#curated.add(item);
    own.#snapshot = snapshot && this.#bytes(snapshot);
    // What is kept in the browser is the shop's own.
    own.#store = undefined;
    return Object.freeze(face(own, PAGE, this.#parts.error));
  }

  #slate(options: T.RecommendOptions, taken: Set<string>): T.Slate {
    const started = performance.now();
    const { source, category, placement, excludeItems = [], where, rules = [] } = options;
    const k = this.#within(options.k, 5, 1, 100, 'k');
    const offset = this.#within(options.offset, 0, 0, MOST - k, 'offset');
    const out = new Set([source, ...excludeItems, ...taken]);
    const passes = test(where);
    const hidden = rules.flatMap((rule) => ('hide' in rule && rule.hide ? [rule] : []));
    const hides = hidden.map(({ items, where: which }) => (row: T.CatalogItem) => (!items || items.includes(row.item)) && test(which)(row));
    const sold = where?.inStock !== false && !where?.stock;
    let rows = [...this.#items.values()].filter(
      (row) => !out.has(row.item) && !(sold && row.stock === 0) && passes(row) && !hides.some((hide) => hide(row)),
    );
    // A session that nobody keeps has viewed nothing.
    if (placement === 'recently-viewed') rows = [];
    if (category) rows = [...rows.filter((row) => row.category === category), ...rows.filter((row) => row.category !== category)];
    const shown = rows.slice(offset, offset + k);
    for (const { item } of shown) taken.add(item);
    this.#slates++;
    const notes = [this.#rows ? 'no-wasm' : 'no-bundle'];
    if (shown.length < k) notes.push('short');
    const kind = (row: T.CatalogItem | undefined): 'curated' | 'popular' => (row && this.#curated.has(row.item) ? 'curated' : 'popular');
    return deepFreeze({
      items: shown.map((row, i) => {
        const score = 1 / (offset + i + 1);
        return { ...row, rank: offset + i + 1, score, propensity: 1, reasons: [{ kind: kind(row), contribution: score }] };
      }),
      source: kind(shown[0]),
      ...(placement && { placement }),
      tier: 'none',
      notes,
      tookMs: performance.now() - started,
      events: 0,
      more: rows.length > offset + k,
    });
  }

  bucket(test: string, visitor: string, buckets: number): number {
    this.#reader.read({ test, visitor, buckets }, 'bucket', 'bucket');
    return bucketOf(test, visitor, this.#within(buckets, 2, 2, 1000, 'buckets'));
  }

  item(id: string): T.CatalogItem | undefined {
    return deepFreeze(this.#items.get(this.#id(id)));
  }

  items(query: T.ItemsQuery = {}): T.ItemsPage {
    const { where, search = '', ...rest } = this.#reader.read<T.ItemsQuery>(query, 'items', 'items');
    const offset = this.#within(rest.offset, 0, 0, 2 ** 32, 'offset');
    const limit = this.#within(rest.limit, 24, 1, MOST, 'limit');
    const passes = test(where);
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    const all = [...this.#items.values()].filter((row) => passes(row) && words.every((word) => row.title.toLowerCase().includes(word)));
    return deepFreeze({ items: all.slice(offset, offset + limit), total: all.length });
  }

  facets(): object {
    const rows = [...this.#items.values()];
    const counts = (of: 'category' | 'brand'): { name: string; count: number }[] => {
      const by = new Map<string, number>();
      for (const { [of]: name } of rows) if (name) by.set(name, (by.get(name) ?? 0) + 1);
      return [...by].map(([name, count]) => ({ name, count }));
    };
    const columns = (['price', 'category', 'brand', 'image', 'url', 'stock', 'group'] as const).filter((name) => rows.some((row) => row[name] !== undefined));
    return deepFreeze({ columns, categories: counts('category'), brands: counts('brand') });
  }

  async updateCatalog(delta: T.CatalogDelta): Promise<T.Updated> {
    return this.#update(delta);
  }

  #update(delta: T.CatalogDelta): T.Updated {
    const done = { added: 0, updated: 0, removed: 0, unknown: 0, refused: 0, examples: [] as T.Updated['examples'][number][] };
    const items = this.#items;
    const { is, read } = this.#reader;
    const lists = read<Record<string, unknown[]>>(delta, 'delta', 'delta');
    for (const list of ['remove', 'update', 'upsert', 'add'] as const) {
      is(lists[list] ??= [], `delta.${list}`, 'an array', Array.isArray(lists[list])).forEach((row, at) => {
        let item = '';
        const out = (code: string, message: string): unknown => done.examples.length < 16 && done.examples.push({ list, at, item, code, message });
        try {
          const given = (list === 'remove' ? { item: row } : row) as T.CatalogItem;
          item = given.item;
          for (const name of Object.keys(given)) if (!COLUMNS.includes(name) && !/^(like|vector)$/.test(name)) bad(name);
          const before = items.get(item);
          if (!before && /e$/.test(list)) done.unknown++, out('item-unknown', 'the catalog does not hold it');
          else if (list === 'remove') items.delete(item), done.removed++;
          else {
            if (before && list === 'add') bad(item);
            items.set(item, checked({ ...before, ...given }));
            done[before ? 'updated' : 'added']++;
          }
        } catch (error) {
          done.refused++;
          out('invalid-option', `delta.${list}[${at}]: ${(error as Error)?.message}`);
        }
      });
    }
    return deepFreeze(done);
  }

  async swap(): Promise<never> {
    throw this.#parts.error;
  }

  info(): T.Info {
    const { code, message } = this.#parts.error;
    const none = { name: '', version: '', digest: '', bytes: 0, createdAt: '', items: this.#items.size, licence: '', attribution: '', metrics: {} };
    return deepFreeze({
      version,
      tier: 'none' as const,
      full: { state: 'failed' as const, error: { code, message } },
      bundle: this.#rows?.bundle ?? none,
      restarts: { count: 0 },
      consent: this.#consent,
      storage: { kind: this.#consent === 'none' ? ('none' as const) : ('memory' as const) },
      counts: { events: 0, unknownItems: 0, slates: this.#slates, modelFailures: 0, fallbacks: this.#slates },
      timings: {},
    });
  }

  #id(item: string): string {
    return this.#reader.is(item, 'item', 'a string', typeof item === 'string');
  }

  #bytes(snapshot: Uint8Array): Uint8Array {
    return this.#reader.is(snapshot, 'snapshot', 'a Uint8Array', ArrayBuffer.isView(snapshot));
  }

  /** A number of the host's, or the default where there is none. */
  #within(value: number | undefined, or: number, least: number, most: number, name: string): number {
    return this.#reader.is(value ?? or, name, `from ${least} to ${most}`, value === undefined || (value >= least && value <= most));
  }

  #quietly(act: () => void): void {
    try {
      act();
    } catch {
      // Blocked storage holds nothing.
    }
  }
}

/** Whether an item meets all conditions; without a value it fails a condition on it. */
function test({ inStock, price, stock, category, brand }: T.Where = {}): (row: T.CatalogItem) => boolean {
  const number = (value: number | undefined, range: T.NumberRange | undefined): boolean =>
    !range ||
    (value !== undefined && !(value >= range.lt!) && !(value > range.lte!) && !(value <= range.gt!) && !(value < range.gte!));
  const facet = (value: string | undefined, test: T.FacetTest | undefined): boolean => {
    if (test === undefined) return true;
    const list = typeof test === 'string' ? [test] : Array.isArray(test) ? (test as readonly string[]) : undefined;
    const { in: any = list, not = [] } = (list ? {} : test) as { in?: readonly string[]; not?: readonly string[] };
    return (!any || any.includes(value!)) && !not.includes(value!);
  };
  return (row) =>
    (inStock === undefined || inStock === (row.stock !== 0)) &&
    number(row.price, price) &&
    number(row.stock, stock) &&
    facet(row.category, category) &&
    facet(row.brand, brand);
}

/** FNV-1a of 32 bits, little-endian. */
function check(bytes: readonly number[]): number[] {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return [hash & 255, (hash >>> 8) & 255, (hash >>> 16) & 255, hash >>> 24];
}
