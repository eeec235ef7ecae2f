/**
 * An item was really seen: half of its element in the viewport for one second, the bound of the
 * Media Rating Council for display. Once per element.
 */

import type { Emit } from './report.js';

export interface ImpressionOptions {
  /** Where to look for `[data-nearhand-impression]`. Default `document`. */
  readonly root?: ParentNode & Node;
  /** Share of the element that must be visible, 0 to 1. Default 0.5. */
  readonly ratio?: number;
  /** For how long without a break, milliseconds. Default 1000. */
  readonly forMs?: number;
  readonly now?: () => number;
}

export interface Impressions {
  stop(): void;
}

const ATTRIBUTE = 'data-nearhand-impression';
const SELECTOR = `[${ATTRIBUTE}]`;

export function impressions(emit: Emit, options: ImpressionOptions = {}): Impressions {
  const { root = globalThis.document, ratio = 0.5, forMs = 1000, now = Date.now } = options;
  // A browser without the observer reports no impressions: better none than wrong ones.
  if (!root || typeof IntersectionObserver !== 'function') return { stop() {} };

  const timers = new Map<Element, ReturnType<typeof setTimeout>>();
  const known = new WeakSet<Element>();

  const drop = (element: Element): void => {
    clearTimeout(timers.get(element));
    timers.delete(element);
  };
  const seen = (element: Element): void => {
    drop(element);
    observer.unobserve(element);
    const item = element.getAttribute(ATTRIBUTE);
    if (item) emit({ kind: 'impression', item, at: now() });
  };
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting, intersectionRatio } of entries) {
        if (!isIntersecting || intersectionRatio < ratio) drop(target);
        else if (!timers.has(target)) timers.set(target, setTimeout(() => seen(target), forMs));
      }
    },
    { threshold: [0, ratio] },
  );

  const add = (element: Element): void => {
    if (known.has(element)) return;
    known.add(element);
    observer.observe(element);
  };
  const scan = (node: Node): void => {
    if (!('querySelectorAll' in node)) return;
    if ('matches' in node && (node as Element).matches(SELECTOR)) add(node as Element);
    for (const element of (node as ParentNode).querySelectorAll(SELECTOR)) add(element);
  };
  const changes =
    typeof MutationObserver === 'function'
      ? new MutationObserver((records) => {
          for (const record of records) for (const node of record.addedNodes) scan(node);
        })
      : undefined;
  changes?.observe(root, { childList: true, subtree: true });
  // A hidden page shows nothing: a second that began before does not count.
  const onHidden = (): void => {
    if (globalThis.document?.visibilityState !== 'hidden') return;
    for (const element of [...timers.keys()]) {
      drop(element);
      // Observed anew, the observer tells the state once more when the page is back.
      observer.unobserve(element);
      observer.observe(element);
    }
  };
  globalThis.addEventListener?.('visibilitychange', onHidden, { capture: true });
  scan(root);

  return {
    stop() {
      changes?.disconnect();
      observer.disconnect();
      for (const element of [...timers.keys()]) drop(element);
      globalThis.removeEventListener?.('visibilitychange', onHidden, { capture: true });
    },
  };
}
