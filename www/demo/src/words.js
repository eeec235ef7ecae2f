// The catalog's trade names as a shop would print them, and prices in pounds.

const SMALL = new Set(['a', 'an', 'and', 'at', 'for', 'in', 'of', 'on', 'the', 'to', 'with', 'by', 'de', 'du', 'des', 'la']);
const WHOLE = { 'asstd': 'assorted', 'asst': 'assorted', 'ass': 'assorted', 'hldr': 'holder', 'w': 'with', 'ant': 'antique', 'dec': 'decoration', 'col': 'colour', 'candl': 'candle', 'lge': 'large', 'sml': 'small', 'pc': 'piece', 'strawbery': 'strawberry', 'necklacel': 'necklace', 'neckl': 'necklace', 'tv': 'TV', 'uk': 'UK', 'usa': 'USA', '3d': '3D', 'xmas': 'Xmas', 'ii': 'II', 'm.o.p': 'mother of pearl', 'a6': 'A6', 'a7': 'A7', "b'fly": 'butterfly', 'c/cover': 'cushion cover', 't-light': 'T-light', 't-lights': 'T-lights', 'cd': 'CD', 'cd\'s': 'CDs' };

const cache = new Map();

/** `SET/4 WHITE RETRO STORAGE CUBES` → `Set of 4 White Retro Storage Cubes`. */
export function title(text) {
  let known = cache.get(text);
  if (known === undefined) cache.set(text, (known = nice(text)));
  return known;
}

function nice(text) {
  const spaced = text
    .replace(/\bSET\s*\/\s*(\d+)/gi, 'SET OF $1')
    .replace(/^S\/(\d+)\b/i, 'SET OF $1')
    .replace(/\s*,\s*/g, ', ')
    .replace(/([a-z0-9])\s*\+\s*([a-z])/gi, '$1 + $2')
    .replace(/[\s.,]+$/, '')
    .replace(/\s+/g, ' ')
    .trim();
  const words = spaced.split(' ').map((word) => word.toLowerCase());
  // A word joiner keeps a line from ending in "T-".
  return words.map((word, i) => cased(word, i === 0)).join(' ').replaceAll('T-light', 'T-\u2060light');
}

function cased(word, first) {
  const known = Object.hasOwn(WHOLE, word) ? WHOLE[word] : word;
  if (known !== known.toLowerCase()) return known;
  if (!first && SMALL.has(known)) return known;
  // Capitals after a hyphen, a slash and an opening quote or bracket as well; not after an apostrophe.
  return known.replace(/(^|[-/("&. ])([a-z])/g, (_, before, letter) => before + letter.toUpperCase());
}

/** Pounds, as en-GB prints them. Not by Intl: its first use alone holds up a phone for longer than a frame. */
export const price = (value) => (value === undefined ? '' : `£${thousands(value.toFixed(2))}`);
const thousands = (digits) => digits.replace(/\d(?=(\d{3})+(\.|$))/g, '$&,');

export const plural = (n, one, many = `${one}s`) => `${thousands(String(n))} ${n === 1 ? one : many}`;
export const slug = (text) => text.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '').replace(/[^a-z0-9]+/g, ' ').trim().replaceAll(' ', '-');
