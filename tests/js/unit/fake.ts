/** A stand-in for the wasm engine: the boundary's shape, a session as JSON, faults on demand. */
import type { Engine, Glue, MakeGlue, OpenOptions, RawSlate, Taken } from '../../../www/lib/src/engine/engine.js';
import type { CatalogDelta, CatalogItem, Consent, Facets, SessionEvent, ShopEvent, Tier } from '../../../www/lib/src/words/types.js';

/** Faults to raise; a count is taken down by one each time. */
export interface Faults {
  trapOnRecommend?: number;
  trapOnObserve?: number;
  trapOnForget?: number;
  failOnOpen?: string;
  trapOnOpen?: boolean;
  /** The platform refuses an instance its memory. */
  noMemory?: boolean;
  version?: string;
  /** What the engine says it is, where that differs from the binary. */
  tier?: Tier;
  /** Goldens to replay, each for so many milliseconds. */
  goldens?: number;
  goldenMs?: number;
  /** Engines opened from now on do not answer them as recorded. */
  goldensFail?: boolean;
  /** What a slate takes, likewise. */
  slateMs?: number;
  /** Lets time pass by a clock of the test's own. Default: the machine is kept busy, which takes longer where it is busy already. */
  pass?: (ms: number) => void;
  /** Every engine opened, in order. */
  opened: FakeEngine[];
}

export const fault = (code: string): Error =>
  Object.assign(new Error(`nearhand: ${code}`), { name: 'NearhandError', code, details: { from: 'engine' } });

/** What a fake bundle says of itself, as JSON; other bytes are the bundle of A, B and C. */
export interface Told {
  readonly name?: string;
  readonly version?: string;
  readonly items?: readonly string[];
  readonly digest?: string;
  /** Refused by either tier, or by the full one alone. */
  readonly fault?: string;
  readonly fullFault?: string;
}

function told(bundle: Uint8Array): Told {
  const text = new TextDecoder().decode(bundle);
  return text.startsWith('{') ? (JSON.parse(text) as Told) : {};
}

export const fakeBundle = (says: Told): Uint8Array => new TextEncoder().encode(JSON.stringify(says));

const trap = (): never => {
  throw new WebAssembly.RuntimeError('unreachable');
};

export class FakeEngine implements Engine {
  events: SessionEvent[] = [];
  titles = new Map<string, string>([['A', 'apple'], ['B', 'bread'], ['C', 'cheese']]);
  /** Beside what an added item stands. */
  placed = new Map<string, unknown>();
  /** Rows of every delta that came. */
  slices: number[] = [];
  freed = false;
  observed = 0;
  replayed = 0;

  constructor(
    readonly tier: Tier,
    readonly faults: Faults,
    public consent: Consent,
    readonly model?: Uint8Array,
    readonly says: Told = {},
    readonly opened?: OpenOptions,
  ) {
    if (says.items) this.titles = new Map(says.items.map((item) => [item, `title of ${item}`]));
    faults.opened.push(this);
  }

  replay(): boolean {
    this.#pass(this.faults.goldenMs ?? 0);
    if (this.faults.goldensFail) throw fault('golden-mismatch');
    return ++this.replayed < (this.faults.goldens ?? 0);
  }

  #pass(ms: number): void {
    if (this.faults.pass) return this.faults.pass(ms);
    const until = performance.now() + ms;
    while (performance.now() < until);
  }

  observe(event: ShopEvent, nowMs: number): void {
    if (this.faults.trapOnObserve && this.faults.trapOnObserve-- > 0) trap();
    if (event.item === '') throw fault('event-item-empty');
    this.observed++;
    if (this.consent !== 'none') this.events.push({ at: Math.max(nowMs, this.forgot + 1), ...event, known: this.titles.has(event.item), counts: 'interest' });
  }

  recommend(widgets: readonly { k?: number; source?: string }[]): RawSlate[] {
    return widgets.map((widget) => this.#slate(widget));
  }

  #slate({ k = 5, source }: { k?: number; source?: string }): RawSlate {
    if (this.freed) throw new Error('null pointer passed to rust');
    this.#pass(this.faults.slateMs ?? 0);
    if (k > 100) throw fault('k-out-of-range');
    if (this.faults.trapOnRecommend && this.faults.trapOnRecommend-- > 0) trap();
    const items = [...this.titles].filter(([item]) => item !== source).slice(0, k);
    return {
      items: items.map(([item, title], i) => ({ item, title, rank: i + 1, score: 1 / (i + 1), propensity: 1, reasons: [{ kind: 'popular', contribution: 0 }] })),
      source: this.tier === 'full' ? 'model' : 'table',
      notes: [],
      events: this.events.length,
      more: false,
    };
  }

  bucket(test: string, visitor: string, buckets: number): number {
    return (test.length + visitor.length) % buckets;
  }

  item(item: string): CatalogItem | undefined {
    const title = this.titles.get(item);
    return title === undefined ? undefined : { item, title };
  }
  items(): { items: CatalogItem[]; total: number } {
    return { items: [...this.titles].map(([item, title]) => ({ item, title })), total: this.titles.size };
  }
  session(): SessionEvent[] {
    return this.events.map((event) => ({ ...event, known: this.titles.has(event.item), counts: 'interest' }));
  }
  setCart(lines: readonly ShopEvent[], nowMs: number): void {
    this.events = this.events.filter(({ kind }) => kind !== 'cart-add');
    for (const line of lines) this.observe(line, nowMs);
  }
  undismiss(item: string): void {
    this.events = this.events.filter((event) => event.kind !== 'dismiss' || event.item !== item);
  }
  /** As the real one: remove, update, upsert, add; an unknown or a known id is left out. */
  updateCatalog({ add = [], update = [], upsert = [], remove = [], ...others }: CatalogDelta): Taken {
    for (const _ in others) throw fault('unknown-option');
    this.slices.push(add.length + update.length + upsert.length + remove.length);
    const done = { added: 0, updated: 0, removed: 0, unknown: 0, refused: 0, skipped: [] as Taken['skipped'][number][] };
    const skip = (list: keyof CatalogDelta, at: number, item: string, code: string): void => {
      if (code === 'item-unknown') done.unknown++;
      else done.refused++;
      done.skipped.push({ list, at, item, code, message: `delta.${list}[${at}] is no good` });
    };
    remove.forEach((item, at) => (this.titles.delete(item) ? done.removed++ : skip('remove', at, item, 'item-unknown')));
    update.forEach(({ item, title }, at) => {
      if (!this.titles.has(item)) return skip('update', at, item, 'item-unknown');
      if (title !== undefined) this.titles.set(item, title);
      done.updated++;
    });
    upsert.forEach(({ item, title }, at) => {
      if (!this.titles.has(item) && title === undefined) return skip('upsert', at, item, 'catalog-invalid');
      done[this.titles.has(item) ? 'updated' : 'added']++;
      if (title !== undefined) this.titles.set(item, title);
    });
    add.forEach(({ item, title, like, vector }, at) => {
      if (this.titles.has(item)) return skip('add', at, item, 'catalog-duplicate-id');
      this.titles.set(item, title);
      this.placed.set(item, like ?? vector);
      done.added++;
    });
    return done;
  }
  facets(): Facets {
    return { columns: [], categories: [], brands: [] };
  }
  setConsent(consent: Consent): void {
    this.consent = consent;
    if (consent === 'none') this.events = [];
  }
  forgot = 0;
  forget(nowMs: number): void {
    if (this.faults.trapOnForget && this.faults.trapOnForget-- > 0) trap();
    this.forgot = nowMs;
    this.events = [];
  }
  snapshot(): Uint8Array {
    return new TextEncoder().encode(JSON.stringify(this.forgot ? [this.forgot, ...this.events] : this.events));
  }
  restore(snapshot: Uint8Array): void {
    const { events, forgot } = parse(snapshot);
    if (this.consent === 'none') return;
    this.events = events;
    this.forgot = forgot;
  }
  merge(snapshot: Uint8Array): void {
    const { events, forgot } = parse(snapshot);
    const all = new Map([...this.events, ...events].map((e) => [JSON.stringify([e.at, e.kind, e.item]), e]));
    this.forgot = Math.max(this.forgot, forgot);
    this.events = [...all.values()].filter(({ at }) => at > this.forgot).sort((a, b) => a.at - b.at);
  }
  info(): ReturnType<Engine['info']> {
    return {
      version: __NEARHAND_VERSION__,
      tier: this.faults.tier ?? this.tier,
      bundle: { name: this.says.name ?? 'fake', version: this.says.version ?? '1', digest: '00', bytes: 4, createdAt: '', items: 3, licence: '', attribution: '', metrics: {} },
      consent: this.consent,
      counts: { events: this.observed, unknownItems: 0, slates: 0, modelFailures: 0, fallbacks: 0 },
    };
  }
  free(): void {
    this.freed = true;
  }
}

/** A list of events, after the time of forgetting where there is one. */
function parse(snapshot: Uint8Array): { events: SessionEvent[]; forgot: number } {
  try {
    const told = JSON.parse(new TextDecoder().decode(snapshot)) as (number | SessionEvent)[];
    return { events: told.filter((one) => typeof one !== 'number'), forgot: typeof told[0] === 'number' ? told[0] : 0 };
  } catch {
    throw fault('snapshot-malformed');
  }
}

function instantiate({ noMemory }: Faults): void {
  if (noMemory) throw new RangeError('WebAssembly.Instance(): Out of memory: Cannot allocate Wasm memory for new instance');
}

/** One glue an engine, as tools/glue.mjs makes them. */
export const fakeGlue = (tier: Tier, faults: Faults): MakeGlue => {
  return (): Glue => ({
    Engine: {
      open(bundle: Uint8Array, options: OpenOptions, model?: Uint8Array) {
        if (faults.trapOnOpen) trap();
        if (faults.failOnOpen) throw fault(faults.failOnOpen);
        const says = told(bundle);
        const wrong = says.fault ?? (tier === 'full' ? says.fullFault : undefined);
        if (wrong) throw fault(wrong);
        if (options.maxBytes !== undefined && bundle.byteLength > options.maxBytes) throw fault('bundle-too-large');
        if (options.digest !== undefined && options.digest !== (says.digest ?? '0'.repeat(64))) throw fault('bundle-digest-mismatch');
        return new FakeEngine(tier, faults, options.consent, model, says, options);
      },
    },
    version: () => faults.version ?? __NEARHAND_VERSION__,
    initSync: () => instantiate(faults),
    default: async () => instantiate(faults),
  });
};
