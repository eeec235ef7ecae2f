/**
 * `nearhand/react`: the shop in React's tree. Safe on a server, where it renders the slates of the head start, or none.
 *
 * ```jsx
 * <ShopProvider bundle="/models/shop.safetensors" headStart={headStart}>
 *   <AlsoLike item="85123A" />
 * </ShopProvider>
 * ```
 */

export { attributes } from 'nearhand/signals';
export { ShopProvider, useObserve, useShop, useShopState, type ShopProviderProps } from './provider.js';
export { useSignals, type UseSignalsOptions } from './signals.js';
export { usePage, useSlate, type Hold, type PageSettings, type PageState, type SlateSettings, type UsePage, type UseSlate } from './slates.js';
export type { HeadStart, Observe, ShopState, Source, Status } from './store.js';
