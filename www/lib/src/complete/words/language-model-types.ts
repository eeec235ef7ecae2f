/** The shape of Chrome's `LanguageModel` (https://webmachinelearning.github.io/prompt-api), as types: what of it is here. */

export type Availability = 'unavailable' | 'downloadable' | 'downloading' | 'available';
export type LanguageModelRole = 'system' | 'user' | 'assistant';
export type SamplingMode = 'most-predictable' | 'predictable' | 'slightly-predictable' | 'balanced' | 'slightly-creative' | 'creative' | 'most-creative';

export interface LanguageModelMessage {
  readonly role: LanguageModelRole;
  /** Text alone: images and audio are refused with a `NotSupportedError`. */
  readonly content: string | readonly { readonly type: 'text'; readonly value: string }[];
  /** Of the last message, by the assistant: how its answer begins. */
  readonly prefix?: boolean;
}
/** A text is a message of the user's. */
export type LanguageModelPrompt = string | readonly LanguageModelMessage[];

export interface LanguageModelExpected {
  readonly type: 'text';
  readonly languages?: readonly string[];
}

export interface LanguageModelCoreOptions {
  /** 0 to 2, above is 2. Default: greedy, always the likeliest token. Not beside `samplingMode`. */
  readonly temperature?: number;
  /** 1 to 128, above is 128. Default: greedy. Not beside `samplingMode`. */
  readonly topK?: number;
  /** Default `most-predictable`, which is greedy. */
  readonly samplingMode?: SamplingMode;
  /** Not Chrome's: where drawing begins; each answer of a session draws otherwise, and the same session the same. Default 0. */
  readonly seed?: number;
  readonly expectedInputs?: readonly LanguageModelExpected[];
  readonly expectedOutputs?: readonly LanguageModelExpected[];
}

export interface LanguageModelCreateOptions extends LanguageModelCoreOptions {
  /** Messages that always stay. One of the system's comes first. */
  readonly initialPrompts?: readonly LanguageModelMessage[];
  /** Ends the creation, and afterwards the session. */
  readonly signal?: AbortSignal;
  /** Is given what fires `downloadprogress`: events with `loaded` from 0 to 1, and a `total` of 1. */
  readonly monitor?: (monitor: EventTarget) => void;
}

export interface LanguageModelPromptOptions {
  readonly signal?: AbortSignal;
  /** Refused with a `NotSupportedError`. */
  readonly responseConstraint?: object;
  readonly omitResponseConstraintInput?: boolean;
}

/**
 * A conversation. Its calls take their turns in the order in which they were made. They reject with `DOMException`s of these names:
 * `AbortError` or the signal's reason; `InvalidStateError` once the session is destroyed; `QuotaExceededError` for what does not fit the
 * context even alone, with `requested` and `quota`; `NotSupportedError` for what this model cannot; `SyntaxError` for a `prefix` out of
 * place; `UnknownError` for what the engine fails with, which is its `cause`. And with `TypeError`s.
 */
export interface LanguageModel extends EventTarget {
  /** The answer, once it is whole. Aborted, prompt and answer are forgotten. */
  prompt(input: LanguageModelPrompt, options?: LanguageModelPromptOptions): Promise<string>;
  /** The answer in pieces. Cancelling the stream aborts it. */
  promptStreaming(input: LanguageModelPrompt, options?: LanguageModelPromptOptions): ReadableStream<string>;
  /** Adds messages without an answer. */
  append(input: LanguageModelPrompt, options?: { readonly signal?: AbortSignal }): Promise<undefined>;
  /** Tokens that it would take. */
  measureContextUsage(input: LanguageModelPrompt, options?: LanguageModelPromptOptions): Promise<number>;
  /** The older name. */
  measureInputUsage(input: LanguageModelPrompt, options?: LanguageModelPromptOptions): Promise<number>;
  /** Tokens of the conversation so far. */
  readonly contextUsage: number;
  /** Tokens that fit: the model's context, less what is kept free for an answer (a quarter, 64 at most). */
  readonly contextWindow: number;
  /** The older names. */
  readonly inputUsage: number;
  readonly inputQuota: number;
  readonly topK: number;
  readonly temperature: number;
  /** Null where `topK` or `temperature` was given. */
  readonly samplingMode: SamplingMode | null;
  /** The oldest exchanges, but for the initial prompts, had to go. Fired as `contextoverflow` and `quotaoverflow`. */
  oncontextoverflow: ((event: Event) => void) | null;
  onquotaoverflow: ((event: Event) => void) | null;
  /** A session that goes on from here by itself. */
  clone(options?: { readonly signal?: AbortSignal }): Promise<LanguageModel>;
  /** Ends what is on its way, and the session. The completer stays. */
  destroy(): void;
}

export interface LanguageModelClass {
  readonly prototype: LanguageModel;
  /** Whether `create` would need a download first. `unavailable` for what this model cannot. */
  availability(options?: LanguageModelCoreOptions): Promise<Availability>;
  create(options?: LanguageModelCreateOptions): Promise<LanguageModel>;
  params(): Promise<{ readonly defaultTopK: number; readonly maxTopK: number; readonly defaultTemperature: number; readonly maxTemperature: number }>;
}
