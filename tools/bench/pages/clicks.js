/** The same items in the same order for both engines: a walk over the popular ones. */
export function* clicks(items) {
  for (let i = 0; ; i += 7) yield items[(i * i + 3) % items.length];
}
