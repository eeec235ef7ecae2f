/** Tokens that are looked for in the text itself, before any model. */
import { spacesAtEnd } from './normal.js';
import { WORD } from './pattern.js';
import type { Steps } from './reading.js';
import { trie } from './trie.js';

export interface Added {
  readonly id: number;
  readonly special: boolean;
  readonly singleWord: boolean;
  /** Whether it takes the spaces before and after it. */
  readonly left: boolean;
  readonly right: boolean;
}

const WORD_AT_END = new RegExp(`[${WORD}]$`, 'u');
const WORD_AT_START = new RegExp(`^[${WORD}]`, 'u');

/** Cuts a text by the tokens in it: the leftmost, of those that begin at one place the longest. Calls with each text and each token's id. */
export function finder(tokens: ReadonlyMap<string, Added>): (text: string, special: boolean, steps: Steps, tell: (part: string | number, at: number) => void) => void {
  const each = trie(tokens);
  return (text, special, steps, tell) => {
    let from = 0;
    for (let at = 0; tokens.size && at < text.length; ) {
      let token: Added | undefined;
      let start = at;
      let end = ++at;
      each(text, start, steps, (found, to) => {
        token = found;
        end = at = to;
      });
      if (!token) continue;
      const within = token.singleWord && (WORD_AT_END.test(text.slice(Math.max(0, start - 2), start)) || WORD_AT_START.test(text.slice(end, end + 2)));
      // One that begins in what the last took is none.
      if ((token.special && !special) || within || start < from) continue;
      if (token.left) start -= spacesAtEnd(text.slice(from, start));
      if (token.right) end += /^\p{White_Space}*/u.exec(text.slice(end))?.[0].length ?? 0;
      if (from < start) tell(text.slice(from, start), from);
      tell(token.id, start);
      from = end;
    }
    if (from < text.length) tell(text.slice(from), from);
  };
}
