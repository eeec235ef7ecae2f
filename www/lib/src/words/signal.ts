/** What `nearhand/signals` tells, and what of it is the engine's. */
import type { ShopEvent, Signal } from './types.js';

/**
 * The event of a signal. Undefined for a `slate-click`, which is for analytics: the view that follows tells the session.
 * Slate, rank, placement, propensity and id are left out; everything else stays, for the checks to see.
 */
export function eventOf(given: ShopEvent | Signal): ShopEvent | undefined {
  // What is no object, the checks tell.
  if (Object(given) !== given) return given as ShopEvent;
  const { id, slate, rank, placement, propensity, ...event } = given as Signal;
  return event.kind === 'slate-click' ? undefined : (event as ShopEvent);
}
