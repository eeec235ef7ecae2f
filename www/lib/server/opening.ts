/**
 * One shop for everybody, opened when the first request needs it. A request never waits for another one's promise: where
 * requests are isolated from each other (workerd) such a promise may never settle, because the request that made it was
 * given up. So one opens, the others look every few milliseconds whether it is there, and one that takes too long is not
 * waited for any more.
 */
import { NearhandError } from '../src/errors.js';
import type { Shop } from '../src/types.js';

/** After so long another request opens as well. */
const LEASE_MS = 2_000;
/** Never more than so many within a minute's time: each holds a bundle. */
const MAX_OPENING = 4;
const GONE_MS = 60_000;
/** So long a request waits at most; then its page goes out without slates. */
const WAIT_MS = 3_000;
const LOOK_MS = 4;
/** After a failure the next try waits, longer each time. */
const BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 60_000;

export function opening(open: () => Promise<Shop>): () => Shop | Promise<Shop> {
  let shop: Shop | undefined;
  let leases: number[] = [];
  let failures = 0;
  let failed: { error: unknown; until: number } | undefined;

  const begin = async (): Promise<Shop> => {
    const lease = Date.now();
    leases.push(lease);
    try {
      const opened = await open();
      // Two may have opened: the first stays.
      if (shop) opened.close();
      failures = 0;
      failed = undefined;
      return (shop ??= opened);
    } catch (error) {
      failed = { error, until: Date.now() + Math.min(BACKOFF_MS * 2 ** failures++, MAX_BACKOFF_MS) };
      throw error;
    } finally {
      leases = leases.filter((one) => one !== lease);
    }
  };

  const wait = async (): Promise<Shop> => {
    for (const began = Date.now(); Date.now() - began < WAIT_MS; ) {
      const now = Date.now();
      if (failed && now < failed.until) throw failed.error;
      leases = leases.filter((one) => now - one < GONE_MS);
      if (leases.length < MAX_OPENING && leases.every((one) => now - one > LEASE_MS)) return begin();
      await new Promise((turn) => setTimeout(turn, LOOK_MS));
      if (shop) return shop;
    }
    throw new NearhandError('shop-opening', 'the shop is being opened by other requests; this one goes out without slates');
  };

  return () => {
    try {
      shop?.info();
    } catch (error) {
      // The host closed it: the next one is opened.
      if ((error as Partial<NearhandError>).code === 'closed') shop = undefined;
    }
    return shop ?? wait();
  };
}
