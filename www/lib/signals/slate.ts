/**
 * Where a signal happened: the attributes that the host put on a card or around it, and the function that makes them.
 *
 * ```html
 * <ul data-nearhand-slate="k2j4" data-nearhand-placement="product">
 *   <li data-nearhand-impression="22423" data-nearhand-rank="1"><a data-nearhand-click="22423" href="…">…</a></li>
 * ```
 */

import { slateId } from '../src/words/slate-id.js';
import type { Signal, Slate, SlateItem } from '../src/words/types.js';
import { attribute, outwards } from './dom.js';
import { cut } from './report.js';

/** What the page says of the place of a signal. */
export type Place = Pick<Signal, 'slate' | 'rank' | 'placement' | 'propensity'>;

/** Slates end there, all their pages together. */
const MAX_RANK = 1000;
const at = (name: string): string => `data-nearhand-${name}`;
export const SLATE = at('slate');

/** The id of the slate around an element, if it stands in one. */
export function slateAround(element: Element): string | undefined {
  for (const around of outwards(element)) {
    const slate = attribute(around, SLATE);
    if (slate !== undefined) return slate ? cut(slate) : undefined;
  }
  return undefined;
}

/** Each from the nearest element that says it. A rank and a probability are of the slate they stand in, not of one around it. */
export function placeOf(element: Element): Place {
  const place: { -readonly [K in keyof Place]: Place[K] } = {};
  let inside = true;
  for (const around of outwards(element)) {
    const placement = attribute(around, at('placement'));
    if (placement) place.placement ??= cut(placement);
    if (!inside) continue;
    const rank = Number(attribute(around, at('rank')));
    if (Number.isInteger(rank) && rank > 0 && rank <= MAX_RANK) place.rank ??= rank;
    const propensity = Number(attribute(around, at('propensity')));
    if (propensity > 0 && propensity <= 1) place.propensity ??= propensity;
    const slate = attribute(around, SLATE);
    if (slate) place.slate = cut(slate);
    inside = slate === undefined;
  }
  return place;
}

export { slateId };

/** Names and values of attributes, for a framework to spread. */
export type Attributes = Readonly<Record<`data-nearhand-${string}`, string>>;

/**
 * The attributes of an item's card: seen and clicked, with slate, rank, placement and probability.
 *
 * ```jsx
 * <a href={item.url} {...attributes(slate, item)}>{item.title}</a>
 * ```
 */
export function attributes(slate: Slate, item: SlateItem): Attributes {
  return {
    [at('impression')]: item.item,
    [at('click')]: item.item,
    [SLATE]: slateId(slate),
    [at('rank')]: String(item.rank),
    ...(slate.placement && { [at('placement')]: slate.placement }),
    ...(item.propensity < 1 && { [at('propensity')]: String(item.propensity) }),
  };
}
