/** A file that may be anything, read with a place for every complaint. */
import { NearhandError, short } from '../words/errors.js';
import { utf8 } from './bytes.js';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type Part = { readonly [key: string]: Json };

/** Steps of a sequence, all levels together, parts of a template and ids of one of its tokens; levels of values in each other. */
const STEPS = 64;
const DEPTH = 32;
/** Ids, merges, tokens that are looked for in texts. */
export const TOKENS = 2 ** 21;
export const MERGES = 2 ** 22;
export const ADDED = 2 ** 14;
/** Bytes of those, as they are looked for. */
export const LOOKED = 2 ** 20;
/** Bytes: of a file, of a token, of what is put into texts or looked for in them, of a text, and of what one may grow to. */
export const FILE = 2 ** 26;
export const TOKEN = 4096;
export const PUT = 64;
export const TEXT = 2 ** 22;
export const MOST = 2 ** 24;

/** Whether a text has more bytes than that. */
export const exceeds = (text: string, most: number): boolean => text.length > most || (text.length * 3 > most && utf8(text).length > most);

/** Whether values lie too deep in each other, as those do that hold themselves. */
export const deep = (value: unknown, depth = 0): boolean => typeof value === 'object' && value !== null && (depth >= DEPTH || (Array.isArray(value) ? value : Object.values(value)).some((inner: unknown) => deep(inner, depth + 1)));

function shown(value: unknown): string {
  try {
    return short(typeof value === 'string' ? value : JSON.stringify(value)?.slice(0, 200));
  } catch {
    // What is no JSON, as a BigInt in an object of the host's.
    return typeof value;
  }
}

export const malformed = (message: string, place: string, value?: unknown): NearhandError => new NearhandError('tokenizer-malformed', message, { place, value: shown(value) });
export const unsupported = (message: string, place: string, value: unknown): NearhandError => new NearhandError('tokenizer-unsupported', message, { place, value: shown(value) });
export const tooLarge = (message: string, place: string, most: number): NearhandError => new NearhandError('tokenizer-too-large', message, { place, most });
export const noToken = (message: string, details: Record<string, unknown>): NearhandError => new NearhandError('tokenizer-no-token', message, details);
export const textTooLarge = (): NearhandError => new NearhandError('tokenizer-text-too-large', 'the text is too large, or the tokenizer makes it so: encode it in parts', { most: MOST });

export const tooSlow = (): NearhandError => new NearhandError('tokenizer-too-slow', "looking for the tokenizer's words takes too many steps on this text: encode it in parts", {});

/** What may still be done for a text: so many letters of words that go on are looked at for each of its own. */
export interface Steps {
  left: number;
}
export const stepsOf = (text: string): Steps => ({ left: 256 * text.length + 2 ** 16 });

export const list = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);
export const isCount = (value: Json | undefined): value is number => Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32;

/** A member that is true or false, or is not there. Anything else is refused: it would mean the default otherwise, whatever it says. */
export function truth(part: Part, name: string, place: string, byDefault = false): boolean {
  const value = part[name] ?? byDefault;
  if (typeof value !== 'boolean') throw malformed('true or false is wanted', `${place}.${name}`, value);
  return value;
}

/** Refuses a list with too many parts. */
export function few(all: readonly Json[], place: string, most = STEPS): readonly Json[] {
  if (all.length > most) throw tooLarge('there are too many parts', place, most);
  return all;
}

/** An own member that is an object: a name as "constructor" finds nothing. */
export function part(value: Json | undefined): Part | undefined {
  return value && typeof value === 'object' && !Array.isArray(value) ? (value as Part) : undefined;
}

/** A text that is put into others. */
export function put(from: Part, name: string, place: string): string {
  const text = from[name];
  if (typeof text !== 'string') throw malformed('a text is missing', place, from);
  if (exceeds(text, PUT)) throw tooLarge('what is put into texts is too long', place, PUT);
  return text;
}

export function character(from: Part, name: string, place: string): string {
  const text = put(from, name, place);
  if ([...text].length !== 1) throw malformed('one character is wanted', place, from);
  return text;
}

/** Calls with each part of a sequence, or the one that there is. */
export function each(value: Json | undefined, names: string, place: string, tell: (kind: string, one: Part) => void): void {
  const open: Json[] = value === null || value === undefined ? [] : [value];
  for (let count = 0; open.length; ) {
    const one = part(open.pop());
    if (++count > STEPS) throw tooLarge('there are too many steps', place, STEPS);
    if (typeof one?.type !== 'string') throw malformed('a part has no type', place, one);
    if (one.type !== 'Sequence') tell(one.type, one);
    else if (Array.isArray(one[names])) open.push(...list(one[names]).slice(0, STEPS + 1).reverse());
    else throw malformed('a sequence has no list', place, names);
  }
}
