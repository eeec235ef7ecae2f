/** What to do about an error, put behind what it says. In pages part of rescue.js, which is fetched when something has failed. */
import { NearhandError } from './errors.js';

type Details = Readonly<Record<string, unknown>>;

const ADVICE: Readonly<Record<string, (details: Details) => string>> = {
  'unknown-option': ({ allowed, nearest }) => `${nearest ? `; did you mean "${nearest}"?` : '.'} Allowed: ${(allowed as string[]).join(', ')}`,
  'bundle-too-large': () => ': raise it, to 2 GiB at most, or split the bundle',
  'body-used': () => ': pass response.clone(), or the bytes',
  'wasm-missing': ({ option }) => `: pass \`${String(option).slice(5)}\``,
};

/** The error with what leads out of it. */
export function advise(error: NearhandError): NearhandError {
  const { code, message, cause } = error;
  let { details } = error;
  if (code === 'unknown-option') {
    // The engine has said so itself.
    if ('nearest' in details || !details['allowed']) return error;
    const key = String(details['option']).split('.').pop()!;
    details = { ...details, nearest: nearest(key, details['allowed'] as string[]) };
  }
  const advice = ADVICE[code]?.(details);
  return advice === undefined || message.includes(advice) ? error : new NearhandError(code, message + advice, details, cause);
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
