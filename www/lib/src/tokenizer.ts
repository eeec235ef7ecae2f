/**
 * `nearhand/tokenizer`: texts to the ids of a language model and back, of a Hugging Face `tokenizer.json`. JavaScript alone, the same file in every
 * runtime, nothing is fetched.
 *
 * ```ts
 * const tokenizer = fromJSON(await (await fetch('/tokenizer.json')).text());
 * tokenizer.encode('Hello'); // [9707]
 * ```
 */
import type { Tokenizer } from './tokenizer/public.js';
import { fromJSON as read } from './tokenizer/tokenizer.js';

export type { DecodeOptions, EncodeOptions, Tokenizer, TokenStream, StreamOptions } from './tokenizer/public.js';
export { NearhandError } from './words/errors.js';

/**
 * Reads a tokenizer.json: its text, its bytes, or the object in it.
 *
 * Throws `tokenizer-malformed` for what contradicts itself, `tokenizer-unsupported` for a part that is not done here, `tokenizer-too-large` above
 * the limits (64 million characters, 2²¹ ids, 4,096 characters a token), each with its place.
 */
export function fromJSON(json: string | ArrayBuffer | ArrayBufferView | object): Tokenizer {
  return read(json);
}
