/** What a completer does, as types. Every answer is a plain frozen object. */
import type { LanguageModelClass } from './language-model-types.js';
import type { Settings } from './settings.js';
import type { Typing, TypingOptions } from './typing-types.js';

export type * from './language-model-types.js';
export type * from './settings.js';
export type * from './typing-types.js';

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
  /** Sum of the log-probabilities of its tokens, and of the one that ended it: with `logprobs`, and of `best`. */
  readonly score?: number;
  /** Of how many tokens the score is. */
  readonly scored?: number;
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
  /** Tokens of the longest context that they count, 1 to 4. Default 4. */
  readonly ngramOrder?: number;
  /**
   * Their share of the mixture before anything is learnt, .01 to .99, by the tokens of the longest context that is known: one to four. Default
   * .08, .15, .16, .22, fitted on dialogues; a model's own held-out text may want others.
   */
  readonly ngramWeights?: readonly [one: number, two: number, three: number, four: number];
  /** Step by which those weights are learnt, 0 (they stay) to 1. Default .02. */
  readonly ngramRate?: number;
  /** Adds a learnt number to each token's logit. Default true. */
  readonly bias?: boolean;
  /** Step by which it is learnt, 0 to 1. Default .1. */
  readonly biasRate?: number;
  /** The most that a logit is raised or lowered, 0 to 20. Default 3. */
  readonly biasMost?: number;
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
  /** Its licence, where its completer.json says one. */
  readonly license?: string;
  /** What it is, in a sentence or two of its completer.json. */
  readonly about?: string;
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
  /** How often a new instance took the place of one that trapped, grew too large or answered a golden otherwise. */
  readonly restarts: number;
  /** A golden that was asked again was not answered as recorded: the instance was given up, and what it said before is not to be trusted. */
  readonly failed?: 'golden-mismatch';
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
   * Suggestions while somebody types into one text field: a newer key ends the run for an older text, and what is typed along a suggestion
   * keeps it. Throws `invalid-option`.
   */
  typing(options: TypingOptions): Typing;
  /**
   * A class of the shape of Chrome's `LanguageModel` over this model: `globalThis.LanguageModel ??= await completer.languageModel()`. In pages
   * it is a file of its own, fetched now.
   */
  languageModel(): Promise<LanguageModelClass>;
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
