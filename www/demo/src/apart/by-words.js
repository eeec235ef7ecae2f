// Things that share words with a sentence.

/** Words that say nothing about a thing. */
const EMPTY = new Set('a am an and any are as at be but buy can do find for from get give gift go has have he her him his i if in is it like likes looking me my need of on one or our please present she some something that the their them then there they thing things this to us want wants we what which who will with would you your'.split(' '));
const stem = (word) => word.replace(/(?<=\w{3})(?:es|s)$/, '');
const stems = (text) => (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).filter((word) => !EMPTY.has(word)).map(stem);

/** Things that share words with a sentence, by how rare these words are; the more loved of two alike. */
export function byWords(items, text) {
  const asked = new Set(stems(text).slice(0, 60));
  const hits = items.map((item) => [item, new Set(stems(item.title).filter((word) => asked.has(word)))]).filter(([, words]) => words.size > 0);
  const rare = new Map();
  for (const [, words] of hits) for (const word of words) rare.set(word, (rare.get(word) ?? 0) + 1);
  const worth = (words) => [...words].reduce((sum, word) => sum + Math.log(items.length / rare.get(word)), 0);
  return hits.map(([item, words]) => [item, worth(words)]).sort((a, b) => b[1] - a[1]).map(([item]) => item);
}
