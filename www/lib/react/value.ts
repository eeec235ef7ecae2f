/** Options by value: an object written in the markup is another one at every rendering, and says the same. */

/** Equal for equal options. Functions do not count; what cannot be written down is all alike, and the engine says what is wrong with it. */
export function keyOf(value: unknown): string {
  try {
    return JSON.stringify(value, (_, v: unknown) => (ArrayBuffer.isView(v) ? Array.from(v as Uint8Array).join() : typeof v === 'bigint' ? `${v}n` : v)) ?? '';
  } catch {
    return '?';
  }
}
