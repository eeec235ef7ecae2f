// One thing, large, and below it the slate.

import { illustration } from '../art/index.js';
import * as basket from '../basket.js';
import { department, find } from '../catalog.js';
import { viewing } from '../engine.js';
import { $, html, raw, render } from '../html.js';
import { link } from '../router.js';
import { addToBasket } from '../ui/buy.js';
import { ghosts, slates } from '../ui/slate.js';
import { price } from '../words.js';
import { missing } from './missing.js';

const ALSO = { heading: 'You may also like' };
const WITH = { heading: 'From other shelves' };
const INSTEAD = { heading: 'In the same spirit' };

/** Also drawn at build time, into the HTML. */
export function productMarkup(item) {
  const group = department(item.category);
  return html`
    <nav class="crumbs" aria-label="You are here"><a href="${link.home()}">Shop</a> <span aria-hidden="true">/</span> <a href="${link.department(group.slug)}">${group.name}</a></nav>
    <article class="product">
      <div class="product-art">${raw(illustration(item))}</div>
      <div class="product-words">
        <h1 tabindex="-1">${item.name}</h1>
        <p class="product-price">${price(item.price)}</p>
        <p class="lead">${group.about}</p>
        <form class="buy">
          <div class="stepper">
            <button type="button" data-step="-1" aria-label="One less">−</button>
            <label><span class="sr">Quantity</span><input id="quantity" type="number" inputmode="numeric" min="1" max="99" value="1" required></label>
            <button type="button" data-step="1" aria-label="One more">+</button>
          </div>
          <button class="button" type="submit">Add to basket</button>
        </form>
        <p class="held"></p>
        <dl class="facts">
          <div><dt>Item no.</dt><dd>${item.item}</dd></div>
          <div><dt>Dispatch</dt><dd id="dispatch">Next working day</dd></div>
          <div><dt>Returns</dt><dd>30 days, no questions</dd></div>
        </dl>
      </div>
    </article>
    <section class="slate" id="also">${ghosts(ALSO)}</section>
    <section class="slate" id="with">${ghosts(WITH)}</section>
    <section class="slate" id="instead">${ghosts(INSTEAD)}</section>`;
}

export function product(main, { id }, _query, drawn) {
  const item = find(id);
  if (!item) {
    viewing();
    return missing(main);
  }
  if (!drawn) render(main, productMarkup(item));
  if (item.soldOut) {
    render($('.buy', main), html`<p class="sold-out"><strong>Sold out.</strong> More like this below.</p>`);
    $('#dispatch', main).textContent = 'When it is back';
  }

  const input = $('#quantity', main);
  const held = $('.held', main);
  const showHeld = () => {
    const n = basket.quantityOf(id);
    render(held, n > 0 ? html`${n} in your <a href="${link.basket()}">basket</a>` : html``);
  };
  showHeld();
  $('.stepper', main)?.addEventListener('click', (event) => {
    const step = Number(event.target.dataset.step);
    if (step) input.value = Math.min(99, Math.max(1, (Number(input.value) || 1) + step));
  });
  $('.buy', main).addEventListener('submit', (event) => {
    event.preventDefault();
    if (item.soldOut) return;
    addToBasket(item, Number(input.value) || 1);
    showHeld();
  });

  viewing(id);
  const page = { placement: 'product', source: id };
  const leave = slates([
    { place: $('#also', main), ...ALSO, options: () => page, except: id },
    { place: $('#with', main), ...WITH, options: () => ({ ...page, relation: 'complementary' }), except: id },
    { place: $('#instead', main), ...INSTEAD, options: () => ({ ...page, relation: 'similar' }), except: id },
  ]);
  return { title: item.name, leave };
}
