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
  const text = String(value).slice(0, 200).replace(/[\0-\x1f\x7f-\x9f]/g, encodeURIComponent);
  const read = new TextEncoder().encodeInto(text, new Uint8Array(197)).read;
  return read < text.length ? `${text.slice(0, read)}…` : text;
}

export class NearhandError extends Error {
  override readonly name = 'NearhandError';
  /** Stable, kebab-case. Compare this, not the message. */
  readonly code: string;
  readonly details: ErrorDetails;

  constructor(code: string, message: string, details: ErrorDetails = {}, cause?: unknown) {
    super(message.startsWith('nearhand: ') ? message : `nearhand: ${message}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }
}

/** After a trap the instance's memory may be half written: it must not be called again. */
export const isTrap = (error: unknown): boolean =>
  // A stack overflow inside wasm surfaces as RangeError.
  error instanceof WebAssembly.RuntimeError || error instanceof RangeError;

/** Whatever was thrown, as a NearhandError. */
export function wrap(error: unknown): NearhandError {
  if (error instanceof NearhandError) return error;
  const { name, code, message, details } = (error ?? {}) as Partial<NearhandError>;
  if (name === 'NearhandError') return new NearhandError(code as string, message as string, details, error);
  if (isTrap(error)) {
    return new NearhandError('engine-trapped', `the engine stopped: ${short(message)}`, {}, error);
  }
  return new NearhandError('internal', `unexpected ${name ?? typeof error}: ${short(message ?? error)}`, {}, error);
}

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
