// Tokenizers that are not the model's.

/** Words that begin or end a text, and the unknown one. */
const SPECIAL = 3;

/** A tokenizer.json whose words are off by one: of as many, so that nothing shows at load. */
export function shifted(tokenizer) {
  const spec = JSON.parse(new TextDecoder().decode(tokenizer));
  const words = Object.entries(spec.model.vocab);
  spec.model.vocab = Object.fromEntries(words.map(([word, id]) => [word, id < SPECIAL ? id : id + 1 < words.length ? id + 1 : SPECIAL]));
  return new TextEncoder().encode(JSON.stringify(spec));
}
