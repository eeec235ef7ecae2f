/** What a provider holds: the shop as it loads, its events, the page's signals. Outside of React's tree, so that nothing in it renders twice. */

import { signals, type Signals, type SignalsOptions } from 'nearhand/signals';
import { NearhandError } from '../src/words/errors.js';
import type { BundleSource, CatalogItem, Consent, LoadOptions, Shop, ShopEvent, Signal, Slate } from '../src/words/types.js';
import { borrow } from './loading.js';
import { keyOf } from './value.js';

/** What a server sent along with the page: `readHeadStart()` of `nearhand/head-start` gives it. */
export interface HeadStart {
  readonly session?: Uint8Array;
  /** The item whose view the server has counted for this page: the page's own report of it is the same view. */
  readonly viewed?: string;
  readonly slates?: Readonly<Record<string, Slate>>;
}

export type Status = 'loading' | 'ready' | 'failed';

export interface ShopState {
  readonly shop?: Shop;
  readonly status: Status;
  /** Why there is no shop. */
  readonly error?: unknown;
}

/** Where the shop comes from. */
export interface Source {
  /** `null`: not yet, as before consent or before the page is idle; slates are `loading`. */
  readonly bundle?: BundleSource | null | undefined;
  readonly options?: LoadOptions | undefined;
  readonly shop?: Shop | Promise<Shop> | (() => Shop | Promise<Shop>) | undefined;
}

export type Observe = (event: ShopEvent | Signal) => void;
/** Without an event: the session is another one. */
export type Hearer = (event?: ShopEvent | Signal) => void;

const isStored = (consent: Consent | undefined): boolean => consent === 'session' || consent === 'persistent';

const LOADING: ShopState = { status: 'loading' };
/** Most events that wait for the shop. */
const MOST_EARLY = 256;

interface Watching {
  readonly handle: Signals;
  readonly tell: Set<(signal: Signal) => void>;
  users: number;
  closing?: ReturnType<typeof setTimeout>;
}

export class ShopStore {
  #state: ShopState = LOADING;
  readonly #listeners = new Set<() => void>();
  readonly #hearers = new Set<Hearer>();
  readonly #early: (ShopEvent | Signal)[] = [];
  #signals: Watching | undefined;
  /** What the components ask of the signals; known at rendering, before any of them begins. */
  readonly wants: { impressions?: NonNullable<SignalsOptions['impressions']>; paused?: boolean } = {};
  #consent: Consent | undefined;
  /** The item that the page came with: what the server knew when it made the head start. */
  firstView: string | undefined;
  /** The time of its view in the page, and where the server has counted it. */
  #counted: { readonly from: number; readonly to: number | undefined } | undefined;
  fallback: readonly CatalogItem[] | undefined;
  onError: ((error: unknown) => void) | undefined;

  constructor(readonly headStart?: HeadStart) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };
  readonly get = (): ShopState => this.#state;
  /** What the server rendered, and with it the first rendering in the page. */
  readonly getServer = (): ShopState => LOADING;

  #set(state: ShopState): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) listener();
  }

  /** Begins to load, or to wait for the host's own shop. Returns what ends it. */
  attach({ bundle, options, shop }: Source): () => void {
    let live = true;
    if (this.#state !== LOADING) this.#set(LOADING);
    const load = async (stop: AbortController): Promise<Shop> => {
      const signal = options?.signal;
      if (signal?.aborted) stop.abort(signal.reason);
      signal?.addEventListener('abort', () => stop.abort(signal.reason), { once: true });
      const { load } = await import('nearhand');
      const session = this.headStart?.session;
      return load(bundle!, { ...(session && { session }), ...options, signal: stop.signal });
    };
    let given: Shop | Promise<Shop> | undefined;
    let giveBack = (): void => {};
    if (typeof shop === 'function') ({ shop: given, giveBack } = borrow(this, async () => shop()));
    else if (shop) given = shop;
    else if (bundle === null) return giveBack;
    else if (bundle !== undefined && bundle !== '') {
      const named = typeof bundle === 'string' || bundle instanceof URL;
      ({ shop: given, giveBack } = borrow(named ? `${bundle} ${keyOf({ ...options, consent: 0 })}` : bundle, load));
    } else given = Promise.reject(new NearhandError('invalid-option', 'ShopProvider needs bundle or shop', { option: 'bundle' }));
    Promise.resolve(given).then(
      (ready) => live && this.#ready(ready),
      (error: unknown) => {
        if (!live) return;
        this.#early.length = 0;
        this.#set({ status: 'failed', error });
        this.report(error);
      },
    );
    return () => {
      live = false;
      giveBack();
    };
  }

  #ready(shop: Shop): void {
    this.#state = { shop, status: 'ready' };
    this.setConsent(this.#consent);
    for (const event of this.#early.splice(0)) this.observe(event);
    this.#set(this.#state);
  }

  /** The visitor who withdraws what let the session be stored is not known any more, here as in his other tabs. */
  setConsent(consent: Consent | undefined): void {
    this.#consent = consent;
    const { shop } = this.#state;
    try {
      const before = shop?.info().consent;
      if (!shop || !consent || before === consent) return;
      shop.setConsent(consent);
      if (isStored(consent) || !isStored(before)) return;
      this.#signals?.handle.forget();
      shop.forget();
      this.#tell();
    } catch (error) {
      this.report(error);
    }
  }

  /** Tells the shop, or keeps it until there is one. Never throws. */
  readonly observe: Observe = (event) => {
    const { shop, status } = this.#state;
    try {
      if (event.kind === 'view') this.firstView ??= event.item;
      if (!shop) {
        if (status === 'loading' && this.#early.length < MOST_EARLY) this.#early.push({ at: Date.now(), ...event } as ShopEvent);
        return;
      }
      shop.observe(this.#onward(shop, event));
      this.#tell(event);
    } catch (error) {
      this.report(error);
    }
  };
  /** The view that the server has counted is told by its time, so that it is one, with the dwell that only the page can tell. */
  #onward(shop: Shop, event: ShopEvent | Signal): ShopEvent | Signal {
    const { session, viewed } = this.headStart ?? {};
    if (!session || event.kind !== 'view' || event.item !== viewed || this.firstView !== viewed) return event;
    const { at = Date.now() } = event;
    // Another tab may have told later views; an item that the page's catalog does not know has a hash for a name.
    const { from, to = at } = (this.#counted ??= {
      from: at,
      to: shop.session().filter(({ kind, item, known }) => kind === 'view' && (item === viewed || !known)).at(-1)?.at,
    });
    return from === at ? { ...event, at: to } : event;
  }

  #tell(event?: ShopEvent | Signal): void {
    for (const hearer of [...this.#hearers]) hearer(event);
  }
  /** Hears what the shop was told. */
  hear(hearer: Hearer): () => void {
    this.#hearers.add(hearer);
    return () => void this.#hearers.delete(hearer);
  }

  report(error: unknown): void {
    try {
      this.onError?.(error);
    } catch {
      // The host's own handler failed; the page goes on.
    }
  }

  /** The page's signals: one for all who ask, as one happening is one event. */
  signals(): Signals | undefined {
    if (typeof document === 'undefined') return undefined;
    return (this.#signals ??= this.#start()).handle;
  }
  #start(): Watching {
    const tell = new Set<(signal: Signal) => void>();
    const report = (error: unknown): void => this.report(error);
    const sink = (signal: Signal): void => {
      this.observe(signal);
      for (const listener of tell) {
        try {
          listener(signal);
        } catch (error) {
          report(error);
        }
      }
    };
    return { handle: signals(sink, { ...this.wants, onError: report }), tell, users: 0 };
  }
  /** Listens to them as long as the caller is mounted; with the last one they end. */
  mountSignals(listener: (signal: Signal) => void): () => void {
    const mine = (this.#signals ??= this.#start());
    mine.users++;
    clearTimeout(mine.closing);
    mine.tell.add(listener);
    return () => {
      mine.tell.delete(listener);
      if (--mine.users) return;
      // StrictMode mounts twice; that is one page view.
      mine.closing = setTimeout(() => {
        mine.handle();
        if (this.#signals === mine) this.#signals = undefined;
      });
    };
  }
}
