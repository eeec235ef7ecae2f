// Search, by the engine's catalog where it runs, else by the shop's own.

import { find, search as plain } from '../catalog.js';
import { observe, searchIds, viewing } from '../engine.js';
import { $, html, render } from '../html.js';
import { announce } from '../ui/announce.js';
import { grid } from '../ui/card.js';
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
    ${found.length ? grid(found.slice(0, LIMIT), { from: 'search', level: 'h2' }) : html`<section class="slate" id="rather"></section>`}`);
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
  const leave = () => {
    main.removeEventListener('click', onClick);
    stop?.();
  };
  return { title: words ? `Search: ${words}` : 'Search', leave };
}
