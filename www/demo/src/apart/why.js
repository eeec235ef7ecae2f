// Why a suggestion stands there, in words: how it matches what is typed, and what of the session raised it.

const KINDS = {
  start: (typed) => `begins with “${typed}”`,
  words: () => 'has what you typed',
  joined: () => 'written together or apart',
  synonym: () => 'another word for it',
  initials: () => 'by its first letters',
  inside: () => 'within a word',
};

/** How it matches. A long text is not said again. */
export const matches = ({ kind, typos }, typed) => (kind === 'typo' ? (typos > 1 ? 'two mistakes taken back' : 'a mistake taken back') : (KINDS[kind]?.(typed.trim().slice(0, 24)) ?? ''));

const DID = { 'view': 'you viewed', 'search-click': 'you found', 'cart-add': 'you put in your basket', 'search': 'you searched', 'purchase': 'you bought' };
const SAME = { 'cart-add': 'you put it in your basket', 'purchase': 'you bought it' };
/** They stand in so many titles that they raise next to nothing. */
const COMMON = new Set(['a', 'an', 'and', 'at', 'for', 'in', 'of', 'on', 'the', 'to', 'with', 'set', 'red', 'pink', 'white', 'blue', 'small', 'large']);
const words = (text) => new Set((text.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? []).filter((word) => !COMMON.has(word)));

/**
 * What of the session raised it: the event that shares the most words with it, the newest of several; else one of its
 * category. `events` are those that the box was told, `find` the shop's goods. Undefined where none did.
 */
export function raised({ text, category, item }, events, find) {
  const mine = words(text);
  let best;
  for (const event of events.toReversed()) {
    const about = event.item ? find(event.item) : undefined;
    if (!DID[event.kind] || (!about && !event.text) || (event.kind === 'purchase' && event.item === item)) continue;
    const shared = [...words(event.text ?? about.name)].filter((word) => mine.has(word)).length;
    if (shared > (best?.shared ?? 0)) best = { shared, same: event.item !== undefined && event.item === item ? (SAME[event.kind] ?? 'you looked at it') : undefined, said: `${DID[event.kind]} ${event.text ? `“${event.text}”` : about.name}` };
  }
  if (best) return best.same ?? `because ${best.said}`;
  const alike = events.findLast((event) => DID[event.kind] && event.item && category && find(event.item)?.category === category);
  return alike && 'because you looked around that shelf';
}
