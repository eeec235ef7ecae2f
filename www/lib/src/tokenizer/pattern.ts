/**
 * Patterns of a file as expressions of the host: the subset that the crate nearhand-tokenizer runs, written anew. What is outside, or means
 * something else in the engine that the file was made for, is refused.
 */
import { exceeds, type Json, malformed, type Part, PUT, part, tooLarge, unsupported } from './reading.js';

/** As `\w` has it in Unicode: JavaScript's own is ASCII. */
export const WORD = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u200c\\u200d';
const SYNTAX = /[\^$\\.*+?()[\]{}|/-]/;
/** Repetitions without end in one alternative: each makes the worst time a power higher. */
const MANY = 3;

const literal = (c: string): string => (SYNTAX.test(c) ? `\\x${c.charCodeAt(0).toString(16)}` : c);
export const quoted = (text: string): string => [...text].map(literal).join('');

/** An expression, for searching from a place on. */
export function regex(source: string, place: string): RegExp {
  const all = [...source];
  let at = 0;
  let many = 0;
  /** The small letter before, where case does not count. */
  let before = '';
  const bad = (): never => {
    throw unsupported('a pattern has a part that is not supported', place, source);
  };
  const eat = (text: string): boolean => {
    const there = [...text].every((c, i) => all[at + i] === c);
    if (there) at += text.length;
    return there;
  };
  const hex = (len: number): string => {
    const digits = all.slice(at, at + len).join('');
    const code = /^[\da-f]+$/i.test(digits) ? Number.parseInt(digits, 16) : 0x110000;
    if (digits.length !== len || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) bad();
    at += len;
    return String.fromCodePoint(code);
  };
  /** One character as a text, or what stands for several. */
  const escape = (within: boolean): { one?: string; set?: string } => {
    const c = all[at++] ?? bad();
    const sets: Record<string, string> = { s: '\\p{White_Space}', S: '\\P{White_Space}', d: '\\p{Nd}', D: '\\P{Nd}', w: within ? WORD : `[${WORD}]` };
    if (Object.hasOwn(sets, c)) return { set: sets[c] as string };
    if (c === 'W' && !within) return { set: `[^${WORD}]` };
    if (c === 'p' || c === 'P') {
      const [name, not, kind] = /^\{(\^?)(\w{1,2})\}|^L/.exec(all.slice(at, at + 6).join('')) ?? bad();
      at += name.length;
      if (kind && !/^(L[ultmo]?|M[nce]?|N[dlo]?|P[cdseifo]?|S[mcko]?|Z[slp]?|C[cfson]?)$/.test(kind)) bad();
      return { set: `\\${(c === 'P') !== (not === '^') ? 'P' : 'p'}{${kind ?? 'L'}}` };
    }
    const one: Record<string, string> = { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v' };
    if (Object.hasOwn(one, c)) return { one: one[c] as string };
    if (c === 'u') return { one: hex(4) };
    if (c === 'x' && eat('{')) {
      const len = all.slice(at).indexOf('}');
      const one = hex(len > 6 ? 0 : len);
      at++;
      return { one };
    }
    if (c === 'x') {
      const one = hex(2);
      return one < '\x80' ? { one } : bad();
    }
    return /^[!-/:-@[-`{-~ ]$/.test(c) ? { one: c } : bad();
  };
  const inClass = (): string => {
    let out = eat('^') ? '[^' : '[';
    for (let empty = true; ; empty = false) {
      const c = all[at++] ?? bad();
      if (c === ']' && !empty) return `${out}]`;
      if (c === '[' || c === ']' || (c === '&' && all[at] === '&')) bad();
      const { one, set } = c === '\\' ? escape(true) : { one: c, set: undefined };
      out += one === undefined ? set : literal(one);
      if (one === undefined || all[at] !== '-' || all[at + 1] === ']') continue;
      at++;
      const next = all[at++] ?? bad();
      const to = next === '\\' ? escape(true).one : next;
      if (next === '[' || next === ']' || to === undefined || (to.codePointAt(0) as number) < (one.codePointAt(0) as number)) return bad();
      out += `-${literal(to)}`;
    }
  };
  const single = (fold: boolean): string => {
    const last = before;
    before = '';
    let c = all[at++] ?? bad();
    if (c === '.') return '[^\\n]';
    if (c === '[' && !fold) return inClass();
    if (c === '\\') {
      const { one, set } = escape(false);
      if (one === undefined) return set as string;
      c = one;
    } else if (/[\^$*+?{}[\]]/.test(c)) bad();
    if (!fold) return literal(c);
    // Beyond ASCII its others are not known, but for punctuation, which has none; nor are those of two letters: the sharp s, ligatures.
    before = c.toLowerCase();
    if (/^(?:s[st]|f[fil])$/.test(last + before) || !/^[\0-\x7f\p{P}]$/u.test(c)) bad();
    return `[${[...new Set([before, c.toUpperCase(), before === 's' ? 'ſ' : c, before === 'k' ? '\u212a' : c])].map(quoted).join('')}]`;
  };
  const piece = (depth: number, fold: boolean): string => {
    let out: string;
    let quantifier = '';
    if (eat('(')) {
      const look = eat('?!') ? '?!' : eat('?=') ? '?=' : '';
      const folded = !look && eat('?i:');
      if (depth > 15 || (!look && !folded && !eat('?:') && all[at] === '?')) bad();
      out = `(${look || '?:'}${either(depth + 1, fold || folded)})`;
      if (folded && !fold) before = '';
      if (!eat(')')) bad();
      // A group that is repeated could take a time that grows with a power of the text.
      if (!look && eat('?')) quantifier = '?';
    } else {
      out = single(fold);
      quantifier = /^(?:[*+?]|\{(\d{1,4})(?:,(\d{0,4}))?\})/.exec(all.slice(at, at + 11).join(''))?.[0] ?? '';
      const [, least = 0, most = 0] = /\{(\d+),?(\d*)\}/.exec(quantifier) ?? [];
      if (Math.max(+least, +most) > 1000 || (most && +most < +least)) bad();
      at += quantifier.length;
    }
    if (/^[*+?{]$/.test(all[at] ?? '') || (/[*+]|,\}/.test(quantifier) && ++many > MANY)) bad();
    return out + quantifier;
  };
  const either = (depth: number, fold: boolean): string => {
    let out = '';
    for (let c = all[at]; c !== undefined && c !== ')'; c = all[at]) {
      if (c !== '|') out += piece(depth, fold);
      else {
        out += all[at++];
        before = '';
        if (!depth) many = 0;
      }
    }
    return out;
  };
  const written = either(0, false);
  if (at < all.length || written.length > 20_000) bad();
  return new RegExp(written, 'gu');
}

/** `{ String }` or `{ Regex }`. */
export function patternOf(from: Part, place: string): RegExp {
  const { String: text, Regex: source } = part(from.pattern as Json) ?? {};
  if (typeof text === 'string' && exceeds(text, PUT)) throw tooLarge('a text that is looked for is too long', place, PUT);
  if (typeof text === 'string' && text) return new RegExp(quoted(text), 'gu');
  if (typeof source === 'string' && source) return regex(source, place);
  throw malformed('a pattern is a text or an expression, and not empty', place, from);
}

/** Start and end of each match. Those that are empty are none. */
export function* matches(pattern: RegExp, text: string): Generator<[number, number]> {
  for (const match of text.matchAll(pattern)) if (match[0]) yield [match.index, match.index + match[0].length];
}
