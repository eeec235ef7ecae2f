/** What `nearhand/tokenizer` offers. */

export interface EncodeOptions {
  /** Whether the tokens that the file's post-processor puts around a text are put there, as `<s>` before it. By default true. */
  readonly addSpecial?: boolean;
  /**
   * Whether special tokens that are written in the text are read as such. By default true, as in the reference. `false` for what people
   * type, so that nobody types the end of a turn.
   */
  readonly allowSpecial?: boolean;
}

export interface DecodeOptions {
  /** Whether special tokens are left out. By default true. */
  readonly skipSpecial?: boolean;
}

export interface StreamOptions extends DecodeOptions {
  /** Whether the ids go on a text that is there already, as a completion does: its first space stays. By default false. */
  readonly continues?: boolean;
}

/** Takes ids one at a time, gives the text that is whole so far: no character is ever split. */
export interface TokenStream {
  /** The text that this id makes whole; often none. Throws `tokenizer-no-token` for an id without token, and takes nothing then. */
  push(id: number): string;
  /** Ends the text: what was held back and is no character becomes U+FFFD. */
  finish(): string;
}

/** Texts to the ids of a language model, and back. Immutable. */
export interface Tokenizer {
  /**
   * The ids of a text, at most 4,194,304 bytes long in UTF-8. Halves of surrogate pairs are U+FFFD.
   *
   * Throws `tokenizer-text-too-large`; `tokenizer-too-slow` where the file's words take too many steps on the text; `tokenizer-no-token` for a
   * character for which the vocabulary has neither a token nor an unknown token.
   */
  encode(text: string, options?: EncodeOptions): number[];
  /** The text of ids. Throws `tokenizer-no-token` for an id without token. */
  decode(ids: Iterable<number>, options?: DecodeOptions): string;
  stream(options?: StreamOptions): TokenStream;
  /** The bytes that a token stands for amid a text, perhaps a part of a character; of an id without token, none. */
  piece(id: number): Uint8Array;
  /** The token as its vocabulary writes it, `Ġthe` or `▁the`. */
  name(id: number): string | undefined;
  /** The id of a token as its vocabulary writes it. */
  id(name: string): number | undefined;
  /** The id of a special token. */
  special(name: string): number | undefined;
  isSpecial(id: number): boolean;
  /** One more than the highest id. */
  readonly size: number;
}
