/** The one error type: a stable `code`, a message that begins with `nearhand: `, the offending values in `details`. */

export type ErrorDetails = Readonly<Record<string, unknown>>;

/** An error in the form that survives `postMessage`, which drops `code` and `details` of an Error. */
export interface WireError {
  readonly code: string;
  readonly message: string;
  readonly details: ErrorDetails;
}

/** What is repeated of a value: 200 bytes at most, control characters as escapes. */
export function short(value: unknown): string {
  let text = '';
  let bytes = 0;
  // Not TextEncoder: an error is told where there is none, too. `slice` keeps a value of a megabyte out of the loop.
  for (const c of plainly(value).slice(0, 200).replace(/[\0-\x1f\x7f-\x9f]/g, encodeURIComponent)) {
    bytes += c < '\x80' ? 1 : c < '\u0800' ? 2 : c.length > 1 ? 4 : 3;
    if (bytes > 197) return `${text}…`;
    text += c;
  }
  return text;
}

/** A value may refuse to be a text: an object without prototype, a hostile `toString`. */
function plainly(value: unknown): string {
  try {
    return String(value);
  } catch {
    return typeof value;
  }
}

export class NearhandError extends Error {
  override readonly name = 'NearhandError';
  /** Stable, kebab-case. Compare this, not the message. */
  readonly code: string;
  readonly details: ErrorDetails;

  /** Also those of another copy of the package, another frame, or the engine. */
  static override [Symbol.hasInstance](error: unknown): boolean {
    return (error as Partial<NearhandError> | null)?.name === 'NearhandError';
  }

  constructor(code: string, message: string, details: ErrorDetails = {}, cause?: unknown) {
    super(message.startsWith('nearhand: ') ? message : `nearhand: ${message}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }
}

/** After a trap the instance's memory may be half written: it must not be called again. */
export const isTrap = (error: unknown): boolean =>
  // By name: there are other realms, and browsers without WebAssembly. A stack overflow surfaces as RangeError, in Firefox as InternalError.
  /^(Runtime|Range|Internal)Error$/.test((error as Error | null)?.name ?? '');

/** Whatever was thrown, as a NearhandError. */
export function wrap(error: unknown): NearhandError {
  if (error instanceof NearhandError) return error;
  const { name, message } = (error ?? {}) as Partial<Error>;
  if (isTrap(error)) {
    return new NearhandError('engine-trapped', `the engine stopped: ${short(message)}`, {}, error);
  }
  return new NearhandError('internal', `unexpected ${name ?? typeof error}: ${short(message ?? error)}`, {}, error);
}

/** What a call of a shop hears after `close`. */
export const shut = (): NearhandError => new NearhandError('closed', 'this shop is closed; load another');

/** What `info` tells of an error, if there is one. */
export const told = (error: NearhandError | undefined): { error: { code: string; message: string } } | undefined =>
  error && { error: { code: error.code, message: error.message } };

export function toWire(error: unknown): WireError {
  const { code, message, details } = wrap(error);
  return { code, message, details: plain(details) };
}

export const fromWire = ({ code, message, details }: WireError): NearhandError => new NearhandError(code, message, details);

/** Details may hold what cannot be cloned (a function, a Response); such values become text. */
function plain(details: ErrorDetails): ErrorDetails {
  try {
    return structuredClone(details);
  } catch {
    return Object.fromEntries(Object.entries(details).map(([key, value]) => [key, String(value)]));
  }
}
