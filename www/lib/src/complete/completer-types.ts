/** What a completer does, as types. Every answer is a plain frozen object. */

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
  /** `slide`, the default: the first `keep` tokens stay, and the newest. `stop`: `prompt-too-long`, and a completion ends with `context`. */
  readonly full?: Full;
  /** Tokens at the beginning that stay where the context is full, less than half of it. Default 0; the one that begins a text stays anyhow. */
  readonly keep?: number;
  /** Milliseconds from the call on, above 0, also those of waiting for other completions: then it ends with what it has. Default: none. */
  readonly deadline?: number;
}

export interface CompleteOptions extends Settings {
  /** Ends the completion with what it has, as `cancelled`: it is no error. */
  readonly signal?: AbortSignal;
}

export interface BestOptions extends CompleteOptions {
  /** Completions wanted, 1 to 16. Default 3. */
  readonly n?: number;
}

/**
 * Why a completion ended. `stop`: the model ended the text, a stop text came, or an allowed text is whole. `length`: `maxTokens`.
 * `context`: the context is full, with `full: 'stop'`. `deadline`: its time was over. `cancelled`: by its signal, by leaving its stream,
 * or by `close`. `confidence`: the next token was less likely than `minConfidence`.
 */
export type FinishReason = 'stop' | 'length' | 'context' | 'deadline' | 'cancelled' | 'confidence';

/** Tokens. */
export interface Usage {
  /** Of the prompt, with the one that begins a text. */
  readonly prompt: number;
  /** Of those, how many an earlier completion had left behind and were not computed. */
  readonly reused: number;
  /** Of the completion; a token that ends it is none of them. */
  readonly completion: number;
  /** How many were left out, as the context was full. */
  readonly dropped: number;
}

/** A token by number, and its text: U+FFFD where it has half a character, empty where it has none. */
export interface TokenChance {
  readonly id: number;
  readonly token: string;
  /** Natural logarithm of its probability: the model's, with what it adapted to, before penalty, temperature and filters. */
  readonly logprob: number;
}

export interface TokenLogprob extends TokenChance {
  /** The likeliest tokens at this place, the likeliest first: as many as `logprobs` says. */
  readonly top: readonly TokenChance[];
}

export interface Completed {
  /** The prompt as it was given, and the completion. */
  readonly text: string;
  /** What comes next alone. */
  readonly completion: string;
  readonly finishReason: FinishReason;
  readonly usage: Usage;
  /** Sum of the log-probabilities of its tokens: with `logprobs`, and of `best`. */
  readonly score?: number;
  /** Token by token, where they were asked for. */
  readonly logprobs?: readonly TokenLogprob[];
  /** Milliseconds from the call to the end, waiting included. */
  readonly tookMs: number;
}

/** A completion as it comes. Leaving the loop, or cancelling the stream, ends it as `cancelled`. Read once, one way or the other. */
export interface CompletionStream extends AsyncIterable<string> {
  /** Its end. Rejects as `complete` does; the loop ends with the same error. */
  readonly done: Promise<Completed>;
  /** The pieces as a stream of strings. */
  readable(): ReadableStream<string>;
}

/** What `adapt` turns on. Nothing of it leaves the device, and it is kept in memory alone. */
export interface Adapting {
  /** Mixes what followed the last one to four tokens before into what the model says. Default true. */
  readonly ngram?: boolean;
  /** Contexts that the n-grams remember: 2 to this power, 8 to 20, of 80 bytes each. Default 15, 2.6 MB. */
  readonly ngramBits?: number;
  /** Adds a learnt number to each token's logit. Default true. */
  readonly bias?: boolean;
  /** A text that the n-grams are primed with, at most 4 MiB. Default: the model's own (`prime` of completer.json); `''` for none. */
  readonly prime?: string;
}

/** A text, and how much of its end is new: what is in front of it is the prompt. Every `Completed` is one. */
export interface Accepted {
  readonly text: string;
  /** The end of `text`. */
  readonly completion: string;
}

/** How likely a text is. `-logprob / Math.LN2 / bytes` is bits a byte. */
export interface Likelihood {
  /** Sum of the natural log-probabilities of its tokens. */
  readonly logprob: number;
  /** Tokens that the model was asked about; where no token begins a text the very first is not. */
  readonly tokens: number;
  /** Bytes of text of those. */
  readonly bytes: number;
  /** How many of the tokens were the model's first choice. */
  readonly first: number;
}

export interface CompleterInfo {
  /** Of the package. */
  readonly version: string;
  /** The model's, where it has one. */
  readonly name?: string;
  /** Bytes of the model's file. */
  readonly bytes: number;
  /** Tokens of the tokenizer. */
  readonly vocabulary: number;
  /** Tokens that the model sees at most. */
  readonly context: number;
  /** Where it runs. */
  readonly place: 'thread' | 'worker';
  /** Why it does not run in a worker, where it should. */
  readonly worker?: { readonly code: string; readonly message: string };
  /** Whether it adapts. */
  readonly adapting: boolean;
  /** Completions on their way, and those that wait for them. */
  readonly running: number;
  /** Bytes of wasm memory. */
  readonly memoryBytes: number;
  /** Of those, kept between completions: what the model knows of the last one, and what was learnt. */
  readonly keptBytes: number;
  /** How often a new instance took the place of one that trapped or grew too large. */
  readonly restarts: number;
}

/** A language model with its tokenizer, in a wasm instance of its own. All calls reject with `closed` after `close`. */
export interface Completer {
  /**
   * The prompt and what comes next. Up to four completions take turns, token by token; others wait in the order they came, 64 at
   * most (`too-many`). Rejects with `invalid-option`, `unknown-option`, `prompt-empty` (where no token begins a text), `prompt-too-long`,
   * `logits-not-finite`, `nothing-allowed`, `engine-trapped`, `out-of-memory`, and what the tokenizer says to a text that it cannot write.
   */
  complete(prompt: string, options?: CompleteOptions): Promise<Completed>;
  /** The same, piece by piece, whole characters only. Begins at once, whether it is read or not. */
  stream(prompt: string, options?: CompleteOptions): CompletionStream;
  /**
   * The likeliest completions, best first by the mean log-probability of a token: by beams of which there are `n`, or with a temperature
   * drawn one after the other. May be fewer: equal texts come once. Each takes memory of its own meanwhile.
   */
  best(prompt: string, options?: BestOptions): Promise<readonly Completed[]>;
  /**
   * Begins to adapt, with nothing learnt yet, or with null forgets all that was. Off until it is called: a matter of consent. Learnt is what
   * `learn` is told, and nothing else.
   */
  adapt(adapting: Adapting | null): Promise<void>;
  /** Adapts to a text, as one that was searched, or to a completion that was accepted, behind its prompt. Tells how likely it was before. Nothing is learnt without `adapt`. */
  learn(accepted: string | Accepted): Promise<Likelihood>;
  /** How likely a text is, or a completion behind its prompt; nothing is learnt. */
  likelihood(accepted: string | Accepted): Promise<Likelihood>;
  /** Tokens of a text, without one that begins it. */
  count(text: string): Promise<number>;
  /** Forgets what the model knows of the last completion, which the next would have begun with, and gives its memory back to the instance. */
  forget(): Promise<void>;
  info(): Promise<CompleterInfo>;
  /** Lets go of model and memory. Completions on their way end as `cancelled`, with what they have. A second call does nothing. */
  close(): void;
}
