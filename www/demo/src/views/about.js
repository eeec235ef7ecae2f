// What this shop is.

import { viewing } from '../engine.js';
import { html, render } from '../html.js';

export function about(main) {
  viewing();
  render(main, html`
    <header class="page-head"><p class="eyebrow">About</p><h1 tabindex="-1">A shop that keeps to itself</h1></header>
    <div class="prose">
      <p>Plum &amp; Parcel is a demonstration of <strong>nearhand</strong>, a recommender that runs in the page. The suggestions are computed on this device from what you look at in this session. After the first load the shop asks the network for nothing, and works without one.</p>
      <p>The catalog is real: the trade names and median prices of a British gift wholesaler, as published in the <cite>Online Retail</cite> data set. The pictures are drawn from the words of the titles, as there are no photographs.</p>
      <h2>Credits</h2>
      <p>D. Chen, “Online Retail”, UCI Machine Learning Repository, 2015, licensed CC BY 4.0. The trained model is made from it. Typefaces: Fraunces and Figtree, SIL Open Font License 1.1.</p>
    </div>`);
  return { title: 'About' };
}
