/** What to do about an error, put behind what it says. In pages part of rescue.js, which is fetched when something has failed. */
import { NearhandError } from '../words/errors.js';

type Advice = (error: NearhandError) => string;

/** By code: the message with what leads out of it. */
const ADVICE: Readonly<Record<string, Advice>> = {
  'unknown-option': ({ message, details: { allowed, nearest } }) =>
    `${message}${nearest ? `; did you mean "${nearest}"?` : '.'} Allowed: ${(allowed as string[]).join(', ')}`,
  'bundle-too-large': ({ message }) => `${message}: raise it, to 2 GiB at most, or split the bundle`,
  'body-used': ({ message }) => `${message}: pass response.clone(), or the bytes`,
  'wasm-missing': ({ message, details }) => `${message}: pass \`${(details['option'] as string).replace(/\w+./, '')}\``,
  'engine-trapped': ({ message, details: { bytes, tier } }) =>
    bytes ? message.replace('the engine stopped:', `the ${tier} engine stopped while it opened ${bytes} bytes, often for want of memory, 4 GiB at most:`) : message,
};
/** Those that have their advice: an error may pass here on its way through several promises. */
const advised = new WeakSet<Error>();

/** The error with what leads out of it. */
export function advise(error: NearhandError): NearhandError {
  const { code, message, cause } = error;
  let { details } = error;
  if (!ADVICE[code] || advised.has(error)) return error;
  if (code === 'unknown-option') {
    // The engine has said so itself.
    if ('nearest' in details || !details['allowed']) return error;
    const key = String(details['option']).split('.').pop()!;
    details = { ...details, nearest: nearest(key, details['allowed'] as string[]) };
  }
  const told = new NearhandError(code, ADVICE[code](new NearhandError(code, message, details)), details, cause);
  advised.add(told);
  return told;
}

/** The allowed name that fewest edits make of the given one, a third of its length at most, if any. */
export function nearest(name: string, allowed: readonly string[]): string | undefined {
  for (let most = 0; most < 6; most++) {
    const near = allowed.find((other) => most * 3 < other.length + 3 && within(name.toLowerCase(), other.toLowerCase(), most));
    if (near) return near;
  }
  return undefined;
}

/** Whether so many edits make one text of the other. Few are tried, however long the texts. */
function within(a: string, b: string, most: number): boolean {
  if (most < 0 || Math.abs(a.length - b.length) > most) return false;
  if (!a || !b) return true;
  const [c, d] = [a.slice(1), b.slice(1)];
  if (a[0] === b[0]) return within(c, d, most);
  return within(c, d, most - 1) || within(c, b, most - 1) || within(a, d, most - 1);
}
