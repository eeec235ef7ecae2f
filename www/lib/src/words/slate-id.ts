/** A name for a slate, so that clicks and impressions can say which one they were in. */
import type { Slate } from './types.js';

const ids = new WeakMap<Slate, string>();

/**
 * An id of a slate, made of what is in it and of the time it took: the same wherever the slate is sent, on the server and in
 * the page; another one the next time it is asked for. Unique enough within a visitor's page, not in the world.
 */
export function slateId(slate: Slate): string {
  const known = ids.get(slate);
  if (known) return known;
  const items = slate.items.map(({ item, rank, score }) => [item, rank, score]);
  const text = JSON.stringify([slate.placement, slate.source, slate.tookMs, slate.events, items]);
  // FNV-1a twice, from two beginnings.
  let a = 0x811c9dc5;
  let b = 0x1b873593;
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ text.charCodeAt(i), 0x85ebca6b) ^ (b >>> 15);
  }
  const id = (a >>> 0).toString(36) + (b >>> 0).toString(36);
  ids.set(slate, id);
  return id;
}
