/** `<ShopProvider>` and what the components below it get of the shop. */

import { createContext, createElement, type ReactNode, useContext, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { NearhandError } from '../src/words/errors.js';
import type { CatalogItem, Shop } from '../src/words/types.js';
import { type HeadStart, type Observe, type ShopState, ShopStore, type Source } from './store.js';

export interface ShopProviderProps extends Source {
  /**
   * `bundle` and `options`: what `load` takes. Read when the load begins, but for `options.consent`, which may change; another
   * `bundle` is another load. Or `shop`: a shop, the promise of one, or a function that makes one. Your own shop is not closed.
   */
  readonly headStart?: HeadStart | undefined;
  /** Items to show where no slate can be had, in your order. */
  readonly fallback?: readonly CatalogItem[];
  /** Told what went wrong: the load, an event that was refused. Nothing is thrown into the tree. */
  readonly onError?: (error: unknown) => void;
  readonly children?: ReactNode;
}

const orphan = new ShopStore();
const Context = createContext<ShopStore>(orphan);

export function ShopProvider({ bundle, options, shop, headStart, fallback, onError, children }: ShopProviderProps): ReactNode {
  const [store] = useState(() => new ShopStore(headStart));
  const source = useRef<Source>({});
  useEffect(() => {
    source.current = { bundle, options, shop };
    store.fallback = fallback;
    store.onError = onError;
  });
  // Bytes and a shop are themselves; a URL is what it says; a function is called once.
  const what = typeof shop === 'function' ? 'function' : (shop ?? (bundle instanceof URL ? bundle.href : bundle));
  useEffect(() => store.attach(source.current), [store, what]);
  const consent = options?.consent;
  useEffect(() => store.setConsent(consent), [store, consent]);
  return createElement(Context.Provider, { value: store }, children);
}

export const useStore = (): ShopStore => useContext(Context);

/** The shop with its state: `loading`, `ready`, or `failed` with the error. */
export function useShopState(): ShopState {
  const store = useStore();
  const state = useSyncExternalStore(store.subscribe, store.get, store.getServer);
  return store === orphan ? MISSING : state;
}
const MISSING: ShopState = { status: 'failed', error: new NearhandError('no-provider', 'put a <ShopProvider> around the components that use the shop') };

/** The shop, once it is loaded. */
export const useShop = (): Shop | undefined => useShopState().shop;

/** A function that tells the shop an event, also before it is loaded. Never throws; the same at every rendering. */
export const useObserve = (): Observe => useStore().observe;

