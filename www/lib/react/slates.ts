/**
 * Slates that stay where they are: once shown, a slate changes when its options do, when an event of the visitor makes it another
 * one, or by `refresh()`; not under the pointer or the focus but for what is done to one of its items, and not while it is frozen.
 */

import { type FocusEvent, type PointerEvent, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import type { CatalogItem, RecommendOptions, Shop, Slate } from '../src/words/types.js';
import { useShopState, useStore } from './provider.js';
import type { Hearer, Status } from './store.js';
import { keyOf } from './value.js';

/**
 * Spread these on the element around the slate: it stays as long as the pointer is over it or the focus in it. What the visitor
 * does to one of its items (dismisses it, puts it into the basket) changes it all the same.
 */
export interface Hold {
  onPointerEnter(event: PointerEvent): void;
  onPointerLeave(event: PointerEvent): void;
  onFocus(event: FocusEvent): void;
  onBlur(event: FocusEvent): void;
}

export interface SlateSettings {
  /** Which slate of the head start this is. Default: none. */
  readonly name?: string;
  /** As long as it is true, the slate stays as it is. Default false. */
  readonly freeze?: boolean;
}

export interface PageSettings extends Pick<SlateSettings, 'freeze'> {
  /** Which slates of the head start these are, one a widget. */
  readonly names?: readonly string[];
}

export interface PageState {
  /** One a widget; empty until they are there. */
  readonly slates: readonly Slate[];
  /** `failed`: see `error`; what is shown is the slate of before, or the fallback. */
  readonly status: Status;
  readonly error?: unknown;
}

interface Aim {
  readonly shop: Shop | undefined;
  readonly widgets: readonly RecommendOptions[];
  readonly alone: boolean;
  readonly key: string;
}

/** Events that change no slate: the page's own reports of what was shown. */
const QUIET: readonly string[] = ['impression', 'slate-click'];

class SlateStore {
  #state: PageState;
  readonly #first: PageState;
  readonly #listeners = new Set<() => void>();
  #aim: Aim | undefined;
  /** What the slates of the head start were made for. */
  #adopted: string | undefined;
  #turn = 0;
  #frozen = false;
  #pending = false;
  #holder: Element | undefined;
  #over = false;
  #focused = false;
  firstView: () => string | undefined = () => undefined;
  fallback: () => readonly CatalogItem[] | undefined = () => undefined;

  constructor(slates: readonly Slate[], key: string) {
    this.#first = this.#state = { slates, status: slates.length ? 'ready' : 'loading' };
    if (slates.length) this.#adopted = key;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };
  readonly get = (): PageState => this.#state;
  readonly getServer = (): PageState => this.#first;

  #set(state: PageState): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) listener();
  }

  /** What is to be shown from now on. */
  aim(aim: Aim): void {
    const other = this.#aim !== undefined && this.#aim.key !== aim.key;
    this.#aim = aim;
    if (!aim.shop || (!other && this.#adopted === aim.key)) return;
    this.#adopted = undefined;
    if (this.#frozen && this.#state.slates.length) this.#pending = true;
    else this.#ask(true);
  }

  /** The visitor did something: another page's view makes another slate; the rest can wait for the pointer to leave. */
  readonly hear: Hearer = (event) => {
    if (!event) return this.#ask(true);
    if (QUIET.includes(event.kind) || event.dwellMs !== undefined) return;
    const view = event.kind === 'view';
    if (view && (this.#aim?.widgets.some((widget) => widget?.source === event.item) || (this.#adopted !== undefined && event.item === this.firstView()))) return;
    const now = view || this.#state.slates.some(({ items }) => items.some(({ item }) => item === event.item));
    if (this.#frozen || (!now && this.#held())) this.#pending = true;
    else this.#ask(now);
  };

  freeze(frozen: boolean): void {
    this.#frozen = frozen;
    this.#release();
  }
  readonly refresh = (): void => this.#ask(true);

  fail(error: unknown): void {
    const { slates } = this.#state;
    const items = this.fallback();
    let shown = slates;
    try {
      if (items && !slates.length) shown = (this.#aim?.widgets ?? []).map((widget) => listed(items, widget));
    } catch {
      // Options that are none, `k: 5n` or a getter that throws: `error` says so, and there is nothing to show.
    }
    this.#set({ slates: shown, status: 'failed', error });
  }

  /** Whoever asked has left. */
  drop(): void {
    this.#turn++;
  }

  /** `now`: also under the pointer. */
  #ask(now: boolean): void {
    const { shop, widgets, alone } = this.#aim ?? {};
    if (!shop || !widgets) return;
    this.#pending = false;
    this.#adopted = undefined;
    const turn = ++this.#turn;
    // A shop of the host's may throw where it should reject.
    const answer = new Promise<readonly Slate[]>((done) =>
      done(alone ? shop.recommend(widgets[0]).then((slate) => [slate]) : shop.recommendPage(widgets)),
    );
    answer.then(
      (slates) => {
        if (turn !== this.#turn) return;
        // The pointer came while the answer was on its way.
        if (this.#frozen ? this.#state.slates.length : !now && this.#held()) this.#pending = true;
        else this.#set({ slates, status: 'ready' });
      },
      (error: unknown) => turn === this.#turn && this.fail(error),
    );
  }

  #held(): boolean {
    const holder = this.#holder;
    // No browser tells the blur of a button that went with its card.
    const focused = this.#focused && holder?.contains((holder.getRootNode() as Document).activeElement);
    return Boolean((this.#over || focused) && holder?.isConnected && this.#state.slates[0]);
  }
  #release(): void {
    if (this.#pending && !this.#frozen && !this.#held()) this.#ask(false);
  }

  readonly hold: Hold = {
    onPointerEnter: ({ currentTarget }) => {
      this.#holder = currentTarget;
      this.#over = true;
    },
    onPointerLeave: () => {
      this.#over = false;
      this.#release();
    },
    onFocus: ({ currentTarget }) => {
      this.#holder = currentTarget;
      this.#focused = true;
    },
    onBlur: ({ currentTarget, relatedTarget }) => {
      this.#focused = currentTarget.contains(relatedTarget as Node | null);
      this.#release();
    },
  };
}

/** The host's own list as a slate. */
function listed(items: readonly CatalogItem[], { k = 5, offset = 0, source, placement }: RecommendOptions): Slate {
  const all = items.filter(({ item }) => item !== source);
  return {
    items: all.slice(offset, offset + k).map((item, i) => ({ ...item, rank: offset + i + 1, score: 0, propensity: 1, reasons: [{ kind: 'curated', contribution: 0 }] })),
    source: 'curated',
    ...(placement && { placement }),
    tier: 'lite',
    notes: ['no-shop'],
    tookMs: 0,
    events: 0,
    more: all.length > offset + k,
  };
}

function useSlates(widgets: readonly RecommendOptions[], alone: boolean, names: readonly (string | undefined)[], freeze: boolean) {
  const shops = useStore();
  const { shop, status, error } = useShopState();
  const key = keyOf(widgets);
  const [mine] = useState(() => {
    const known = names.map((name) => (name === undefined ? undefined : shops.headStart?.slates?.[name]));
    const whole = known.length === widgets.length && known.every((slate) => Array.isArray(slate?.items));
    return new SlateStore(whole ? (known as Slate[]) : [], key);
  });
  const state = useSyncExternalStore(mine.subscribe, mine.get, mine.getServer);
  useEffect(() => mine.freeze(freeze), [mine, freeze]);
  useEffect(() => {
    mine.fallback = () => shops.fallback;
    mine.firstView = () => shops.firstView;
    mine.aim({ shop, widgets, alone, key });
    return () => mine.drop();
    // By value: `widgets` are others at every rendering.
  }, [mine, shops, shop, alone, key]);
  useEffect(() => shops.hear(mine.hear), [shops, mine]);
  useEffect(() => {
    if (status === 'failed') mine.fail(error);
  }, [mine, status, error]);
  return { mine, state };
}

export interface UseSlate {
  readonly slate: Slate | undefined;
  readonly status: Status;
  readonly error?: unknown;
  readonly refresh: () => void;
  readonly hold: Hold;
}

/**
 * One slate: the options of `shop.recommend`, compared by value.
 *
 * ```jsx
 * const { slate, hold } = useSlate({ placement: 'product', source: id, k: 4 }, { name: 'also' });
 * ```
 */
export function useSlate(options: RecommendOptions = {}, settings: SlateSettings = {}): UseSlate {
  const { name, freeze = false } = settings ?? {};
  const { mine, state } = useSlates([options], true, [name], freeze);
  return useMemo(() => {
    const { slates, ...rest } = state;
    return { slate: slates[0], ...rest, refresh: mine.refresh, hold: mine.hold };
  }, [mine, state]);
}

export interface UsePage extends PageState {
  readonly refresh: () => void;
  readonly hold: Hold;
}

/** The slates of a page by one call of `shop.recommendPage`: no item is in two of them. */
export function usePage(widgets: readonly RecommendOptions[], settings: PageSettings = {}): UsePage {
  const { names = [], freeze = false } = settings ?? {};
  // What is no list is refused by the shop, not thrown into the tree.
  const { mine, state } = useSlates(Array.isArray(widgets) ? widgets : [widgets as RecommendOptions], false, names, freeze);
  return useMemo(() => ({ ...state, refresh: mine.refresh, hold: mine.hold }), [mine, state]);
}
