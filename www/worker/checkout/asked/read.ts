/** Fields of a body, each read or refused with its place. */
import { LONGEST } from '../words/limits.js';
import { type Code, Refused, shown } from '../words/refused.js';

export type Body = Record<string, unknown>;

export const wrong = (field: string, message: string, value?: unknown, code: Code = 'transaction-invalid'): Refused =>
  // A card is not repeated, in no message and no log.
  new Refused(code, message, { field, ...(value === undefined || field === 'card' ? {} : { value: shown(value) }) });

const bytes = (text: string): number => new TextEncoder().encode(text).length;

/** A text of 1 to 256 bytes without control characters. */
export function text(body: Body, field: string): string {
  const value = body[field];
  if (value === undefined) throw wrong(field, 'is missing');
  if (typeof value !== 'string' || value === '' || bytes(value) > LONGEST || /[\0-\x1f\x7f]|\p{Surrogate}/u.test(value)) {
    throw wrong(field, `a text of 1 to ${LONGEST} bytes, without control characters`, value);
  }
  return value;
}

/** A moment: Unix milliseconds, or ISO 8601 with its offset, as `2026-11-29T23:15:00Z`. */
export function moment(body: Body, field: string): number {
  const value = body[field];
  if (value === undefined) throw wrong(field, 'is missing: a retry has to say the same time');
  const iso = typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(value);
  const time = iso ? Date.parse(value) : value;
  // Seconds since 1970 would be a day of January 1970.
  if (typeof time !== 'number' || !Number.isSafeInteger(time) || time < 1e11 || time > 253_402_300_799_999) {
    throw wrong(field, 'Unix milliseconds, or ISO 8601 with its offset', value);
  }
  return time;
}

/**
 * An amount in minor units. It is sent as a decimal of the currency, as number or text: 129.99, "129.99". A decimal with more places than
 * the currency has is refused, never rounded: it is not clear what was meant.
 */
export function amountOf(body: Body, decimals: number): number {
  const value = body['amount'];
  if (value === undefined) throw wrong('amount', 'is missing');
  // A number's shortest text: where that has more places than the currency, the number was none of its decimals.
  const [, whole, fraction = ''] = /^(\d{1,16})(?:\.(\d{1,17}))?$/.exec(typeof value === 'number' || typeof value === 'string' ? String(value) : '') ?? [];
  if (whole === undefined || fraction.length > decimals) throw wrong('amount', `a decimal of at least 0 with at most ${decimals} places`, value);
  const units = Number(whole + fraction.padEnd(decimals, '0'));
  if (units > 1e15) throw wrong('amount', 'at most 10¹⁵ minor units', value);
  return units;
}

/** Refuses keys that nobody reads. */
export function only(body: Body, known: readonly string[]): void {
  const strange = Object.keys(body).find((key) => !known.includes(key));
  if (strange !== undefined) throw wrong(shown(strange), `known keys are ${known.join(', ')}`);
}
