/**
 * Loads that components share: two providers of one bundle are one shop, and so are the two mounts of StrictMode. When nobody
 * uses a shop any more, a load under way is ended and the shop closed, but not at once: React may only be mounting anew.
 */

import type { Shop } from '../src/words/types.js';

interface Loading {
  readonly shop: Promise<Shop>;
  readonly stop: AbortController;
  users: number;
  closing?: ReturnType<typeof setTimeout> | undefined;
}

const loadings = new Map<unknown, Loading>();

/** The shop of this key, and what gives it back. */
export function borrow(key: unknown, start: (stop: AbortController) => Promise<Shop>): { shop: Promise<Shop>; giveBack: () => void } {
  let loading = loadings.get(key);
  if (!loading) {
    const stop = new AbortController();
    // A start that throws is a load that failed.
    const made: Loading = { shop: new Promise<Shop>((done) => done(start(stop))), stop, users: 0 };
    loading = made;
    loadings.set(key, made);
    made.shop.catch(() => forget(key, made));
  }
  const mine = loading;
  mine.users++;
  clearTimeout(mine.closing);
  return {
    shop: mine.shop,
    giveBack() {
      if (--mine.users) return;
      mine.closing = setTimeout(() => {
        forget(key, mine);
        mine.stop.abort();
        mine.shop.then((shop) => shop.close()).catch(() => {});
      });
    },
  };
}

function forget(key: unknown, loading: Loading): void {
  if (loadings.get(key) === loading) loadings.delete(key);
}
