/** The shop that `load` gives: checks what comes in, asks the right engine, freezes what goes out. */
import type { Clock } from '../words/clock.js';
import { since } from '../words/clock.js';
import type { Engine, RawSlate } from '../engine/engine.js';
import { NearhandError, short, shut, wrap } from '../words/errors.js';
import { throwIfAborted, unfetched } from '../files/fetch.js';
import { deepFreeze } from '../words/freeze.js';
import type { Guard } from '../session/guard.js';
import { checkBucket, checkConsent, checkDelta, checkId, checkItems, checkSnapshot, checkSwap } from '../words/options.js';
import { type Act, pageOf, type Slates, visitorOf } from '../session/page.js';
import { plain } from '../words/plain.js';
import { bounded, type Open, type Served } from '../engine/served.js';
import type { Memory, SessionKeeper } from '../session/session.js';
import type { SessionStore } from '../session/storage.js';
import type * as T from '../words/types.js';
import type { Visit } from '../engine/worker-host.js';

export interface ShopParts {
  readonly session: SessionKeeper;
  readonly memory: Memory;
  readonly store: SessionStore;
  readonly clock: Clock;
  readonly open: Open;
  readonly tabs: EventTarget | undefined;
  /** Where one process serves many visitors. */
  readonly guard: Guard | undefined;
  /** Rejects with what has failed. */
  readonly failed: (error: NearhandError) => Promise<never>;
}

/** Rows of a delta that is in when the call returns, and deltas that are kept apart. */
const SMALL = 64;
/** Rows left out that are told. */
const EXAMPLES = 16;

export function shopOf({ session: keeper, memory, store, clock, open, tabs, guard, failed }: ShopParts): T.Shop {
  let closed = false;
  /** Of the swap under way, and what was told since it began. */
  let swapping: AbortController | undefined;
  let late: T.CatalogDelta[] | undefined;
  /** Large feeds that are not in yet, and when they all are. */
  let feeding = 0;
  let fed: Promise<void> | undefined;
  /** Counted here because two engines may have answered. */
  const counts = { slates: 0, modelFailures: 0, fallbacks: 0 };

  const session = (): SessionKeeper => {
    if (closed) throw shut();
    return keeper;
  };
  const call = <R>(act: (engine: Engine) => R): R => session().served.host.call(act);
  const frozen = <R>(act: (engine: Engine) => R): R => deepFreeze(call(act));
  const tier = (): T.Tier => {
    const { beside, host } = keeper.served;
    return beside?.ready ? 'full' : host.tier;
  };
  const full = (): T.Info['full'] => {
    const { beside, full } = keeper.served;
    return beside?.info() ?? full;
  };

  /** Another tab has stored a session; or the page comes back from the back/forward cache, and others have gone on meanwhile. */
  const heard = (event: Partial<PageTransitionEvent & StorageEvent>): void => {
    const stale = event.persisted;
    try {
      if (stale || store.concerns(event)) keeper.sync(stale);
    } catch {
      // Nobody called; the next call meets the same fault and tells it.
    }
  };
  const listen = (how: 'addEventListener' | 'removeEventListener'): void => {
    for (const type of ['storage', 'pageshow']) tabs?.[how](type, heard as EventListener);
  };
  listen('addEventListener');

  const fromHost = async ({ widgets, now, snapshot }: Visit, notes: string[]): Promise<RawSlate[]> => {
    const ask = (): RawSlate[] => {
      const recommend = (e: Engine): RawSlate[] => e.recommend(widgets, now);
      // The engine holds the shop's own.
      return snapshot === memory.snapshot ? call(recommend) : session().aside(snapshot, recommend);
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
      const { served } = session();
      if (!(await served.fallBack?.(served, wrap(error), notes))) throw error;
    }
    return ask();
  };

  /** The session is that of the call, whatever the shop is told before the answer. */
  const slates: Slates = async (widgets, started, given) => {
    const now = clock();
    const notes: string[] = [];
    const { served } = session();
    const visit: Visit = { widgets, now, snapshot: given ?? keeper.current() };
    const watch = given ? undefined : guard;
    watch?.asked();
    let near: RawSlate[];
    let far: RawSlate[] | undefined;
    try {
      // Without a worker nothing is waited for: the engine answers within the call.
      far = served.beside && (await served.beside.slates(visit, notes, () => session().served.beside));
      near = far ?? (await fromHost(visit, notes));
    } finally {
      await watch?.answered(notes);
    }
    // What the engine or the worker gave is nobody else's.
    const stamp = { tier: far ? 'full' : keeper.served.host.tier, tookMs: since(started) } as const;
    return deepFreeze(
      near.map((raw) => {
        const failed = raw.notes.includes('model-failed');
        counts.slates++;
        if (failed) counts.modelFailures++;
        // A full tier that is on its way is no failure.
        if (failed || notes.some((note) => note !== 'full-loading')) counts.fallbacks++;
        raw.notes.push(...notes);
        return Object.assign(raw, stamp);
      }),
    );
  };

  const read = <R>(act: Act<R>): R => {
    // The clock is the host's code, and is read outside the engine.
    const now = clock();
    session().sync();
    return call((e) => act(e, now));
  };
  const change = (act: Act<void>): void => {
    read(act);
    keeper.keep();
  };
  const items = (query: T.ItemsQuery = {}): T.ItemsPage => {
    const checked = checkItems(query);
    return frozen((e) => e.items(checked));
  };

  const swap = async (source: T.BundleSource, given: T.SwapOptions = {}): Promise<T.Swapped> => {
    session();
    const { deltas, signal, ...options } = checkSwap(given);
    swapping?.abort(new NearhandError('aborted', 'a later swap took its place'));
    const stop = (swapping = new AbortController());
    return bounded(signal, stop, async () => {
      const meanwhile: T.CatalogDelta[] = (late = []);
      const next = await open(source, options, stop, full().state !== 'failed');
      const chunk = await feeds();
      const swapped = await chunk.swap({
        next,
        deltas,
        late: meanwhile,
        memory,
        session: keeper,
        items,
        take: (slice) => update(next, slice).result,
        going: () => throwIfAborted(stop.signal),
        done: () => (swapping = late = undefined),
        short,
        foreign: (why, details) => new NearhandError('bundle-other-catalog', why, details),
      });
      return deepFreeze(swapped);
    });
  };

  return {
    ...visitorOf({ read, change, slates }),
    ready: Promise.resolve(keeper.served.settled).then(tier),
    page: (snapshot) => pageOf((held, act) => session().aside(held, act), slates, snapshot === undefined ? session().empty : checkSnapshot(snapshot)),
    bucket(test, visitor, buckets) {
      const checked = checkBucket(test, visitor, buckets);
      return call((e) => e.bucket(...checked));
    },
    item(id) {
      const checked = checkId(id);
      return frozen((e) => e.item(checked));
    },
    items,
    facets: () => frozen((e) => e.facets()),
    updateCatalog(given) {
      const delta = checkDelta(given);
      const take = (slice: T.CatalogDelta): T.Updated => {
        const { result, kept } = update(session().served, slice);
        memory.deltas.push(kept);
        late?.push(kept);
        return result;
      };
      const lists = (): T.CatalogDelta[][] => [memory.deltas, keeper.served.deltas];
      const rows = Object.values(delta).reduce((sum, list) => sum + list.length, 0);
      if (!feeding && rows <= SMALL) {
        const result = take(delta);
        if (memory.deltas.length > SMALL) feeds().then(({ tidy }) => lists().forEach(tidy), () => {});
        return Promise.resolve(deepFreeze(result));
      }
      const before = fed;
      const running = feeds().then(({ large }) => large(delta, take, before, lists));
      const done = (): void => void feeding--;
      feeding++;
      fed = running.then(done, done);
      return running;
    },
    swap: (source, options) => swap(source, options).catch(failed),
    setConsent(consent) {
      const checked = checkConsent(consent);
      session();
      guard?.changed();
      keeper.move(checked);
      keeper.served.beside?.setConsent(checked);
    },
    forget() {
      session().forget();
      guard?.changed();
    },
    snapshot: () => session().current().slice(),
    restore(snapshot) {
      const checked = checkSnapshot(snapshot);
      const now = clock();
      call((e) => e.restore(checked, now));
      guard?.changed(checked);
      keeper.keep();
    },
    info() {
      const engine = call((e) => e.info());
      const { host, timings } = keeper.served;
      return deepFreeze({
        ...engine,
        catalog: memory.catalog,
        tier: tier(),
        full: full(),
        restarts: host.restarts,
        storage: store.info(),
        counts: { ...engine.counts, ...counts },
        timings: { ...timings },
      });
    },
    close() {
      closed = true;
      listen('removeEventListener');
      swapping?.abort(shut());
      keeper.served.stop.abort();
    },
  };
}

/** Large feeds and swaps are rare: what they need comes when it is needed. */
const feeds = (): Promise<typeof import('../catalog/feeds.js')> =>
  import('../catalog/feeds.js').catch((error) => {
    throw unfetched('feeds.js', error);
  });

/** Both tiers are told of the rows that are taken in, and a later engine of either. */
function update({ host, deltas, beside }: Served, rows: T.CatalogDelta): { result: T.Updated; kept: T.CatalogDelta } {
  const slice = plain(rows, 'delta', true) as T.CatalogDelta;
  const { skipped, ...counts } = host.call((e) => e.updateCatalog(slice));
  const out = new Set(skipped.map(({ list, at }) => list + at));
  const kept = Object.fromEntries(Object.entries(slice).map(([list, rows]) => [list, rows.filter((_: unknown, at: number) => !out.has(list + at))])) as T.CatalogDelta;
  deltas.push(kept);
  beside?.updateCatalog(kept);
  return { result: { ...counts, examples: skipped.slice(0, EXAMPLES) }, kept };
}
