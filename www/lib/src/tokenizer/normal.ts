/** Normalizers: what a text becomes before it is cut. */
import { matches, patternOf } from './pattern.js';
import { each, exceeds, type Json, MOST, put, textTooLarge, truth, unsupported } from './reading.js';

/** A text, and whether it begins with the first character of all that was given. */
export interface Begun {
  readonly text: string;
  readonly starts: boolean;
}
type Step = (given: Begun) => Begun;

const plain = (change: (text: string) => string): Step => ({ text, starts }) => ({ text: change(text), starts });

export function normalizers(value: Json | undefined): (text: string, starts: boolean) => Begun {
  const place = 'normalizer';
  const steps: Step[] = [];
  each(value, 'normalizers', place, (kind, one) => {
    if (/^NFK?[CD]$/.test(kind)) steps.push(plain((text) => text.normalize(kind)));
    // Letter by letter, as the reference does: a sigma at the end of a word is like any other.
    else if (kind === 'Lowercase') steps.push(plain((text) => text.replace(/[^\0-\x7f]|[A-Z]+/gu, (c) => c.toLowerCase())));
    else if (kind === 'StripAccents') steps.push(plain((text) => text.replace(/\p{M}+/gu, '')));
    else if (kind === 'Strip') {
      if (truth(one, 'strip_left', place)) steps.push(plain((text) => text.replace(/^\p{White_Space}+/u, '')));
      if (truth(one, 'strip_right', place)) steps.push(plain((text) => text.slice(0, text.length - spacesAtEnd(text))));
    } else if (kind === 'Prepend') {
      const before = put(one, 'prepend', place);
      steps.push(plain((text) => text && before + text));
    } else if (kind === 'Replace') {
      const pattern = patternOf(one, place);
      const content = put(one, 'content', place);
      steps.push(({ text, starts }) => {
        let out = '';
        let from = 0;
        let first = starts;
        for (const [start, end] of matches(pattern, text)) {
          // What replaces several characters is the last one's, as the reference has it.
          if (!start && [...text.slice(0, end)].length > 1) first = false;
          out += text.slice(from, start) + content;
          from = end;
          if (out.length > MOST) throw textTooLarge();
        }
        return { text: out + text.slice(from), starts: first };
      });
    } else throw unsupported('this normalizer is not supported', place, kind);
  });
  const all = (given: Begun): Begun =>
    steps.reduce((begun, step) => {
      if (exceeds(begun.text, MOST)) throw textTooLarge();
      return step(begun);
    }, given);
  // A text whose first character alone would vanish begins with another.
  const vanishes = (text: string): boolean => !!text && !all({ text: String.fromCodePoint(text.codePointAt(0) as number), starts: true }).text;
  return (text, starts) => {
    const begun = all({ text, starts });
    return { text: begun.text, starts: begun.starts && !(steps.length && vanishes(text)) };
  };
}

/** Not by an expression: `\s+$` takes the square of a row of spaces amid a text. */
export function spacesAtEnd(text: string): number {
  let at = text.length;
  while (at && /^\p{White_Space}$/u.test(text[at - 1] as string)) at--;
  return text.length - at;
}
