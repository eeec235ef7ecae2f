/** Pre-tokenizers: where a text is cut before the model sees its parts. */
import type { Begun } from './normal.js';
import { matches, patternOf, quoted, regex, WORD } from './pattern.js';
import { character, each, type Json, malformed, type Part, truth, unsupported } from './reading.js';

/** By which GPT-2 cuts: words with their space, numbers, signs. */
const GPT2 = "'(?:[sdmt]|ll|ve|re)| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
const BEHAVIORS = ['Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous'];

type Cut = (parts: readonly string[], starts: boolean) => string[];

export interface Cutting {
  readonly cut: (begun: Begun) => readonly string[];
  /** Whether the model sees bytes. */
  readonly byteLevel: boolean;
}

const split =
  (pattern: RegExp, behavior: string, invert = false): Cut =>
  (parts) => {
    const out: string[] = [];
    for (const part of parts) {
      const first = out.length;
      let before = false;
      const add = (text: string, match: boolean): void => {
        if (!text) return;
        const found = match !== invert;
        const joins = behavior === 'MergedWithPrevious' ? found && !before : behavior === 'MergedWithNext' ? !found && before : behavior === 'Contiguous' && found === before;
        if (joins && out.length > first) out[out.length - 1] += text;
        else if (!found || behavior !== 'Removed') out.push(text);
        before = found;
      };
      let from = 0;
      for (const [start, end] of matches(pattern, part)) {
        add(part.slice(from, start), false);
        add(part.slice(start, end), true);
        from = end;
      }
      add(part.slice(from), false);
    }
    return out;
  };

/** Something is put before a part that does not begin with it; a replacement stands for spaces first. */
const prefix =
  (text: string, scheme: string, replace: boolean): Cut =>
  (parts, starts) =>
    parts.map((part, at) => {
      const written = replace ? part.replaceAll(' ', text) : part;
      const wanted = scheme === 'always' || (scheme === 'first' && starts && !at);
      return wanted && !written.startsWith(text) ? text + written : written;
    });

/** Where Metaspace puts a space; older files say `add_prefix_space`, and one that says both must not contradict itself. */
export function schemeOf(one: Part, place: string): string {
  const prefix = truth(one, 'add_prefix_space', place, true);
  const scheme = one.prepend_scheme ?? (prefix ? 'always' : 'never');
  if (scheme !== 'always' && scheme !== 'first' && scheme !== 'never') throw unsupported('this prepend_scheme is not supported', place, scheme);
  if (!prefix && scheme !== 'never') throw malformed('add_prefix_space and prepend_scheme contradict each other', place, one);
  return scheme;
}

function behaviorOf(one: Part, place: string): string {
  const behavior = one.behavior ?? 'Isolated';
  if (typeof behavior !== 'string' || !BEHAVIORS.includes(behavior)) throw unsupported('this behavior is not supported', place, behavior);
  return behavior;
}

export function preTokenizers(value: Json | undefined): Cutting {
  const place = 'pre_tokenizer';
  const cuts: Cut[] = [];
  let byteLevel = false;
  each(value, 'pretokenizers', place, (kind, one) => {
    if (byteLevel) throw unsupported('a pre-tokenizer behind ByteLevel is not supported', place, kind);
    if (kind === 'ByteLevel') {
      byteLevel = true;
      if (truth(one, 'add_prefix_space', place, true)) cuts.push(prefix(' ', 'always', false));
      if (truth(one, 'use_regex', place, true)) cuts.push(split(regex(GPT2, place), 'Isolated'));
    } else if (kind === 'Split') cuts.push(split(patternOf(one, place), behaviorOf(one, place), truth(one, 'invert', place)));
    else if (kind === 'Metaspace') {
      const text = character(one, 'replacement', place);
      cuts.push(prefix(text, schemeOf(one, place), true));
      if (truth(one, 'split', place, true)) cuts.push(split(new RegExp(quoted(text), 'gu'), 'MergedWithNext'));
    } else if (kind === 'Digits') cuts.push(split(/\p{N}/gu, truth(one, 'individual_digits', place) ? 'Isolated' : 'Contiguous'));
    else if (kind === 'Punctuation') cuts.push(split(/[!-/:-@[-`{-~\p{P}]/gu, behaviorOf(one, place)));
    else if (kind === 'Whitespace') cuts.push(split(new RegExp(`[${WORD}]+|[^${WORD}\\p{White_Space}]+`, 'gu'), 'Removed', true));
    else if (kind === 'WhitespaceSplit') cuts.push(split(/\p{White_Space}/gu, 'Removed'));
    else throw unsupported('this pre-tokenizer is not supported', place, kind);
  });
  return { byteLevel, cut: ({ text, starts }) => cuts.reduce<readonly string[]>((parts, cut) => cut(parts, starts), [text]) };
}
