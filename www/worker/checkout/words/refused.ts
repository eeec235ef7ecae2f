/** Refusals: a stable code, the HTTP status that goes with it, the place and the offending value. */

/** Every code that the worker itself tells, and its status. Codes of the library (docs/errors.md) come with 422. */
export const STATUS = {
  'body-invalid': 400,
  'unauthorised': 401,
  'forbidden': 403,
  'path-unknown': 404,
  'id-unknown': 404,
  'method-unknown': 405,
  'id-reused': 409,
  'review-closed': 409,
  'tenant-mismatch': 409,
  'body-too-large': 413,
  'body-type': 415,
  'transaction-invalid': 422,
  'currency-unknown': 422,
  'time-ahead': 422,
  'time-late': 422,
  'rate-limited': 429,
  'settings-invalid': 500,
  'failed': 500,
  'overloaded': 503,
  'unavailable': 503,
} as const;

export type Code = keyof typeof STATUS;

/** A refusal as it crosses from object to object and to the caller. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  /** The place in what was sent: `amount`, `fields.country`. */
  readonly field?: string;
  /** What stood there, cut at 100 characters; never a card. */
  readonly value?: string;
  /** Seconds until another try is worth it. */
  readonly retry?: number;
}

export class Refused extends Error {
  override readonly name = 'Refused';
  readonly refusal: Refusal;

  constructor(code: Code, message: string, more: Omit<Refusal, 'code' | 'message'> = {}) {
    super(message);
    this.refusal = { code, message, ...more };
  }
}

/** What is repeated of a value that was sent. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? typeof value);
  return text.slice(0, 100).replace(/[\0-\x1f\x7f-\x9f]/g, '?');
}

/** Something that was thrown, as a refusal: ours as it is, the library's with its code, all else without a word about our insides. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refused) return error.refusal;
  const { name, code, message } = (error ?? {}) as { name?: string; code?: string; message?: string };
  if (name === 'NearhandError' && code) return { code, message: message ?? code };
  return { code: 'failed', message: 'the worker failed' };
}

/** The code of whatever was thrown. */
export const codeOf = (error: unknown): string => refusalOf(error).code;

/** Codes of the library that say something of the transaction; all others say something of the worker. */
const ABOUT = ['transaction-invalid', 'currency-unknown', 'features-event-invalid', 'feature-invalid', 'unknown-option', 'invalid-option'];

/** Whether something was thrown because of what was asked: not because of settings, or because the worker failed. */
export const about = (error: unknown): boolean => (error instanceof Refused ? (STATUS[error.refusal.code as Code] ?? 500) < 500 : ABOUT.includes(codeOf(error)));

/** An id that comes with another transaction than before. */
export const reused = (id: string): Refusal => ({
  code: 'id-reused',
  message: 'another transaction has this id: a retry has to say the same, and another transaction needs an id of its own',
  field: 'id',
  value: shown(id),
});
