/** Suggestions while somebody types, as types. */
import type { NearhandError } from '../../words/errors.js';
import type { Settings } from './settings.js';

/** What is shown behind the text that was typed. */
export interface Ghost {
  /** The text that it goes on from. */
  readonly text: string;
  /** What comes next; empty where there is nothing to show. */
  readonly suggestion: string;
}

/** Beside these, every setting of a completion; by default `maxTokens` is 12 and `heal` true. */
export interface TypingOptions extends Settings {
  /**
   * Called whenever what is to be shown changes: as it comes, piece by piece, as it is typed away, and with `''` once it is gone. Within
   * `type`, `accept` and the other calls, or later.
   */
  readonly onSuggestion: (ghost: Ghost) => void;
  /** Told what a run has failed with. The typing goes on, and the next key tries again. */
  readonly onError?: (error: NearhandError) => void;
  /**
   * Milliseconds, 0 to 10,000. Default 60. A key begins a run at once, unless another key came less than this before it: then when none has
   * come for so long.
   */
  readonly debounceMs?: number;
  /**
   * Where a suggestion ends at the latest: with its `line` (the default), with its `sentence` (a mark and a blank behind it), or where the
   * model and `maxTokens` end it (`text`).
   */
  readonly until?: 'line' | 'sentence' | 'text';
  /** A text that the model reads in front of what is typed, and nobody sees: who speaks, what went before. Default none. */
  readonly before?: string;
}

/** One text field. */
export interface Typing {
  /** What the field says now. `caret`: where, in UTF-16 units; anywhere but at the end there is no suggestion. Default: the end. */
  type(text: string, caret?: number): void;
  /** An input method has begun to compose (`compositionstart`), or has ended: meanwhile there is no suggestion. */
  compose(on: boolean): void;
  /** The whole suggestion, which counts as typed: put it into the field. Empty where there is none. */
  accept(): string;
  /** The suggestion's next word with the blanks in front of it; what follows it stays. */
  acceptWord(): string;
  /** Shows nothing until the text changes. */
  dismiss(): void;
  /** What is shown. */
  readonly suggestion: string;
  /** Ends what is on its way. Later calls do nothing. */
  close(): void;
}
