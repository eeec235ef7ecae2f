// The basket, and what goes well with it.

import { illustration } from '../art/index.js';
import * as basket from '../basket.js';
import { find } from '../catalog.js';
import { viewing } from '../engine.js';
import { $, html, raw, render } from '../html.js';
import { link } from '../router.js';
import { setPieces } from '../ui/buy.js';
import { slates } from '../ui/slate.js';
import { price } from '../words.js';

const FREE_FROM = 40;
const POST = 3.95;
export const delivery = () => (basket.count() === 0 || basket.subtotal() >= FREE_FROM ? 0 : POST);

export function basketPage(main) {
  viewing();
  render(main, html`<header class="page-head"><h1 tabindex="-1">Your basket</h1></header><div id="lines"></div><section class="slate" id="goes-with"></section>`);
  const place = $('#lines', main);

  const draw = () => {
    const lines = basket.lines();
    if (!lines.length) {
      render(place, html`<p class="lead">Nothing in it yet. <a href="${link.home()}">Have a look around</a></p>`);
      return;
    }
    const post = delivery();
    render(place, html`
      <div class="basket">
        <ul class="lines" role="list">${lines.map(({ item, quantity }) => html`
          <li class="line">
            <a class="line-art" href="${link.product(item.item)}" tabindex="-1" aria-hidden="true">${raw(illustration(item))}</a>
            <div class="line-words"><a href="${link.product(item.item)}">${item.name}</a><span class="muted">${price(item.price)} each</span></div>
            <label class="line-count"><span class="sr">Pieces of ${item.name}</span><input type="number" min="0" max="99" value="${quantity}" data-count="${item.item}"></label>
            <strong class="line-sum">${price(quantity * item.price)}</strong>
            <button class="quiet" type="button" data-remove="${item.item}" aria-label="Remove ${item.name}">Remove</button>
          </li>`)}</ul>
        <aside class="sum" aria-label="Total">
          <dl><div><dt>Things</dt><dd>${price(basket.subtotal())}</dd></div><div><dt>Delivery</dt><dd>${post ? price(post) : 'Free'}</dd></div><div class="total"><dt>Total</dt><dd>${price(basket.subtotal() + post)}</dd></div></dl>
          ${post > 0 && html`<p class="muted">Free delivery from ${price(FREE_FROM)}.</p>`}
          <a class="button" href="${link.checkout()}">Check out</a>
        </aside>
      </div>`);
  };
  place.addEventListener('change', (event) => {
    const id = event.target.dataset.count;
    if (!id) return;
    setPieces(find(id), Number(event.target.value));
    draw();
    $(`[data-count="${CSS.escape(id)}"]`, place)?.focus();
  });
  place.addEventListener('click', (event) => {
    const id = event.target.dataset.remove;
    if (!id) return;
    setPieces(find(id), 0);
    draw();
    $('h1', main).focus();
  });
  draw();
  const leave = slates([{ place: $('#goes-with', main), heading: 'Goes well with', options: () => ({ placement: 'cart' }) }]);
  return { title: 'Your basket', leave };
}
