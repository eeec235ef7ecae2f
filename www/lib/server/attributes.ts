/**
 * What `[data-nearhand-slate="ITEM"]` asks for. Beside it: `data-nearhand-k` (1 to 20, default 5), `-placement`, `-relation`,
 * `-category` (docs/rules.md), `-href` (an address with `{item}`), `-currency`, and `-name`, its name in the head start.
 */
import type { Placement, RecommendOptions } from '../src/words/types.js';

export interface Asked {
  readonly name: string;
  readonly options: RecommendOptions;
  readonly href?: string | undefined;
  readonly currency?: string | undefined;
}

const DEFAULT_K = 5;
const MAX_K = 20;

/** `get` gives an attribute as the page's source has it. Undefined where it says what cannot be read. */
export function asked(get: (name: string) => string | null): Asked | undefined {
  let readable = true;
  const read = (name: string): string | undefined => {
    const text = decode(get(`data-nearhand-${name}`) ?? '');
    readable &&= text !== undefined;
    return text || undefined;
  };
  const [source, placement, relation, category] = [read('slate'), read('placement'), read('relation'), read('category')];
  const k = Number(read('k'));
  const options = {
    k: Number.isInteger(k) && k >= 1 ? Math.min(k, MAX_K) : DEFAULT_K,
    ...(source && { source }),
    // The page's author wrote them; a word that nobody knows is refused by the engine, and the element stays as written.
    ...(placement && { placement: placement as Placement }),
    ...(relation && { relation: relation as 'similar' }),
    ...(category && { category }),
  };
  const one = { name: read('name') ?? placement ?? 'slate', options, href: read('href'), currency: read('currency') };
  return readable ? one : undefined;
}

/** U+00A0 to U+00FF. Their names are known without a semicolon, too, as are those of the first four. */
const LATIN =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml'.split(' ');
const NAMED = new Map([...['amp&', 'lt<', 'gt>', 'quot"'].flatMap((one): [string, string][] => [one, one.toUpperCase()].map((name) => [name.slice(0, -1), name.slice(-1)])), ...LATIN.map((name, i): [string, string] => [name, String.fromCharCode(160 + i)])]);

/**
 * An attribute's text as HTML reads it: rewriters hand it out as it was written. Undefined where it has a name that is
 * not among the Latin ones; what it means is then not known.
 */
export function decode(text: string): string | undefined {
  let known = true;
  const out = text.replace(/&(?:#(?:x([\da-f]+)|(\d+));?|([a-z][a-z\d]*)(?:(;)|(?![=a-z\d])))/gi, (all, hex?: string, digits?: string, name?: string, end?: string) => {
    if (name === undefined) return character(hex ? parseInt(hex, 16) : Number(digits));
    const value = end && name === 'apos' ? "'" : NAMED.get(name);
    if (end && !value) known = false;
    return value ?? all;
  });
  return known ? out : undefined;
}

function character(code: number): string {
  if (code > 0x7f && code < 0xa0) return new TextDecoder('windows-1252').decode(Uint8Array.of(code));
  return code && code < 0x110000 && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : '\ufffd';
}
