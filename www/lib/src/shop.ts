/** The shop that `load` gives: checks what comes in, asks the right engine, freezes what goes out. */
import type { Clock } from './clock.js';
import { since } from './clock.js';
import type { Engine, RawSlate } from './engine.js';
import { NearhandError, short, told, wrap } from './errors.js';
import { throwIfAborted } from './fetch.js';
import { deepFreeze } from './freeze.js';
import type { Guard } from './guard.js';
import { checkBucket, checkCart, checkConsent, checkDelta, checkEvent, checkId, checkItems, checkPage, checkRecommend, checkSnapshot, checkSwap } from './options.js';
import { pageOf } from './page.js';
import { plain } from './plain.js';
import { bounded, type Open, type Served } from './served.js';
import type { Memory, SessionKeeper } from './session.js';
import { eventOf } from './signal.js';
import type { SessionStore } from './storage.js';
import type * as T from './types.js';

export interface ShopParts {
  readonly session: SessionKeeper;
  readonly memory: Memory;
  readonly store: SessionStore;
  readonly clock: Clock;
  readonly open: Open;
  readonly tabs: EventTarget | undefined;
  /** Where one process serves many visitors. */
  readonly guard: Guard | undefined;
}

/** What is asked, and who asks. */
interface Visit {
  readonly widgets: readonly T.Widget[];
  readonly now: number;
  readonly snapshot: Uint8Array;
}

/** Of so many popular items one must be in both catalogs: a bundle of another shop would answer, too. */
const COMMON = 100;

/** Rows of a delta that is in when the call returns, and deltas that are kept apart. */
const SMALL = 64;
/** Rows left out that are told. */
const EXAMPLES = 16;

export class ShopFace implements T.Shop {
  readonly ready: Promise<T.Tier>;
  readonly #parts: ShopParts;
  #closed = false;
  /** Of the swap under way, and what was told since it began. */
  #swapping: AbortController | undefined;
  #late: T.CatalogDelta[] | undefined;
  /** Settles when the large feeds given so far are in. */
  #feeding: Promise<void> | undefined;
  /** Counted here because two engines may have answered. */
  readonly #counts = { slates: 0, modelFailures: 0, fallbacks: 0 };

  constructor(parts: ShopParts) {
    this.#parts = parts;
    this.ready = parts.session.served.settled.then(() => this.#tier());
    parts.tabs?.addEventListener('storage', this.#otherTab);
    parts.tabs?.addEventListener('pageshow', this.#cameBack);
  }

  observe(given: T.ShopEvent | T.Signal): void {
    const event = eventOf(given);
    if (!event) return;
    const checked = checkEvent(event);
    this.#change((e, now) => e.observe(checked, now));
  }

  setCart(lines: readonly T.CartLine[]): void {
    const checked = checkCart(lines);
    this.#change((e, now) => e.setCart(checked, now));
  }

  undismiss(item: string): void {
    const checked = checkId(item);
    this.#change((e) => e.undismiss(checked));
  }

  #change(act: (engine: Engine, nowMs: number) => void): void {
    const session = this.#session();
    session.sync();
    this.#call((e) => act(e, this.#parts.clock()));
    session.keep();
  }

  page(snapshot?: Uint8Array): T.Page {
    const session = this.#session();
    const begun = snapshot === undefined ? session.empty : checkSnapshot(snapshot);
    return pageOf(
      {
        aside: (held, act) => this.#session().aside(held, act),
        slates: (widgets, held) => this.#slates(widgets, performance.now(), held),
      },
      begun,
    );
  }

  async recommend(options: T.RecommendOptions = {}): Promise<T.Slate> {
    const started = performance.now();
    this.#session();
    const { session, ...widget } = checkRecommend(options);
    return (await this.#slates([widget], started, session))[0]!;
  }

  async recommendPage(widgets: readonly T.Widget[]): Promise<readonly T.Slate[]> {
    const started = performance.now();
    this.#session();
    return this.#slates(checkPage(widgets), started);
  }

  /** The session is that of the call, whatever the shop is told before the answer. */
  async #slates(widgets: readonly T.Widget[], started: number, given?: Uint8Array): Promise<readonly T.Slate[]> {
    const now = this.#parts.clock();
    const notes: string[] = [];
    const session = this.#session();
    const visit: Visit = { widgets, now, snapshot: given ?? session.current() };
    const guard = given ? undefined : this.#parts.guard;
    guard?.asked();
    let near: RawSlate[];
    let far: RawSlate[] | undefined;
    try {
      // Without a worker nothing is waited for: the engine answers within the call.
      far = session.served.worker && (await this.#fromWorker(visit, notes));
      near = far ?? (await this.#fromHost(visit, notes));
    } finally {
      await guard?.answered(notes);
    }
    const tier = far ? 'full' : this.#parts.session.served.host.tier;
    const tookMs = since(started);
    const slates = near.map((raw) => {
      const failed = raw.notes.includes('model-failed');
      this.#counts.slates++;
      if (failed) this.#counts.modelFailures++;
      // A full tier that is on its way is no failure.
      if (failed || notes.some((note) => note !== 'full-loading')) this.#counts.fallbacks++;
      raw.notes.push(...notes);
      // In place: what the engine or the worker gave is nobody else's.
      return Object.assign(raw, { tier, tookMs });
    });
    return deepFreeze(slates);
  }

  bucket(test: string, visitor: string, buckets: number): number {
    const [name, who, n] = checkBucket(test, visitor, buckets);
    return this.#call((e) => e.bucket(name, who, n));
  }

  item(id: string): T.CatalogItem | undefined {
    const checked = checkId(id);
    return deepFreeze(this.#call((e) => e.item(checked)));
  }

  items(query: T.ItemsQuery = {}): T.ItemsPage {
    const checked = checkItems(query);
    return deepFreeze(this.#call((e) => e.items(checked)));
  }

  session(): readonly T.SessionEvent[] {
    this.#session().sync();
    return deepFreeze(this.#call((e) => e.session(this.#parts.clock())));
  }

  facets(): T.Facets {
    return deepFreeze(this.#call((e) => e.facets()));
  }

  updateCatalog(given: T.CatalogDelta): Promise<T.Updated> {
    const { memory } = this.#parts;
    this.#session();
    const delta = checkDelta(given);
    const take = (slice: T.CatalogDelta): T.Updated => {
      const { result, kept } = update(this.#session().served, slice);
      memory.deltas.push(kept);
      this.#late?.push(kept);
      return result;
    };
    const before = this.#feeding;
    const rows = Object.values(delta).reduce((sum, list) => sum + list.length, 0);
    if (!before && rows <= SMALL) {
      const result = take(delta);
      for (const deltas of [memory.deltas, this.#session().served.deltas]) {
        if (deltas.length > SMALL) feeds().then(({ compact }) => compact(deltas), () => {});
      }
      return Promise.resolve(deepFreeze(result));
    }
    const running = (async () => {
      const { feed, compact } = await feeds();
      await before;
      const result = await feed(delta, take);
      [memory.deltas, this.#session().served.deltas].forEach(compact);
      return result;
    })();
    const done = running.then(() => {}, () => {});
    this.#feeding = done;
    done.then(() => this.#feeding === done && (this.#feeding = undefined));
    return running;
  }

  async swap(source: T.BundleSource, given: T.SwapOptions = {}): Promise<T.Swapped> {
    const session = this.#session();
    const { memory, open } = this.#parts;
    const { deltas, signal, ...options } = checkSwap(given);
    this.#stopSwap('aborted', 'a later swap took its place');
    const stop = (this.#swapping = new AbortController());
    return bounded(signal, stop, async () => {
      const late: T.CatalogDelta[] = (this.#late = []);
      const next = await open(source, options, stop, this.#full().state !== 'failed');
      const { feed, fitted } = await feeds();
      throwIfAborted(stop.signal);
      const { bundle } = next.host.call((e) => e.info());
      const has = (item: string): boolean => next.host.call((e) => e.item(item)) !== undefined;
      const { items } = this.items({ limit: COMMON });
      if (!items.some(({ item }) => has(item))) {
        const { name } = this.info().bundle;
        const why = `"${short(bundle.name)}" has none of the ${COMMON} most popular items of "${short(name)}": load it as a shop of its own`;
        throw new NearhandError('bundle-other-catalog', why, { expected: name, found: bundle.name });
      }
      const notes: T.SwapNote[] = [];
      // As told so far; what is told meanwhile comes after.
      const said = deltas ?? [...memory.deltas];
      if (!deltas) late.length = 0;
      const tell = (slice: T.CatalogDelta): T.Updated => {
        const { result } = update(next, slice);
        notes.push(...result.examples.map(({ item }) => ({ note: 'refused', item }) as const));
        return result;
      };
      for (const delta of said) {
        await feed(fitted(delta, has, !!deltas, notes), tell);
        throwIfAborted(stop.signal);
      }
      // From here on nothing waits: what was called until now the new engines are told, what is called later they answer.
      for (const delta of late) tell(fitted(delta, has, false, notes));
      next.worker?.setConsent(memory.consent);
      session.handOver(next);
      memory.deltas = [...said, ...late];
      this.#swapping = this.#late = undefined;
      return deepFreeze({ bundle, notes });
    });
  }

  setConsent(consent: T.Consent): void {
    const checked = checkConsent(consent);
    const session = this.#session();
    this.#parts.guard?.changed();
    session.move(checked);
    session.served.worker?.setConsent(checked);
  }

  forget(): void {
    this.#session().forget();
    this.#parts.guard?.changed();
  }

  snapshot(): Uint8Array {
    return this.#session().current().slice();
  }

  restore(snapshot: Uint8Array): void {
    const session = this.#session();
    const checked = checkSnapshot(snapshot);
    this.#call((e) => e.restore(checked, this.#parts.clock()));
    this.#parts.guard?.changed(checked);
    session.keep();
  }

  info(): T.Info {
    const engine = this.#call((e) => e.info());
    const { store, session } = this.#parts;
    const { host, timings } = session.served;
    return deepFreeze({
      ...engine,
      tier: this.#tier(),
      full: this.#full(),
      restarts: host.restarts,
      storage: store.info(),
      counts: { ...engine.counts, ...this.#counts },
      timings: { ...timings },
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#parts.tabs?.removeEventListener('storage', this.#otherTab);
    this.#parts.tabs?.removeEventListener('pageshow', this.#cameBack);
    this.#stopSwap('closed', 'the shop is closed');
    this.#parts.session.served.stop.abort();
  }

  readonly #otherTab = (event: Event): void => {
    if (this.#parts.store.concerns(event as StorageEvent)) this.#look();
  };

  /** From the back/forward cache, where others have gone on meanwhile. */
  readonly #cameBack = (event: Event): void => {
    if ((event as PageTransitionEvent).persisted) this.#look(true);
  };

  #look(stale = false): void {
    try {
      this.#parts.session.sync(stale);
    } catch {
      // Nobody called; the next call meets the same fault and tells it.
    }
  }

  #session(): SessionKeeper {
    if (this.#closed) throw new NearhandError('closed', 'this shop is closed; load another');
    return this.#parts.session;
  }

  #call<R>(act: (engine: Engine) => R): R {
    return this.#session().served.host.call(act);
  }

  #tier(): T.Tier {
    const { worker, host } = this.#parts.session.served;
    return worker?.ready ? 'full' : host.tier;
  }

  #full(): T.Info['full'] {
    const { worker, full } = this.#parts.session.served;
    return worker?.info() ?? full;
  }

  #stopSwap(code: string, why: string): void {
    this.#swapping?.abort(new NearhandError(code, why));
  }

  async #fromWorker(visit: Visit, notes: string[]): Promise<RawSlate[] | undefined> {
    const { worker } = this.#session().served;
    if (!worker) return undefined;
    if (!worker.ready) {
      notes.push(worker.info().state === 'failed' ? 'full-failed' : 'full-loading');
      return undefined;
    }
    try {
      return await worker.recommend(visit.snapshot, visit.widgets, visit.now);
    } catch (error) {
      // A swap came between: the new bundle's worker answers.
      if (worker !== this.#session().served.worker) return this.#fromWorker(visit, notes);
      // Also for refused options: the lite engine refuses them alike, and its refusal is what the caller gets.
      notes.push(wrap(error).code === 'worker-timeout' ? 'full-timeout' : 'full-failed');
      return undefined;
    }
  }

  async #fromHost({ widgets, now, snapshot }: Visit, notes: string[]): Promise<RawSlate[]> {
    const ask = (): RawSlate[] => {
      const recommend = (e: Engine): RawSlate[] => e.recommend(widgets, now);
      // The engine holds the shop's own.
      return snapshot === this.#parts.memory.snapshot ? this.#call(recommend) : this.#session().aside(snapshot, recommend);
    };
    // Once more on the engine started anew, then on the spare one.
    try {
      return ask();
    } catch (error) {
      if (wrap(error).code !== 'engine-trapped') throw error;
      notes.push('engine-restarted');
    }
    try {
      return ask();
    } catch (error) {
      const failure = wrap(error);
      const { served } = this.#session();
      const lite = failure.code === 'engine-trapped' && served.full.state === 'ready' ? await served.spare().catch(() => undefined) : undefined;
      // A swap came between: the new bundle's engine answers.
      if (served !== this.#session().served) lite?.free();
      else {
        if (!lite) throw error;
        served.host.free();
        served.host = lite;
        served.full = { state: 'failed', ...told(failure) };
        notes.push('full-failed');
      }
    }
    return ask();
  }
}

/** Large feeds and swaps are rare: what they need comes when it is needed. */
const feeds = (): Promise<typeof import('./feeds.js')> => import('./feeds.js');

/** Both tiers are told of the rows that are taken in, and a later engine of either. */
function update({ host, deltas, worker }: Served, rows: T.CatalogDelta): { result: T.Updated; kept: T.CatalogDelta } {
  const slice = plain(rows, 'delta', true) as T.CatalogDelta;
  const { skipped, ...counts } = host.call((e) => e.updateCatalog(slice));
  const out = new Set(skipped.map(({ list, at }) => list + at));
  const kept = Object.fromEntries(Object.entries(slice).map(([list, rows]) => [list, rows.filter((_: unknown, at: number) => !out.has(list + at))])) as T.CatalogDelta;
  deltas.push(kept);
  worker?.updateCatalog(kept);
  return { result: { ...counts, examples: skipped.slice(0, EXAMPLES) }, kept };
}
