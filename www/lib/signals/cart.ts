/**
 * Put into and taken out of the cart. Declarative, by `[data-nearhand-cart-add="ID"]` or `[data-nearhand-cart-remove="ID"]`, pieces
 * from `data-nearhand-quantity`; or the functions, where the cart is code.
 */

import { clicks, type ClickOptions, pieces } from './click.js';
import { type Emit, itemOf } from './report.js';

export type CartOptions = ClickOptions;

export interface Cart {
  /** `quantity`: 1 to 65 535, default 1; anything else counts as the nearest of these. */
  add(item: string, quantity?: number): void;
  remove(item: string, quantity?: number): void;
  stop(): void;
}

const KINDS = ['cart-add', 'cart-remove'] as const;

export function cart(emit: Emit, options: CartOptions = {}): Cart {
  const { now = () => Date.now() } = options;
  const tell = (kind: (typeof KINDS)[number], given: string, quantity?: number): void => {
    const item = itemOf(given);
    if (item) emit({ kind, item, at: now(), quantity: pieces(quantity) });
  };
  return {
    add: (item, quantity) => tell('cart-add', item, quantity),
    remove: (item, quantity) => tell('cart-remove', item, quantity),
    stop: clicks(emit, options, KINDS),
  };
}
