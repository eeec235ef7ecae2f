/** The alphabet of byte-level vocabularies: each byte is written as a character that can be seen. */

/** Characters by byte: printable ones stand for themselves, the others from U+0100 on. */
export const CHARACTERS: readonly string[] = (() => {
  let hidden = 0;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte <= 32 || (byte >= 127 && byte <= 160) || byte === 173 ? 256 + hidden++ : byte));
})();
const BYTES: ReadonlyMap<string, number> = new Map(CHARACTERS.map((c, byte) => [c, byte]));

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The bytes that a word of the vocabulary stands for; of one with other characters, its own. */
export function bytesOf(word: string): Uint8Array {
  const bytes = [...word].map((c) => BYTES.get(c));
  return bytes.includes(undefined) ? utf8(word) : Uint8Array.from(bytes as number[]);
}
