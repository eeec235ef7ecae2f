// A product in a grid.

import { picture } from '../art/hang.js';
import { html } from '../html.js';
import { link } from '../router.js';
import { price } from '../words.js';

/** `more`: markup below the price. `from`: where the visitor found it. */
export const card = (item, { more, from, level = 'h3' } = {}) => html`
  <article class="card"${from === 'slate' ? html` data-nearhand-impression="${item.item}"` : ''}>
    <a class="card-link" href="${link.product(item.item)}"${from && html` data-from="${from}" data-item="${item.item}"`}>
      <span class="card-art">${picture(item)}${item.soldOut && html`<span class="badge">Sold out</span>`}</span>
      ${level === 'h3' ? html`<h3 class="card-title">${item.name}</h3>` : html`<h2 class="card-title">${item.name}</h2>`}
      <span class="price">${price(item.price)}</span>
    </a>
    ${more}
  </article>`;

export const grid = (items, options) => html`<ul class="grid" role="list">${items.map((item) => html`<li>${card(item, options)}</li>`)}</ul>`;
