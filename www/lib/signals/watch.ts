/**
 * A part of the page as it changes: elements with one of our attributes that are there, come, change and go, those in open
 * shadow roots with them, whenever the roots come.
 */

import { all, isConnected, isElement, matches, nameOf, shadowOf } from './dom.js';

export interface Watcher {
  /** An element with one of the attributes is there. May be told again. */
  found(element: Element): void;
  /** One of the attributes changed, came or went. */
  changed(element: Element, attribute: string): void;
  /** Elements have left the page. */
  gone(): void;
}

export interface Watch {
  /** The first element with this attribute. */
  first(attribute: string): Element | undefined;
  stop(): void;
}

/** A custom element may make its shadow root a while after it came. */
const LATER_MS = [50, 500, 3000];
/** From so many new nodes on, all of the page is read once instead of each of them. */
const MANY = 32;

export function watch(root: Node | undefined, attributes: readonly string[], told: Watcher): Watch {
  const selector = attributes.map((name) => `[${name}]`).join();
  const entered = new WeakSet<Node>();
  const shadows = new Set<ShadowRoot>();
  const timers = new Set<ReturnType<typeof setTimeout>>();
  let stopped = false;

  const observer = typeof MutationObserver === 'function' ? new MutationObserver(safely(onChanges)) : undefined;
  function onChanges(records: readonly MutationRecord[]): void {
    let left = false;
    let count = 0;
    const came: Element[] = [];
    for (const { type, target, attributeName, addedNodes, removedNodes } of records) {
      if (type === 'attributes') told.changed(target as Element, attributeName ?? '');
      else {
        count += addedNodes.length;
        if (count <= MANY) for (const node of addedNodes) if (isElement(node) && isConnected(node)) came.push(node);
        left ||= removedNodes.length > 0;
      }
    }
    if (count > MANY) for (const node of [root, ...shadows]) node && scan(node);
    else for (const node of came) scan(node);
    if (!left) return;
    for (const shadow of shadows) if (!isConnected(shadow)) shadows.delete(shadow);
    told.gone();
  }

  function enter(node: Node): void {
    if (!entered.has(node)) {
      entered.add(node);
      try {
        observer?.observe(node, { childList: true, subtree: true, attributes: true, attributeFilter: [...attributes] });
      } catch {
        // No node of a page: it does not change.
      }
    }
    scan(node);
  }
  function scan(node: Node): void {
    if (isElement(node) && matches(node, selector)) told.found(node);
    for (const element of all(node, selector)) told.found(element);
    if (isElement(node)) mayHost(node);
    for (const element of all(node, '*')) mayHost(element);
  }
  /** Of all elements of the page, so the quick way first: a clobbered name leads to the careful one. */
  function mayHost(element: Element): void {
    if (element.shadowRoot || typeof element.localName !== 'string' || element.localName.includes('-')) look(element);
  }
  function look(host: Element, later = 0): void {
    const shadow = shadowOf(host);
    if (shadow) {
      shadows.add(shadow);
      return enter(shadow);
    }
    const wait = LATER_MS[later];
    if (stopped || wait === undefined || !nameOf(host).includes('-')) return;
    const timer = setTimeout(
      safely(() => {
        timers.delete(timer);
        if (isConnected(host)) look(host, later + 1);
      }),
      wait,
    );
    timers.add(timer);
    if (later === 0) globalThis.customElements?.whenDefined(nameOf(host)).then(() => !stopped && shadowOf(host) && look(host), () => {});
  }
  if (root) safely(() => enter(root))();

  return {
    first(attribute) {
      const found = (node: Node): Element | undefined =>
        isElement(node) && matches(node, `[${attribute}]`) ? node : [...all(node, `[${attribute}]`)][0];
      for (const node of root ? [root, ...shadows] : []) {
        const element = found(node);
        if (element) return element;
      }
      return undefined;
    },
    stop() {
      stopped = true;
      observer?.disconnect();
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

/** What the page does is no reason to throw into it. */
export function safely<A extends unknown[]>(work: (...args: A) => void): (...args: A) => void {
  return (...args) => {
    try {
      work(...args);
    } catch {
      // One look is lost.
    }
  };
}
