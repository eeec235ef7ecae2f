/** A conversation as the text that the model reads: which messages are taken, how they are written, what ends an answer. */
import type { LanguageModelMessage, LanguageModelPrompt, LanguageModelRole } from '../words/language-model-types.js';
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

const ROLES: readonly string[] = ['system', 'user', 'assistant'] satisfies LanguageModelRole[];

export const named = (name: string, message: string): DOMException => new DOMException(`nearhand: ${message}`, name);

/** Holds messages against the specification, which says what is thrown. `begun`: the conversation has messages already. */
export function checkPrompt(input: LanguageModelPrompt, begun: boolean): Message[] {
  if (typeof input === 'string') return [{ role: 'user', content: input, prefix: false }];
  if (!Array.isArray(input)) throw new TypeError('a prompt is a text or a list of messages');
  if (input.length === 0) return checkPrompt('', begun);
  return (input as readonly LanguageModelMessage[]).map((message, at) => {
    const { role, content, prefix = false } = message ?? {};
    if (!ROLES.includes(role)) throw new TypeError(`a message's role is one of ${ROLES.join(', ')}`);
    if (role === 'system' && (begun || at > 0)) throw new TypeError('a message of the system comes first in a conversation');
    if (prefix && (role !== 'assistant' || at < input.length - 1)) throw named('SyntaxError', 'a prefix is the last message, and the assistant’s');
    return { role, content: checkContent(content), prefix: Boolean(prefix) };
  });
}

function checkContent(content: LanguageModelMessage['content']): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) throw new TypeError('content is a text or a list of parts');
  return content
    .map((part: { type?: unknown; value?: unknown } | null) => {
      if (part?.type !== 'text') throw named('NotSupportedError', `this model reads texts alone, not "${String(part?.type)}"`);
      if (typeof part.value !== 'string') throw new TypeError('the value of a text is a string');
      return part.value;
    })
    .join('');
}

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
    text += role !== 'system' && !after.trim() ? content.replace(/\s*\n\s*/g, ' ') : content;
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
