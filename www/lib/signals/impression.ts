/**
 * An item was really seen: half of its card in the viewport for one second, the bound of the Media Rating Council for
 * display; three tenths of a large card, as there; or a card over half of the viewport, as one taller than the screen
 * never shows half of itself. Once a page view, item and slate, however often the page draws the card anew.
 */

import { attribute, childrenOf, isConnected, outwards } from './dom.js';
import { type Life, pageLife } from './life.js';
import { type Emit, itemOf } from './report.js';
import { placeOf, SLATE, slateAround } from './slate.js';
import { safely, watch } from './watch.js';

export interface ImpressionOptions {
  /** Where to look for `[data-nearhand-impression]`, in open shadow roots too. Default `document`. */
  readonly root?: ParentNode & Node;
  /** Share of the element that must be visible, 0 to 1. Default 0.5, and 0.3 of a large one. */
  readonly ratio?: number;
  /** For how long without a break, milliseconds. Default 1000. */
  readonly forMs?: number;
  readonly now?: () => number;
}

export interface Impressions {
  /** Another page view begins: what was seen may be seen again. */
  again(): void;
  stop(): void;
}

export const IMPRESSION = 'data-nearhand-impression';

/** From so many square pixels on a card is large. */
const LARGE = 242_500;
const LARGE_RATIO = 0.3;
/** A card drawn anew within this time was not away. */
const REDRAW_MS = 250;
/** A card without a size waits for its picture; it is looked at again after this time. */
const GROW_MS = 500;
/** Most children that stand for a card without a box of its own. */
const MOST_BOXES = 16;

interface Card {
  readonly item: string;
  readonly key: string;
  /** The elements that have its boxes: itself, or its children where it has none (`display: contents`). */
  readonly boxes: Set<Element>;
  /** How far down its boxes were looked for. */
  depth: number;
  timer?: ReturnType<typeof setTimeout> | undefined;
}

/** A card that is on the screen, under whatever element. */
interface Show {
  readonly cards: Set<Element>;
  timer: ReturnType<typeof setTimeout>;
  gone?: ReturnType<typeof setTimeout> | undefined;
  due: boolean;
}

export function impressions(emit: Emit, options: ImpressionOptions = {}, life: Life = pageLife(), watching = watch): Impressions {
  const { root = globalThis.document, ratio, forMs = 1000, now = () => Date.now() } = options;
  // A browser without the observer reports no impressions: better none than wrong ones.
  if (!root || typeof IntersectionObserver !== 'function') return { again() {}, stop() {} };

  const cards = new Map<Element, Card>();
  const owners = new Map<Element, Set<Element>>();
  const entries = new WeakMap<Element, IntersectionObserverEntry>();
  const shows = new Map<string, Show>();
  const seen = new Set<string>();

  const share = Math.min(1, Math.max(0, ratio ?? 0.5));
  // Powers of one half: of a card however tall, one lies between all that can be seen of it and half of that.
  // Not Array.from: old frameworks of the page's put one in its place that takes no function.
  const threshold = [0, LARGE_RATIO, share];
  for (let i = 0; i < 24; i++) threshold.push(2 ** (-i / 2));
  const observer = new IntersectionObserver(safely(onEntries), { threshold });

  function onEntries(news: readonly IntersectionObserverEntry[]): void {
    const touched = new Set<Element>();
    for (const entry of news) {
      entries.set(entry.target, entry);
      for (const owner of owners.get(entry.target) ?? []) touched.add(owner);
    }
    if (life.active()) for (const element of touched) judge(element);
  }

  /** Whether enough of the card is visible, by all its boxes together. */
  function judge(element: Element): void {
    const card = cards.get(element);
    if (!card) return;
    if (seen.has(card.key)) return rest(card);
    let total = 0;
    let visible = 0;
    let screen = Infinity;
    let near = false;
    for (const box of card.boxes) {
      const entry = entries.get(box);
      if (!entry) continue;
      const area = size(entry.boundingClientRect);
      total += area;
      near ||= entry.isIntersecting;
      if (entry.isIntersecting) visible += area * entry.intersectionRatio;
      if (entry.rootBounds) screen = size(entry.rootBounds);
    }
    if (total === 0) return look(element, card, near);
    const needed = ratio === undefined && total >= LARGE ? LARGE_RATIO : share;
    if (visible > 0 && (visible >= needed * total || visible >= screen / 2)) show(element, card);
    else hide(element, card);
  }

  /** No box to see: those of its children, and once more when there was time for a picture to come. */
  function look(element: Element, card: Card, near: boolean): void {
    hide(element, card);
    if (card.depth < 3) {
      card.depth++;
      const inner = [...card.boxes].flatMap(childrenOf).slice(0, MOST_BOXES);
      for (const box of inner) own(element, card, box);
      if (inner.length) return;
    }
    if (near) card.timer ??= setTimeout(safely(() => cards.get(element) === card && begin(element, card)), GROW_MS);
  }

  function own(element: Element, card: Card, box: Element): void {
    card.boxes.add(box);
    const mine = owners.get(box) ?? new Set();
    owners.set(box, mine.add(element));
    // Observed anew, the observer tells the state once more.
    observer.unobserve(box);
    observer.observe(box);
  }
  function disown(element: Element, card: Card): void {
    for (const box of card.boxes) {
      const mine = owners.get(box);
      mine?.delete(element);
      if (mine?.size) continue;
      owners.delete(box);
      observer.unobserve(box);
    }
    card.boxes.clear();
    clearTimeout(card.timer);
    card.timer = undefined;
  }
  /** Nothing more is to be learned of it in this page view. */
  function rest(card: Card): void {
    for (const box of card.boxes) {
      if ([...(owners.get(box) ?? [])].every((owner) => seen.has(cards.get(owner)?.key ?? ''))) observer.unobserve(box);
    }
  }
  function begin(element: Element, card: Card): void {
    disown(element, card);
    card.depth = 0;
    own(element, card, element);
  }

  function show(element: Element, card: Card): void {
    let of = shows.get(card.key);
    if (!of) {
      const key = card.key;
      of = { cards: new Set(), due: false, timer: setTimeout(safely(() => done(key)), forMs) };
      shows.set(key, of);
    }
    of.cards.add(element);
    clearTimeout(of.gone);
    of.gone = undefined;
    if (of.due) done(card.key);
  }
  function hide(element: Element, { key }: Card, redrawn = false): void {
    const of = shows.get(key);
    if (!of?.cards.delete(element) || of.cards.size) return;
    if (redrawn) of.gone = setTimeout(() => end(key), REDRAW_MS);
    else end(key);
  }
  function end(key: string): void {
    const of = shows.get(key);
    clearTimeout(of?.timer);
    clearTimeout(of?.gone);
    shows.delete(key);
  }
  function done(key: string): void {
    const of = shows.get(key);
    const [element] = of?.cards ?? [];
    const card = element && cards.get(element);
    // Between two drawings: the next one tells it.
    if (of && !card) of.due = true;
    if (!card) return;
    end(key);
    seen.add(key);
    rest(card);
    emit({ kind: 'impression', item: card.item, at: now(), ...placeOf(element) });
  }

  function add(element: Element): void {
    const item = itemOf(attribute(element, IMPRESSION));
    const key = item && `${slateAround(element) ?? ''}\n${item}`;
    const before = cards.get(element);
    if (before?.key === key) return;
    if (before) drop(element, before);
    if (!item || !key) return;
    const card: Card = { item, key, boxes: new Set(), depth: 0 };
    cards.set(element, card);
    own(element, card, element);
  }
  function drop(element: Element, card: Card, redrawn = false): void {
    hide(element, card, redrawn);
    disown(element, card);
    cards.delete(element);
  }

  const page = watching(root, [IMPRESSION, SLATE], {
    found: (element) => attribute(element, IMPRESSION) !== undefined && add(element),
    changed(element, name) {
      if (name === IMPRESSION) add(element);
      else if (name === SLATE) for (const card of cards.keys()) if ([...outwards(card)].includes(element)) add(card);
    },
    gone() {
      for (const [element, card] of cards) if (!isConnected(element)) drop(element, card, true);
      // A card moved into another slate.
      for (const element of cards.keys()) add(element);
    },
  });

  const pause = (): void => {
    for (const key of [...shows.keys()]) end(key);
  };
  const resume = (): void => {
    for (const [element, card] of cards) if (!seen.has(card.key)) begin(element, card);
  };
  const again = (): void => {
    pause();
    seen.clear();
    resume();
  };
  // A page that nobody looks at shows nothing: a second that began before does not count.
  life.onChange((change) => (change === 'off' ? pause : change === 'on' ? resume : again)());

  return {
    again,
    stop() {
      page.stop();
      observer.disconnect();
      pause();
      for (const card of cards.values()) clearTimeout(card.timer);
      cards.clear();
      life.stop();
    },
  };
}

const size = ({ width, height }: DOMRectReadOnly): number => width * height;
