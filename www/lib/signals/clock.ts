/** The times of a page's signals: whole milliseconds that do not go back when the device's clock is put right a little. */

/** The engine takes what is so far ahead of its own clock. */
const AHEAD_MS = 60_000;

/**
 * A clock set back by up to a minute stands still until it has caught up, so that signals keep their order. Set back further,
 * it is believed: a time that lies hours ahead would be refused, and the order is that of delivery.
 */
export function steady(now: () => number = () => Date.now()): () => number {
  let last = -Infinity;
  return () => {
    let at = NaN;
    try {
      at = Math.round(now());
    } catch {
      // The host's clock failed; the device's is good enough.
    }
    if (!Number.isSafeInteger(at) || at < 0) at = Date.now();
    if (at < last && last - at <= AHEAD_MS) at = last;
    last = at;
    return at;
  };
}
