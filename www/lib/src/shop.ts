/** The shop that `load` gives: checks what comes in, asks the right engine, freezes what goes out. */
import type { Clock } from './clock.js';
import { since } from './clock.js';
import type { RawSlate } from './engine.js';
import type { EngineHost } from './engine-host.js';
import { NearhandError, told, wrap } from './errors.js';
import { deepFreeze } from './freeze.js';
import { checkBucket, checkConsent, checkDelta, checkEvent, checkId, checkItems, checkPage, checkRecommend, checkSnapshot } from './options.js';
import type { Memory, SessionKeeper } from './session.js';
import type { SessionStore } from './storage.js';
import type * as T from './types.js';
import type { WorkerHost } from './worker-host.js';

export interface ShopParts {
  readonly session: SessionKeeper;
  readonly memory: Memory;
  readonly store: SessionStore;
  readonly clock: Clock;
  readonly timings: Record<string, number>;
  /** The full tier in a worker, beside the lite engine that owns the session. */
  readonly worker: WorkerHost | undefined;
  /** Starts a lite engine to fall back to, where the full one runs in this thread. */
  readonly spare: (() => Promise<EngineHost>) | undefined;
  /** State of the full tier where no worker has it. */
  readonly full: T.Info['full'];
  readonly ready: Promise<T.Tier>;
  readonly tabs: EventTarget | undefined;
}

export class ShopFace implements T.Shop {
  readonly ready: Promise<T.Tier>;
  readonly #parts: ShopParts;
  #full: T.Info['full'];
  #closed = false;
  /** Counted here because two engines may have answered. */
  readonly #counts = { slates: 0, modelFailures: 0, fallbacks: 0 };

  constructor(parts: ShopParts) {
    this.#parts = parts;
    this.#full = parts.full;
    this.ready = parts.ready;
    parts.tabs?.addEventListener('storage', this.#otherTab);
  }

  observe(event: T.ShopEvent): void {
    const session = this.#session();
    const checked = checkEvent(event);
    session.sync();
    session.host.call((e) => e.observe(checked, this.#parts.clock()));
    session.keep();
  }

  async recommend(options: T.RecommendOptions = {}): Promise<T.Slate> {
    const started = performance.now();
    this.#session();
    return (await this.#slates([checkRecommend(options)], started))[0]!;
  }

  async recommendPage(widgets: readonly T.RecommendOptions[]): Promise<readonly T.Slate[]> {
    const started = performance.now();
    this.#session();
    return this.#slates(checkPage(widgets), started);
  }

  async #slates(widgets: readonly T.RecommendOptions[], started: number): Promise<readonly T.Slate[]> {
    const now = this.#parts.clock();
    const notes: string[] = [];
    const far = await this.#fromWorker(widgets, now, notes);
    const near = far ?? (await this.#fromHost(widgets, now, notes));
    const tier = far ? 'full' : this.#parts.session.host.tier;
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
    return this.#session().host.call((e) => e.bucket(name, who, n));
  }

  item(id: string): T.CatalogItem | undefined {
    const checked = checkId(id);
    return deepFreeze(this.#session().host.call((e) => e.item(checked)));
  }

  items(query: T.ItemsQuery = {}): T.ItemsPage {
    const checked = checkItems(query);
    return deepFreeze(this.#session().host.call((e) => e.items(checked)));
  }

  session(): readonly T.SessionEvent[] {
    return deepFreeze(this.#session().host.call((e) => e.session()));
  }

  updateCatalog(delta: T.CatalogDelta): void {
    const session = this.#session();
    const checked = deepFreeze(checkDelta(delta));
    session.host.call((e) => e.updateCatalog(checked));
    this.#parts.memory.deltas.push(checked);
    this.#parts.worker?.updateCatalog(checked);
  }

  setConsent(consent: T.Consent): void {
    const checked = checkConsent(consent);
    this.#session().move(checked);
    this.#parts.worker?.setConsent(checked);
  }

  forget(): void {
    this.#session().forget();
  }

  snapshot(): Uint8Array {
    return this.#session().host.call((e) => e.snapshot());
  }

  restore(snapshot: Uint8Array): void {
    const session = this.#session();
    const checked = checkSnapshot(snapshot);
    session.host.call((e) => e.restore(checked, this.#parts.clock()));
    session.keep();
  }

  info(): T.Info {
    const { worker, store, timings } = this.#parts;
    const engine = this.#session().host.call((e) => e.info());
    return deepFreeze({
      ...engine,
      tier: worker?.ready ? 'full' : engine.tier,
      full: worker?.info() ?? this.#full,
      restarts: this.#parts.session.host.restarts,
      storage: store.info(),
      counts: { ...engine.counts, ...this.#counts },
      timings: { ...timings },
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#parts.tabs?.removeEventListener('storage', this.#otherTab);
    this.#parts.worker?.close();
    this.#parts.session.host.free();
  }

  readonly #otherTab = (event: Event): void => {
    if (!this.#parts.store.concerns(event as StorageEvent)) return;
    try {
      this.#parts.session.sync();
    } catch {
      // Nobody called; the next call meets the same fault and tells it.
    }
  };

  #session(): SessionKeeper {
    if (this.#closed) throw new NearhandError('closed', 'this shop is closed; load another');
    return this.#parts.session;
  }

  async #fromWorker(widgets: readonly T.RecommendOptions[], now: number, notes: string[]): Promise<RawSlate[] | undefined> {
    const { worker, memory } = this.#parts;
    if (!worker) return undefined;
    if (!worker.ready || !memory.snapshot) {
      notes.push(worker.info().state === 'failed' ? 'full-failed' : 'full-loading');
      return undefined;
    }
    try {
      return await worker.recommend(memory.snapshot, widgets, now);
    } catch (error) {
      this.#session();
      // Also for refused options: the lite engine refuses them alike, and its refusal is what the caller gets.
      notes.push(wrap(error).code === 'worker-timeout' ? 'full-timeout' : 'full-failed');
      return undefined;
    }
  }

  async #fromHost(widgets: readonly T.RecommendOptions[], now: number, notes: string[]): Promise<RawSlate[]> {
    const { session, spare } = this.#parts;
    const ask = (): RawSlate[] => this.#session().host.call((e) => e.recommend(widgets, now));
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
      const lite = failure.code === 'engine-trapped' && this.#full.state === 'ready' ? await spare?.().catch(() => undefined) : undefined;
      if (!lite) throw error;
      session.host.free();
      session.host = lite;
      this.#full = { state: 'failed', ...told(failure) };
      notes.push('full-failed');
    }
    return ask();
  }
}
