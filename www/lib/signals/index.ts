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

import { clicks, pieces } from './click.js';
import { steady } from './clock.js';
import { attribute, isConnected, prerendering } from './dom.js';
import { dwell } from './dwell.js';
import { impressions, type ImpressionOptions } from './impression.js';
import { pageLife } from './life.js';
import { type Draft, itemOf, type OnError, queue, type Signal, type Sink } from './report.js';
import type { Place } from './slate.js';
import { views } from './view.js';
import { safely, watch, type Watcher } from './watch.js';

export { eventOf } from '../src/words/signal.js';
export { cart, type Cart, type CartOptions } from './cart.js';
export { clicks, type ClickKind, type ClickOptions } from './click.js';
export { dwell, type Dwell, type DwellOptions } from './dwell.js';
export { impressions, type Impressions, type ImpressionOptions } from './impression.js';
export { queue, type Draft, type Emit, type OnError, type Queue, type Signal, type Sink } from './report.js';
export { attributes, slateId, type Attributes, type Place } from './slate.js';
export { views, type Views, type ViewOptions } from './view.js';

export interface SignalsOptions {
  /** The part of the page to watch, open shadow roots in it too. Default `document`. */
  readonly root?: ParentNode & Node;
  /** Told when the sink throws. Default: nobody. */
  readonly onError?: OnError;
  /** Report seen items. Default false: they share the session's room with the views, so a shop asks for them on purpose. */
  readonly impressions?: boolean | Pick<ImpressionOptions, 'ratio' | 'forMs'>;
  /** Tell nothing before `resume()`, as long as the visitor has not agreed. Default false. */
  readonly paused?: boolean;
  /** The clock. Default `Date.now`. */
  readonly now?: () => number;
  /** A clock that never goes back. Default `performance.now`. */
  readonly monotonic?: () => number;
}

/** Calling it stops everything. */
export interface Signals {
  (): void;
  /** The page shows `item` now; without an item, it shows none. A change begins another page view. */
  view(item?: string): void;
  /** Another page of a single-page app, without an item: what is seen there counts anew. */
  page(): void;
  cartAdd(item: string, quantity?: number): void;
  cartRemove(item: string, quantity?: number): void;
  purchase(item: string, quantity?: number): void;
  dismiss(item: string, place?: Place): void;
  /** A card of a slate was opened, where no attribute tells it. */
  slateClick(item: string, place?: Place): void;
  /** Delivers what waits, for a slate that must know the newest. */
  flush(): void;
  /** Tells what was until now, and then nothing more. */
  pause(): void;
  /** Goes on, or begins: the item that the page shows counts as viewed from now on if it was not told yet. */
  resume(): void;
  /** Drops what waits, and the look that began: what the visitor had forgotten is not told afterwards. */
  forget(): void;
}

const VIEW = 'data-nearhand-view';

/** Watches the page and gives `sink` one signal at a time. Never throws; a page begins with the item of `[data-nearhand-view]`. */
export function signals(sink: Sink, given: SignalsOptions = {}): Signals {
  const options = given ?? {};
  const { root = globalThis.document as Document | undefined, onError, monotonic } = options;
  const now = steady(options.now);
  const life = pageLife(options.paused);
  const waiting = queue(sink, onError);
  /** Told by the host while the browser prepares the page: dated when it is shown. */
  let early: Draft[] = [];
  const emit = (signal: Draft): void => {
    if (life.paused()) return;
    if (prerendering()) early.push(signal);
    else waiting.emit(signal);
  };
  const within = { now, ...(root && { root }) };
  const view = views(emit, { now });
  const look = dwell(emit, monotonic ? { monotonic } : {}, life);
  const endClicks = clicks(emit, within);
  // One look at the page for both.
  let cards: { readonly attributes: readonly string[]; readonly told: Watcher } | undefined;
  const sharing: typeof watch = (_, attributes, told) => {
    cards = { attributes, told };
    return { first: () => undefined, stop() {} };
  };
  const seen = options.impressions ? impressions(emit, { ...(options.impressions as object), ...within }, life, sharing) : undefined;

  /** What the page shows, whether or not anybody has looked at it yet. */
  let shown: string | undefined;
  const tell = (): void => {
    if (!shown || !life.active()) return;
    const signal = view.view(shown);
    if (signal) look.start(signal);
  };
  const leave = (): void => {
    look.end();
    view.leave();
  };
  const show = (given?: string): void => {
    const item = itemOf(given);
    if (item !== shown) turn(item);
  };
  const turn = (item: string | undefined): void => {
    leave();
    shown = item;
    seen?.again();
    tell();
  };
  life.onChange((change) => {
    // Back from the back/forward cache: the visitor came to this page anew.
    if (change === 'again') leave();
    if (change !== 'on') return;
    for (const signal of early.splice(0)) waiting.emit({ ...signal, at: now() });
    tell();
  });

  let holder: Element | undefined;
  let marked: string | undefined;
  let ready = false;
  const read = (): void => {
    holder = page.first(VIEW);
    const item = holder && attribute(holder, VIEW);
    if (item === marked) return;
    marked = item;
    show(item);
  };
  const page = watch(root, [VIEW, ...(cards?.attributes ?? [])], {
    found(element) {
      cards?.told.found(element);
      if (ready && attribute(element, VIEW) !== undefined) read();
    },
    changed(element, name) {
      cards?.told.changed(element, name);
      if (name === VIEW) read();
    },
    gone() {
      cards?.told.gone();
      if (holder && !isConnected(holder)) read();
    },
  });
  ready = true;
  safely(read)();

  const tellOf = (kind: Signal['kind'], given: string, more: object = {}): void => {
    const item = itemOf(given);
    if (item) emit({ kind, item, at: now(), ...more });
  };
  const stop = (): void => {
    look.end();
    page.stop();
    endClicks();
    seen?.stop();
    life.stop();
    waiting.stop();
  };
  return Object.assign(stop, {
    view: show,
    page() {
      turn(undefined);
    },
    cartAdd: (item: string, quantity?: number) => tellOf('cart-add', item, { quantity: pieces(quantity) }),
    cartRemove: (item: string, quantity?: number) => tellOf('cart-remove', item, { quantity: pieces(quantity) }),
    purchase: (item: string, quantity?: number) => tellOf('purchase', item, { quantity: pieces(quantity) }),
    dismiss: (item: string, place?: Place) => tellOf('dismiss', item, place),
    slateClick: (item: string, place?: Place) => tellOf('slate-click', item, place),
    flush: waiting.flush,
    pause() {
      life.pause();
      waiting.flush();
    },
    resume: life.resume,
    forget() {
      waiting.clear();
      early = [];
      look.drop();
    },
  });
}
