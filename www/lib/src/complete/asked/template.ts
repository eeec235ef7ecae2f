/** Turns of a conversation as the text that the model reads, and what ends an answer. */
import type { LanguageModelRole } from '../words/language-model-types.js';
import type { Template } from '../words/public.js';

export interface Message {
  readonly role: LanguageModelRole;
  readonly content: string;
  readonly prefix: boolean;
}

/** A text in which special tokens are read between these places, UTF-16 units. */
export interface Written {
  readonly text: string;
  readonly specials: readonly (readonly [from: number, to: number])[];
}

/** Where completer.json has none: a line a turn, as base models know conversations. */
export const LINES: Required<Template> = { system: ['', '\n'], user: ['User: ', '\n'], assistant: ['Assistant: ', '\n'] };

/** `answer`: with the beginning of the assistant's turn, for the model to go on from. */
export function write(messages: readonly Message[], template: Template | undefined, answer: boolean): Written {
  const known = { ...LINES, ...template };
  const specials: [number, number][] = [];
  let text = '';
  const put = (mark: string): void => {
    // Lines have none, and nothing to look for.
    if (template && mark) specials.push([text.length, text.length + mark.length]);
    text += mark;
  };
  for (const { role, content, prefix } of messages) {
    const [before, after] = known[role];
    put(before);
    // Where a line's end is all that ends a turn, a line in it would be a turn of whoever it names.
    text += role !== 'system' && !after.trim() ? content.replace(/\s+/g, (white) => (white.includes('\n') ? ' ' : white)) : content;
    if (prefix && answer) return { text, specials };
    put(after);
  }
  // A blank that ends a prompt is half of the next word to most tokenizers.
  if (answer) put(known.assistant[0].replace(/ +$/, ''));
  return { text, specials };
}

/** What ends an answer: the text behind it, or the user's turn. */
export function stopsOf(template: Template | undefined): string[] {
  const { assistant, user } = { ...LINES, ...template };
  return [...new Set([assistant[1].trimEnd() || assistant[1], user[0].trim()])].filter(Boolean);
}
