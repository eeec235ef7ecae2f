/** The shop that `load` gives: checks what comes in, asks the right engine, freezes what goes out. */
import type { Clock } from './clock.js';
import { since } from './clock.js';
import { fitted } from './deltas.js';
import type { Engine, RawSlate, Widgets } from './engine.js';
import { NearhandError, short, told, wrap } from './errors.js';
import { throwIfAborted } from './fetch.js';
import { deepFreeze } from './freeze.js';
import type { Guard } from './guard.js';
import { checkBucket, checkCart, checkConsent, checkDelta, checkEvent, checkId, checkItems, checkPage, checkRecommend, checkSnapshot, checkSwap } from './options.js';
import { pageOf } from './page.js';
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
  readonly widgets: Widgets;
  readonly now: number;
  readonly snapshot: Uint8Array;
}

/** Of so many popular items one must be in both catalogs: a bundle of another shop would answer, too. */
const COMMON = 100;

export class ShopFace implements T.Shop {
  readonly ready: Promise<T.Tier>;
  readonly #parts: ShopParts;
  #closed = false;
  /** Of the swap under way. */
  #swapping: AbortController | undefined;
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
    return (await this.#slates(widget, started, session))[0]!;
  }

  async recommendPage(widgets: readonly T.Widget[]): Promise<readonly T.Slate[]> {
    const started = performance.now();
    this.#session();
    return this.#slates(checkPage(widgets), started);
  }

  /** The session is that of the call, whatever the shop is told before the answer. */
  async #slates(widgets: Widgets, started: number, given?: Uint8Array): Promise<readonly T.Slate[]> {
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
      if (failed || notes.length) this.#counts.fallbacks++;
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

  updateCatalog(delta: T.CatalogDelta): void {
    const { served } = this.#session();
    const { memory } = this.#parts;
    const checked = deepFreeze(checkDelta(delta));
    update(served, checked);
    memory.deltas.push(checked);
  }

  async swap(source: T.BundleSource, given: T.SwapOptions = {}): Promise<T.Swapped> {
    const session = this.#session();
    const { memory, open } = this.#parts;
    const { deltas, signal, ...options } = checkSwap(given);
    this.#stopSwap('aborted', 'a later swap took its place');
    const stop = (this.#swapping = new AbortController());
    return bounded(signal, stop, async () => {
      const before = memory.deltas.length;
      const next = await open(source, options, stop, this.#full().state !== 'failed');
      throwIfAborted(stop.signal);
      // From here on nothing waits: what was called until now the new engines are told, what is called later they answer.
      const { bundle } = next.host.call((e) => e.info());
      const has = (item: string): boolean => next.host.call((e) => e.item(item)) !== undefined;
      const { items } = this.items({ limit: COMMON });
      if (!items.some(({ item }) => has(item))) {
        const { name } = this.info().bundle;
        const why = `"${short(bundle.name)}" has none of the ${COMMON} most popular items of "${short(name)}": load it as a shop of its own`;
        throw new NearhandError('bundle-other-catalog', why, { expected: name, found: bundle.name });
      }
      const notes: T.SwapNote[] = [];
      const told = deltas ? [...deltas, ...memory.deltas.slice(before)] : memory.deltas;
      for (const delta of told) update(next, fitted(delta, has, deltas?.includes(delta), notes));
      next.worker?.setConsent(memory.consent);
      session.handOver(next);
      memory.deltas = told;
      this.#swapping = undefined;
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

/** Both tiers are told, and a later engine of either. */
function update({ host, deltas, worker }: Served, delta: T.CatalogDelta): void {
  host.call((e) => e.updateCatalog(delta));
  deltas.push(delta);
  worker?.updateCatalog(delta);
}
