/** What a provider holds: the shop as it loads, its events, the page's signals. Outside of React's tree, so that nothing in it renders twice. */

import { signals, type Signals, type SignalsOptions } from 'nearhand/signals';
import { NearhandError } from '../src/errors.js';
import type { BundleSource, CatalogItem, Consent, LoadOptions, Shop, ShopEvent, Signal, Slate } from '../src/types.js';
import { borrow } from './loading.js';
import { keyOf } from './value.js';

/** What a server sent along with the page: `readHeadStart()` of `nearhand/head-start` gives it. */
export interface HeadStart {
  readonly session?: Uint8Array;
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
  readonly #hearers = new Set<Observe>();
  readonly #early: (ShopEvent | Signal)[] = [];
  #signals: Watching | undefined;
  /** What the components ask of the signals; known at rendering, before any of them begins. */
  readonly wants: { impressions?: NonNullable<SignalsOptions['impressions']>; paused?: boolean } = {};
  #consent: Consent | undefined;
  /** The item that the page came with: what the server knew when it made the head start. */
  firstView: string | undefined;
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

  setConsent(consent: Consent | undefined): void {
    this.#consent = consent;
    const { shop } = this.#state;
    try {
      if (shop && consent && shop.info().consent !== consent) shop.setConsent(consent);
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
      shop.observe(event);
      for (const hearer of [...this.#hearers]) hearer(event);
    } catch (error) {
      this.report(error);
    }
  };
  /** Hears what the shop was told. */
  hear(hearer: Observe): () => void {
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
