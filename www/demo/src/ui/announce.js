// Says things to a screen reader, and shows short notes to everyone else.

import { $, html, render } from '../html.js';

let timer;
let quiet;

/** Politely, after what is being read. What is said in one breath is read together: the later must not hush the earlier. */
export function announce(text) {
  const live = $('#live');
  if (!live || !text) return;
  live.textContent = quiet ? `${live.textContent} ${text}` : text;
  clearTimeout(quiet);
  quiet = setTimeout(() => (quiet = undefined), 1000);
}

/** The note is about a page that is left. */
export const clearNote = () => $('#note').classList.remove('on');

/** A note at the foot of the page, with a link if there is somewhere to go, or a button if there is something to do. */
export function note(text, link) {
  const place = $('#note');
  render(place, html`<span>${text}</span>${link && (link.act ? html` <button class="quiet" type="button">${link.text}</button>` : html` <a href="${link.href}">${link.text}</a>`)}`);
  $('button', place)?.addEventListener('click', () => {
    clearNote();
    link.act();
    announce('Taken back.');
  });
  place.classList.add('on');
  clearTimeout(timer);
  timer = setTimeout(clearNote, link?.act ? 10_000 : 5000);
}
