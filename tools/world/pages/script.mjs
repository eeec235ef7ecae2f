// One way for all drivers to run a function in a page: as text, with its arguments as JSON.

/** An expression that is a promise of what `fn` gives. */
export function script(fn, args) {
  // What a script may not hold is escaped by JSON already, but for these two ends of line.
  const given = JSON.stringify(args).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
  return `(async () => (${fn})(...${given}))()`;
}
