// The till of a shop that sells nothing: it shows the sum and records a purchase for the engine.

import * as basket from '../basket.js';
import { viewing } from '../engine.js';
import { $, html, render } from '../html.js';
import { link } from '../router.js';
import { buy } from '../ui/buy.js';
import { slates } from '../ui/slate.js';
import { plural, price } from '../words.js';
import { delivery } from './basket.js';

export function checkout(main) {
  viewing();
  const lines = basket.lines();
  if (!lines.length) {
    render(main, html`<header class="page-head"><h1 tabindex="-1">Check out</h1><p class="lead">Your basket is empty. <a href="${link.home()}">Back to the shop window</a></p></header>`);
    return { title: 'Check out' };
  }
  render(main, html`
    <header class="page-head"><h1 tabindex="-1">Check out</h1><p class="lead">This is a demonstration: no address, no payment, no parcel. The purchase is told to the recommender on this device, and to nobody else.</p></header>
    <section class="panel">
      <ul class="receipt" role="list">${lines.map(({ item, quantity }) => html`<li><span>${quantity} × ${item.name}</span><span>${price(quantity * item.price)}</span></li>`)}
      <li><span>Delivery</span><span>${delivery() ? price(delivery()) : 'Free'}</span></li>
      <li class="total"><span>Total</span><span>${price(basket.subtotal() + delivery())}</span></li></ul>
      <button class="button" type="button" id="order">Place the order</button>
    </section>`);
  let leave;
  $('#order', main).addEventListener('click', () => {
    const pieces = buy().reduce((sum, line) => sum + line.quantity, 0);
    render(main, html`
      <header class="page-head"><p class="eyebrow">Thank you</p><h1 tabindex="-1">Wrapped, in spirit</h1><p class="lead">${plural(pieces, 'piece')} bought. What you bought is left out of the suggestions from now on.</p></header>
      <section class="slate" id="next"></section>`);
    $('h1', main).focus();
    leave = slates([{ place: $('#next', main), heading: 'For next time', options: () => ({ placement: 'post-purchase' }) }]);
  });
  return { title: 'Check out', leave: () => leave?.() };
}
