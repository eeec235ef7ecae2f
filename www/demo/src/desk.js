// The shopkeeper's desk: rules that the visitor of this demonstration may set, as options of every slate.

import { stored } from './storage.js';

/** What each control may be; the first is how the shop usually is. */
export const CONTROLS = {
  price: { label: 'Price', choices: { any: 'any', under2: 'under £2', under5: 'under £5', over5: '£5 and more' } },
  department: { label: 'Department', choices: { any: 'any', same: 'that of the page', different: 'any but that of the page' } },
  cap: { label: 'Most from one department', choices: { any: 'no limit', one: '1', two: '2' } },
  pin: { label: 'First place', choices: { any: 'by score', '85123A': 'White Hanging Heart', '85099B': 'Jumbo Bag Red Retrospot' } },
  stock: { label: 'Stock', choices: { any: 'everything is there', tenth: 'every tenth thing is sold out', best: 'the twenty most loved are sold out' } },
  relevance: { label: 'Only what is relevant', choices: { any: 'show all', some: 'from 20 % of the best', much: 'from 60 % of the best' } },
};
export const SWITCHES = {
  boost: 'Boost things under £1.50, three times',
  bury: 'Bury Christmas, to a tenth',
  rotate: 'What was on screen moves down',
  explore: 'The third place tries others, half of the time',
};

const USUAL = Object.freeze({ ...Object.fromEntries(Object.keys(CONTROLS).map((name) => [name, 'any'])), diversity: 0 });
const kept = stored('sessionStorage', 'plum:desk', USUAL, (read) => {
  if (typeof read !== 'object' || read === null) return undefined;
  const known = (name, value) =>
    Object.hasOwn(CONTROLS, name) ? Object.hasOwn(CONTROLS[name].choices, value) : name === 'diversity' ? typeof value === 'number' && value >= 0 && value <= 1 : Object.hasOwn(SWITCHES, name) && typeof value === 'boolean';
  return Object.fromEntries(Object.entries(read).filter(([name, value]) => ['string', 'number', 'boolean'].includes(typeof value) && known(name, value)));
});
const listeners = new Set();

export const onDesk = (listener) => listeners.add(listener);
export const desk = () => ({ ...USUAL, ...kept.get() });
export const isUsual = () => Object.entries(desk()).every(([name, value]) => value === USUAL[name] || value === false);

export function setDesk(change) {
  kept.set(change ? { ...desk(), ...change } : USUAL);
  for (const listener of listeners) listener();
}

/** Whether the thing at this place of the catalog, most loved first, is sold out. */
export const soldOutAt = (place) => ({ tenth: place % 10 === 4, best: place < 20 })[desk().stock] ?? false;

const PRICES = { under2: { lt: 2 }, under5: { lt: 5 }, over5: { gte: 5 } };
const CAPS = { one: 1, two: 2 };
const RELEVANCE = { some: 0.2, much: 0.6 };

/** The options that the desk adds to a slate's own. */
export function deskOptions({ source } = {}) {
  const set = desk();
  const rules = [
    set.pin !== 'any' && { name: 'first place', pin: 1, items: [set.pin] },
    set.boost && { name: 'small things', boost: 3, where: { price: { lt: 1.5 } } },
    set.bury && { name: 'not the season', bury: 0.1, where: { category: 'Christmas' } },
  ].filter(Boolean);
  return {
    diversity: set.diversity,
    ...((PRICES[set.price] || set.stock !== 'any') && { where: { ...(PRICES[set.price] && { price: PRICES[set.price] }), ...(set.stock !== 'any' && { inStock: true }) } }),
    ...(set.department !== 'any' && source && { relate: { category: set.department } }),
    ...(CAPS[set.cap] && { caps: { category: CAPS[set.cap] } }),
    ...(RELEVANCE[set.relevance] && { minRelevance: RELEVANCE[set.relevance] }),
    ...(set.rotate && { rotate: 0.6 }),
    ...(set.explore && { explore: { place: 3, rate: 0.5, among: 10 } }),
    ...(rules.length > 0 && { rules }),
  };
}
