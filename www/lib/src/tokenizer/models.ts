/** The two models: byte-pair encoding, and Unigram. */
import { CHARACTERS, utf8 } from './bytes.js';
import { few, isCount, type Json, list, MERGES, malformed, noToken, type Part, type Steps, truth, unsupported } from './reading.js';
import { trie } from './trie.js';

/** `banned`: ids that a text does not become, those of special tokens where they are not read. */
export type Model = (word: string, banned: (id: number) => boolean, tell: (id: number) => void, steps: Steps) => void;
type Vocabulary = ReadonlyMap<string, number>;

const lacks = (text: string): Error => noToken('the vocabulary has no token for a character, and no unknown token: it lacks an alphabet', { text });

/** Ids of `<0x00>` to `<0xFF>`. */
const byteIds = (vocabulary: Vocabulary): (number | undefined)[] =>
  Array.from({ length: 256 }, (_, byte) => vocabulary.get(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`));

/** The ids of all bytes of a text, or none. */
function fallen(text: string, ids: readonly (number | undefined)[]): number[] | undefined {
  const all = [...utf8(text)].map((byte) => ids[byte]);
  return all.every((id) => id !== undefined) ? (all as number[]) : undefined;
}

/** Pairs as numbers: ids are below 2²¹. */
const pairOf = (left: number, right: number): number => left * 2 ** 21 + right;

export function bpe(model: Part, vocabulary: Vocabulary, byteLevel: boolean): Model {
  for (const name of ['continuing_subword_prefix', 'end_of_word_suffix']) {
    if ((model[name] ?? '') !== '') throw unsupported('marks within words are not supported', `model.${name}`, model[name]);
  }
  if ((model.dropout ?? 0) !== 0) throw unsupported('merges are left out by chance: set dropout to null', 'model.dropout', model.dropout);
  const [fallback, fuse, whole] = ['byte_fallback', 'fuse_unk', 'ignore_merges'].map((name) => truth(model, name, 'model')) as [boolean, boolean, boolean];
  if (byteLevel && fallback) throw unsupported('a model of bytes needs no byte_fallback', 'model.byte_fallback', true);
  const ranks = mergesOf(model, vocabulary);
  const stated = model.unk_token ?? undefined;
  const unknown = vocabulary.get(stated as string);
  const bytes = fallback ? byteIds(vocabulary) : [];
  const known = byteLevel ? CHARACTERS.every((c) => vocabulary.has(c)) : fallback && !bytes.includes(undefined);
  // One that is not there does no harm where nothing is unknown.
  if (stated !== undefined && unknown === undefined && !(known && typeof stated === 'string')) throw malformed('unk_token is not in the vocabulary', 'model.unk_token', stated);
  return (given, banned, tell) => {
    const word = byteLevel ? [...utf8(given)].map((byte) => CHARACTERS[byte]).join('') : given;
    const there = whole ? vocabulary.get(word) : undefined;
    if (there !== undefined && (there === unknown || !banned(there))) return tell(there);
    const ids: number[] = [];
    let wasUnknown = false;
    for (const c of word) {
      const id = vocabulary.get(c);
      const parts = id !== undefined ? [id] : fallen(c, bytes);
      if (parts) ids.push(...parts);
      else if (unknown === undefined) throw lacks(c);
      else if (!wasUnknown || !fuse) ids.push(unknown);
      wasUnknown = !parts;
    }
    merge(ids, ranks, (id) => id !== unknown && banned(id)).forEach(tell);
  };
}

/** Rank and id of what each pair becomes. Of a pair that comes twice the later counts. */
function mergesOf(model: Part, vocabulary: Vocabulary): Map<number, readonly [number, number]> {
  const place = 'model.merges';
  if (!Array.isArray(model.merges)) throw malformed('the model has no list of merges', place);
  const ranks = new Map<number, readonly [number, number]>();
  few(list(model.merges), place, MERGES).forEach((merge, rank) => {
    const two = typeof merge === 'string' ? merge.split(' ') : list(merge);
    if (two.length !== 2) throw malformed('a merge is not of two tokens', place, merge);
    const [left, right, both] = [two[0], two[1], `${two[0]}${two[1]}`].map((word) => {
      const id = vocabulary.get(word as string);
      if (id === undefined) throw malformed('a merge leads out of the vocabulary', place, word);
      return id;
    }) as [number, number, number];
    ranks.set(pairOf(left, right), [rank, both]);
  });
  return ranks;
}

/** Of all pairs the one of the lowest rank merges first, the leftmost of equal ones: a heap, so that long words take no square of their length. */
function merge(ids: number[], ranks: ReadonlyMap<number, readonly [number, number]>, banned: (id: number) => boolean): number[] {
  const after = ids.map((_, at) => at + 1);
  const before = ids.map((_, at) => at - 1);
  const heap: number[] = [];
  const note = (at: number): void => {
    const right = ids[after[at] ?? -1];
    const found = right === undefined ? undefined : ranks.get(pairOf(ids[at] as number, right));
    if (!found || banned(found[1])) return;
    // Rank, then place: both below 2²⁶.
    const key = found[0] * 2 ** 26 + at;
    let place = heap.length;
    for (let up = (place - 1) >> 1; place && (heap[up] as number) > key; up = (place - 1) >> 1) {
      heap[place] = heap[up] as number;
      place = up;
    }
    heap[place] = key;
  };
  for (let at = 0; at < ids.length - 1; at++) note(at);
  while (heap.length) {
    const least = heap[0] as number;
    const last = heap.pop() as number;
    for (let place = 0, down = 1; heap.length; down = place * 2 + 1) {
      if (down + 1 < heap.length && (heap[down + 1] as number) < (heap[down] as number)) down++;
      if (down >= heap.length || (heap[down] as number) >= last) {
        heap[place] = last;
        break;
      }
      heap[place] = heap[down] as number;
      place = down;
    }
    const at = least % 2 ** 26;
    const gone = after[at] as number;
    const found = (ids[at] as number) < 0 || gone >= ids.length ? undefined : ranks.get(pairOf(ids[at] as number, ids[gone] as number));
    // Either may have become another since this was noted.
    if (found?.[0] !== Math.floor(least / 2 ** 26)) continue;
    ids[at] = found[1];
    ids[gone] = -1;
    after[at] = after[gone] as number;
    before[after[at] as number] = at;
    if ((before[at] as number) >= 0) note(before[at] as number);
    note(at);
  }
  return ids.filter((id) => id >= 0);
}

/** Of all ways to cut a text the one with the largest sum of scores; sums and comparisons as the reference takes them. */
export function unigram(model: Part, vocabulary: Vocabulary): Model {
  const scores = list(model.vocab).map((entry) => {
    const score = list(entry)[1];
    if (typeof score !== 'number' || !Number.isFinite(score)) throw malformed('an entry of the vocabulary has no score', 'model.vocab', entry);
    return score;
  });
  if (!scores.length) throw malformed('a Unigram model has a list of tokens with their scores', 'model.vocab');
  const unknown = (model.unk_id ?? undefined) as Json | undefined;
  if (unknown !== undefined && !(isCount(unknown) && unknown < scores.length)) throw malformed('unk_id is not in the vocabulary', 'model.unk_id', unknown);
  const worst = scores.reduce((least, score) => Math.min(least, score)) - 10;
  const bytes = truth(model, 'byte_fallback', 'model') ? byteIds(vocabulary) : [];
  const words = trie(vocabulary);
  return (text, banned, tell, steps) => {
    const best: { score: number; start: number; id: number }[] = [{ score: 0, start: -1, id: -1 }];
    for (let start = 0; start < text.length; ) {
      const from = start;
      const c = String.fromCodePoint(text.codePointAt(from) as number);
      const { score } = best[from] as { score: number };
      start += c.length;
      const take = (id: number, end: number, more: number): void => {
        const there = best[end];
        if (!there || score + more > there.score) best[end] = { score: score + more, start: from, id };
      };
      let single = false;
      words(text, from, steps, (id, end) => {
        if (id !== unknown && banned(id)) return;
        single ||= end === start;
        take(id, end, scores[id] as number);
      });
      if (single) continue;
      if (unknown === undefined) throw lacks(c);
      take(unknown, start, worst);
    }
    // From the end back, unknown neighbours as one.
    const parts: { id: number; start: number; end: number }[] = [];
    for (let end = text.length; end > 0; ) {
      const { start, id } = best[end] as { start: number; id: number };
      const last = parts.at(-1);
      if (last && id === unknown && last.id === id) last.start = start;
      else parts.push({ id, start, end });
      end = start;
    }
    for (const { id, start, end } of parts.reverse()) {
      const word = id === unknown ? text.slice(start, end) : '';
      // Several that are unknown may together be known, with so low a score that it was not taken.
      const known = word ? vocabulary.get(word) : id;
      (known !== undefined && (known === unknown || !banned(known)) ? [known] : (fallen(word, bytes) ?? [id])).forEach(tell);
    }
  };
}
