/** The one error type: a stable `code`, a message that begins with `nearhand: `, the offending values in `details`. */

export type ErrorDetails = Readonly<Record<string, unknown>>;

/** An error in the form that survives `postMessage`, which drops `code` and `details` of an Error. */
export interface WireError {
  readonly code: string;
  readonly message: string;
  readonly details: ErrorDetails;
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
  if (name === 'NearhandError' && typeof code === 'string') return new NearhandError(code, String(message), details ?? {}, error);
  if (isTrap(error)) {
    return new NearhandError('engine-trapped', `the engine stopped: ${message}. It is started anew with the session it had.`, {}, error);
  }
  return new NearhandError('internal', `unexpected ${name ?? typeof error}: ${message ?? String(error)}`, {}, error);
}

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
