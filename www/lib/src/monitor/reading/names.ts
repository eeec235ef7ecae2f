/** Names as bins have them. */

/** Bytes of a name. */
const LONGEST = 64;
const utf8 = new TextEncoder();

/** As much of a name as a bin takes: the same here and where the reference is learnt. */
export function cut(name: string): string {
  // A UTF-16 unit has at most three bytes.
  if (name.length * 3 <= LONGEST || (name.length <= LONGEST && utf8.encode(name).length <= LONGEST)) return name;
  let at = Math.min(name.length, LONGEST);
  while (utf8.encode(name.slice(0, at)).length > LONGEST) at -= 1;
  return name.slice(0, at);
}
