// Changes to the basket, told to the engine in the same breath.

import * as basket from '../basket.js';
import { observe } from '../engine.js';
import { link } from '../router.js';
import { plural } from '../words.js';
import { announce, note } from './announce.js';

export function addToBasket(item, quantity) {
  setPieces(item, basket.quantityOf(item.item) + quantity);
  note(`${item.name} is in your basket.`, { href: link.basket(), text: 'See basket' });
  announce(`${item.name} added. ${plural(basket.count(), 'piece')} in your basket.`);
}

export function setPieces(item, pieces) {
  const change = basket.setQuantity(item.item, pieces);
  if (change > 0) observe({ kind: 'cart-add', item: item.item, quantity: change });
  if (change < 0) observe({ kind: 'cart-remove', item: item.item, quantity: -change });
}

/** All of the basket is bought; it is empty afterwards. */
export function buy() {
  const bought = basket.lines();
  for (const { item, quantity } of bought) observe({ kind: 'purchase', item: item.item, quantity });
  basket.empty();
  return bought;
}
