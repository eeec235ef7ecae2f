/** A file that may be anything, read with a place for every complaint. */
import { NearhandError, short } from '../words/errors.js';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type Part = { readonly [key: string]: Json };

/** Steps of a sequence, all levels together; and the longest text that is put into others, or looked for in them. */
const STEPS = 64;
export const PUT = 64;
/** Ids, characters of a token, and characters that a text may grow to. */
export const TOKENS = 2 ** 21;
export const TOKEN = 4096;
export const MOST = 2 ** 24;

const shown = (value: unknown): string => short(typeof value === 'string' ? value : JSON.stringify(value)?.slice(0, 200));

export const malformed = (message: string, place: string, value?: unknown): NearhandError => new NearhandError('tokenizer-malformed', message, { place, value: shown(value) });
export const unsupported = (message: string, place: string, value: unknown): NearhandError => new NearhandError('tokenizer-unsupported', message, { place, value: shown(value) });
export const tooLarge = (message: string, place: string, most: number): NearhandError => new NearhandError('tokenizer-too-large', message, { place, most });
export const noToken = (message: string, details: Record<string, unknown>): NearhandError => new NearhandError('tokenizer-no-token', message, details);
export const textTooLarge = (): NearhandError => new NearhandError('tokenizer-text-too-large', 'the text is too large, or the tokenizer makes it so: encode it in parts', { most: MOST });

export const list = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);
export const isCount = (value: Json | undefined): value is number => Number.isInteger(value) && (value as number) >= 0;
export const truth = (part: Part, name: string, byDefault = false): boolean => (typeof part[name] === 'boolean' ? part[name] : byDefault);

/** An own member that is an object: a name as "constructor" finds nothing. */
export function part(value: Json | undefined): Part | undefined {
  return value && typeof value === 'object' && !Array.isArray(value) ? (value as Part) : undefined;
}

/** A text that is put into others. */
export function put(from: Part, name: string, place: string): string {
  const text = from[name];
  if (typeof text !== 'string') throw malformed('a text is missing', place, from);
  if (text.length > PUT) throw tooLarge('what is put into texts is too long', place, PUT);
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
