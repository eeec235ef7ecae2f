/** Decoders: from the words of a vocabulary back to text. */
import { bytesOf, utf8 } from './bytes.js';
import { schemeOf } from './cut.js';
import { character, each, exceeds, isCount, type Json, malformed, PUT, part, put, tooLarge, unsupported } from './reading.js';

/** Bytes of a word that was decoded: nothing that is a word grows so. */
const MOST = 65_536;

type Step = (word: string, first: boolean) => string | Uint8Array;

export interface Decoding {
  /** The bytes of a word. Of an added token the byte-level alphabet is not read: it is written as it is. */
  readonly bytes: (word: string, added: boolean, first: boolean) => Uint8Array;
  /** Of the whole text: so many of a character are dropped at its start. */
  readonly drop: readonly [string, number];
}

export function decoders(value: Json | undefined): Decoding {
  const place = 'decoder';
  const steps: Step[] = [];
  const spaced = value === null || value === undefined;
  let fused = false;
  let byteLevel = false;
  let drop: readonly [string, number] = ['', 0];
  each(value, 'decoders', place, (kind, one) => {
    if (kind === 'Fuse') {
      fused = true;
      return;
    }
    if (kind === 'Strip') {
      const c = character(one, 'content', place);
      const [start, stop] = [one.start ?? 0, one.stop ?? 0];
      if (!isCount(start) || !isCount(stop)) throw malformed('a count is wanted', place, one);
      if (fused && !stop && !drop[0]) drop = [c, start];
      else if (fused && (start || stop)) throw unsupported('a decoder changes the text after its words were joined', place, kind);
      else steps.push((word) => stripped(word, c, start, stop));
      return;
    }
    if (fused) throw unsupported('a decoder changes the text after its words were joined', place, kind);
    if (kind === 'ByteLevel') fused = byteLevel = true;
    else if (kind === 'ByteFallback') steps.push((word) => (/^<0x[\da-f]{2}>$/i.test(word) ? Uint8Array.of(Number.parseInt(word.slice(3, 5), 16)) : word));
    else if (kind === 'Replace') {
      const what = part(one.pattern)?.String;
      if (typeof what !== 'string' || !what || exceeds(what, PUT)) throw unsupported('a decoder replaces short texts alone', place, one);
      const content = put(one, 'content', place);
      steps.push((word) => word.replaceAll(what, () => content));
    } else if (kind === 'Metaspace') {
      const c = character(one, 'replacement', place);
      const starts = schemeOf(one, place) !== 'never';
      steps.push((word, first) => word.replaceAll(c, first && starts ? '' : ' '));
    } else throw unsupported('this decoder is not supported', place, kind);
  });
  return {
    drop,
    bytes: (name, added, first) => {
      // Without a decoder words stand with spaces between.
      let word = spaced && !first ? ` ${name}` : name;
      for (const step of steps) {
        const next = step(word, first);
        if (typeof next !== 'string') return next;
        word = next;
        if (exceeds(word, MOST)) throw tooLarge('a decoder makes a word too long', place, MOST);
      }
      return byteLevel && !added ? bytesOf(word) : utf8(word);
    },
  };
}

function stripped(word: string, c: string, left: number, right: number): string {
  let [start, end] = [0, word.length];
  for (let count = 0; count < left && word.startsWith(c, start) && start < end; count++) start += c.length;
  for (let count = 0; count < right && word.endsWith(c, end) && end > start; count++) end -= c.length;
  return word.slice(start, end);
}
