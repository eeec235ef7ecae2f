/** Which messages are taken into a conversation. */
import type { Message } from '../asked/template.js';
import type { LanguageModelMessage, LanguageModelPrompt, LanguageModelRole } from '../words/language-model-types.js';

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
