// Search, by the engine's catalog where it runs, else by the shop's own. Where no title has the words, what the search box
// would have suggested: mistakes taken back, other words for it.

import { hang } from '../art/hang.js';
import { find, search as plain } from '../catalog.js';
import { observe, searchIds, viewing } from '../engine.js';
import { $, html, render } from '../html.js';
import { announce } from '../ui/announce.js';
import { grid } from '../ui/card.js';
import { searchBox } from '../ui/search-box.js';
import { slates } from '../ui/slate.js';
import { plural } from '../words.js';

const LIMIT = 60;

export function search(main, _params, query) {
  viewing();
  const words = (query.get('q') ?? '').trim();
  const found = words ? searchIds(words)?.map(find).filter(Boolean) ?? plain(words) : [];
  render(main, html`
    <header class="page-head">
      <p class="eyebrow">Search</p>
      <h1 tabindex="-1">${words ? html`“${words}”` : 'What are you looking for?'}</h1>
      <p class="lead">${words ? (found.length ? `${plural(found.length, 'thing')}${found.length > LIMIT ? `, the ${LIMIT} most loved first` : ''}` : 'Nothing by that name. Try one word, such as “lantern”, “retrospot” or “teapot”.') : 'Type a word or two above.'}</p>
    </header>
    ${found.length ? grid(found.slice(0, LIMIT), { from: 'search', level: 'h2' }) : html`<section id="near" hidden></section><section class="slate" id="rather"></section>`}`);
  announce(words ? `${plural(found.length, 'result')} for ${words}` : '');
  const onClick = (event) => {
    const from = event.target.closest('[data-from="search"]');
    if (from) observe({ kind: 'search-click', item: from.dataset.item });
  };
  main.addEventListener('click', onClick);
  const field = $('#search-field');
  if (field && field.value !== words) field.value = words;
  const place = $('#rather', main);
  const stop = place && slates([{ place, heading: 'Perhaps one of these', options: () => ({ placement: 'search-empty' }) }]);
  let left = false;
  if (words && !found.length) {
    searchBox().then((box) => {
      const near = box?.nearby(words).map(find).filter(Boolean) ?? [];
      if (left || !near.length) return;
      const there = $('#near', main);
      there.hidden = false;
      render(there, html`<h2>Close to that</h2>${grid(near, { from: 'search' })}`);
      hang();
      announce(`${plural(near.length, 'thing')} close to that`);
    });
  }
  const leave = () => {
    left = true;
    main.removeEventListener('click', onClick);
    stop?.();
  };
  return { title: words ? `Search: ${words}` : 'Search', leave };
}
