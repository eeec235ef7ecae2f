// A department: all its things, by popularity or price, a page at a time.

import { hang } from '../art/hang.js';
import { department as find } from '../catalog.js';
import { hasSession, viewing } from '../engine.js';
import { $, html, render } from '../html.js';
import { grid } from '../ui/card.js';
import { announce } from '../ui/announce.js';
import { ghosts, slates } from '../ui/slate.js';
import { plural } from '../words.js';
import { missing } from './missing.js';

const PAGE = 24;
const ORDERS = {
  popular: ['Most loved', () => 0],
  low: ['Price, low to high', (a, b) => (a.price ?? 0) - (b.price ?? 0)],
  high: ['Price, high to low', (a, b) => (b.price ?? 0) - (a.price ?? 0)],
};

/** Also drawn at build time, into the HTML. */
export const departmentMarkup = (found) => html`
    <header class="page-head">
      <p class="eyebrow">${plural(found.items.length, 'thing')}</p>
      <h1 tabindex="-1">${found.name}</h1>
      <p class="lead">${found.about}</p>
      <label class="order">Sort by <select id="order">${Object.entries(ORDERS).map(([key, [name]]) => html`<option value="${key}">${name}</option>`)}</select></label>
    </header>
    <section class="slate from-session" id="shelf">${ghosts(SHELF)}</section>
    <div id="list">${listMarkup(found.items, PAGE)}</div>`;

const SHELF = { heading: 'For you on this shelf' };

function listMarkup(items, limit) {
  const rest = items.length - limit;
  return html`${grid(items.slice(0, limit), { level: 'h2' })}${rest > 0 && html`<p class="more"><button class="button plain" type="button" id="more">Show ${Math.min(PAGE, rest)} more</button></p>`}`;
}

export function department(main, { slug }, _query, drawn) {
  viewing();
  const found = find(slug);
  if (!found) return missing(main);
  let limit = PAGE;
  let by = 'popular';
  if (!drawn) render(main, departmentMarkup(found));
  const list = $('#list', main);
  const draw = () => {
    render(list, listMarkup(by === 'popular' ? found.items : [...found.items].sort(ORDERS[by][1]), limit));
    hang();
  };
  main.querySelector('#order').addEventListener('change', (event) => {
    by = event.target.value;
    limit = PAGE;
    draw();
    announce(`Sorted: ${ORDERS[by][0]}`);
  });
  list.addEventListener('click', (event) => {
    if (!event.target.closest('#more')) return;
    const from = limit;
    limit += PAGE;
    draw();
    list.querySelectorAll('.card-link')[from]?.focus();
  });
  const options = () => (hasSession() ? { placement: 'category', category: found.name } : undefined);
  return { title: found.name, leave: slates([{ place: $('#shelf', main), ...SHELF, options }]) };
}
