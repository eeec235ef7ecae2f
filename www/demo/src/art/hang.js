// Pictures take longer to draw than words to set: the words come first, the pictures right after them, a few a frame. In the
// HTML of the build those that are seen first are there from the start.

import { find } from '../catalog.js';
import { $$, html, raw, render } from '../html.js';
import { frame } from '../later.js';
import { illustration } from './index.js';

/** So long pictures are drawn without a pause, milliseconds: a slow phone takes four times as long as the desk this is written at. */
const AT_ONCE = 4;

/** At build time: so many pictures of a page come in the HTML. What lies further down is hung like all others. */
let inHtml = 0;
export const drawInHtml = (pictures) => {
  inHtml = pictures;
};

/** The picture of an item, or its room. */
export const picture = (item) => ((inHtml -= 1) >= 0 ? raw(illustration(item)) : html`<span class="art-room" data-art="${item.item}"></span>`);

let hanging = false;

/** Fills all rooms of the page, in the order in which they stand. */
export async function hang() {
  if (hanging) return;
  hanging = true;
  for (let [rooms, from] = [waiting(), performance.now()]; rooms.length > 0; rooms = waiting()) {
    for (const room of rooms) {
      if (performance.now() - from > AT_ONCE) {
        await frame();
        from = performance.now();
      }
      const item = find(room.dataset.art);
      delete room.dataset.art;
      if (item && room.isConnected) render(room, raw(illustration(item)));
    }
  }
  hanging = false;
}

const waiting = () => $$('[data-art]');
