// Made queries for a search box: words of syllables, as frequent as Zipf's law says, three to six of them a text; and what is typed of
// some, letter by letter, as it stands and with one mistake. The same numbers give the same texts.

/** mulberry32 */
export const random = (seed) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
};

const ONSETS = ['', 'b', 'bl', 'br', 'c', 'ch', 'cl', 'd', 'dr', 'f', 'fl', 'g', 'gr', 'h', 'j', 'k', 'l', 'm', 'n', 'p', 'pl', 'pr', 'qu', 'r', 's', 'sh', 'sp', 'st', 't', 'th', 'tr', 'v', 'w', 'y', 'z'];
const VOWELS = ['a', 'e', 'i', 'o', 'u', 'ea', 'ee', 'ou', 'ai'];
const CODAS = ['', '', '', 'n', 'r', 's', 't', 'l', 'm', 'ng', 'ck', 'nt', 'st'];

/** `texts` texts of `words` different words, each with a count of three or more. */
export function queries(texts, words, next) {
  const of = (list) => list[Math.floor(next() ** 1.5 * list.length)];
  const known = new Set();
  while (known.size < words) {
    const syllables = 1 + Math.floor(next() * 2 + next() * 2.5);
    let word = '';
    for (let i = 0; i < syllables; i++) word += of(ONSETS) + of(VOWELS) + of(CODAS);
    known.add(word);
  }
  // The frequent ones are short, as in languages.
  const all = [...known].sort((a, b) => a.length - b.length);
  const draw = () => all[Math.floor(words ** next()) - 1];
  const made = new Set();
  while (made.size < texts) made.add(Array.from({ length: 3 + Math.floor(next() * 4) }, draw).join(' '));
  return [...made].map((text, at) => [text, 3 + Math.floor(texts / (at + 1))]);
}

/** A text with one letter left out, put in, taken for another, or swapped with the next. */
function mistaken(text, next) {
  const at = Math.floor(next() * (text.length - 1));
  const letter = String.fromCharCode(97 + Math.floor(next() * 26));
  const [before, here, after, behind] = [text.slice(0, at), text[at], text[at + 1], text.slice(at + 2)];
  return [before + after + behind, before + letter + here + after + behind, before + letter + after + behind, before + after + here + behind][Math.floor(next() * 4)];
}

/** Every beginning of some texts, as they stand and with a mistake. */
export function typed(rows, count, next) {
  const chosen = Array.from({ length: count }, () => rows[Math.floor(next() * rows.length)][0]);
  const beginnings = (text) => Array.from({ length: text.length }, (_, at) => text.slice(0, at + 1));
  return { clean: chosen.flatMap(beginnings), mistake: chosen.map((text) => mistaken(text, next)).flatMap(beginnings) };
}
