/**
 * `nearhand/signals`: what a shop page can tell about interest, gathered in the page and handed to a function of yours.
 * Nothing is sent anywhere. Safe to import and call where there is no document: it then reports nothing by itself.
 *
 * ```ts
 * const stop = signals((signal) => shop.observe(signal));
 * stop.view('85123A');        // the page shows this item now
 * stop();                     // reports the rest and lets go of every listener
 * ```
 */

import { cart } from './cart.js';
import { dwell } from './dwell.js';
import { impressions } from './impression.js';
import { queue, type OnError, type Sink } from './report.js';
import { views } from './view.js';

export { cart, type Cart, type CartOptions } from './cart.js';
export { dwell, type Dwell, type DwellOptions } from './dwell.js';
export { impressions, type Impressions, type ImpressionOptions } from './impression.js';
export { queue, type Emit, type OnError, type Queue, type Signal, type Sink } from './report.js';
export { views, type Views, type ViewOptions } from './view.js';

export interface SignalsOptions {
  /** The part of the page to watch. Default `document`. */
  readonly root?: ParentNode & Node;
  /** Told when the sink throws. Default: nobody. */
  readonly onError?: OnError;
  /** Report seen items. Default false: they share the session's room with the views, so a shop asks for them on purpose. */
  readonly impressions?: boolean;
  /** The clock. Default `Date.now`. */
  readonly now?: () => number;
  /** A clock that never goes back. Default `performance.now`. */
  readonly monotonic?: () => number;
}

/** Calling it stops everything. */
export interface Signals {
  (): void;
  /** The page shows `item` now; without an item, it shows none. */
  view(item?: string): void;
  cartAdd(item: string, quantity?: number): void;
  cartRemove(item: string, quantity?: number): void;
  /** Delivers what waits, for a slate that must know the newest. */
  flush(): void;
}

/** Watches the page and gives `sink` one signal at a time. Never throws; a page begins with the item of `[data-nearhand-view]`. */
export function signals(sink: Sink, options: SignalsOptions = {}): Signals {
  const { root = globalThis.document, onError, now = Date.now, monotonic } = options;
  const waiting = queue(sink, onError);
  const view = views(waiting.emit, { now });
  const look = dwell(waiting.emit, monotonic ? { monotonic } : {});
  const basket = cart(waiting.emit, { now, ...(root && { root }) });
  const seen = options.impressions ? impressions(waiting.emit, { now, ...(root && { root }) }) : undefined;

  const show = (item?: string): void => {
    if (!item) {
      look.end();
      view.leave();
      return;
    }
    const at = view.view(item);
    if (at !== undefined) look.start(item, at);
  };
  show(root?.querySelector('[data-nearhand-view]')?.getAttribute('data-nearhand-view') ?? undefined);

  const stop = (): void => {
    look.stop();
    basket.stop();
    seen?.stop();
    waiting.stop();
  };
  return Object.assign(stop, { view: show, cartAdd: basket.add, cartRemove: basket.remove, flush: waiting.flush });
}
