// The basket: the shop's own state, told to the engine as cart events by whoever changes it.

import { find } from './catalog.js';
import { stored } from './storage.js';

const MOST = 99;
const kept = stored('sessionStorage', 'plum:basket', [], (read) => {
  if (!Array.isArray(read)) return undefined;
  const lines = read.filter((line) => Array.isArray(line) && typeof line[0] === 'string' && Number.isInteger(line[1]) && line[1] > 0);
  // One line an item.
  return [...new Map(lines.map(([id, pieces]) => [id, Math.min(MOST, pieces)]))].slice(0, 200);
});
const listeners = new Set();

export const lines = () => kept.get().map(([id, quantity]) => ({ item: find(id), quantity })).filter((line) => line.item);
export const ids = () => kept.get().map(([id]) => id);
export const count = () => lines().reduce((sum, line) => sum + line.quantity, 0);
export const subtotal = () => lines().reduce((sum, line) => sum + line.quantity * (line.item.price ?? 0), 0);
export const onBasket = (listener) => listeners.add(listener);

/** Sets the pieces of an item; 0 takes it out. Returns the change in pieces. */
export function setQuantity(id, quantity) {
  const pieces = Math.min(MOST, Math.max(0, Math.trunc(quantity) || 0));
  const held = kept.get();
  const before = held.find(([item]) => item === id)?.[1] ?? 0;
  if (pieces === before) return 0;
  kept.set(before === 0 ? [...held, [id, pieces]] : held.map(([item, n]) => [item, item === id ? pieces : n]).filter(([, n]) => n > 0));
  for (const listener of listeners) listener();
  return pieces - before;
}

export const quantityOf = (id) => kept.get().find(([item]) => item === id)?.[1] ?? 0;

export function empty() {
  kept.set([]);
  for (const listener of listeners) listener();
}
