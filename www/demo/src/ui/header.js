// The head of the shop: search, basket count, and which department is open.

import * as basket from '../basket.js';
import { allDepartments } from '../catalog.js';
import { $, $$, html } from '../html.js';
import { link } from '../router.js';
import { startSearchBox } from './search-box.js';

/** Drawn at build time, into the HTML. */
export const departmentsMarkup = () => html`${allDepartments().map((d) => html`<li><a href="${link.department(d.slug)}">${d.name}</a></li>`)}`;

export function startHeader() {
  startSearchBox();
  $('#search').addEventListener('submit', (event) => {
    event.preventDefault();
    location.hash = link.search($('#search-field').value.trim());
  });
  // The fragment belongs to the routes, so the skip link moves the focus by hand.
  $('#skip').addEventListener('click', (event) => {
    event.preventDefault();
    $('#main').focus();
  });
  const showCount = () => {
    const n = basket.count();
    $('#basket-count').textContent = String(n);
    $('#basket-link').setAttribute('aria-label', `Basket, ${n} ${n === 1 ? 'piece' : 'pieces'}`);
  };
  basket.onBasket(showCount);
  showCount();
}

export function markPlace(path) {
  for (const a of $$('#departments a')) {
    const here = a.getAttribute('href') === `#${path}`;
    if (here) a.setAttribute('aria-current', 'page');
    else a.removeAttribute('aria-current');
  }
}
