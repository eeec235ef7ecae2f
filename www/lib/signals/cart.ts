/**
 * Put into and taken out of the cart. Declarative: a click on or inside `[data-nearhand-cart-add="ID"]` or
 * `[data-nearhand-cart-remove="ID"]`, pieces from `data-nearhand-quantity`; or the functions, where the cart is code.
 */

import type { Emit } from './report.js';

export interface CartOptions {
  /** Where clicks are listened to. Default `document`. */
  readonly root?: EventTarget;
  readonly now?: () => number;
}

export interface Cart {
  /** `quantity`: 1 to 65 535, default 1; anything else counts as the nearest of these. */
  add(item: string, quantity?: number): void;
  remove(item: string, quantity?: number): void;
  stop(): void;
}

const KINDS = ['cart-add', 'cart-remove'] as const;

export function cart(emit: Emit, { root = globalThis.document, now = Date.now }: CartOptions = {}): Cart {
  const tell = (kind: (typeof KINDS)[number], item: string, quantity: number): void => {
    if (item) emit({ kind, item, at: now(), quantity: pieces(quantity) });
  };
  const onClick = (event: Event): void => {
    const target = event.target;
    if (!target || !('closest' in target)) return;
    for (const kind of KINDS) {
      const element = (target as Element).closest(`[data-nearhand-${kind}]`);
      if (!element) continue;
      const quantity = element.getAttribute('data-nearhand-quantity');
      tell(kind, element.getAttribute(`data-nearhand-${kind}`) ?? '', quantity === null ? 1 : Number(quantity));
    }
  };
  // Capture: a page that stops the click still sold the item.
  root?.addEventListener('click', onClick, { capture: true });
  return {
    add: (item, quantity = 1) => tell('cart-add', item, quantity),
    remove: (item, quantity = 1) => tell('cart-remove', item, quantity),
    stop: () => root?.removeEventListener('click', onClick, { capture: true }),
  };
}

function pieces(quantity: number): number {
  return Number.isFinite(quantity) ? Math.min(65_535, Math.max(1, Math.trunc(quantity))) : 1;
}
