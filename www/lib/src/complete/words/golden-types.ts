/** Goldens of a model, as types. */

/** What a model was recorded to answer. A model that answers otherwise as it is opened is refused: `golden-mismatch`. */
export interface Golden {
  /** At most 256 characters. */
  readonly prompt: string;
  /** Whether names of special tokens in the prompt are read as those tokens. Default false. */
  readonly specials?: boolean;
  /** The prompt is what a user says: written as the template has turns, up to where the answer begins, which ends where one does. Default false; not with `specials`. */
  readonly turn?: boolean;
  /** Tokens of the prompt, with the one that begins a text: 0 to 1,024. */
  readonly tokens: number;
  /** The text of the likeliest tokens behind it, one after the other: at most 256 characters. */
  readonly completion: string;
  /** The natural logarithm of the probability of each of those tokens, 1 to 16 of them. Held to 0.02. */
  readonly logprobs: readonly number[];
  /** Nothing comes behind them: a token of `ends` ends the text, or with `turn` what ends an answer. Default false: not looked at. */
  readonly ends?: boolean;
}
