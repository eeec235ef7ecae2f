/**
 * One shop for everybody, opened when the first request needs it. A request never waits for another one's promise: where
 * requests are isolated from each other (workerd) such a promise may never settle, because the request that made it was
 * given up. So one opens, the others look every few milliseconds whether it is there, and one that takes too long is not
 * waited for any more. A shop whose engine has stopped for good is closed and opened anew, later each time.
 */
import { NearhandError } from '../src/words/errors.js';
import type { Shop } from '../src/words/types.js';

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

/** A clock that is set back moves none of these times; where this one is the clock, what lies ahead of it is over. */
const clock = (): number => performance.now();
function since(then: number): number {
  const ms = clock() - then;
  return ms < 0 ? Infinity : ms;
}

export function opening(open: () => Promise<Shop>): () => Shop | Promise<Shop> {
  let shop: Shop | undefined;
  let leases: number[] = [];
  let failures = 0;
  let failed: { error: unknown; at: number; forMs: number } | undefined;
  let openedAt = 0;

  const fail = (error: unknown): void => {
    failed = { error, at: clock(), forMs: Math.min(BACKOFF_MS * 2 ** failures++, MAX_BACKOFF_MS) };
  };

  const begin = async (): Promise<Shop> => {
    const lease = clock();
    leases.push(lease);
    try {
      const opened = await open();
      // Two may have opened: the first stays.
      if (shop) opened.close();
      failed = undefined;
      openedAt = clock();
      return (shop ??= opened);
    } catch (error) {
      fail(error);
      throw error;
    } finally {
      leases = leases.filter((one) => one !== lease);
    }
  };

  const wait = async (): Promise<Shop> => {
    for (const began = clock(); since(began) < WAIT_MS; ) {
      if (failed && since(failed.at) < failed.forMs) throw failed.error;
      leases = leases.filter((one) => since(one) < GONE_MS);
      if (leases.length < MAX_OPENING && leases.every((one) => since(one) > LEASE_MS)) return begin();
      await new Promise((turn) => setTimeout(turn, LOOK_MS));
      if (shop) return shop;
    }
    throw new NearhandError('shop-opening', 'the shop is being opened by other requests; this one goes out without slates');
  };

  return () => {
    const error = stopped(shop);
    if (error) {
      // Had it run well for a while, the failures before it count no more.
      if (since(openedAt) > MAX_BACKOFF_MS) failures = 0;
      // The host closed it: the next one is opened at once.
      if (error.code !== 'closed') fail(error);
      shop?.close();
      shop = undefined;
    }
    return shop ?? wait();
  };
}

/** Why it answers no more. It is asked twice: an engine that stops once is started again by the shop itself. */
function stopped(shop: Shop | undefined): NearhandError | undefined {
  const asked = (): undefined => void shop?.info();
  try {
    return asked();
  } catch {
    try {
      return asked();
    } catch (error) {
      return error as NearhandError;
    }
  }
}
