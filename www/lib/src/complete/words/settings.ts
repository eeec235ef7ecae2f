/** What a completion is asked for, as types. */

/** What is done where a text has more tokens than the model's context; see docs/complete.md. */
export type Full = 'slide' | 'stop';

/** What a completion is asked for, but for its end from outside. The default is greedy: always the likeliest token, the same everywhere. */
export interface Settings {
  /** Tokens at most, 0 to 65,536. Default 64. */
  readonly maxTokens?: number;
  /**
   * Texts that end the completion before them, wherever tokens begin or end: one, or at most 64, each of 1 to 1,024 bytes. One that is the
   * name of a special token (`<|im_end|>`) is met by that token too.
   */
  readonly stop?: string | readonly string[];
  /** 0, the default, is greedy; above, up to 100, logits are divided by it and a token is drawn. */
  readonly temperature?: number;
  /** Only so many of the likeliest tokens are drawn from; 0, the default, is all. */
  readonly topK?: number;
  /** Only the likeliest tokens that together have this probability are drawn from, above 0 to 1 (the default: all). */
  readonly topP?: number;
  /** Only tokens at least this times as likely as the likeliest are drawn from, 0 (the default: all) to 1. */
  readonly minP?: number;
  /** Logits of tokens that are there already are divided by it where above 0, multiplied below: above 0 to 100. Default 1, none. */
  readonly repetitionPenalty?: number;
  /** Where the drawing begins, an integer from 0 to 2⁵³ − 1: the same seed draws the same, on every runtime. Default 0. */
  readonly seed?: number;
  /** Whether log-probabilities are told, and of how many likeliest tokens besides the chosen one, 0 to 20. Default: not told. */
  readonly logprobs?: number;
  /** The completion ends before the first token that is less likely than this, 0 (the default: never) to 1. */
  readonly minConfidence?: number;
  /**
   * Texts that are never written the way the tokenizer writes them, alone or behind a space; at most 2,000 of at most 64 tokens. Not a guard:
   * other tokens may spell the same text.
   */
  readonly blocked?: readonly string[];
  /**
   * The prompt's last token, and up to three before it where one could hold them all, are taken back and written anew, by tokens that spell
   * the same text and may go on in it: for prompts that end within a word. Default false.
   */
  readonly heal?: boolean;
  /** Texts of which the completion is one: 1 to 100,000, of at most 4 MiB together. Blanks count: behind a word they mostly begin with one. */
  readonly allowed?: readonly string[];
  /**
   * Whether names of special tokens in the prompt (`<|im_end|>`) are read as those tokens: all, or those within these parts of it (UTF-16
   * units, in order). For what a program writes, never for what people type, who could end a turn with it. Default false.
   */
  readonly specials?: boolean | readonly (readonly [start: number, end: number])[];
  /** `slide`, the default: the first `keep` tokens stay, and the newest. `stop`: `prompt-too-long`, and a completion ends with `context`. */
  readonly full?: Full;
  /** Tokens at the beginning that stay where the context is full, less than half of it. Default 0; the one that begins a text stays anyhow. */
  readonly keep?: number;
  /** Milliseconds from the call on, above 0, also those of waiting for other completions: then it ends with what it has. Default: none. */
  readonly deadline?: number;
}
