/**
 * How often a sender may report: a bucket of `burst` reports that fills by `rate` a second, in this isolate; and one for all of them, so that the object
 * behind is not run down. Addresses are in memory alone, as long as their bucket is not full again. Set the platform's own limits beside it.
 */
import { Refused } from '../../checkout/words/refused.js';
import { ALL_BURST, ALL_RATE, MOST_SENDERS } from '../words/limits.js';

interface Bucket {
  left: number;
  at: number;
}

const senders = new Map<string, Bucket>();
const all: Bucket = { left: ALL_BURST, at: 0 };

function fill(bucket: Bucket, rate: number, burst: number, now: number): void {
  bucket.left = Math.min(burst, bucket.left + (Math.max(0, now - bucket.at) * rate) / 1000);
  bucket.at = now;
}

/** Before an IPv4 address that is written as one of IPv6 (RFC 4291, 2.5.5.2). */
const MAPPED = '0:0:0:0:0:ffff';

/** Groups of an address, in hexadecimal without zeros in front; an IPv4 address at its end is two of them. */
function groupsOf(part: string): string[] {
  const hex = part.replace(/(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/, (_, a, b, c, d) => [a * 256 + +b, c * 256 + +d].map((group) => group.toString(16)).join(':'));
  return hex ? hex.split(':').map((group) => group.replace(/^0+(?=.)/, '')) : [];
}

/** Whoever has one IPv6 address has all 2⁶⁴ of its network, so it is the network that is told apart; an IPv4 address in the longer form, however that is written, is that address. */
export function senderOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const [left, right] = [groupsOf(head), groupsOf(tail ?? '')];
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...new Array<string>(zeros).fill('0'), ...right];
  if (groups.length === 8 && groups.slice(0, 6).join(':') === MAPPED) {
    return groups
      .slice(6)
      .map((group) => parseInt(group, 16))
      .flatMap((group) => [group >> 8, group & 255])
      .join('.');
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}

export function spend(sender: string, rate: number, burst: number, now: number): void {
  const bucket = senders.get(sender) ?? { left: burst, at: now };
  fill(bucket, rate, burst, now);
  fill(all, ALL_RATE, ALL_BURST, now);
  // Anew, so that who was heard least recently is the first in the order.
  senders.delete(sender);
  senders.set(sender, bucket);
  if (senders.size > MOST_SENDERS) senders.delete(senders.keys().next().value as string);
  if (bucket.left < 1) throw new Refused('rate-limited', `more than ${rate} reports a second from one sender`, { retry: Math.ceil((1 - bucket.left) / rate) });
  if (all.left < 1) throw new Refused('overloaded', 'more reports than are taken at once', { retry: 1 });
  bucket.left -= 1;
  all.left -= 1;
}
