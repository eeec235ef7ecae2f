/**
 * Shops to borrow. A shop holds one session, and one isolate serves many visitors at once: a request has a shop
 * for itself, so that no visitor ever meets another one's session. Waiting for another request's promise is
 * what edge runtimes forbid, hence a pool and no lock.
 */

import type { Shop } from 'nearhand';

/** More would only hold memory: requests overlap at awaits, which are short. */
const MAX_IDLE = 2;

export function pool(open: () => Promise<Shop>): <T>(work: (shop: Shop) => Promise<T>) => Promise<T> {
  const idle: Shop[] = [];
  return async (work) => {
    const shop = idle.pop() ?? (await open());
    let clean = false;
    try {
      const result = await work(shop);
      shop.setConsent('memory');
      shop.forget();
      clean = true;
      return result;
    } finally {
      // A shop that failed is not trusted to have forgotten.
      if (clean && idle.length < MAX_IDLE) idle.push(shop);
      else shop.close();
    }
  };
}
