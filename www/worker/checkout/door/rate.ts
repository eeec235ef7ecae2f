/**
 * How often a tenant may call: a bucket of `burst` requests that fills by `rate` a second, in this isolate. A limit that held everywhere
 * at once would be one object that every decision waits for; set the platform's own limits beside it.
 */
import { Refused } from '../words/refused.js';
import type { Tenant } from './settings.js';

const buckets = new Map<string, { left: number; at: number }>();

export function spend({ name, rate, burst }: Tenant, now: number): void {
  const bucket = buckets.get(name) ?? { left: burst, at: now };
  const left = Math.min(burst, bucket.left + (Math.max(0, now - bucket.at) * rate) / 1000);
  if (left < 1) {
    buckets.set(name, { left, at: now });
    throw new Refused('rate-limited', `more than ${rate} requests a second`, { retry: Math.ceil((1 - left) / rate) });
  }
  buckets.set(name, { left: left - 1, at: now });
}
